"""The errors a user can cause: each says what we got, what we expected and what to do."""

import difflib
from collections.abc import Iterable

__all__ = [
    "BabelscopeError",
    "CorpusError",
    "MissingExtraError",
    "ModelError",
    "StorageError",
    "unknown_choice",
]


class BabelscopeError(ValueError):
    """Bad input or an unusable environment. The command line prints it as one line and exits with 2."""


class CorpusError(BabelscopeError):
    """The corpus cannot be read, aligned or measured."""


class ModelError(BabelscopeError):
    """The model cannot be loaded, or its numbers would not be safe."""


class StorageError(BabelscopeError):
    """Results cannot be written: the folder is not writable or the disk is full. Ends a run of many checkpoints."""


class MissingExtraError(BabelscopeError):
    """An optional dependency is needed and absent."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs the package {package!r}, which is not installed; run: pip install 'babelscope[{extra}]'"
        )


def unknown_choice(kind: str, got: str, choices: Iterable[str]) -> str:
    """One line for a name that does not exist: what was given, the nearest name, and all the names.

    Args:
        kind: What the name is a name of, singular ("corpus", "language").
        got: What the user gave.
        choices: Everything that would have been accepted.

    Returns:
        The message, for the caller to raise.
    """
    known = sorted(choices)
    nearest = difflib.get_close_matches(got, known, n=1)
    hint = f"did you mean {nearest[0]!r}? " if nearest else ""
    return f"unknown {kind} {got!r}; {hint}choose from: {', '.join(known)}"
