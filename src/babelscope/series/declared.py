"""A small TOML file in, what it declares out: the checkpoints of a series, and options as on a command line."""

import importlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babelscope.errors import BabelscopeError, unknown_choice
from babelscope.models.bundled import BUNDLED
from babelscope.series.local_checkpoints import expanded, looks_local

__all__ = ["DECLARABLE", "Entry", "read_declared"]


@dataclass(frozen=True)
class Entry:
    """One checkpoint that is declared in full, where its name does not say what it is."""

    name: str
    """Hub id or folder."""
    revision: str | None = None
    step: str | None = None
    """Training step; read from the revision or the folder's name by default."""
    label: str | None = None
    """The model column of tables."""
    tokenizer: str | None = None


_TEXT, _WHOLE, _NUMBER, _SWITCH = (str,), (int,), (int, float), (bool,)
_LIST = (list, str)

DECLARABLE: Mapping[str, tuple[type, ...]] = {
    "checkpoints": (list, str),
    "name": _TEXT,
    "order": _TEXT,
    "label": _TEXT,
    "steps": (str, int),
    "point_zero": _SWITCH,
    "tokenizer": _TEXT,
    "dtype": _TEXT,
    "device": _TEXT,
    "corpus": _TEXT,
    "langs": _LIST,
    "n": _WHOLE,
    "offset": _WHOLE,
    "split": _TEXT,
    "seed": _WHOLE,
    "site": _TEXT,
    "threshold": _NUMBER,
    "share": _NUMBER,
    "baseline": _SWITCH,
    "heldout": _TEXT,
    "segment": _WHOLE,
    "stages": _LIST,
    "tasks": _LIST,
    "limit": _WHOLE,
    "evict": _SWITCH,
    "include_flagged": _SWITCH,
    "controls": _WHOLE,
    "columns": _TEXT,
    "batch_tokens": _WHOLE,
    "shards": _WHOLE,
    "engine": _TEXT,
    "address": _TEXT,
    "workers": _WHOLE,
    "threads": _WHOLE,
    "gpus": _NUMBER,
    "report_to": _LIST,
    "out": _TEXT,
}
"""Every key of such a file with the types its value may have; lists may also be written as text with commas."""

_SPELLED: Mapping[type, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
}
_PATHS = ("heldout", "tokenizer", "corpus")


def read_declared(path: str | Path) -> tuple[tuple[str | Entry, ...], dict[str, Any]]:
    """Reads the declaration of a series.

    Paths in it are relative to the file, wherever the command runs. A checkpoint is text, as on the command line, or
    a table: `{name = "runs/a", step = 1000}`.

    Args:
        path: A TOML file with `checkpoints` and any other keys of `DECLARABLE`.

    Returns:
        What `read_series` takes as arguments, and the options as plain values; lists of names as text with commas.

    Raises:
        BabelscopeError: If it cannot be read, has a key that does not exist, or a value of the wrong kind.
    """
    path = Path(path)
    content = _parsed(path)
    for key, value in content.items():
        if key not in DECLARABLE:
            raise BabelscopeError(f"{path}: {unknown_choice('key', key, DECLARABLE)}")
        _check(path, key, value, DECLARABLE[key])
    listed = content.pop("checkpoints", None)
    if not listed:
        raise BabelscopeError(f'{path} declares no checkpoints; expected checkpoints = ["runs/step*"], for example')
    entries = [listed] if isinstance(listed, str) else listed
    arguments = tuple(_entry(path, entry) for entry in entries)
    options = {key: _option(path, key, value) for key, value in content.items()}
    return arguments, options


def _parsed(path: Path) -> dict[str, Any]:
    # The standard library has it from 3.11 on.
    tomllib = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BabelscopeError(f"cannot read {path}: {error.strerror or error}; expected a TOML file") from error
    except ValueError as error:
        raise BabelscopeError(
            f'{path} is not TOML: {error}; expected lines such as checkpoints = ["runs/*"]'
        ) from error


def _check(path: Path, key: str, value: Any, kinds: tuple[type, ...]) -> None:
    # A truth value is a whole number to Python, but not to whoever writes one.
    fits = bool in kinds if isinstance(value, bool) else isinstance(value, kinds)
    if not fits:
        expected = " or ".join(_SPELLED[kind] for kind in kinds if not (kind is int and float in kinds))
        raise BabelscopeError(f"{path}: got {key} = {value!r}, expected {expected}")


def _entry(path: Path, entry: Any) -> str | Entry:
    if isinstance(entry, str):
        return _beside(path, entry)
    names = tuple(Entry.__dataclass_fields__)
    if not isinstance(entry, dict):
        raise BabelscopeError(f"{path}: got the checkpoint {entry!r}, expected text or a table with name and step")
    for key, value in entry.items():
        if key not in names:
            raise BabelscopeError(f"{path}: {unknown_choice('key of a checkpoint', key, names)}")
        _check(path, key, value, (str, int) if key == "step" else _TEXT)
    if "name" not in entry:
        raise BabelscopeError(f"{path}: the checkpoint {entry!r} has no name; expected a hub id or a folder")
    values = {key: str(value) for key, value in entry.items()}
    values |= {key: _beside(path, values[key]) for key in ("name", "tokenizer") if key in values}
    return Entry(**values)


def _option(path: Path, key: str, value: Any) -> Any:
    if isinstance(value, list):
        return ",".join(str(part) for part in value)
    if key == "steps":
        return str(value)
    if key == "out":
        # Always a folder, also before it is there.
        return str(path.parent / value)
    return _beside(path, value) if key in _PATHS else value


def _beside(path: Path, text: str) -> str:
    """A path as seen from the file; anything else as it is."""
    if text == BUNDLED:
        return text
    place = path.parent / text
    there = place.exists() or bool(expanded(str(place)))
    return str(place) if there or (looks_local(text) and not text.startswith("~")) else text
