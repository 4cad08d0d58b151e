"""The published selections of [W24]: their macro overlaps, the broken checkpoints and the duplicate."""

import pytest

from babelscope.errors import BabelscopeError
from babelscope.probing.overlap import PRESETS, from_w24, overlap, read_selections
from shared_files import shared

MACRO = {
    "bloom-560m": {
        "1000": 0.070,
        "10000": 0.088,
        "100000": 0.124,
        "200000": 0.138,
        "300000": 0.156,
        "400000": 0.166,
        "500000": 0.090,
        "600000": 0.052,
        "final": 0.186,
    },
    "bloom-1b1": {
        "1000": 0.059,
        "10000": 0.074,
        "100000": 0.091,
        "200000": 0.108,
        "300000": 0.116,
        "400000": 0.038,
        "500000": 0.140,
        "600000": 0.147,
        "final": 0.154,
    },
}
"""METHODS f.4: mean over Gender, Number and POS, and over layers 12 and 16 (theirs: 13 and 17), at k = 50."""
BY_LAYER = {
    "Gender": (0.064, 0.144, 0.197, 0.239, 0.231, 0.219, 0.053),
    "Number": (0.107, 0.141, 0.174, 0.197, 0.181, 0.148, 0.066),
    "POS": (0.076, 0.093, 0.122, 0.135, 0.133, 0.126, 0.063),
    "Tense": (0.081, 0.127, 0.155, 0.145, 0.143, 0.143, 0.059),
}
"""Of the final 560m; the same paragraph."""


@pytest.fixture(scope="module")
def content():
    selections = read_selections(shared("published", "selections.csv.gz"), change=from_w24)
    preset = PRESETS["w24"]
    return overlap(selections, preset.neurons, attributes=preset.attributes, draws=500).content


def entry(content, model):
    return next(one for one in content["training"] if (one["model"], one["layer"], one["k"]) == (model, "mean", 50))


@pytest.mark.parametrize("model", MACRO)
def test_macro_overlaps(content, model):
    one = entry(content, model)
    assert one["layers"] == [12, 16] and one["attributes"] == ["Gender", "Number", "POS"]
    found = {point["step"]: point["overlap"]["value"] for point in one["points"]}
    assert found == pytest.approx(MACRO[model], abs=0.002)


def test_the_arch_over_layers(content):
    groups = [g for g in content["groups"] if (g["model"], g["step"]) == ("bloom-560m", "final")]
    assert [group["layer"] for group in groups] == [0, 4, 8, 12, 16, 20, 24]
    for name, expected in BY_LAYER.items():
        found = [
            next(one for one in group["by_k"][-1]["attributes"] if one["attribute"] == name)["overlap"]["value"]
            for group in groups
        ]
        assert found == pytest.approx(expected, abs=0.002)


def test_pairs_and_chance(content):
    pairs = {"Gender": 28, "Number": 55, "POS": 78}
    for group in content["groups"]:
        found = group["by_k"][-1]
        assert found["expected"] == 50 / {"bloom-560m": 1024, "bloom-1b1": 1536}[group["model"]]
        assert {one["attribute"]: one["pairs"] for one in found["attributes"] if one["attribute"] in pairs} == pairs


@pytest.mark.parametrize(("model", "step"), [("bloom-560m", "600000"), ("bloom-1b1", "400000")])
def test_broken_checkpoints_share_nothing(content, model, step):
    """No pair but at most one survives Holm; the excess is none, probes know nothing, and the step is named."""
    point = next(one for one in entry(content, model)["points"] if one["step"] == step)
    assert point["nmi"] < 0 and not point["informative"] and point["without_uninformative"] is None
    assert (
        point["excess"]["low"] < 0 < point["excess"]["high"] and point["overlap"]["value"] < point["expected"] + 0.01
    )
    groups = [g for g in content["groups"] if (g["model"], g["step"]) == (model, step)]
    assert sum(one["significant"] for group in groups for one in group["by_k"][-1]["attributes"]) <= 1
    (warning,) = [w for w in content["warnings"] if w["kind"] == "broken step" and w["message"].startswith(model)]
    assert f"step {step}" in warning["message"]


def test_the_duplicate_is_noticed_and_shows_the_ceiling(content):
    found = {one["layer"]: one["same_weights"] for one in content["between_steps"] if one["model"] == "bloom-560m"}
    assert [pair["steps"] for pairs in found.values() for pair in pairs] == 2 * [["10000", "500000"]]
    assert all(0.515 <= pair["agreement"] <= 0.60 for pairs in found.values() for pair in pairs)
    assert not any(one["same_weights"] for one in content["between_steps"] if one["model"] == "bloom-1b1")


def test_neurons_selected_for_whatever_is_asked(content):
    group = next(g for g in content["groups"] if (g["model"], g["step"], g["layer"]) == ("bloom-560m", "400000", 12))
    popular = {one["neuron"]: one["count"] for one in group["neurons_shared"] if one["count"] >= 15}
    assert popular == {767: 15, 183: 15, 95: 15, 910: 15} and group["neurons_shared"][0]["of"] == 32


def test_overlap_rises_over_training_with_what_probes_know(content):
    for model in MACRO:
        one = entry(content, model)
        assert one["change"]["direction"] == one["excess_change"]["direction"] == "rises"
    said = " ".join(content["verdict"])
    assert said.count("Overlap rises".lower()) == 2 and said.count("the two cannot be told apart") == 2


def test_the_preset_shifts_layers_and_drops_the_learners(tmp_path):
    columns = {"layer": ["13", "1", "17"], "language": ["en", "zh-CFL", "fr"], "rank": ["1", "2", "3"]}
    assert from_w24(columns) == {"layer": ["12", "16"], "language": ["en", "fr"], "rank": ["1", "3"]}
    with pytest.raises(BabelscopeError, match="layers are 1"):
        from_w24({"layer": ["0"], "language": ["en"]})
