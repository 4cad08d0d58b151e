"""A repository on the hub asked what revisions and files it has; every failure as one clear line."""

import re
from dataclasses import dataclass

from babelscope.errors import ModelError
from babelscope.models.failures import explain
from babelscope.series.weights import weight_names

__all__ = ["HubFiles", "explained", "files_of", "matching_revisions", "needed_files"]

_READ = re.compile(r"[^/]+\.(json|model|txt|jinja)")
_CODE = re.compile(r"[^/]+\.py")


@dataclass(frozen=True)
class HubFiles:
    """What loading one revision of a repository reads."""

    name: str
    """Hub id."""
    commit: str
    """The commit the revision stands for now: branches move."""
    sizes: dict[str, int]
    """Bytes of each file that is needed."""
    parameters: int | None
    """As the hub counts them in safetensors files; None where it cannot."""

    @property
    def bytes(self) -> int:
        """Bytes of all files that are needed."""
        return sum(self.sizes.values())

    @property
    def weight_bytes(self) -> int:
        """Bytes of the weights alone."""
        return sum(self.sizes[name] for name in weight_names(self.sizes))


def files_of(name: str, revision: str | None, *, code: bool = False) -> HubFiles:
    """Asks the hub for the files of a revision that loading it needs.

    Args:
        name: Hub id.
        revision: Branch, tag or commit.
        code: Whether the repository's own code is needed too.

    Raises:
        ModelError: If the hub cannot be asked, or the revision holds no weights that can be loaded.
    """
    from huggingface_hub import HfApi

    try:
        info = HfApi().model_info(name, revision=revision, files_metadata=True)
    except Exception as error:
        raise explained(error, name, revision, "the list of files") from error
    sizes = {file.rfilename: file.size or 0 for file in info.siblings or []}
    needed = needed_files(list(sizes), code)
    if not weight_names(needed):
        at = f"{name}@{revision}" if revision else name
        raise ModelError(f"{at} holds no weights; expected model.safetensors or pytorch_model.bin, whole or in parts")
    total = getattr(info.safetensors, "total", None)
    return HubFiles(name, info.sha or revision or "main", {name: sizes[name] for name in needed}, total)


def needed_files(names: list[str], code: bool = False) -> list[str]:
    """Of all files of a repository, those that loading reads: configuration, tokenizer, weights in one format."""
    weights = weight_names(names)
    form = "model.safetensors" if weights and weights[0].endswith(".safetensors") else "pytorch_model.bin"
    # The list of parts belongs to one format, and would ask for parts that are not there.
    parts = [f"{form}.index.json"] if any("-of-" in name for name in weights) else []
    kept = [name for name in names if name in parts]
    rest = [name for name in names if _READ.fullmatch(name) and not name.endswith(".index.json")]
    rest += [name for name in names if code and _CODE.fullmatch(name)]
    return sorted({*weights, *kept, *rest})


def matching_revisions(name: str, pattern: re.Pattern[str]) -> list[str]:
    """Branches and tags of a repository whose whole name matches, in the order of their names.

    Raises:
        ModelError: If the hub cannot be asked, or nothing matches.
    """
    from huggingface_hub import HfApi

    try:
        refs = HfApi().list_repo_refs(name)
    except Exception as error:
        raise explained(error, name, None, "the list of revisions") from error
    found = sorted({ref.name for ref in [*refs.branches, *refs.tags] if pattern.fullmatch(ref.name)})
    if not found:
        raise ModelError(
            f"{name} has no revision that matches {pattern.pattern}; "
            f"its branches and tags are listed at https://huggingface.co/{name}/tree/main"
        )
    return found


def explained(error: BaseException, name: str, revision: str | None, what: str) -> ModelError:
    """One line for what the hub's library raises; what its transport raises counts as no connection.

    Args:
        error: What was raised.
        name: Hub id.
        revision: What was asked for.
        what: What was asked of the hub, such as "the list of files".
    """
    from huggingface_hub import errors as hub

    if isinstance(error, ModelError):
        return error
    clear = (hub.RepositoryNotFoundError, hub.RevisionNotFoundError, hub.LocalEntryNotFoundError)
    packages = {kind.__module__.split(".")[0] for kind in type(error).__mro__}
    if isinstance(error, hub.HfHubHTTPError) and not isinstance(error, clear):
        reason = " ".join(str(error).split())[:240].rstrip(".")
        return ModelError(f"the hub did not give {what} of {name} ({reason}); run again later, or give a folder")
    # Whatever carries the hub's requests: each of its releases has its own.
    carried = any(package.startswith(("httpx", "httpcore", "requests", "urllib3")) for package in packages)
    if carried and not isinstance(error, clear):
        return explain(ConnectionError(str(error)), name, revision, what)
    return explain(error, name, revision, what)
