"""A progress bar on stderr: rate and remaining time; silent where stderr is not a terminal."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from babelscope.activations.extract import Progress

__all__ = ["progress_bar"]


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Yields a callback progress(what, done, total) that draws one bar per kind of step."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        TaskID,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    bars = Bars(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())
    tasks: dict[str, TaskID] = {}

    def show(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = bars.add_task(what, total=total, rate="")
        number = tasks[what]
        speed = bars.tasks[bars.task_ids.index(number)].speed
        rate = "" if speed is None else f"{speed:.3g}/s" if speed < 100 else f"{speed:.0f}/s"
        bars.update(number, completed=done, total=total, rate=rate)

    with bars:
        yield show
