"""A checkpoint on the hub in, its needed files on this machine out; the disk is asked first whether they fit."""

import errno
import re
import shutil
from pathlib import Path
from typing import Any

from babelscope.errors import StorageError
from babelscope.models import ModelRef
from babelscope.series.hub import HubFiles, explained, needed_files
from babelscope.series.weights import weight_names

__all__ = ["cached_commit", "check_room", "download", "fits", "is_cached", "missing_bytes"]

_SPARE = 256 << 20
"""Bytes left free: results are written to the same disks."""


def is_cached(ref: ModelRef, files: HubFiles) -> bool:
    """Whether the hub's shared cache holds every file that is needed, at that commit."""
    return not _missing(ref, files)


def missing_bytes(ref: ModelRef, files: HubFiles) -> int:
    """Bytes of the needed files that the hub's shared cache does not hold."""
    return sum(files.sizes[name] for name in _missing(ref, files))


def _missing(ref: ModelRef, files: HubFiles) -> list[str]:
    from huggingface_hub import try_to_load_from_cache

    return [
        name
        for name in files.sizes
        if not isinstance(try_to_load_from_cache(ref.name, name, revision=files.commit), str)
    ]


def cached_commit(ref: ModelRef) -> str | None:
    """Commit of a whole checkpoint in the shared cache, for when the hub cannot be asked; None if there is none."""
    from huggingface_hub import try_to_load_from_cache

    config = try_to_load_from_cache(ref.name, "config.json", revision=ref.revision or "main")
    if not isinstance(config, str):
        return None
    snapshot = Path(config).parent
    weights = weight_names(needed_files([file.name for file in snapshot.iterdir()]))
    parts = re.search(r"-of-0*(\d+)\.", weights[0]) if weights else None
    whole = bool(weights) and (parts is None or len(weights) == int(parts[1]))
    return snapshot.name if whole else None


def check_room(files: HubFiles, needed: int, folder: Path, advice: str) -> None:
    """Makes sure that a download fits before it begins.

    Args:
        files: What is downloaded.
        needed: Bytes of it that are not there yet.
        folder: Where it is downloaded to.
        advice: What else can be done than to free some space.

    Raises:
        StorageError: If it does not fit.
    """
    if not fits(needed, folder):
        free = _gib(_free_bytes(folder))
        raise StorageError(
            f"{files.name} needs {_gib(needed)}, and {free} are free in {folder}; free some space, or {advice}"
        )


def fits(needed: int, folder: Path) -> bool:
    """Whether as many bytes fit on the disk of a folder, which need not exist yet, and leave some room."""
    return not needed or needed + _SPARE <= _free_bytes(folder)


def _free_bytes(folder: Path) -> int:
    existing = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    return shutil.disk_usage(existing).free


def download(ref: ModelRef, files: HubFiles, folder: Path | None) -> str:
    """Downloads what is not there yet.

    Args:
        ref: The model.
        files: What is needed of it.
        folder: Where to; None is the hub's shared cache.

    Returns:
        The commit that lies there now.

    Raises:
        ModelError: If the hub does not give it.
        StorageError: If the disk is full.
    """
    from huggingface_hub import snapshot_download

    # The cache finds a revision without network only if it was asked for by its name.
    revision = files.commit if folder is not None else ref.revision
    try:
        place = snapshot_download(
            ref.name,
            revision=revision,
            local_dir=folder,
            allow_patterns=[_literal(name) for name in files.sizes],
            tqdm_class=_silent(),
        )
    except Exception as error:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageError(f"the disk became full while {files.name} was fetched; free some space") from error
        raise explained(error, ref.name, ref.revision, "the files") from error
    return files.commit if folder is not None else Path(place).name


def _literal(name: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", name)


def _silent() -> Any:
    """A progress bar that draws nothing: another thread draws ours at the same time."""
    from tqdm.auto import tqdm

    class Silent(tqdm):
        def __init__(self, *values: Any, **options: Any) -> None:
            options["disable"] = True
            super().__init__(*values, **options)

    return Silent


def _gib(count: int) -> str:
    return f"{count / 2**30:.1f} GiB"
