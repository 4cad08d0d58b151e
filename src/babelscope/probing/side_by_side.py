"""Small jobs that do not need each other in, their results in order out: a thread each, not all threads on one."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

__all__ = ["side_by_side"]

Result = TypeVar("Result")


def side_by_side(jobs: Sequence[Callable[[], Result]], threads: int | None = None) -> Iterator[Result]:
    """Results of the jobs in their order, as they come.

    A selection is a few thousand short operations. Splitting each of them over all processors makes threads wait for
    one another a few thousand times, which on a busy machine takes longer than the work; a selection per thread waits
    once.

    Args:
        jobs: What to do. They run in threads of this process, so they should spend their time in torch or numpy.
        threads: How many at a time; by default as many as torch may use.
    """
    import torch

    before = torch.get_num_threads()
    workers = min(threads or before, len(jobs))
    if workers < 2:
        yield from (job() for job in jobs)
        return
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,))
    try:
        yield from pool.map(lambda job: job(), jobs)
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(before)
