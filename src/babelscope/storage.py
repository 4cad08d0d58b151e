"""Files written whole or not at all: JSON, text and arrays, each stamped with its format and version."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from babelscope.errors import BabelscopeError, StorageError

__all__ = ["atomic_path", "check_writable", "read_json", "write_json", "write_text"]


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yields a path beside `path` to write to; it takes `path`'s place if the block ends well, and vanishes if not.

    Raises:
        StorageError: If the folder cannot be written to or the disk is full.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=path.suffix, dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise _unwritable(path, error) from error
    aside = Path(name)
    try:
        yield aside
        aside.chmod(0o644)
        aside.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        aside.unlink(missing_ok=True)


def _unwritable(path: Path, error: OSError) -> StorageError:
    reason = error.strerror or str(error)
    return StorageError(f"cannot write {path}: {reason}; give another --out or free some space, then run again")


def check_writable(folder: Path) -> None:
    """Fails before the work starts, rather than after it, where results could not be saved. Leaves nothing behind.

    Raises:
        StorageError: If `folder` is a file or cannot be created or written to.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise StorageError(f"cannot write to {folder}: it is a file; --out must name a folder")
    existing = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        raise _unwritable(folder, error) from error


def write_text(path: Path, text: str) -> Path:
    """Writes UTF-8 text whole or not at all."""
    with atomic_path(path) as aside:
        aside.write_text(text, encoding="utf-8", newline="\n")
    return Path(path)


def write_json(path: Path, kind: str, content: dict[str, Any], version: int = 1) -> Path:
    """Writes a JSON object, stamped with `format` and `version`; NaN is refused rather than written."""
    stamped = {"format": f"babelscope/{kind}", "version": version, **content}
    return write_text(path, json.dumps(stamped, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def read_json(path: Path, kind: str, version: int = 1) -> dict[str, Any]:
    """Reads a JSON object that `write_json` wrote.

    Raises:
        BabelscopeError: If it is missing, is not JSON, or is of another kind or a newer version.
    """
    path = Path(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BabelscopeError(f"no such file: {path}; expected a babelscope {kind} file") from error
    except (ValueError, OSError) as error:
        raise BabelscopeError(f"cannot read {path} as JSON ({error}); expected a babelscope {kind} file") from error
    stamp = content.get("format") if isinstance(content, dict) else None
    if stamp != f"babelscope/{kind}":
        raise BabelscopeError(f"{path} is {stamp or 'not a babelscope file'}, expected babelscope/{kind}")
    if content.get("version", 0) > version:
        raise BabelscopeError(
            f"{path} has format version {content['version']}, this release reads {version}; upgrade babelscope"
        )
    return content
