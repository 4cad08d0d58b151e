"""What an earlier run left: used where it is whole and of the same choices, measured again where it is not."""

import re
from dataclasses import replace

import pytest

from babelscope.corpus.streams import load_streams
from babelscope.errors import BabelscopeError, StorageError
from babelscope.series import read_series
from babelscope.tracking import TrackOptions, stages, track
from babelscope.tracking.claim import claimed
from babelscope.tracking.job import Job
from tiny_series import BASE, BOTH, OPTIONS, SCAN, Counting

pytestmark = pytest.mark.usefixtures("without_pages")


@pytest.fixture
def measured(checkpoints, corpus, tmp_path):
    """A finished track of two stages: its series, its folder."""
    series = read_series([str(checkpoints)], BASE)
    track(series, corpus, tmp_path / "out", options=BOTH).save()
    return series, tmp_path / "out"


def again(series, corpus, out, options=BOTH) -> list[str]:
    engine = Counting()
    track(series, corpus, out, options=options, engine=engine).save()
    return engine.keys


@pytest.mark.parametrize(
    "name", ["regions.safetensors", "replicates.safetensors", "manifest.json", "stages/scan.json"]
)
@pytest.mark.parametrize("harm", ["gone", "broken"])
def test_a_damaged_scan_is_measured_again(name, harm, measured, corpus):
    series, out = measured
    path = out / "points" / "tiny-20" / name
    whole = path.read_bytes()
    path.unlink() if harm == "gone" else path.write_bytes(whole[: len(whole) // 2])
    assert "scan of tiny-20" in again(series, corpus, out)
    assert path.is_file() and again(series, corpus, out) == []


def test_a_damaged_piece_is_measured_again_without_its_scan(measured, corpus):
    series, out = measured
    (out / "points" / "tiny-20" / "ablation.json").unlink()
    assert again(series, corpus, out) == ["ablate of tiny-20"]
    (out / "points" / "tiny-20" / "report.html").unlink()
    assert again(series, corpus, out) == ["scan of tiny-20"], "the series page links to it"


def test_logs_beside_checkpoints_do_not_make_them_other_checkpoints(measured, corpus, checkpoints):
    series, out = measured
    for folder in (checkpoints, checkpoints / "step00020"):
        (folder / "track.log").write_text("so far, so good", encoding="utf-8")
        (folder / "trainer_state.json").write_text("{}", encoding="utf-8")
    assert again(series, corpus, out) == []


@pytest.mark.parametrize("change", [{"device": None}, {"dtype": "bfloat16"}, {"special_tokens": "bos"}])
def test_whatever_numbers_depend_on_is_in_the_key(change, checkpoints, corpus, tmp_path):
    job = Job(corpus, load_streams(corpus, corpus.languages), OPTIONS, tmp_path)
    point = read_series([str(checkpoints)], BASE).checkpoints[1]
    other = replace(point, ref=replace(point.ref, **change))
    assert job.key(point, "scan") != job.key(other, "scan")


def test_a_stage_that_fails_leaves_its_scan_and_is_tried_again(checkpoints, corpus, tmp_path, monkeypatch):
    series, out, ablate, told = read_series([str(checkpoints)], BASE), tmp_path / "out", stages._RUN["ablate"], []

    def failing(job, checkpoint, model):
        if checkpoint.step == "20":
            raise BabelscopeError("the ablation went wrong")
        return ablate(job, checkpoint, model)

    monkeypatch.setitem(stages._RUN, "ablate", failing)
    found = track(series, corpus, out, options=BOTH, on_point=lambda point: told.append(point["step"]))
    found.save()
    assert [point["key"] for point in found.failed] == ["tiny-20"]
    assert (found.failed[0]["status"], found.failed[0]["error"]) == ("done", "the ablation went wrong")
    assert found.failed[0]["stages"] == ["scan"] and told == ["0", "10", "20", "40"]
    assert {"kind": "failed", "message": "tiny-20: the ablation went wrong", "count": 1, "examples": []} in (
        found.content["warnings"]
    )
    monkeypatch.setitem(stages._RUN, "ablate", ablate)
    assert again(series, corpus, out) == ["ablate of tiny-20"]


def test_a_stage_that_fails_everywhere_does_not_cost_the_scans(checkpoints, corpus, tmp_path, monkeypatch):
    def failing(job, checkpoint, model):
        raise BabelscopeError("no")

    monkeypatch.setitem(stages._RUN, "ablate", failing)
    found = track(read_series([str(checkpoints)], BASE), corpus, tmp_path / "out", options=BOTH)
    assert len(found.failed) == 4 and {point["status"] for point in found.points} == {"done"}


def test_what_cannot_be_asked_is_refused_before_the_first_scan(checkpoints, corpus, tmp_path, monkeypatch):
    def unknown(names):
        raise BabelscopeError(f"unknown task {names[0]!r}")

    monkeypatch.setattr("babelscope.evaluation.harness.load_tasks", unknown)
    series, out = read_series([str(checkpoints)], BASE), tmp_path / "out"
    options = TrackOptions(("evaluate",), SCAN, OPTIONS.ablation, tasks=("xlc_mimi",))
    with pytest.raises(BabelscopeError, match="^unknown task 'xlc_mimi'$"):
        track(series, corpus, out, options=options)
    with pytest.raises(BabelscopeError, match="sentences cannot be cut into 999 shards"):
        track(series, corpus, out, options=replace(OPTIONS, shards=999))
    with pytest.raises(BabelscopeError, match="1 or more, got --limit 0"):
        TrackOptions(("evaluate",), limit=0)
    assert not out.exists()


def test_points_measured_under_different_conditions_are_told(checkpoints, corpus, tmp_path):
    series = read_series([str(checkpoints)], BASE)
    half = replace(series.checkpoints[3], ref=replace(BASE, name=series.checkpoints[3].ref.name, dtype="bfloat16"))
    found = track(replace(series, checkpoints=(*series.checkpoints[:3], half)), corpus, tmp_path, options=OPTIONS)
    said = {warning["kind"]: warning["message"] for warning in found.content["warnings"]}
    assert said["mixed dtype"] == "points were measured with different dtype: float32, bfloat16"
    assert "mixed device" not in said


def test_two_runs_never_track_into_one_folder(checkpoints, corpus, tmp_path):
    series, out = read_series([str(checkpoints)], BASE), tmp_path / "out"
    with claimed(out):
        with pytest.raises(StorageError, match=re.escape(f"another process is tracking into {out}")):
            track(series, corpus, out, options=OPTIONS)
    assert not out.exists()
    assert track(series, corpus, out, options=OPTIONS).failed == []
