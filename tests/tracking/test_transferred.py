"""The stages `retrieve` and `transfer` of a track: recorded, pooled over points, resumed, refused without a task."""

import pickle

import pytest

from babelscope.errors import BabelscopeError
from babelscope.retrieval import RetrievalOptions
from babelscope.series import read_series
from babelscope.tables import read_csv
from babelscope.tracking import TrackOptions, track
from babelscope.tracking.job import Job
from babelscope.transfer import TransferOptions, load_task
from tiny_series import BASE, SCAN, Counting, draw_no_pages, save_steps

OPTIONS = TrackOptions(
    ("transfer", "retrieve"), SCAN, retrieval=RetrievalOptions(), transfer=TransferOptions(("linear",), layers=(0, 2))
)


@pytest.fixture(scope="module")
def task():
    return load_task("pos", "grammar", source="en", targets=("fr", "hi"), limit={"train": 40, "dev": 10, "test": 10})


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory):
    return save_steps(tmp_path_factory.mktemp("checkpoints"), (10, 20))


@pytest.fixture(scope="module")
def tracked(checkpoints, corpus, task, tmp_path_factory):
    """A whole track, and the engine that ran it."""
    out, engine = tmp_path_factory.mktemp("tracked") / "out", Counting()
    series = read_series([str(checkpoints)], BASE)
    with pytest.MonkeyPatch.context() as patched:
        draw_no_pages(patched)
        found = track(series, corpus, out, task=task, options=OPTIONS, engine=engine)
        found.save()
    return found, out, engine


def test_both_stages_come_after_the_scan_and_are_recorded(tracked):
    found, out, engine = tracked
    assert not found.failed
    assert OPTIONS.stages == ("scan", "retrieve", "transfer")
    assert [key.split()[0] for key in engine.keys[:3]] == list(OPTIONS.stages)
    for point in found.points:
        assert set(point["transfer"]["results"][0]["languages"]) == {"en", "fr", "hi"}
        assert [level["layer"] for level in point["retrieval"]["levels"]] == [0, 1, 2]
        assert (out / point["folder"] / "transfer.csv").is_file()
    assert "task:pos:" in found.summary()["signature"]["long"]


def test_tables_of_all_points_lie_together_and_agree_with_the_series_own(tracked):
    found, out, _ = tracked
    steps = {point["step"] for point in found.points}
    pooled = read_csv(out / "transfer.csv", "transfer")
    assert {row["step"] for row in pooled} == steps
    assert {row["step"] for row in read_csv(out / "retrieval.csv", "retrieval")} == steps
    own = {
        (row["step"], row["metric"], row["language"], row["layer"]): row["value"]
        for row in read_csv(out / "track.csv", "track")
    }
    for point in found.points:
        layer = point["transfer"]["headline"]["layer"]
        single = [
            row["score"]
            for row in pooled
            if (row["step"], row["layer"], row["language"], row["metric"]) == (point["step"], layer, "fr", "accuracy")
        ]
        assert own[point["step"], "transfer:pos:linear:accuracy", "fr", layer] == pytest.approx(
            sum(single) / len(single)
        )
        assert (point["step"], "retrieval:mean", "all", "1") in own


def test_nothing_is_measured_twice_and_another_task_is(tracked, checkpoints, corpus, task, monkeypatch):
    draw_no_pages(monkeypatch)
    _, out, _ = tracked
    series, again, other = read_series([str(checkpoints)], BASE), Counting(), Counting()
    track(series, corpus, out, task=task, options=OPTIONS, engine=again)
    assert again.keys == []
    fewer = load_task("pos", "grammar", source="en", targets=("fr",), limit={"train": 20, "dev": 10, "test": 10})
    track(series, corpus, out, task=fewer, options=OPTIONS, engine=other)
    assert {key.split()[0] for key in other.keys} == {"transfer"}


def test_without_a_task_or_a_package_nothing_starts(checkpoints, corpus, task, tmp_path, monkeypatch):
    series, engine = read_series([str(checkpoints)], BASE), Counting()
    with pytest.raises(BabelscopeError, match="the stage transfer needs a task, got none; .*--transfer-data"):
        track(series, corpus, tmp_path / "out", options=OPTIONS, engine=engine)
    options = TrackOptions(("transfer",), SCAN, transfer=TransferOptions(("qlora",)))
    with pytest.raises(BabelscopeError, match="(?s)qlora.*lora"):
        track(series, corpus, tmp_path / "out", task=task, options=options, engine=engine)
    assert engine.keys == []


def test_a_job_with_a_task_can_be_sent_elsewhere(corpus, task, tmp_path):
    job = Job(corpus, None, OPTIONS, tmp_path, task=task)  # type: ignore[arg-type]
    assert pickle.loads(pickle.dumps(job)).task.hash == task.hash
