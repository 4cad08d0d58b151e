"""A piece of work that can run in another process in, what became of it out: every engine runs the same tasks."""

import errno
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from babelscope.errors import BabelscopeError, StorageError

__all__ = ["Engine", "Outcome", "Task", "check_tasks", "failed_before", "one_line", "storage_failure"]

FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class Task:
    """A call to make: everything it needs is in its arguments, everything it gives is in its result or in files."""

    key: str
    """Unique among the tasks of a run."""
    function: Callable[..., Any]
    """At the top level of a module, so that another process can import it."""
    arguments: tuple[Any, ...] = ()
    """Small and without open files or models: they cross to another process."""
    after: tuple[str, ...] = ()
    """Keys of earlier tasks that have to end well first."""


@dataclass(frozen=True)
class Outcome:
    """What became of a task."""

    key: str
    result: Any
    """What the function returned; None if it failed."""
    error: str | None
    """One line if it failed or was not run."""
    seconds: float
    """Of the attempt that counted; 0 if it was not run."""
    worker: str
    """Where it ran: "local", or a node and a process of a cluster; empty if it was not run."""
    attempts: int
    """How often it was started: more than 1 if a worker died, 0 if it was not run."""


class Engine(Protocol):
    """Runs tasks somewhere."""

    def run(self, tasks: Sequence[Task], on_outcome: Callable[[Outcome], None]) -> None:
        """Runs every task whose predecessors ended well; tells of each as it ends, in the caller's thread.

        Args:
            tasks: In an order in which they could run one by one.
            on_outcome: Called once per task.

        Raises:
            StorageError: As soon as a task meets a disk that cannot be written to; other failures are outcomes.
        """
        ...


def check_tasks(tasks: Sequence[Task]) -> None:
    """Refuses tasks that share a key or wait for one that does not come before them.

    Raises:
        ValueError: If so; the task is named.
    """
    seen: set[str] = set()
    for task in tasks:
        if task.key in seen:
            raise ValueError(f"two tasks are called {task.key!r}; expected a key of its own for each")
        if late := [key for key in task.after if key not in seen]:
            raise ValueError(f"task {task.key!r} waits for {late[0]!r}, which does not come before it")
        seen.add(task.key)


def failed_before(task: Task, failed: set[str]) -> Outcome | None:
    """The outcome of a task that cannot run because one it waits for failed; None if nothing stands in its way."""
    blocking = next((key for key in task.after if key in failed), None)
    if blocking is None:
        return None
    return Outcome(task.key, None, f"not run: {blocking} failed", 0.0, "", 0)


def one_line(error: BaseException) -> str:
    """An error on one line: our own as they are, others with their type before their first line."""
    text = str(error)
    if isinstance(error, BabelscopeError):
        return " ".join(text.split())
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def storage_failure(error: BaseException) -> StorageError | None:
    """The failure to write that an error tells of, which ends a run; None for every other error."""
    if isinstance(error, StorageError):
        return error
    if isinstance(error, OSError) and error.errno in FULL:
        return StorageError(f"{one_line(error)}; free some space, then run again")
    return None
