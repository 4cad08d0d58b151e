"""A local checkpoint in, its weights read ahead so that loading finds them in memory; nothing is kept or changed."""

import os
import threading
from pathlib import Path

from babelscope.series.weights import weight_files_in

__all__ = ["read_ahead"]

_CHUNK = 16 << 20


def read_ahead(folder: Path, limit: int, stop: threading.Event) -> int:
    """Reads weight files once, which leaves them in the page cache of the system.

    Args:
        folder: A checkpoint.
        limit: Bytes to read at most; half of the memory that is free is a limit too.
        stop: Ends the reading when it is set.

    Returns:
        Bytes read.
    """
    limit = min(limit, _free_memory() // 2)
    done = 0
    for file in weight_files_in(folder):
        try:
            with file.open("rb", buffering=0) as stream:
                while done < limit and not stop.is_set():
                    read = len(stream.read(min(_CHUNK, limit - done)) or b"")
                    if not read:
                        break
                    done += read
        except OSError:
            # Only a help: what cannot be read is for loading to report.
            return done
    return done


def _free_memory() -> int:
    """Bytes of memory that nothing uses; no limit where the system does not say."""
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 1 << 62
