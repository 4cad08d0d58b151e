import json
import shutil
import struct
from dataclasses import asdict, replace

import pytest
from huggingface_hub import errors

from babelscope.fetching.fetch import Fetcher
from babelscope.models import ModelRef
from babelscope.scanning import ScanOptions
from babelscope.series.reading import read_series
from babelscope.series.weights import parameters_in, weight_bytes_in
from babelscope.tracking.options import TrackOptions
from babelscope.tracking.plan import plan_points, plan_series
from stand_in_hub import hub  # noqa: F401
from tiny_corpus import tiny_corpus
from tiny_models import save_tiny

BASE = ModelRef("", dtype="float32", device="cpu")


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Two steps of one tiny model, and a larger one."""
    folder = tmp_path_factory.mktemp("plan")
    save_tiny("bloom", folder / "m" / "step10")
    shutil.copytree(folder / "m" / "step10", folder / "m" / "step20")
    save_tiny("bloom", folder / "large", hidden_size=64)
    return folder


def test_local_checkpoints_are_sized_from_their_files_and_need_no_disk(saved):
    plan = plan_points(read_series([str(saved / "m")], BASE))
    size, count = weight_bytes_in(saved / "m" / "step10"), parameters_in(saved / "m" / "step10")
    assert [point.key for point in plan.points] == ["m-0", "m-10", "m-20"]
    assert [point.made for point in plan.points] == [True, False, False]
    assert {(point.weight_bytes, point.parameters, point.place) for point in plan.points} == {(size, count, "here")}
    assert (plan.weight_bytes, plan.disk_bytes, plan.disk_bytes_evicting) == (3 * size, 0, 0)
    assert plan.unknown == 0 and plan.seconds is None
    json.dumps(asdict(plan))


def test_parameters_in_parts_and_masks_are_counted_right(saved, tmp_path):
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(saved / "large")
    model.save_pretrained(tmp_path / "parts", max_shard_size="20KB")
    parts = list((tmp_path / "parts").glob("model-*-of-*.safetensors"))
    assert len(parts) > 1
    assert parameters_in(tmp_path / "parts") == sum(weight.numel() for weight in model.parameters())
    assert weight_bytes_in(tmp_path / "parts") == sum(part.stat().st_size for part in parts)
    header = json.dumps(
        {
            "__metadata__": {"format": "pt"},
            "w": {"dtype": "F16", "shape": [3, 4], "data_offsets": [0, 24]},
            "mask": {"dtype": "BOOL", "shape": [100], "data_offsets": [24, 124]},
            "scale": {"dtype": "F32", "shape": [], "data_offsets": [124, 128]},
        }
    ).encode()
    (tmp_path / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header)
    assert parameters_in(tmp_path) == 13
    (tmp_path / "model.safetensors").rename(tmp_path / "pytorch_model.bin")
    assert parameters_in(tmp_path) is None


def test_the_hub_is_asked_for_sizes_and_nothing_is_downloaded(hub, saved):  # noqa: F811
    for step, folder in ((10, "m/step10"), (20, "large"), (30, "m/step20")):
        hub.add("org/m", f"step{step}", saved / folder)
    series = read_series(["org/m@step10", "org/m@step20", "org/m@step30"], BASE)
    plan = plan_points(series)
    files = [sum(f.stat().st_size for f in (saved / name).iterdir()) for name in ("m/step10", "large", "m/step20")]
    assert [point.download_bytes for point in plan.points] == [files[0], 0, *files[1:]], "point zero shares its files"
    assert plan.disk_bytes == sum(files)
    assert plan.disk_bytes_evicting == max(files[0] + files[1], files[1] + files[2])
    assert plan.points[2].weight_bytes == weight_bytes_in(saved / "large")
    assert {point.place for point in plan.points} == {"hub"} and hub.downloads == []
    assert len(hub.asked) == 3, "asked once for each"
    Fetcher(saved / "unused").get(series.checkpoints[2])
    again = plan_points(series)
    assert [point.place for point in again.points] == ["hub", "hub", "here", "hub"]
    assert again.disk_bytes == files[0] + files[2]


def test_what_cannot_be_asked_is_unknown_with_its_reason(hub, saved):  # noqa: F811
    hub.add("org/m", "step10", saved / "m" / "step10")
    plan = plan_points(read_series(["org/m@step10", "org/m@step20"], BASE, point_zero=False), scan_seconds=5)
    here, missing = plan.points
    assert missing.weight_bytes is None and missing.place == "unknown" and "no revision 'step20'" in missing.note
    assert plan.unknown == 1 and plan.weight_bytes == here.weight_bytes and plan.seconds is None
    assert (here.seconds, missing.seconds) == (5, None)
    hub.failure = errors.OfflineModeIsEnabled("offline")
    plan = plan_points(read_series(["bloom-7b1"], BASE))
    assert plan.unknown == 10 and plan.weight_bytes == 0
    assert all("cannot reach the hub" in point.note for point in plan.points)


def test_seconds_grow_with_parameters_from_the_point_that_was_timed(saved, tmp_path):
    shutil.copytree(saved / "m" / "step10", tmp_path / "small")
    shutil.copytree(saved / "large", tmp_path / "large")
    series = read_series([str(tmp_path)], BASE)
    small, large = (parameters_in(tmp_path / name) for name in ("small", "large"))
    plan = plan_points(series, scan_seconds=2.0)
    assert [point.seconds for point in plan.points] == [2.0, pytest.approx(2 * large / small)]
    assert plan.seconds == pytest.approx(2 + 2 * large / small)
    timed = plan_points(series, scan_seconds=2.0, timed="large-main")
    assert [point.seconds for point in timed.points] == [pytest.approx(2 * small / large), 2.0]


def test_a_dry_run_times_a_checkpoint_that_is_here(hub, saved, tmp_path):  # noqa: F811
    corpus, options = tiny_corpus(), TrackOptions(scan=ScanOptions())
    for name in ("step1", "step2"):
        shutil.copytree(saved / "m" / "step10", tmp_path / "m" / name)
    (tmp_path / "m" / "step1" / "model.safetensors").write_bytes(b"broken")
    plan = plan_series(read_series([str(tmp_path / "m")], BASE, point_zero=False), corpus, options)
    assert plan.points[1].seconds > plan.points[0].seconds >= 0, "the broken one is not what was timed"
    hub.add("org/m", "step10", saved / "m" / "step10")
    away = read_series(["org/m@step10"], replace(BASE, tokenizer="org/words"), point_zero=False)
    assert plan_series(away, corpus, options).seconds is None and hub.downloads == []
