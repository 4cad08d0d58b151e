"""The local engine: order, predecessors, errors as one line, preparation in the background."""

import threading
import time

import pytest
import torch

import engine_tasks
from babelscope.engines import LocalEngine, Task
from babelscope.engines.task import one_line
from babelscope.errors import BabelscopeError, MissingExtraError, StorageError


def outcomes(tasks, **options):
    found = []
    LocalEngine(**options).run(tasks, found.append)
    return found


def test_results_come_in_order_and_are_told_one_by_one(tmp_path):
    told = []

    def tell(outcome):
        told.append((outcome.key, (tmp_path / outcome.key).exists(), (tmp_path / "c").exists()))

    LocalEngine().run([Task(name, engine_tasks.note, (tmp_path, name)) for name in "abc"], tell)
    assert told == [("a", True, False), ("b", True, False), ("c", True, True)]


def test_outcome_of_a_task_that_ends_well():
    (found,) = outcomes([Task("sum", engine_tasks.add, (1, 2))])
    assert (found.result, found.error, found.worker, found.attempts) == (3, None, "local", 1)
    assert 0 <= found.seconds < 1


def test_errors_become_one_line_and_the_rest_goes_on():
    found = outcomes(
        [
            Task("ours", engine_tasks.refuse, ("the weights of x\n do not fit",)),
            Task("other", engine_tasks.stumble),
            Task("fine", engine_tasks.add, (1, 1)),
        ]
    )
    errors = [outcome.error for outcome in found]
    assert errors == ["the weights of x do not fit", "RuntimeError: first line", None]
    assert found[2].result == 2


def test_what_follows_a_failure_is_not_run_and_what_does_not_is(tmp_path):
    found = outcomes(
        [
            Task("scan", engine_tasks.stumble),
            Task("ablate", engine_tasks.note, (tmp_path, "ablate"), after=("scan",)),
            Task("report", engine_tasks.note, (tmp_path, "report"), after=("ablate",)),
            Task("scan-2", engine_tasks.note, (tmp_path, "scan-2")),
        ]
    )
    assert [outcome.error for outcome in found[1:]] == ["not run: scan failed", "not run: ablate failed", None]
    assert found[1].attempts == 0 and found[1].worker == ""
    assert [path.name for path in tmp_path.iterdir()] == ["scan-2"]


@pytest.mark.parametrize("failure", [engine_tasks.fill_disk, engine_tasks.fill_disk_plainly])
def test_a_full_disk_ends_the_run(tmp_path, failure):
    told = []
    with pytest.raises(StorageError, match="No space left"):
        LocalEngine().run([Task("a", failure), Task("b", engine_tasks.note, (tmp_path, "b"))], told.append)
    assert told == [] and not (tmp_path / "b").exists()


def test_an_interruption_ends_the_run_at_once(tmp_path):
    def interrupt():
        raise KeyboardInterrupt

    # Somebody's download that takes its time must not hold the interruption up.
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        LocalEngine(prepare=lambda task: time.sleep(3)).run(
            [Task("a", interrupt), Task("b", engine_tasks.note, (tmp_path, "b"))], print
        )
    assert time.monotonic() - started < 2 and not (tmp_path / "b").exists()


def test_threads_are_set_for_the_tasks_and_as_before_afterwards():
    before = torch.get_num_threads()
    (found,) = outcomes([Task("threads", engine_tasks.threads)], threads=before + 1)
    assert found.result == before + 1 and torch.get_num_threads() == before


def test_the_next_task_is_prepared_while_the_current_one_runs():
    ready = {name: threading.Event() for name in "bc"}

    def prepare(task):
        ready[task.key].set()

    def work(name):
        # Only a preparation that runs beside this task can set the event.
        return ready[name].wait(10)

    found = outcomes([Task("a", work, ("b",)), Task("b", work, ("c",)), Task("c", engine_tasks.add)], prepare=prepare)
    assert [outcome.result for outcome in found] == [True, True, 0]


def test_a_task_starts_only_when_its_preparation_has_ended():
    seen = []

    def prepare(task):
        time.sleep(0.2)
        seen.append("prepared")

    outcomes([Task("a", engine_tasks.add), Task("b", lambda: seen.append("run"))], prepare=prepare)
    assert seen == ["prepared", "run"]


def test_nothing_is_prepared_for_a_task_that_will_not_run():
    seen = []
    outcomes(
        [
            Task("a", engine_tasks.stumble),
            Task("b", engine_tasks.add),
            Task("c", engine_tasks.add, after=("a",)),
            Task("d", engine_tasks.add),
        ],
        prepare=lambda task: seen.append(task.key),
    )
    assert seen == ["b", "d"]


def test_a_failed_preparation_is_left_to_the_task():
    def prepare(task):
        raise BabelscopeError("the hub does not answer")

    found = outcomes([Task("a", engine_tasks.add), Task("b", engine_tasks.add, (1, 2))], prepare=prepare)
    assert found[1].result == 3


def test_plans_that_cannot_be_run_are_refused():
    task = Task("a", engine_tasks.add)
    with pytest.raises(ValueError, match="two tasks are called 'a'"):
        LocalEngine().run([task, task], print)
    with pytest.raises(ValueError, match="'b' waits for 'c', which does not come before it"):
        LocalEngine().run([task, Task("b", engine_tasks.add, after=("a", "c"))], print)
    with pytest.raises(ValueError, match="at least 1"):
        LocalEngine(threads=0)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("\n  what\nmore"), "ValueError: what"),
        (KeyError(), "KeyError"),
        (BabelscopeError("got a\nexpected b"), "got a expected b"),
        (MissingExtraError("ray", "ray", "this"), str(MissingExtraError("ray", "ray", "this"))),
    ],
)
def test_one_line(error, line):
    assert one_line(error) == line
