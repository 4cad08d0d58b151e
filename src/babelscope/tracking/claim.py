"""A folder in, a claim on it for as long as a block runs: two tracks never write into one folder at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from babelscope.errors import StorageError

__all__ = ["claimed"]


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Holds a folder while the block runs; the system lets go of it however the process ends.

    Raises:
        StorageError: If another process holds it, or it cannot be written to.
    """
    try:
        import fcntl
    except ImportError:
        # Windows has no lock that ends with its process and hinders nobody else.
        yield
        return
    path, made = folder / ".tracking", not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stream = path.open("a", encoding="utf-8")
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageError(f"cannot write {path}: {reason}; give another --out or free some space") from error
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StorageError(
                f"another process is tracking into {folder}; wait until it has ended, or give another --out"
            ) from error
        except OSError:
            # Some shared file systems know no locks: then it is for the user not to start two.
            pass
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
            if made and not any(folder.iterdir()):
                folder.rmdir()
