"""The Ray engine on a cluster of one machine: same outcomes as the local one, and workers that really die."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

import engine_tasks
from babelscope.activations import plan_shards, shard_path
from babelscope.engines import LocalEngine, RayEngine, Task
from babelscope.engines.cluster import PACKAGES, Need, _await_markers, cluster
from babelscope.errors import BabelscopeError, MissingExtraError, StorageError
from babelscope.languages import display_order
from babelscope.provenance import versions
from tiny_corpus import tiny_corpus

TESTS = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def ray():
    """A cluster of two workers for all tests of this file: starting one takes seconds."""
    pytest.importorskip("ray", reason="ray is not installed (the extra 'ray')")
    patch = pytest.MonkeyPatch()
    # Workers are processes of their own and have to find this file's functions too.
    patch.setenv("PYTHONPATH", os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep))
    with cluster(None, 2, Need(1, 0.0), None) as module:
        yield module
    patch.undo()


def outcomes(tasks, **options):
    found = {}
    RayEngine(**options).run(tasks, lambda outcome: found.setdefault(outcome.key, outcome))
    return found


def test_outcomes_equal_those_of_the_local_engine(ray, tmp_path):
    tasks = [
        Task("sum", engine_tasks.add, (1, 2)),
        Task("ours", engine_tasks.refuse, ("the weights of x\n do not fit",)),
        Task("other", engine_tasks.stumble),
        Task("blocked", engine_tasks.note, (tmp_path, "blocked"), after=("sum", "other")),
        Task("blocked-too", engine_tasks.add, after=("blocked",)),
        Task("follows", engine_tasks.add, (4,), after=("sum",)),
    ]
    local = []
    LocalEngine().run(tasks, local.append)
    found = outcomes(tasks)
    assert {key: (one.result, one.error, one.attempts) for key, one in found.items()} == {
        one.key: (one.result, one.error, one.attempts) for one in local
    }
    assert not (tmp_path / "blocked").exists()
    assert found["sum"].worker.endswith(tuple("0123456789")) and ":" in found["sum"].worker


def test_tasks_run_in_other_processes_with_the_same_package_and_folder(ray, monkeypatch, tmp_path):
    import babelscope

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BABELSCOPE_CACHE", str(tmp_path / "cache"))
    process, folder, package, cache = outcomes([Task("a", engine_tasks.whereabouts)])["a"].result
    assert process != os.getpid()
    assert (folder, package, cache) == (str(tmp_path), babelscope.__file__, str(tmp_path / "cache"))


def test_threads_of_a_task_are_those_asked_for(ray):
    assert outcomes([Task("a", engine_tasks.threads)], threads=2)["a"].result == 2
    assert outcomes([Task("a", engine_tasks.threads)], threads=1)["a"].result == 1


def test_two_workers_run_at_the_same_time_and_one_does_not(ray):
    tasks = [Task(name, time.sleep, (1.5,)) for name in "ab"]
    started = time.monotonic()
    outcomes(tasks)
    both = time.monotonic() - started
    outcomes(tasks, workers=1)
    assert both < 2.9 < time.monotonic() - started - both


def test_the_second_stage_of_the_first_comes_before_the_first_stage_of_the_last(ray):
    told = []
    tasks = []
    for name in "abc":
        tasks += [
            Task(f"scan-{name}", engine_tasks.add),
            Task(f"ablate-{name}", engine_tasks.add, (), (f"scan-{name}",)),
        ]
    RayEngine(workers=1).run(tasks, lambda outcome: told.append(outcome.key))
    assert told == [task.key for task in tasks]


def test_outcomes_come_as_they_finish(ray, tmp_path):
    told = []
    tasks = [Task("slow", engine_tasks.sleep_in, (tmp_path, 2)), Task("fast", engine_tasks.add)]
    RayEngine().run(tasks, lambda outcome: told.append((outcome.key, (tmp_path / "ended").exists())))
    assert told == [("fast", False), ("slow", True)]


def test_a_killed_worker_s_task_is_run_again(ray, tmp_path):
    def kill():
        path = tmp_path / "pid"
        while not path.exists():
            time.sleep(0.05)
        os.kill(int(path.read_text()), signal.SIGKILL)

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    tasks = [
        Task("killed", engine_tasks.wait_to_be_killed, (tmp_path,)),
        Task("after", engine_tasks.add, (1,), after=("killed",)),
    ]
    found = outcomes(tasks)
    killer.join(10)
    victim = (tmp_path / "pid").read_text()
    assert found["killed"].result == f"again, after {victim}" and found["killed"].attempts == 2
    assert found["after"].result == 1


def test_a_task_that_always_kills_its_worker_fails_and_the_rest_goes_on(ray):
    found = outcomes([Task("a", engine_tasks.die), Task("b", engine_tasks.add, (1,))], retries=1)
    assert "worker process died 2 times" in found["a"].error and found["a"].attempts == 2
    assert "\n" not in found["a"].error and found["b"].result == 1
    assert "died once" in outcomes([Task("a", engine_tasks.die)], retries=0)["a"].error


def test_what_cannot_cross_fails_alone(ray):
    lock = threading.Lock()
    found = outcomes(
        [
            Task("result", engine_tasks.unsendable),
            Task("argument", engine_tasks.add, (lock,)),
            Task("b", engine_tasks.add),
        ]
    )
    for key in ("result", "argument"):
        assert re.search("pickle|serialize", found[key].error) and "\n" not in found[key].error
    assert found["b"].error is None


@pytest.mark.parametrize("failure", [engine_tasks.fill_disk, engine_tasks.fill_disk_plainly])
def test_a_full_disk_ends_the_run(ray, failure, tmp_path):
    told = []
    with pytest.raises(StorageError, match="No space left"):
        RayEngine(workers=1).run([Task("a", failure), Task("b", engine_tasks.note, (tmp_path, "b"))], told.append)
    assert told == [] and not (tmp_path / "b").exists()


def test_an_interruption_cancels_what_is_under_way(ray, tmp_path):
    def interrupt(outcome):
        raise KeyboardInterrupt

    started = time.monotonic()
    tasks = [Task("slow", engine_tasks.sleep_in, (tmp_path, 3)), Task("fast", time.sleep, (0.5,))]
    with pytest.raises(KeyboardInterrupt):
        RayEngine().run(tasks, interrupt)
    assert (tmp_path / "begun").exists()
    assert time.monotonic() - started < 2.9
    time.sleep(3.5)
    assert not (tmp_path / "ended").exists()


def test_shards_give_the_same_bits_on_two_workers_and_in_this_process(ray, tmp_path):
    corpus = tiny_corpus()
    corpus = corpus.reorder(display_order(corpus.languages))
    shards = plan_shards(corpus.n, 4)
    keys = tuple(f"shard-{shard.index}" for shard in shards)

    def tasks(folder):
        return [
            *(
                Task(key, engine_tasks.measure_shard, (corpus, shard, folder))
                for key, shard in zip(keys, shards, strict=True)
            ),
            Task("scan", engine_tasks.join_shards, (corpus, 4, folder), after=keys),
        ]

    local = {}
    LocalEngine(threads=1).run(tasks(tmp_path / "local"), lambda one: local.setdefault(one.key, one))
    found = outcomes(tasks(tmp_path / "ray"))
    assert len({found[key].result for key in keys}) == 2 and os.getpid() not in {found[key].result for key in keys}
    for shard in shards:
        here, there = (shard_path(tmp_path / name, shard) for name in ("local", "ray"))
        one, other = load_file(here), load_file(there)
        assert one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)
    assert found["scan"].result == local["scan"].result and found["scan"].result[-1] == 0


def test_a_task_that_fits_nowhere_is_refused_before_anything_runs(ray):
    with pytest.raises(
        BabelscopeError, match="no machine of the Ray cluster has 64 CPUs for a task; the largest has 2"
    ):
        outcomes([Task("a", engine_tasks.add)], threads=64)
    with pytest.raises(BabelscopeError, match="has 1 CPUs and 0.5 GPUs .* 0 GPUs"):
        outcomes([Task("a", engine_tasks.add)], gpus=0.5)


def test_the_folder_check_leaves_nothing_behind(ray, tmp_path):
    assert outcomes([Task("a", engine_tasks.add)], folder=tmp_path / "new" / "out")["a"].error is None
    assert not (tmp_path / "new" / "out").exists()


JOIN = """
import sys, warnings
warnings.simplefilter("error")
from pathlib import Path
import engine_tasks
from babelscope.engines import RayEngine, Task
engine = RayEngine(address=sys.argv[1], folder=Path(sys.argv[2]), retries=1)
tasks = [Task("a", engine_tasks.add, (1, 2)), Task("b", engine_tasks.die), Task("c", engine_tasks.refuse, ("no",))]
engine.run(tasks, lambda outcome: print(outcome.key, outcome.result, outcome.attempts))
"""


@pytest.mark.parametrize("by", ["address", "auto"])
def test_another_process_joins_a_running_cluster_quietly(ray, tmp_path, by):
    address = ray.get_runtime_context().gcs_address
    done = subprocess.run(
        [sys.executable, "-c", JOIN, address if by == "address" else "auto", str(tmp_path / "out")],
        env={**os.environ, "RAY_ADDRESS": address} if by == "auto" else None,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stderr == ""
    assert sorted(done.stdout.splitlines()) == ["a 3 1", "b None 2", "c None 1"]


def test_a_machine_that_does_not_share_the_folder_is_named(ray, tmp_path, monkeypatch):
    @contextmanager
    def unwritten(folder):
        # To a worker of another machine, the caller's marker is simply not there.
        yield str(folder / ".shared-x"), "x"

    monkeypatch.setattr("babelscope.engines.cluster._marker", unwritten)
    with pytest.raises(BabelscopeError, match=r"machine \S+ .* does not share the folder .*/out \(No such file"):
        outcomes([Task("a", engine_tasks.note, (tmp_path, "a"))], folder=tmp_path / "out")
    assert not (tmp_path / "a").exists()


def test_a_worker_s_mark_that_does_not_arrive_is_named(ray, tmp_path, monkeypatch):
    monkeypatch.setattr("babelscope.engines.cluster.APPEAR_SECONDS", 0)
    monkeypatch.setattr("babelscope.engines.cluster._await_markers", partial(elsewhere, tmp_path))
    with pytest.raises(BabelscopeError, match="what it writes there does not arrive"):
        outcomes([Task("a", engine_tasks.add)], folder=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def elsewhere(place, folder, machines, token):
    _await_markers(place, machines, token)


def test_a_machine_with_other_versions_is_named(ray, monkeypatch):
    theirs = dict(versions(PACKAGES))
    monkeypatch.setattr("babelscope.engines.cluster.versions", lambda packages: {**theirs, "torch": "1.0"})
    with pytest.raises(BabelscopeError, match=f"has torch {re.escape(theirs['torch'])}, this one 1.0; install"):
        outcomes([Task("a", engine_tasks.add)])


@pytest.mark.parametrize("address", ["127.0.0.1:{port}", "ray://127.0.0.1:{port}", "no-such-host.invalid:6379"])
def test_an_unreachable_address_fails_in_seconds(address, monkeypatch):
    module = pytest.importorskip("ray", reason="ray is not installed (the extra 'ray')")
    # The cluster of this file's other tests would be taken instead.
    monkeypatch.setattr(module, "is_initialized", lambda: False)
    monkeypatch.setattr(module, "shutdown", lambda: None)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        started = time.monotonic()
        with pytest.raises(BabelscopeError, match="no Ray cluster answers at") as caught:
            outcomes([Task("a", engine_tasks.add)], address=address.format(port=port))
    assert "\n" not in str(caught.value) and time.monotonic() - started < 20


@pytest.mark.parametrize("address", ["somewhere", "host:", "ray://", ":6379"])
def test_what_is_no_address_is_refused(address, monkeypatch):
    module = pytest.importorskip("ray", reason="ray is not installed (the extra 'ray')")
    monkeypatch.setattr(module, "is_initialized", lambda: False)
    monkeypatch.setattr(module, "shutdown", lambda: None)
    with pytest.raises(BabelscopeError, match="is no address of a Ray cluster; expected auto, host:port or ray://"):
        outcomes([Task("a", engine_tasks.add)], address=address)


@pytest.mark.parametrize(("address", "advice"), [(None, "use --engine local"), ("auto", "RAY_AUTH_MODE=token")])
def test_whatever_keeps_ray_from_starting_becomes_one_line(address, advice, monkeypatch):
    module = pytest.importorskip("ray", reason="ray is not installed (the extra 'ray')")

    def refuse(**options):
        raise RuntimeError("no token\nand much more about tokens")

    monkeypatch.setattr(module, "is_initialized", lambda: False)
    monkeypatch.setattr(module, "shutdown", lambda: None)
    monkeypatch.setattr(module, "init", refuse)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    with pytest.raises(BabelscopeError, match=rf"\(RuntimeError: no token\).*{advice}") as caught:
        outcomes([Task("a", engine_tasks.add)], address=address)
    assert "\n" not in str(caught.value)


def test_without_ray_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'babelscope\[ray\]'"):
        outcomes([Task("a", engine_tasks.add)])


@pytest.mark.parametrize("options", [{"threads": 0}, {"workers": 0}, {"gpus": -1}, {"gpus": 1.5}, {"retries": -1}])
def test_impossible_options_are_refused(options):
    with pytest.raises(ValueError, match="expected"):
        RayEngine(**options)
