"""Tasks in, run on a Ray cluster as its machines have room; those whose worker died are run again."""

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babelscope.engines.cluster import Need, cluster, room
from babelscope.engines.task import Outcome, Task, check_tasks, failed_before, one_line, storage_failure
from babelscope.errors import StorageError

__all__ = ["RayEngine"]

LOOK_AGAIN_SECONDS = 5.0
"""How long to wait for a task before looking whether machines have joined the cluster or left it."""


class RayEngine:
    """Runs each task in a worker process of a Ray cluster.

    Args:
        address: Of a running cluster: `auto`, `host:port` or `ray://host:port`. None starts one on this machine for
            the length of a run.
        workers: Most tasks at a time; by default as many as the cluster has room for.
        threads: CPUs a task occupies, and threads of its matrix products. Equal threads, equal bits.
        gpus: GPUs a task occupies; fractions let several share one.
        retries: How often a task is started again after its worker died. Errors of the task itself are final.
        folder: Where tasks write; before the first one, every machine must prove that it sees this folder.
    """

    def __init__(
        self,
        address: str | None = None,
        workers: int | None = None,
        threads: int = 1,
        gpus: float = 0.0,
        retries: int = 2,
        folder: Path | None = None,
    ) -> None:
        if threads < 1 or (workers is not None and workers < 1):
            raise ValueError(f"workers is {workers} and threads {threads}; expected at least 1 of each")
        if gpus < 0 or (gpus > 1 and gpus != int(gpus)):
            raise ValueError(f"gpus is {gpus}; expected a fraction of one GPU or a whole number of them")
        if retries < 0:
            raise ValueError(f"retries is {retries}; expected 0 or more")
        self._address = address
        self._workers = workers
        self._need = Need(threads, gpus)
        self._retries = retries
        self._folder = folder

    def run(self, tasks: Sequence[Task], on_outcome: Callable[[Outcome], None]) -> None:
        """Runs every task whose predecessors ended well and tells of each as it ends (see `Engine`).

        Raises:
            StorageError: If a task cannot write; those under way are cancelled.
            BabelscopeError: If the cluster cannot be used; no task has run then.
        """
        check_tasks(tasks)
        with cluster(self._address, self._workers, self._need, self._folder) as ray:
            _Run(ray, self._workers, self._need, self._retries, on_outcome).carry_out(tasks)


@dataclass(frozen=True)
class _Answer:
    """What a worker sends back: errors cross as text, because not every exception survives the journey."""

    result: Any
    error: str | None
    storage: bool
    seconds: float
    worker: str


class _Run:
    """The tasks of one run, as far as they have come."""

    def __init__(
        self, ray: Any, workers: int | None, need: Need, retries: int, on_outcome: Callable[[Outcome], None]
    ) -> None:
        self._ray = ray
        self._workers = workers
        self._need = need
        self._retries = retries
        self._on_outcome = on_outcome
        self._running: dict[Any, tuple[Task, int]] = {}
        self._done: set[str] = set()
        self._failed: set[str] = set()
        # Ray's own retries would not tell how often a task was started, and never end where memory runs out.
        self._remote = ray.remote(num_cpus=need.threads, num_gpus=need.gpus, max_retries=0)(_carry_out)

    def carry_out(self, tasks: Sequence[Task]) -> None:
        waiting = list(tasks)
        try:
            while waiting or self._running:
                waiting = self._submit(waiting)
                if self._running:
                    ready, _ = self._ray.wait(list(self._running), timeout=LOOK_AGAIN_SECONDS)
                    for reference in ready:
                        self._receive(reference)
        finally:
            for reference in self._running:
                with suppress(Exception):
                    self._ray.cancel(reference, force=True)

    def _submit(self, waiting: Sequence[Task]) -> list[Task]:
        """Starts what can start, the earliest first, and returns what is left.

        No more than fits: tasks queued on the cluster would run before the successors of those that end first,
        and a checkpoint would wait for its second stage until every other had had its first.
        """
        places = room(self._ray, self._need)
        limit = max(1, min(places, self._workers or places))
        left = []
        for task in waiting:
            blocked = failed_before(task, self._failed)
            if blocked is not None:
                self._tell(blocked)
            elif len(self._running) < limit and self._done.issuperset(task.after):
                self._start(task, 1)
            else:
                left.append(task)
        return left

    def _start(self, task: Task, attempt: int) -> None:
        settings = (self._need.threads, str(Path.cwd()), os.environ.get("BABELSCOPE_CACHE"))
        try:
            self._running[self._remote.remote(task.function, task.arguments, *settings)] = (task, attempt)
        except TypeError as error:
            # Arguments that cannot cross to another process.
            self._tell(Outcome(task.key, None, one_line(error), 0.0, "", attempt))

    def _receive(self, reference: Any) -> None:
        task, attempt = self._running.pop(reference)
        errors = self._ray.exceptions
        deaths = (errors.WorkerCrashedError, errors.NodeDiedError, errors.OutOfMemoryError, errors.ObjectLostError)
        try:
            answer: _Answer = self._ray.get(reference)
        except deaths as error:
            if attempt <= self._retries:
                self._start(task, attempt + 1)
                return
            self._tell(Outcome(task.key, None, _death(error, attempt), 0.0, "", attempt))
        except errors.RayError as error:
            message = one_line(getattr(error, "cause", None) or error)
            self._tell(Outcome(task.key, None, message, 0.0, "", attempt))
        else:
            if answer.storage:
                raise StorageError(answer.error)
            self._tell(Outcome(task.key, answer.result, answer.error, answer.seconds, answer.worker, attempt))

    def _tell(self, outcome: Outcome) -> None:
        (self._done if outcome.error is None else self._failed).add(outcome.key)
        self._on_outcome(outcome)


def _death(error: BaseException, attempts: int) -> str:
    times = "once" if attempts == 1 else f"{attempts} times"
    return (
        f"its worker process died {times} ({type(error).__name__}), most often for lack of memory; "
        "use fewer workers or a smaller --dtype"
    )


def _carry_out(
    function: Callable[..., Any], arguments: tuple[Any, ...], threads: int, folder: str, cache: str | None
) -> _Answer:
    """Runs in a worker: the task, in the caller's working folder, with its cache, under the threads agreed on."""
    import ray
    import torch

    torch.set_num_threads(threads)
    with suppress(OSError):
        os.chdir(folder)
    if cache is not None:
        os.environ["BABELSCOPE_CACHE"] = cache
    worker = f"{ray.util.get_node_ip_address()}:{os.getpid()}"
    started = time.perf_counter()
    result, message, storage = None, None, False
    try:
        result = function(*arguments)
    except Exception as error:
        failure = storage_failure(error)
        message, storage = one_line(failure or error), failure is not None
    return _Answer(result, message, storage, time.perf_counter() - started, worker)
