"""Tasks in, run one after the other in this process; the next one is prepared while the current one computes."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from babelscope.engines.task import Outcome, Task, check_tasks, failed_before, one_line, storage_failure

__all__ = ["LocalEngine"]


class LocalEngine:
    """Runs tasks in this process, in their order.

    Args:
        threads: Threads of a matrix product while tasks run; by default what torch is set to.
        prepare: Called in a background thread with the task that comes next while the current one runs, to fetch
            what it will need. Whether it succeeds is left to the task to find out: it does the same work if need be.
    """

    def __init__(self, threads: int | None = None, prepare: Callable[[Task], None] | None = None) -> None:
        if threads is not None and threads < 1:
            raise ValueError(f"threads is {threads}; expected at least 1")
        self._threads = threads
        self._prepare = prepare

    def run(self, tasks: Sequence[Task], on_outcome: Callable[[Outcome], None]) -> None:
        """Runs every task whose predecessors ended well and tells of each as it ends (see `Engine`).

        Raises:
            StorageError: If a task cannot write; the tasks after it are not run.
        """
        check_tasks(tasks)
        failed: set[str] = set()
        preparing: threading.Thread | None = None
        with _threads(self._threads):
            for i, task in enumerate(tasks):
                outcome = failed_before(task, failed)
                if outcome is None:
                    if preparing is not None:
                        preparing.join()
                    preparing = self._start_preparing(tasks[i + 1 :], failed)
                    outcome = _run(task)
                if outcome.error is not None:
                    failed.add(task.key)
                on_outcome(outcome)

    def _start_preparing(self, coming: Sequence[Task], failed: set[str]) -> threading.Thread | None:
        follower = next((task for task in coming if failed_before(task, failed) is None), None)
        if self._prepare is None or follower is None:
            return None
        # A daemon: whoever interrupts a run does not wait for a download to end.
        thread = threading.Thread(target=_try, args=(self._prepare, follower), daemon=True)
        thread.start()
        return thread


def _try(prepare: Callable[[Task], None], task: Task) -> None:
    try:
        prepare(task)
    except Exception:
        # The task itself meets the same obstacle, and tells of it, if it is still there by then.
        return


def _run(task: Task) -> Outcome:
    started = time.perf_counter()
    result, message = None, None
    try:
        result = task.function(*task.arguments)
    except Exception as error:
        if failure := storage_failure(error):
            raise failure from error
        message = one_line(error)
    return Outcome(task.key, result, message, time.perf_counter() - started, "local", 1)


@contextmanager
def _threads(threads: int | None) -> Iterator[None]:
    if threads is None:
        yield
        return
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
