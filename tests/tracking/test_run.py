"""Tracks of tiny series: right numbers, nothing done twice, whatever fails stays apart, nothing half-written."""

import json
import shutil
from dataclasses import replace

import pytest

from babelscope.errors import BabelscopeError, StorageError
from babelscope.evaluation import perplexity
from babelscope.models import load_model
from babelscope.scanning import ScanOptions, scan
from babelscope.series import read_series
from babelscope.storage import read_json
from babelscope.tables import read_csv
from babelscope.tracking import TrackOptions, track
from tiny_models import save_tiny
from tiny_series import BASE, BOTH, OPTIONS, SCAN, Counting


def written(folder):
    """Everything a track gives that must not depend on how it came about."""
    content = read_json(folder / "track.json", "track")
    for point in content["points"]:
        point.pop("timings", None)
    content.pop("timings")
    return content, (folder / "track.csv").read_bytes()


@pytest.mark.usefixtures("without_pages")
def test_points_hold_what_separate_commands_measure(checkpoints, corpus, tmp_path):
    found = track(read_series([str(checkpoints)], BASE), corpus, tmp_path / "out", options=OPTIONS)
    assert [(point["step"], point["made"]) for point in found.points] == [
        ("0", True), ("10", False), ("20", False), ("40", False),
    ]  # fmt: skip
    for point in found.points[1:]:
        model = load_model(checkpoints / f"step{int(point['step']):05d}", device="cpu")
        alone = scan(model, corpus, options=SCAN).summary()
        for name in ("lrds", "sads", "by_layer", "pairs"):
            assert point[name] == alone[name], name
        texts = {code: "\n\n".join(corpus[code]) for code in corpus.languages}
        losses = perplexity(model, texts, segment=32)
        assert {code: loss["nats_per_byte"] for code, loss in point["loss"].items()} == {
            code: loss.nats_per_byte for code, loss in losses.items()
        }
    assert len({point["weights_hash"] for point in found.points}) == 4


def test_every_point_is_a_run_folder_and_the_series_has_a_table_and_a_page(checkpoints, corpus, tmp_path):
    out = tmp_path / "out"
    found = track(read_series([str(checkpoints)], BASE), corpus, out, options=OPTIONS, command="babelscope track x")
    found.save()
    for point in found.points:
        assert {"manifest.json", "summary.json", "report.html"} <= {p.name for p in (out / point["folder"]).iterdir()}
    rows = read_csv(out / "track.csv", "track")
    sads = {row["step"]: row["value"] for row in rows if row["metric"] == "sads" and row["layer"] == "all"}
    assert list(sads) == ["0", "10", "20", "40"]
    manifest = read_json(out / "manifest.json", "manifest")
    assert {"track.json", "track.csv", "report.html"} <= set(manifest["files"])
    assert manifest["command"] == "babelscope track x"


@pytest.mark.usefixtures("without_pages")
def test_a_second_run_does_nothing_and_writes_the_same(checkpoints, corpus, tmp_path):
    series, out = read_series([str(checkpoints)], BASE), tmp_path / "out"
    track(series, corpus, out, options=OPTIONS).save()
    first, again = written(out), Counting()
    track(series, corpus, out, options=OPTIONS, engine=again).save()
    assert again.keys == []
    assert written(out) == first


@pytest.mark.parametrize("stop_after", [1, 3, 6])
@pytest.mark.usefixtures("without_pages")
def test_interrupted_runs_go_on_where_they_were(stop_after, checkpoints, corpus, tmp_path):
    series = read_series([str(checkpoints)], BASE)
    track(series, corpus, tmp_path / "whole", options=BOTH).save()
    stopped, after = Counting(stop_after), Counting()
    with pytest.raises(KeyboardInterrupt):
        track(series, corpus, tmp_path / "out", options=BOTH, engine=stopped)
    assert not (tmp_path / "out" / "track.json").exists()
    track(series, corpus, tmp_path / "out", options=BOTH, engine=after).save()
    assert len(stopped.keys) == stop_after
    assert sorted(stopped.keys + after.keys) == sorted(
        f"{stage} of {point.key}" for point in series.checkpoints for stage in BOTH.stages
    )
    assert written(tmp_path / "out") == written(tmp_path / "whole")


@pytest.mark.usefixtures("without_pages")
def test_other_choices_and_other_weights_are_measured_anew(checkpoints, corpus, tmp_path):
    series, out = read_series([str(checkpoints)], BASE), tmp_path / "out"
    track(series, corpus, out, options=OPTIONS)
    save_tiny("bloom", checkpoints / "step00020", seed=7)
    changed = Counting()
    track(series, corpus, out, options=OPTIONS, engine=changed)
    assert changed.keys == ["scan of tiny-20"]
    other = Counting()
    track(series, corpus, out, options=TrackOptions(scan=ScanOptions(share=0.2)), engine=other)
    assert len(other.keys) == 4


@pytest.mark.usefixtures("without_pages")
def test_a_failing_checkpoint_is_recorded_and_the_rest_go_on(checkpoints, corpus, tmp_path):
    (checkpoints / "step00020" / "model.safetensors").write_bytes(b"broken")
    found = track(read_series([str(checkpoints)], BASE), corpus, tmp_path / "out", options=BOTH)
    found.save()
    assert [point["status"] for point in found.points] == ["done", "done", "failed", "done"]
    assert "cannot load the weights" in found.failed[0]["error"]
    assert found.content["hygiene"]["failed"] == ["tiny-20"]
    rows = read_csv(tmp_path / "out" / "track.csv", "track")
    assert {row["flag"] for row in rows if row["step"] == "20"} == {"failed"}


@pytest.mark.usefixtures("without_pages")
def test_nothing_measured_is_an_error_of_one_line(checkpoints, corpus, tmp_path):
    for step in checkpoints.iterdir():
        (step / "model.safetensors").write_bytes(b"broken")
    with pytest.raises(BabelscopeError, match="no checkpoint could be measured; tiny-0: cannot load the weights"):
        track(read_series([str(checkpoints)], BASE), corpus, tmp_path / "out", options=OPTIONS)


@pytest.mark.usefixtures("without_pages")
def test_a_full_disk_ends_the_run_and_keeps_what_was_finished(checkpoints, corpus, tmp_path, monkeypatch):
    from babelscope.tracking import job

    series, kept = read_series([str(checkpoints)], BASE), job.Job.store

    def full(self, checkpoint, stage, record):
        if checkpoint.step == "20":
            raise StorageError("cannot write: no space left on device")
        kept(self, checkpoint, stage, record)

    monkeypatch.setattr(job.Job, "store", full)
    with pytest.raises(StorageError, match="no space left"):
        track(series, corpus, tmp_path / "out", options=OPTIONS)
    monkeypatch.undo()
    rest = Counting()
    track(series, corpus, tmp_path / "out", options=OPTIONS, engine=rest)
    assert rest.keys == ["scan of tiny-20", "scan of tiny-40"]


@pytest.mark.usefixtures("without_pages")
def test_copies_are_flagged_and_left_out_of_trends(checkpoints, corpus, tmp_path):
    shutil.copytree(checkpoints / "step00010", checkpoints / "step00080")
    found = track(read_series([str(checkpoints)], BASE), corpus, tmp_path / "out", options=OPTIONS)
    assert found.content["hygiene"]["flagged"] == ["tiny-10", "tiny-80"]
    assert {trend["points"] for trend in found.content["trends"]} == {2}
    kept = TrackOptions(scan=SCAN, ablation=OPTIONS.ablation, include_flagged=True)
    again = track(read_series([str(checkpoints)], BASE), corpus, tmp_path / "out", options=kept)
    assert {trend["points"] for trend in again.content["trends"]} == {4}


@pytest.mark.usefixtures("without_pages")
def test_a_checkpoint_of_another_shape_is_no_point_of_the_training(corpus, tmp_path, checkpoints):
    """Local folders are compared before anything is loaded; those of the hub only show it once they are measured."""
    series = read_series([str(checkpoints)], BASE)
    save_tiny("llama", tmp_path / "other")
    odd = replace(series.checkpoints[2], ref=replace(BASE, name=str(tmp_path / "other")))
    mixed = replace(series, checkpoints=(*series.checkpoints[:2], odd, series.checkpoints[3]))
    found = track(mixed, corpus, tmp_path / "out", options=OPTIONS)
    assert [point["status"] for point in found.points] == ["done", "done", "failed", "done"]
    assert "has another shape than tiny-0" in found.failed[0]["error"]


@pytest.mark.parametrize("shards", [2, 3])
@pytest.mark.usefixtures("without_pages")
def test_shards_change_nothing_that_can_be_seen(shards, checkpoints, corpus, tmp_path):
    series = read_series([str(checkpoints)], BASE)
    whole = track(series, corpus, tmp_path / "whole", options=OPTIONS).points
    engine = Counting()
    options = TrackOptions(scan=SCAN, ablation=OPTIONS.ablation, shards=shards)
    parts = track(series, corpus, tmp_path / "parts", options=options, engine=engine).points
    assert sum(key.startswith("shard ") for key in engine.keys) == shards * len(series.checkpoints)
    assert not list((tmp_path / "parts").glob("points/*/shards"))
    for one, other in zip(whole, parts, strict=True):
        assert one["sads"]["value"] == pytest.approx(other["sads"]["value"], abs=1e-6)
        assert one["regions"] == other["regions"]


@pytest.mark.usefixtures("without_pages")
def test_points_are_told_as_they_are_finished_and_again_on_resuming(checkpoints, corpus, tmp_path):
    series, told, again = read_series([str(checkpoints)], BASE), [], []
    track(series, corpus, tmp_path / "out", options=OPTIONS, on_point=lambda point: told.append(point["step"]))
    track(series, corpus, tmp_path / "out", options=OPTIONS, on_point=lambda point: again.append(point["step"]))
    assert told == again == ["0", "10", "20", "40"]


@pytest.mark.usefixtures("without_pages")
def test_sizes_of_a_family_are_ordered_by_parameters(corpus, tmp_path):
    save_tiny("bloom", tmp_path / "small")
    save_tiny("llama", tmp_path / "other")
    series = read_series([str(tmp_path / "small"), str(tmp_path / "other")], BASE, order="scale")
    found = track(series, corpus, tmp_path / "out", options=OPTIONS)
    sizes = [point["parameters"] for point in found.points]
    assert sizes == sorted(sizes) and not any(point["made"] for point in found.points)
    assert json.dumps(found.summary())
