"""The options of loading a model, declared once: a command asks for a `ModelRef` and gets MODEL and its options."""

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from babelscope.models import ModelRef

__all__ = ["takes_loading", "takes_model"]


def _options(
    model: Annotated[str, typer.Argument(help="Hub id, or folder of a checkpoint. `nano` is the bundled series.")],
    *,
    revision: Annotated[str | None, typer.Option(help="Branch, tag or commit of the model on the hub.")] = None,
    tokenizer: Annotated[
        str | None, typer.Option(help="Tokenizer, where the checkpoint brings none of its own.")
    ] = None,
    dtype: Annotated[str, typer.Option(help="auto, float32, bfloat16 or float16.")] = "auto",
    device: Annotated[str | None, typer.Option(help="cpu, cuda, cuda:1, mps; the best there is by default.")] = None,
    device_map: Annotated[str | None, typer.Option(help="`auto` spreads a large model over several devices.")] = None,
    special_tokens: Annotated[str, typer.Option(help="row (as the architecture needs), none or bos.")] = "row",
    trust_remote_code: Annotated[
        bool, typer.Option("--trust-remote-code", help="Let code from the model's repository run; recorded.")
    ] = False,
) -> "ModelRef":
    from babelscope.models import ModelRef

    return ModelRef(
        model,
        revision=revision,
        tokenizer=tokenizer,
        dtype=dtype,
        device=device,
        device_map=device_map,
        special_tokens=special_tokens,  # type: ignore[arg-type]
        trust_remote_code=trust_remote_code,
    )


def takes_model(command: Callable[..., Any]) -> Callable[..., Any]:
    """Replaces a command's parameter `ref` by MODEL and the options of loading it, after the command's own.

    Typer reads a command's signature, so the signature is where this happens; called from Python, the command takes
    the options as keywords.
    """
    return _with_options(command, [_MODEL], _LOADING)


def takes_loading(command: Callable[..., Any]) -> Callable[..., Any]:
    """The same for a command of several checkpoints: its `ref` only says how to load them, and names none."""
    return _with_options(command, [], [option for option in _LOADING if option.name != "revision"])


_MODEL, *_LOADING = inspect.signature(_options).parameters.values()


def _with_options(
    command: Callable[..., Any], argument: list[inspect.Parameter], options: list[inspect.Parameter]
) -> Callable[..., Any]:
    own = list(inspect.signature(command).parameters.values())

    @functools.wraps(command)
    def run(*positional: Any, **given: Any) -> Any:
        bound = signature.bind(*positional, **given)
        bound.apply_defaults()
        values = dict(bound.arguments)
        asked = {parameter.name: values.pop(parameter.name) for parameter in [*argument, *options]}
        return command(**values, ref=_options(asked.pop("model", ""), **asked))

    rest = [parameter for parameter in own if parameter.name != "ref"]
    first = [parameter for parameter in rest if parameter.name in ("context", "checkpoints")]
    after = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in rest if p not in first]
    signature = inspect.Signature([*first, *argument, *after, *options])
    del run.__wrapped__
    run.__signature__ = signature  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in signature.parameters.values()}
    return run
