"""A folder of `<lang>.txt` in; text to train on, and text that is held out, out."""

from collections.abc import Mapping
from pathlib import Path

from babelscope.errors import BabelscopeError
from babelscope.provenance import text_hash

__all__ = ["folder_hash", "joined", "read_folder", "split_tail"]

Lines = dict[str, list[str]]
"""The lines of each language."""


def read_folder(folder: Path) -> Lines:
    """The lines of every `<lang>.txt` in a folder, empty ones left out.

    Raises:
        BabelscopeError: If there is none, or one is empty or not UTF-8.
    """
    found: Lines = {}
    for file in sorted(Path(folder).glob("*.txt")):
        try:
            lines = file.read_text(encoding="utf-8").split("\n")
        except UnicodeDecodeError as error:
            raise BabelscopeError(
                f"{file} is not UTF-8 ({error.reason} at byte {error.start}); convert it"
            ) from error
        found[file.stem] = [line for line in lines if line.strip()]
        if not found[file.stem]:
            raise BabelscopeError(f"{file} has no text; fill it or leave it out")
    if not found:
        raise BabelscopeError(f"{folder} has no <lang>.txt; expected a folder of text, one UTF-8 file per language")
    return found


def split_tail(lines: Lines, share: float) -> tuple[Lines, Lines]:
    """Lines to train on, and the last ones of each language, which are held out: at least one, unless `share` is 0.

    Raises:
        BabelscopeError: If `share` is not in [0, 1).
    """
    if not 0 <= share < 1:
        raise BabelscopeError(f"--holdout {share:g} is not a share of the lines; give 0 or more and less than 1")
    if share == 0:
        return lines, {}
    cut = {name: len(some) - max(1, round(len(some) * share)) for name, some in lines.items()}
    return (
        {name: some[: cut[name]] for name, some in lines.items()},
        {name: some[cut[name] :] for name, some in lines.items()},
    )


def joined(lines: Lines, size: int = 0) -> dict[str, str]:
    """Each language's lines as the one text that is trained on or measured, cut to `size` bytes unless that is 0."""
    texts = {name: "\n".join(some) for name, some in lines.items()}
    if size == 0:
        return texts
    return {name: text.encode()[:size].decode("utf-8", "ignore") for name, text in texts.items()}


def folder_hash(lines: Mapping[str, list[str]]) -> str:
    """What tells this text from any other: languages and lines."""
    return text_hash(*(part for name, some in sorted(lines.items()) for part in (name, *some)))
