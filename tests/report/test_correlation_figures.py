import copy
import math

import numpy as np
import pytest

from babelscope.report.figures.correlation_averages import averages_figures
from babelscope.report.figures.correlation_forest import forest_figures
from babelscope.report.figures.correlation_left_out import left_out_figure
from babelscope.report.figures.correlation_pairs import pairs_figures
from babelscope.report.figures.correlation_readings import excluded_words, method_words, of_analysis, step_label
from report.fake_correlation import NAMES, STEPS, fake_correlation
from report.painting import assert_nothing_is_clipped, column, painted, texts


def headline(content, model="bloom-560m"):
    return next(r for r in content["records"] if r["role"] == "headline" and r["model"] == model)


def hollow(axes):
    """Points that are drawn as rings."""
    rings = [line for line in axes.lines if line.get_marker() == "o" and line.get_markerfacecolor() == "none"]
    return sum(len(line.get_xdata()) for line in rings)


def straight(axes, style=None):
    """Slopes of lines between two points, those of vertical ones left out."""
    found = [line for line in axes.lines if len(line.get_xdata()) == 2 and line.get_marker() in ("None", None)]
    found = [line for line in found if style is None or line.get_linestyle() == style]
    ends = [(line.get_xdata(), line.get_ydata()) for line in found if line.get_transform() == axes.transData]
    return [(y[1] - y[0]) / (x[1] - x[0]) for x, y in ends if x[0] != x[1]]


def with_pooled(content):
    """The same with an analysis of all models together, as a correlation of several models has."""
    content = copy.deepcopy(content)
    for analysis in [one for one in content["analyses"] if one["model"] == "bloom-560m"]:
        content["analyses"].append({**copy.deepcopy(analysis), "model": "all models"})
    content["records"] += [{**r, "model": "all models"} for r in content["records"] if r["model"] == "bloom-560m"]
    return content


def test_averages_hold_every_checkpoint_and_ring_the_flagged_ones():
    content = fake_correlation()
    xnli, pos = averages_figures(content)
    assert column(xnli, "step") == [*STEPS, *STEPS] and len(pos.rows) == 12
    assert [flag for flag in column(xnli, "flagged") if flag] == ["probes tell nothing (test NMI at most 0)"] * 2
    figure = painted(xnli)
    assert [hollow(axes) for axes in figure.axes] == [1, 1]
    for axes in figure.axes:
        named = [text.get_text() for text in axes.texts]
        assert set(map(step_label, STEPS)) <= set(named)
    assert "hollow: bloom-560m 600k and bloom-1b1 600k (probes tell nothing" in xnli.caption


def test_averages_draw_the_stored_fits_with_and_without_the_flagged():
    content = fake_correlation(["bloom-560m"], ["xnli"])
    fits = content["analyses"][0]["averages"]["fits"]
    (axes,) = painted(averages_figures(content)[0]).axes
    drawn = straight(axes)
    assert sorted(drawn) == pytest.approx(sorted([fits["all"]["slope"], fits["kept"]["slope"]]))
    clean = fake_correlation(["bloom-560m"], ["xnli"], broken={})
    (axes,) = painted(averages_figures(clean)[0]).axes
    assert len(straight(axes)) == 1 and hollow(axes) == 0


def test_averages_claim_only_what_intervals_allow():
    content = fake_correlation(["bloom-560m"], ["xnli"])
    (figure,) = averages_figures(content)
    shown = next(
        r
        for r in content["records"]
        if (r["unit"], r["method"], r["exclusion"]) == ("checkpoint", "pearson", "flagged")
    )
    assert "not distinguishable from 0" in figure.title and "without flagged" in figure.title
    shown |= {"r": 0.91, "low": 0.6, "high": 0.98, "p": 0.004}
    title = averages_figures(content)[0].title
    assert "distinguishable" not in title and "0.91 [0.60, 0.98]" in title
    shown |= {"p": 0.2}
    assert "not distinguishable from 0" in averages_figures(content)[0].title


def test_chance_is_drawn_where_it_is_known():
    content = fake_correlation(["bloom-560m"], ["xnli"])
    assert "chance" not in texts(painted(averages_figures(content)[0]))
    content["analyses"][0]["chance"] = 0.049
    for figure in (averages_figures(content)[0], pairs_figures(content)[0]):
        drawn = painted(figure)
        assert "chance" in texts(drawn)
        at = [line.get_xdata()[0] for line in drawn.axes[0].lines if list(line.get_ydata()) == [0, 1]]
        assert at == [0.049]


def test_models_pooled_are_compared_but_not_drawn_again():
    content = with_pooled(fake_correlation())
    assert {model for figure in averages_figures(content) for model in column(figure, "model")} == set(
        content["models"]
    )
    assert {model for figure in pairs_figures(content) for model in column(figure, "model")} == set(content["models"])
    assert "all models" in column(forest_figures(content)[0], "model")
    content["analyses"] = [one for one in content["analyses"] if one["model"] == "all models"]
    assert len(pairs_figures(content)) == 2


def test_languages_are_centred_on_the_right_with_one_slope_through_zero():
    content = fake_correlation(["bloom-560m"], ["xnli"])
    (figure,) = pairs_figures(content)
    pairs = content["analyses"][0]["pairs"]
    assert len(figure.rows) == len(STEPS) * len(NAMES) == len(pairs["points"])
    for code in NAMES:
        own = [row for row in figure.rows if row[4] == code and not row[9]]
        assert np.mean([row[7] for row in own]) == pytest.approx(0, abs=1e-12)
    left, right = painted(figure).axes
    thick = [line for line in right.lines if line.get_linewidth() == 2.0]
    assert [line.get_ydata()[1] / line.get_xdata()[1] for line in thick] == pytest.approx([pairs["common"]["slope"]])
    slopes = sorted([fit["slope"] for fit in pairs["lines"].values()] + [pairs["pooled"]["slope"]])
    assert sorted(straight(left)) == pytest.approx(slopes)
    assert set(NAMES.values()) <= set(texts(painted(figure)))
    assert hollow(left) == hollow(right) == len(NAMES)


def test_languages_tell_what_is_left_within_them():
    content = fake_correlation(["bloom-560m"], ["xnli"])
    within = next(r for r in content["records"] if (r["method"], r["exclusion"]) == ("pearson_within", "flagged"))
    assert "within languages, not distinguishable from 0" in pairs_figures(content)[0].title
    within |= {"r": 0.8, "low": 0.5, "high": 0.9, "p": 0.001}
    headline(content).update(r=0.1, low=-0.4, high=0.5)
    title = pairs_figures(content)[0].title
    assert "0.80 [0.50, 0.90] within languages; 0.10 [−0.40, 0.50] given NMI" in title
    within["r"] = None
    assert "within languages it could not be computed" in pairs_figures(content)[0].title


def test_the_forest_draws_every_record_once():
    content = fake_correlation()
    for figure in forest_figures(content):
        models = list(dict.fromkeys(column(figure, "model")))
        grid = painted(figure).axes
        for model, axes in zip(models, grid, strict=True):
            points = [len(line.get_xdata()) for line in axes.lines if line.get_marker() not in ("None", None)]
            assert sum(points) == column(figure, "model").count(model)
        assert not any("leave_one_out" in method for method in column(figure, "method"))
        bold = [label.get_text() for label in grid[0].texts if label.get_fontweight() == "bold"]
        assert bold == ["Pearson, within languages, given NMI"]


def test_the_forest_says_yes_no_and_in_how_many_models():
    content = fake_correlation(scores=["xnli"])
    one, other = (headline(content, model) for model in content["models"])
    for record in (one, other):
        record.update(r=0.1, low=-0.3, high=0.4, p=0.5, p_holm=0.9)
    assert ": not distinguishable from 0; " in forest_figures(content)[0].title
    one.update(r=0.6, low=0.3, high=0.8, p=0.01, p_holm=0.02)
    assert "distinguishable from 0 in 1 of 2 models" in forest_figures(content)[0].title
    other.update(r=0.5, low=0.2, high=0.7, p=0.02, p_holm=0.02)
    title = forest_figures(content)[0].title
    assert "distinguishable from 0; " in title and "not distinguishable" not in title
    one["p_holm"] = 0.06
    assert "distinguishable from 0 in 1 of 2 models" in forest_figures(content)[0].title


def test_slopes_beyond_the_axis_stand_at_its_edge_and_missing_ones_nowhere():
    content = fake_correlation(["bloom-560m"], ["xnli"])
    mixed = [r for r in content["records"] if r["method"] == "mixed"]
    mixed[0].update(r=3.0, low=-2.0, high=8.0)
    mixed[1].update(r=None, low=None, high=None, note="did not converge")
    (figure,) = forest_figures(content)
    assert 3.0 in column(figure, "r") and None not in column(figure, "r")
    (axes,) = painted(figure).axes
    xs = [x for line in axes.lines if line.get_marker() not in ("None", None) for x in line.get_xdata()]
    assert max(xs) <= 1.06 and min(axes.get_xlim()) >= -1.2


def test_leaving_one_out_names_what_matters_most():
    content = fake_correlation(["bloom-560m"], ["xnli"])
    figure = left_out_figure(content)
    rows = [r for r in content["records"] if r["left_out"] and r["exclusion"] != "early"]
    assert figure is not None and len(figure.rows) == sum(len(r["left_out"]) for r in rows)
    moved = [
        (abs(r - whole), step)
        for r, whole, step in zip(*(column(figure, name) for name in ("r", "r_with_it", "left_out")), strict=True)
    ]
    assert figure.title.startswith(f"Without {step_label(max(moved)[1])}, r of bloom-560m")
    said = texts(painted(figure))
    for record in rows:
        known = record["left_out"]
        assert {step_label(min(known, key=known.get)), step_label(max(known, key=known.get))} <= set(said)
    for record in content["records"]:
        record["left_out"] = None
    assert left_out_figure(content) is None


def test_a_single_checkpoint_that_turns_the_sign_is_counted():
    content = fake_correlation(["bloom-560m"], ["xnli"])
    for record in content["records"]:
        if record["left_out"]:
            record["left_out"] = {step: 0.5 + 0.01 * i for i, step in enumerate(record["left_out"])}
    assert "change" not in left_out_figure(content).title
    record["left_out"]["1000"] = -0.2
    first = next(r for r in content["records"] if r["left_out"])
    first["left_out"]["1000"] = -0.2
    assert "1 of 2 correlations" in left_out_figure(content).title


def test_words_of_methods_and_of_what_is_left_out():
    content = fake_correlation(["bloom-560m"], ["xnli"])
    analysis = content["analyses"][0]
    said = {r["exclusion"]: excluded_words(r, analysis) for r in of_analysis(content, analysis)}
    assert said == {"none": "all checkpoints", "flagged": "without 600k", "early": "from 100k, without flagged"}
    both = {"unit": "checkpoint_language", "method": "pearson_partial:nmi+loss"}
    assert method_words(both) == "Pearson, within languages, given NMI and held-out loss"
    assert method_words({**both, "unit": "checkpoint"}) == "Pearson, given NMI and held-out loss"
    assert method_words({**both, "method": "spearman_within"}) == "Spearman, within languages"
    assert method_words({**both, "method": "mixed_crossed"}) == "mixed model, languages and checkpoints"


@pytest.mark.parametrize("titled", [True, False], ids=["titled", "inline"])
def test_nothing_is_clipped_with_long_names_and_many_languages(titled):
    codes = [*NAMES, "pt", "ca", "eu", "ta", "mr", "sw"]
    models = ["somebody/a-model-with-a-rather-long-name-7b", "somebody/another-model-of-them-13b", "short"]
    content = fake_correlation(models, ["xnli"], codes, steps=(*STEPS[:4], "final", STEPS[5]))
    content["language_info"]["pt"]["name"] = "Portuguese as spoken in Brazil"
    for analysis in content["analyses"]:
        analysis |= {"x_label": "retrieval accuracy with English, centred, layers 8–12", "chance": 0.03}
    figures = [
        *averages_figures(content),
        pairs_figures(content)[0],
        *forest_figures(content),
        left_out_figure(content),
    ]
    for figure in figures:
        assert_nothing_is_clipped(figure, titled, at_least=12)


def test_every_number_of_the_data_is_finite_or_missing():
    content = with_pooled(fake_correlation())
    figures = [
        *averages_figures(content),
        *pairs_figures(content),
        *forest_figures(content),
        left_out_figure(content),
    ]
    names = [figure.name for figure in figures]
    assert len(set(names)) == len(names)
    for figure in figures:
        assert all(math.isfinite(cell) for row in figure.rows for cell in row if isinstance(cell, float))
