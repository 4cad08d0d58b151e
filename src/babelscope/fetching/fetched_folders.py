"""Folders of fetched checkpoints: claimed by one process, marked as fetched, and only so marked ones removed."""

import contextlib
import os
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path

from babelscope.errors import StorageError
from babelscope.storage import read_json, write_json

__all__ = ["FetchedFolders"]


class FetchedFolders:
    """The folders below one folder that checkpoints are fetched to.

    Beside each lies a mark, NAME.fetched.json, that says what was fetched there and by which process: a folder
    without one is somebody else's, and a folder whose process has ended was left behind by a run that was stopped.

    Args:
        folder: Where they lie; made when the first one is claimed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def claim(self, key: str, name: str, commit: str) -> Path:
        """A folder to fetch a checkpoint to, marked as this process's; what a stopped run left behind is removed.

        Where the stopped run had begun to fetch the same checkpoint, its files are kept: they need not be fetched
        again.

        Args:
            key: Of the checkpoint.
            name: Hub id.
            commit: What of it is fetched.

        Raises:
            StorageError: If the folder cannot be written to.
        """
        content = {"name": name, "commit": commit, "host": socket.gethostname(), "process": os.getpid()}
        self.tidy(kept={"name": name, "commit": commit})
        for folder in (self.folder / key, self.folder / f"{key}.{content['host']}.{os.getpid()}"):
            mark = _mark(folder)
            if not folder.exists() or (mark.exists() and _abandoned(mark)):
                write_json(mark, "fetched", content)
                self._make(folder)
                return folder
        raise StorageError(
            f"{self.folder / key} exists and was not fetched by this run; move it, or give another --out"
        )

    def tidy(self, kept: Mapping[str, str] | None = None) -> None:
        """Removes what stopped runs left behind, but for what is `kept`: fields of a mark."""
        for mark in sorted(self.folder.glob("*.fetched.json")):
            found = _read(mark) or {}
            wanted = kept is not None and all(found.get(field) == value for field, value in kept.items())
            if not wanted and _abandoned(mark):
                shutil.rmtree(mark.with_name(mark.name.removesuffix(".fetched.json")), ignore_errors=True)
                mark.unlink(missing_ok=True)
        self._leave()

    def _leave(self) -> None:
        with contextlib.suppress(OSError):
            # Gone with the last one in it.
            self.folder.rmdir()

    def remove(self, folder: Path) -> None:
        """Removes a folder that this process fetched, and its mark; any other is left alone."""
        mark = _mark(folder)
        if _owner(mark) != (socket.gethostname(), os.getpid()):
            return
        shutil.rmtree(folder, ignore_errors=True)
        mark.unlink(missing_ok=True)
        self._leave()

    def _make(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = error.strerror or str(error)
            raise StorageError(f"cannot write {folder}: {reason}; give another --out or free some space") from error


def _mark(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.fetched.json")


def _read(mark: Path) -> dict[str, object] | None:
    try:
        return read_json(mark, "fetched")
    except ValueError:
        return None


def _owner(mark: Path) -> tuple[object, object]:
    found = _read(mark) or {}
    return found.get("host"), found.get("process")


def _abandoned(mark: Path) -> bool:
    """Whether the process that made a mark has ended, as far as this machine can tell."""
    host, process = _owner(mark)
    # Other machines may share the folder, and Windows has no harmless way to ask.
    if host != socket.gethostname() or not isinstance(process, int) or os.name == "nt":
        return False
    if process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
