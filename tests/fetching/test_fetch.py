import errno
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections import namedtuple
from pathlib import Path

import pytest
from huggingface_hub import errors

from babelscope.errors import ModelError, StorageError
from babelscope.fetching.fetch import Fetcher
from babelscope.fetching.page_cache import read_ahead
from babelscope.models import ModelRef
from babelscope.series.checkpoints import Checkpoint
from babelscope.series.hub import needed_files
from stand_in_hub import hub, hub_error  # noqa: F401
from tiny_models import save_tiny

pytestmark = pytest.mark.usefixtures("hub")
NAME = "org/m"


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A tiny model as a repository: beside what loading needs, much that it does not."""
    folder = save_tiny("bloom", tmp_path_factory.mktemp("saved") / "m")
    for extra in ("pytorch_model.bin", "flax_model.msgpack", "tf_model.h5", "optimizer.pt", "training_args.bin"):
        (folder / extra).write_bytes(b"never downloaded")
    (folder / "pytorch_model.bin.index.json").write_text("{}")
    (folder / "modeling_own.py").write_text("raise SystemExit")
    (folder / "onnx").mkdir()
    (folder / "onnx" / "model.safetensors").write_bytes(b"never downloaded")
    return folder


def checkpoint(step, made=None, **options):
    ref = ModelRef(NAME, revision=f"step{step}", dtype="float32", device="cpu", **options)
    return Checkpoint(ref, "m", "0" if made is not None else str(step), float(step), made)


@pytest.fixture
def steps(hub, saved):  # noqa: F811
    """Five steps on the hub; all hold the same files."""
    for step in range(1, 6):
        hub.add(NAME, f"step{step}", saved)
    return [checkpoint(step) for step in range(1, 6)]


def on_disk(folder):
    return sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


def until(condition):
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.005)
    raise AssertionError("it never happened")


def test_a_checkpoint_is_fetched_into_its_own_folder_and_removed_once_released(hub, steps, tmp_path):  # noqa: F811
    fetcher = Fetcher(tmp_path / "fetched", evict=True)
    ref = fetcher.get(steps[0])
    assert ref.name == str(tmp_path / "fetched" / "m-1") and ref.revision is None
    assert ref.commit == hub.commit(NAME, "step1") and ref.dtype == "float32"
    model = ref.load()
    assert model.revision == ref.commit, "the commit is what is recorded, not the folder"
    there = {path.name for path in Path(ref.name).rglob("*") if path.is_file()}
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= there
    assert not there & {"pytorch_model.bin", "flax_model.msgpack", "optimizer.pt", "training_args.bin"}
    assert not there & {"modeling_own.py", "pytorch_model.bin.index.json"} and not (Path(ref.name) / "onnx").exists()
    fetcher.release(steps[0])
    assert not (tmp_path / "fetched").exists()
    fetcher.release(steps[0])


def test_without_evict_files_go_to_the_shared_cache_and_stay(hub, steps, tmp_path):  # noqa: F811
    fetcher = Fetcher(tmp_path / "fetched")
    ref = fetcher.get(steps[0])
    assert (ref.name, ref.revision, ref.commit) == (NAME, hub.commit(NAME, "step1"), hub.commit(NAME, "step1"))
    fetcher.release(steps[0])
    assert hub.downloads[0]["folder"].is_dir() and not (tmp_path / "fetched").exists()


def test_what_the_cache_holds_is_used_from_there_and_never_removed(hub, steps, tmp_path):  # noqa: F811
    Fetcher(tmp_path / "a").get(steps[0])
    fetcher = Fetcher(tmp_path / "fetched", evict=True)
    ref = fetcher.get(steps[0])
    assert ref.name == NAME
    fetcher.release(steps[0])
    assert hub.downloads[0]["folder"].is_dir() and on_disk(tmp_path / "fetched") == []


def test_at_most_two_checkpoints_lie_on_disk_however_many_are_asked_for(hub, steps, tmp_path):  # noqa: F811
    home, seen = tmp_path / "fetched", []
    hub.during = lambda _: seen.append(len(on_disk(home)))
    fetcher = Fetcher(home, evict=True)
    for step in steps:
        fetcher.start(step)
    for step in steps:
        assert Path(fetcher.get(step).name).is_dir()
        seen.append(len(on_disk(home)))
        fetcher.release(step)
    assert max(seen) == 2 and on_disk(home) == []


def test_the_next_is_fetched_while_the_first_is_in_use(hub, steps, tmp_path):  # noqa: F811
    fetcher = Fetcher(tmp_path / "fetched", evict=True)
    fetcher.get(steps[0])
    hub.gate.clear()
    started = time.perf_counter()
    fetcher.start(steps[1])
    assert time.perf_counter() - started < 0.5, "start returns at once"
    until(lambda: len(hub.downloads) == 2)
    assert on_disk(tmp_path / "fetched") == ["m-1", "m-2"]
    hub.gate.set()
    assert fetcher.get(steps[1]).commit == hub.commit(NAME, "step2")
    fetcher.start(steps[1])
    fetcher.get(steps[1])
    assert len(hub.downloads) == 2, "nothing is fetched twice"
    fetcher.close()
    assert on_disk(tmp_path / "fetched") == []


def test_the_untrained_model_shares_the_files_of_the_checkpoint_it_is_made_from(hub, steps, tmp_path):  # noqa: F811
    zero, first = checkpoint(1, made=3), steps[0]
    fetcher = Fetcher(tmp_path / "fetched", evict=True)
    fetcher.get(zero)
    fetcher.start(first)
    fetcher.release(zero)
    assert on_disk(tmp_path / "fetched") == ["m-0"], "its neighbour still needs them"
    assert fetcher.get(first).name.endswith("m-0") and len(hub.downloads) == 1
    fetcher.release(first)
    assert on_disk(tmp_path / "fetched") == []


def test_what_is_released_on_its_way_is_removed_when_it_arrives(hub, steps, tmp_path):  # noqa: F811
    hub.gate.clear()
    fetcher = Fetcher(tmp_path / "fetched", evict=True)
    fetcher.start(steps[0])
    until(lambda: hub.downloads)
    fetcher.release(steps[0])
    hub.gate.set()
    until(lambda: on_disk(tmp_path / "fetched") == [])


@pytest.mark.parametrize(
    ("failure", "match"),
    [
        (None, "^org/m has no revision 'step9'; its branches and tags"),
        (hub_error(errors.GatedRepoError), "^org/m is gated: accept its terms at .*HF_TOKEN"),
        (hub_error(errors.RepositoryNotFoundError), "^there is no 'org/m' on the hub"),
        (
            hub_error(errors.HfHubHTTPError, "503 Service\nUnavailable"),
            "^the hub did not give the list of files of org/m",
        ),
        (errors.OfflineModeIsEnabled("offline"), "^cannot reach the hub to load the list of files of org/m@step9"),
        (ConnectionError("no route"), "^cannot reach the hub"),
        (type("ConnectError", (Exception,), {"__module__": "httpx"})("dns"), "^cannot reach the hub"),
    ],
)
def test_failures_of_the_hub_are_one_line_each_and_told_by_get(hub, steps, tmp_path, failure, match):  # noqa: F811
    hub.failure = failure
    for evict in (False, True):
        fetcher = Fetcher(tmp_path / "fetched", evict=evict)
        fetcher.start(checkpoint(9))
        with pytest.raises(ModelError, match=match) as caught:
            fetcher.get(checkpoint(9))
        assert "\n" not in str(caught.value)
        fetcher.release(checkpoint(9))
    assert on_disk(tmp_path / "fetched") == []


def test_after_a_failure_it_is_tried_again_when_asked_again(hub, steps, tmp_path):  # noqa: F811
    hub.failure = ConnectionError("no route")
    fetcher = Fetcher(tmp_path / "fetched", evict=True)
    with pytest.raises(ModelError):
        fetcher.get(steps[0])
    hub.failure = None
    assert fetcher.get(steps[0]).commit


def test_without_network_a_cached_checkpoint_is_used(hub, steps, tmp_path):  # noqa: F811
    Fetcher(tmp_path / "a").get(steps[0])
    hub.failure = errors.OfflineModeIsEnabled("offline")
    ref = Fetcher(tmp_path / "b", evict=True).get(steps[0])
    assert (ref.name, ref.commit) == (NAME, hub.commit(NAME, "step1"))
    (hub.downloads[0]["folder"] / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="cannot reach the hub"):
        Fetcher(tmp_path / "b").get(steps[0])


def test_a_repository_without_weights_is_refused(hub, saved, tmp_path):  # noqa: F811
    bare = tmp_path / "bare"
    bare.mkdir()
    shutil.copy(saved / "config.json", bare)
    hub.add(NAME, "step1", bare)
    with pytest.raises(
        ModelError, match="^org/m@step1 holds no weights; expected model.safetensors or pytorch_model"
    ):
        Fetcher(tmp_path / "fetched").get(checkpoint(1))


def free(monkeypatch, count):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(0, 0, count() if callable(count) else count))


@pytest.mark.parametrize("evict", [False, True])
def test_a_disk_without_room_is_told_before_the_download(hub, steps, tmp_path, monkeypatch, evict):  # noqa: F811
    free(monkeypatch, 1 << 28)
    with pytest.raises(
        StorageError, match=r"^org/m needs 0\.0 GiB, and 0\.2 GiB are free in .*; free some space, or"
    ):
        Fetcher(tmp_path / "fetched", evict=evict).get(steps[0])
    assert hub.downloads == [] and on_disk(tmp_path / "fetched") == []


def test_a_disk_that_fills_during_the_download_is_a_storage_error(hub, steps, tmp_path):  # noqa: F811
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    hub.during = full
    with pytest.raises(StorageError, match="the disk became full while org/m was fetched"):
        Fetcher(tmp_path / "fetched", evict=True).get(steps[0])
    assert on_disk(tmp_path / "fetched") == [], "half a checkpoint does not stay on a full disk"


def test_where_two_do_not_fit_the_next_waits_for_the_first_to_go(hub, steps, tmp_path, monkeypatch):  # noqa: F811
    home = tmp_path / "fetched"
    free(monkeypatch, lambda: 0 if hub.downloads and (home / "m-1").exists() else 1 << 40)
    fetcher = Fetcher(home, evict=True)
    fetcher.get(steps[0])
    fetcher.start(steps[1])
    time.sleep(0.1)
    assert on_disk(home) == ["m-1"] and len(hub.downloads) == 1
    fetcher.release(steps[0])
    assert Path(fetcher.get(steps[1]).name).is_dir()


def test_folders_of_others_are_never_removed(hub, steps, tmp_path):  # noqa: F811
    home = tmp_path / "fetched"
    (home / "m-1").mkdir(parents=True)
    (home / "m-1" / "precious").write_text("x")
    fetcher = Fetcher(home, evict=True)
    ref = fetcher.get(steps[0])
    assert Path(ref.name).name.startswith("m-1.") and not (Path(ref.name) / "precious").exists()
    fetcher.release(steps[0])
    fetcher.close()
    assert (home / "m-1" / "precious").read_text() == "x" and on_disk(home) == ["m-1"]


def mark(home, name, process, commit="c", host=None):
    folder = home / name
    folder.mkdir(parents=True)
    (folder / "half").write_text("x")
    content = {"format": "babelscope/fetched", "version": 1, "name": NAME, "commit": commit}
    content |= {"host": host or socket.gethostname(), "process": process}
    (home / f"{name}.fetched.json").write_text(json.dumps(content))


def test_what_a_killed_run_left_is_removed_but_for_what_is_fetched_again(hub, steps, tmp_path):  # noqa: F811
    ended = subprocess.Popen([sys.executable, "-c", "pass"])
    ended.wait()
    home = tmp_path / "fetched"
    mark(home, "m-1", ended.pid, hub.commit(NAME, "step1"))
    mark(home, "m-2", ended.pid)
    mark(home, "m-3", os.getppid())
    mark(home, "m-4", ended.pid, host="elsewhere")
    fetcher = Fetcher(home, evict=True)
    ref = fetcher.get(steps[0])
    assert on_disk(home) == ["m-1", "m-3", "m-4"], "the living, and other machines', are left alone"
    assert (Path(ref.name) / "half").exists(), "what was begun is gone on with"
    fetcher.release(steps[0])
    assert on_disk(home) == ["m-3", "m-4"]
    mark(home, "m-5", ended.pid)
    fetcher.close()
    assert on_disk(home) == ["m-3", "m-4"]


def test_two_processes_that_fetch_the_same_have_folders_of_their_own(hub, steps, tmp_path):  # noqa: F811
    home = tmp_path / "fetched"
    mark(home, "m-1", os.getppid(), hub.commit(NAME, "step1"))
    fetcher = Fetcher(home, evict=True)
    assert Path(fetcher.get(steps[0]).name).name == f"m-1.{socket.gethostname()}.{os.getpid()}"
    fetcher.release(steps[0])
    assert on_disk(home) == ["m-1"]


def test_a_local_checkpoint_is_given_as_it_is_and_stays(saved, tmp_path):
    local = Checkpoint(ModelRef(str(saved), device="cpu"), "m", "1", 1.0)
    fetcher = Fetcher(tmp_path / "fetched", evict=True)
    fetcher.start(local)
    ref = fetcher.get(local)
    assert (ref.name, ref.revision, ref.commit) == (str(saved), None, None)
    assert ref.load().revision == "local"
    fetcher.release(local)
    fetcher.close()
    assert (saved / "model.safetensors").is_file() and not (tmp_path / "fetched").exists()


def test_the_bundled_series_and_what_is_not_there_need_no_hub(hub, tmp_path):  # noqa: F811
    nano = Checkpoint(ModelRef("nano", revision="step00016", device="cpu"), "nano", "16", 16.0)
    fetcher = Fetcher(tmp_path / "fetched", evict=True)
    assert fetcher.get(nano).load().step == "16"
    assert hub.asked == []


def test_reading_ahead_reads_the_weights_and_stops_when_told(saved, tmp_path):
    size = (saved / "model.safetensors").stat().st_size
    stop = threading.Event()
    assert read_ahead(saved, 1 << 40, stop) == size
    assert read_ahead(saved, 100, stop) == 100
    stop.set()
    assert read_ahead(saved, 1 << 40, stop) == 0
    assert read_ahead(tmp_path, 1 << 40, threading.Event()) == 0


def test_many_threads_may_ask_at_once(hub, steps, tmp_path):  # noqa: F811
    fetcher = Fetcher(tmp_path / "fetched")
    found = []
    threads = [
        threading.Thread(target=lambda step=step: found.append(fetcher.get(step).commit))
        for step in steps
        for _ in "ab"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == sorted(2 * [hub.commit(NAME, f"step{step}") for step in range(1, 6)])
    assert len(hub.downloads) == 5


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("config.json model.safetensors pytorch_model.bin", "config.json model.safetensors"),
        ("config.json pytorch_model.bin flax_model.msgpack", "config.json pytorch_model.bin"),
        (
            "model-00001-of-00002.safetensors model-00002-of-00002.safetensors model.safetensors.index.json "
            "pytorch_model-00001-of-00002.bin pytorch_model.bin.index.json",
            "model-00001-of-00002.safetensors model-00002-of-00002.safetensors model.safetensors.index.json",
        ),
        ("pytorch_model-00001-of-00001.bin pytorch_model.bin.index.json merges.txt", None),
        ("model.safetensors model-00001-of-00001.safetensors model.safetensors.index.json", "model.safetensors"),
        ("model.fp16.safetensors optimizer.bin rng_state.pth sub/config.json", ""),
        ("tokenizer.model chat_template.jinja README.md code.py", "chat_template.jinja tokenizer.model"),
    ],
)
def test_only_one_format_of_weights_and_what_reads_it_is_needed(names, expected):
    assert needed_files(names.split()) == sorted((names if expected is None else expected).split())
    assert ("code.py" in needed_files(names.split(), code=True)) == ("code.py" in names)
