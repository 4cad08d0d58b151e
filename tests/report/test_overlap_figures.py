import copy
import math

import pytest

from babelscope.report.figures.probing_layers import overlap_layers
from babelscope.report.figures.probing_overlap import overlap_maps
from babelscope.report.figures.probing_readings import at_k, headline_k, runs_of
from babelscope.report.figures.probing_training import overlap_training
from report.fake_probing import ATTRIBUTES, D, fake_overlap, fake_probing
from report.painting import column, painted, texts

STEPS = ("0", "16", "64", "256", "1000", "3500")


def test_a_map_holds_every_pair_and_marks_the_significant_ones() -> None:
    overlap = fake_overlap()
    pos, *_ = overlap_maps(overlap, overlap["groups"][:1], 50)
    stored = [p for p in at_k(overlap["groups"][0], 50)["pairs"] if p["attribute"] == "POS"]
    assert len(pos.rows) == len(stored) == 36
    for row, pair in zip(pos.rows, stored, strict=True):
        found = dict(zip(pos.columns, row, strict=True))
        assert {key: found[key] for key in ("overlap", "p", "p_holm", "excess")} == {
            key: pair[key] for key in ("overlap", "p", "p_holm", "excess")
        }
        assert found["significant"] == str(pair["significant"]).lower()
    cells = [text for text in texts(painted(pos)) if text[:1].isdigit()]
    assert sum(text.endswith("*") for text in cells) == sum(pair["significant"] for pair in stored) == 3
    bold = [text for text in painted(pos).axes[0].texts if text.get_weight() == "bold"]
    assert len(bold) == sum(pair["specific"] for pair in stored) == 2
    assert "chance, 2 more than different attributes do (mean" in pos.title
    for pair in stored:
        pair["specific"] = None
    alone = overlap_maps(overlap, overlap["groups"][:1], 50)[0]
    assert "different" not in alone.title and "bold" not in alone.subtitle
    assert "3 of 36 pairs share more neurons than chance" in pos.title and "Spanish" not in pos.title


def test_a_map_that_is_no_more_than_chance_says_so() -> None:
    overlap = fake_overlap(broken=["3500"])
    maps = overlap_maps(overlap, overlap["groups"][:1], 50)
    assert maps[0].title.startswith("POS, layer 3: no two languages share more of 50 neurons than chance allows")
    assert "tells nothing in " in maps[0].caption


def test_a_map_names_who_is_left_out_and_why_and_who_was_never_trained_on() -> None:
    probing = fake_probing(unseen=["de"])
    overlap = probing["overlap"] | {"language_info": probing["language_info"], "infeasible": probing["infeasible"]}
    gender = overlap_maps(overlap, overlap["groups"][:1], 50)[-1]
    assert "without Vietnamese, Indonesian, English and Chinese: attribute absent" in gender.caption
    assert "never pre-trained on: German" in gender.caption
    pair = copy.deepcopy(at_k(overlap["groups"][0], 50)["pairs"][0]) | {"language_b": "de", "overlap": 0.9}
    at_k(overlap["groups"][0], 50)["pairs"].append(pair)
    pos = overlap_maps(overlap, overlap["groups"][:1], 50)[0]
    assert "†: never pre-trained on" in pos.subtitle and "German (90" not in pos.title
    assert any(label.get_text() == "de†" for label in painted(pos).axes[0].get_yticklabels())


def test_pairs_without_an_overlap_are_dashes_not_zeros() -> None:
    overlap = fake_overlap(attributes=["POS"])
    found = at_k(overlap["groups"][0], 50)
    found["pairs"] = [pair for pair in found["pairs"] if {pair["language_a"], pair["language_b"]} != {"ar", "vi"}]
    assert texts(painted(overlap_maps(overlap, overlap["groups"][:1], 50)[0])).count("—") == 1


def test_of_many_layers_the_map_is_of_the_one_that_shares_most() -> None:
    overlap = fake_overlap(layers=[0, 4, 8, 12])
    groups = list(reversed(overlap["groups"]))
    assert {row[3] for drawing in overlap_maps(overlap, groups, 10) for row in drawing.rows} == {0}


def test_maps_of_a_page_share_one_scale_around_chance() -> None:
    overlap = fake_overlap()
    limits = set()
    for drawing in overlap_maps(overlap, overlap["groups"][:2], 50):
        (mesh,) = painted(drawing).axes[0].collections
        limits.add(tuple(round(end, 6) for end in mesh.get_clim()))
    ((low, high),) = limits
    assert (low + high) / 2 == pytest.approx(100 * 50 / D)


def test_layers_hold_the_mean_and_every_attribute_with_what_they_are_read_against() -> None:
    overlap = fake_overlap(layers=[0, 3, 6])
    drawing = overlap_layers(overlap["groups"], 25)
    assert drawing is not None
    assert list(dict.fromkeys(column(drawing, "attribute"))) == ["all", *ATTRIBUTES]
    first = dict(zip(drawing.columns, drawing.rows[0], strict=True))
    macro = at_k(overlap["groups"][0], 25)["macro"]
    assert (first["overlap"], first["low"], first["ceiling"]) == (
        macro["overlap"]["value"], macro["overlap"]["low"], macro["ceiling"]["value"],
    )  # fmt: skip
    assert first["expected"] == 25 / D and first["control"] == macro["control"]
    figure = painted(drawing)
    assert len([axes for axes in figure.axes if axes.get_visible()]) == 4
    assert {"chance", "shuffled", "ceiling", "overlap"} <= set(texts(figure))


def test_layers_can_say_that_nothing_is_shared_beyond_chance_or_beyond_other_attributes() -> None:
    overlap = fake_overlap(layers=[3])
    macro = at_k(overlap["groups"][0], 50)["macro"]
    macro["overlap"] = {"value": 0.28, "low": 0.2, "high": 0.36}
    assert "not distinguishable from chance (0.260)" in overlap_layers(overlap["groups"], 50).title
    macro["overlap"] = {"value": 0.38, "low": 0.3, "high": 0.46}
    macro["excess"] = {"value": 0.01, "low": -0.01, "high": 0.03}
    assert "different attributes share as much" in overlap_layers(overlap["groups"], 50).title
    macro["excess"] = None
    assert "no other attribute was compared" in overlap_layers(overlap["groups"], 50).title


def test_layers_without_an_overlap_are_passed_over() -> None:
    overlap = fake_overlap(attributes=["POS"], layers=[3, 6])
    for row in at_k(overlap["groups"][0], 10)["attributes"]:
        row |= {"overlap": None, "pairs": 0}
    drawing = overlap_layers(overlap["groups"], 10)
    assert drawing is not None and column(drawing, "layer") == [6]
    assert overlap_layers(overlap["groups"][:1], 10) is None
    assert overlap_maps(overlap, overlap["groups"][:1], 10) == []


def test_training_holds_every_point_and_claims_only_what_its_interval_allows() -> None:
    overlap = fake_overlap(steps=STEPS)
    (drawing,) = overlap_training(overlap["training"], 50)
    assert [column(drawing, "step")[i] for i in range(len(STEPS))] == list(STEPS)
    assert list(dict.fromkeys(column(drawing, "layer"))) == [3, 6, "mean"]
    assert drawing.title.startswith("bloom: overlap rises over training, by ")
    for entry in overlap["training"]:
        entry["change"] |= {"value": 0.01, "low": -0.02, "high": 0.04}
    assert "does not clearly change over training" in overlap_training(overlap["training"], 50)[0].title
    for entry in overlap["training"]:
        entry["change"] |= {"value": -0.04, "low": -0.06, "high": -0.01}
    assert "falls over training" in overlap_training(overlap["training"], 50)[0].title
    for entry in overlap["training"]:
        entry["change"] = None
    assert "no change can be told" in overlap_training(overlap["training"], 50)[0].title


def test_steps_that_are_names_lie_right_of_all_numbers() -> None:
    overlap = fake_overlap(steps=("1000", "10000", "600000", "final"), layers=[12])
    figure = painted(overlap_training(overlap["training"], 10)[0])
    line = max(
        (line for line in figure.axes[0].lines if line.get_marker() == "o"), key=lambda one: len(one.get_xdata())
    )
    at = [float(x) for x in line.get_xdata()]
    assert at[:3] == pytest.approx([3, 4, math.log10(600000)]) and at[3] > at[2] + 0.1
    assert "final" in [label.get_text() for label in figure.axes[-1].get_xticklabels()]


def test_checkpoints_whose_probes_tell_nothing_are_hollow_and_flagged_ones_off_the_line() -> None:
    overlap = fake_overlap(steps=STEPS, layers=[3], broken=["256"])
    (drawing,) = overlap_training(overlap["training"], 10)
    assert "hollow: the probes tell nothing" in drawing.caption
    assert "flagged" not in drawing.caption
    (flagged,) = overlap_training(overlap["training"], 10, {"256": "loss"})
    assert "crosses: flagged" in flagged.caption and column(flagged, "flag").count("loss") == 1
    lines = painted(flagged).axes[0].lines
    assert sum(line.get_marker() == "X" for line in lines) == 1
    assert len(STEPS) - 1 in [len(line.get_xdata()) for line in lines if line.get_marker() == "o"]


def test_every_model_has_a_figure_and_many_layers_leave_the_ends_and_the_mean() -> None:
    overlap = fake_overlap(steps=STEPS, models=["a/one", "a/two"], layers=[1, 2, 3, 4, 5])
    drawings = overlap_training(overlap["training"], 10)
    assert [drawing.name for drawing in drawings] == ["overlap-over-training", "overlap-over-training-2"]
    assert list(dict.fromkeys(column(drawings[1], "layer"))) == [1, 5, "mean"]
    assert "3 more layers in the data of the run" in drawings[0].caption
    assert overlap_training([], 10) == [] and overlap_training(overlap["training"], 11) == []


def test_missing_levels_are_not_drawn() -> None:
    overlap = fake_overlap(steps=STEPS, layers=[3], control=False, ceiling=False)
    for entry in overlap["training"]:
        for point in entry["points"]:
            point |= {"excess": None, "nmi": None}
    (drawing,) = overlap_training(overlap["training"], 10)
    figure = painted(drawing)
    assert len(figure.axes) == 1 and set(texts(figure)) == {"overlap", "chance"}


def test_runs_are_in_order_of_training_whatever_order_they_were_stored_in() -> None:
    overlap = fake_overlap(steps=("final", "10000", "900"), models=["b", "a"])
    assert [run[:2] for run in runs_of(overlap)] == [
        ("b", "900"), ("b", "10000"), ("b", "final"), ("a", "900"), ("a", "10000"), ("a", "final"),
    ]  # fmt: skip
    assert headline_k(overlap) == 50 and headline_k(overlap | {"k": 10}) == 10


def test_attributes_stand_in_the_order_asked_for() -> None:
    overlap = fake_overlap()
    drawing = overlap_layers(overlap["groups"], 10, ["Gender", "POS"])
    assert drawing is not None
    assert list(dict.fromkeys(column(drawing, "attribute"))) == ["all", "Gender", "POS", "Number"]
