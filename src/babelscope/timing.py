"""A block of code in, the seconds it took out, added to those of its name."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["timed"]


@contextmanager
def timed(timings: dict[str, float], what: str) -> Iterator[None]:
    """Adds the wall time of the block to `timings[what]`, in seconds; nothing if it fails."""
    started = time.perf_counter()
    yield
    timings[what] = timings.get(what, 0.0) + time.perf_counter() - started
