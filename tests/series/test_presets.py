import re
from dataclasses import replace

import pytest

from babelscope.errors import ModelError
from babelscope.models import ModelRef
from babelscope.models.naming import step_of
from babelscope.series.presets import PRESETS, Listed
from babelscope.series.reading import read_series
from stand_in_hub import hub  # noqa: F401

BASE = ModelRef("", dtype="bfloat16")
WRITTEN = {name: preset for name, preset in PRESETS.items() if not isinstance(preset.releases, Listed)}
ASKED = {name: preset for name, preset in PRESETS.items() if isinstance(preset.releases, Listed)}


@pytest.mark.parametrize("name", WRITTEN)
def test_every_written_preset_is_a_series_without_network(name):
    preset = PRESETS[name]
    series = read_series([name], BASE, steps=":" if preset.order == "training" else None)
    assert (series.name, series.order) == (name, preset.order)
    released = [point for point in series.checkpoints if point.made is None]
    assert len(released) == len(preset.releases)
    x = [point.x for point in series.checkpoints]
    assert None in x or x == sorted(set(x)), "from few to many"
    assert all(point.ref.dtype == "bfloat16" for point in series.checkpoints)
    assert preset.summary and preset.source and "\n" not in preset.summary


@pytest.mark.parametrize("name", [name for name, preset in WRITTEN.items() if preset.order == "training"])
def test_revisions_say_the_step_they_are_of(name):
    for release in PRESETS[name].releases:
        if release.revision is not None:
            assert step_of(release.repository, release.revision) == release.step


def test_bloom_has_its_own_tokenizer_one_label_and_the_final_model_last():
    for size in ("560m", "1b1", "1b7", "3b", "7b1"):
        points = read_series([f"bloom-{size}"], BASE).checkpoints
        assert points[0].made == 0 and points[0].x == 0
        assert {point.label for point in points} == {f"bloom-{size}"}
        assert {point.ref.tokenizer for point in points} == {"bigscience/bloom"}
        last = points[-1].ref
        assert (last.name, last.revision) == (f"bigscience/bloom-{size}", None)
        assert len(points) == 10
    own = read_series(["bloom-560m"], replace(BASE, tokenizer="org/words"))
    assert {point.ref.tokenizer for point in own.checkpoints} == {"org/words"}


def test_pythia_starts_from_its_released_step_zero_and_is_thinned_unless_asked():
    points = read_series(["pythia-70m"], BASE).checkpoints
    assert len(points) == 20 and points[0].made is None and points[0].ref.revision == "step0"
    assert points[-1].x == 143_000
    assert len(read_series(["pythia-70m"], BASE, steps=":").checkpoints) == 154
    assert [p.step for p in read_series(["pythia-70m"], BASE, steps="512,1000").checkpoints] == ["0", "512", "1000"]


@pytest.mark.parametrize("name", ASKED)
def test_a_preset_with_many_revisions_lists_them_when_needed(name, hub, tmp_path):  # noqa: F811
    listed = PRESETS[name].releases
    first_stage = "stage1-" if "stage1" in listed.pattern else ""
    kept = [f"{first_stage}step{step}-tokens{step // 200}B" for step in (1000, 200, 45000)]
    for revision in [*kept, "main", "stage2-ingredient1-step1000-tokens5B", "step10-unsharded"]:
        hub.add(listed.repository, revision, tmp_path)
    points = read_series([name], BASE).checkpoints
    assert [point.step for point in points] == ["0", "200", "1000", "45000"]
    assert {point.ref.revision for point in points if point.made is None} == set(kept)
    assert all(re.fullmatch(listed.pattern, revision) for revision in kept)


def test_a_step_under_two_names_is_one_point(hub, tmp_path):  # noqa: F811
    for revision in ("step150-tokens1B", "stage1-step150-tokens1B", "stage1-step1000-tokens5B"):
        hub.add("allenai/OLMo-2-1124-7B", revision, tmp_path)
    points = read_series(["olmo-2-7b"], BASE, point_zero=False).checkpoints
    assert [point.step for point in points] == ["150", "1000"]


def test_a_preset_that_must_be_asked_says_so_without_network(hub):  # noqa: F811
    hub.failure = ConnectionError("no route")
    with pytest.raises(ModelError, match="^cannot reach the hub to load the list of revisions of allenai/OLMo-1B-hf"):
        read_series(["olmo-1b"], BASE)


def test_sizes_of_several_presets_cannot_be_mixed_by_accident():
    with pytest.raises(ModelError, match="several checkpoints of bloom-560m"):
        read_series(["bloom-560m", "bloom-1b1"], BASE)
    assert PRESETS["llama-2-sizes"].gated and not PRESETS["bloom-560m"].gated
