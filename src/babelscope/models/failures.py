"""An exception from transformers or the hub in, one line that says what to do out."""

import pickle
from collections.abc import Iterator

from babelscope.errors import ModelError
from babelscope.models.memory import is_out_of_memory

__all__ = ["explain"]


def explain(error: BaseException, name: str, revision: str | None, what: str) -> ModelError:
    """Puts a failure to load into words.

    Args:
        error: What was raised.
        name: Hub id or folder.
        revision: What was asked for.
        what: The part that failed to load ("the configuration", "the weights", "the tokenizer").
    """
    from huggingface_hub import errors as hub

    at = f"{name}@{revision}" if revision else name
    chain = list(_chain(error))

    def caused_by(*kinds: type[BaseException]) -> bool:
        return any(isinstance(link, kinds) for link in chain)

    reason = _first_line(error)
    if caused_by(hub.GatedRepoError):
        return ModelError(
            f"{name} is gated: accept its terms at https://huggingface.co/{name}, "
            "then set HF_TOKEN to a token of that account"
        )
    if caused_by(hub.RevisionNotFoundError):
        return ModelError(
            f"{name} has no revision {revision!r}; "
            f"its branches and tags are listed at https://huggingface.co/{name}/tree/main"
        )
    if caused_by(hub.RepositoryNotFoundError):
        return ModelError(
            f"there is no {name!r} on the hub, or it is private; "
            "check the spelling, or set HF_TOKEN if you have access"
        )
    if caused_by(hub.LocalEntryNotFoundError, hub.OfflineModeIsEnabled, ConnectionError):
        return ModelError(
            f"cannot reach the hub to load {what} of {at}, and they are not in the local cache; "
            "connect to the network or give a folder"
        )
    if "trust_remote_code" in str(error):
        return ModelError(
            f"{at} needs code from its own repository; read that code, then allow it with --trust-remote-code"
        )
    # Never in torch's words: its first advice is to run whatever the file holds.
    if caused_by(pickle.UnpicklingError) or any("weights_only" in str(link) for link in chain):
        return ModelError(
            f"{what} of {at} hold code or cannot be read safely, so nothing of them was run; "
            "use a safetensors checkpoint, or convert this one where you trust it"
        )
    if any(is_out_of_memory(link) for link in chain):
        return ModelError(f"not enough memory for {what} of {at}; use --dtype bfloat16 or --device-map auto")
    return ModelError(f"cannot load {what} of {at}: {reason}; {_advice(what)}")


def _advice(what: str) -> str:
    if what == "the tokenizer":
        return "name a tokenizer that fits with --tokenizer"
    return "expected whole files as save_pretrained writes them; save or download the model again"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _first_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    text = text if len(text) <= 240 else text[:239] + "…"
    return text.rstrip(".;") or type(error).__name__
