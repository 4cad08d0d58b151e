import copy
import math
import re
from typing import Any

import pytest

from babelscope.report.drawing import Drawing, _own_style, build, inline_svg, svg_text
from babelscope.report.figures import dose_response, perplexity_matrix, selectivity
from babelscope.report.figures.deactivation import change_norm, change_ticks, covers_random, increase_text
from babelscope.report.numbers import p_value
from report.fake_ablation import FOURTEEN, NINE, fake_ablation
from report.painting import assert_nothing_is_clipped, column

NAMES = ["perplexity-matrix", "selectivity", "dose-response"]


def _all(ablation: dict[str, Any]) -> dict[str, Drawing]:
    drawn = (figure(ablation) for figure in (perplexity_matrix, selectivity, dose_response))
    return {drawing.name: drawing for drawing in drawn if drawing is not None}


@pytest.mark.parametrize("titled", [True, False])
@pytest.mark.parametrize("codes", [["en", "fr"], NINE, FOURTEEN[:12], FOURTEEN], ids=len)
@pytest.mark.parametrize("name", NAMES)
def test_no_text_is_clipped(name: str, codes: list[str], titled: bool) -> None:
    assert_nothing_is_clipped(_all(fake_ablation(codes))[name], titled, len(codes) + 1)


@pytest.mark.parametrize("codes", [["en", "fr"], NINE, FOURTEEN[:12]], ids=len)
def test_values_do_not_touch_in_the_cells(codes: list[str]) -> None:
    ablation = fake_ablation(codes, selective=False)
    for dea in codes:
        for cell in ablation["region"][dea]["cells"].values():
            cell |= {"increase_pct": 1498.0, "low": -10.0, "high": 3000.0}
    with _own_style():
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        figure = build(_all(ablation)["perplexity-matrix"], False)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        boxes = [t.get_window_extent(canvas.get_renderer()) for t in figure.axes[0].texts]
        assert len([t for t in figure.axes[0].texts if t.get_text() == "(1\u202f500)"]) == len(codes) ** 2
        touching = sum(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
        assert touching == 0


@pytest.mark.parametrize("name", NAMES)
def test_drawing_twice_gives_equal_bytes(name: str) -> None:
    assert svg_text(_all(fake_ablation())[name]) == svg_text(_all(fake_ablation())[name])


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_in_the_page_takes_its_colours_from_the_page(name: str) -> None:
    svg = inline_svg(_all(fake_ablation(selective=False))[name])
    assert "var(--ink)" in svg and "#1b1d22" not in svg
    assert "<style" not in svg and "<metadata" not in svg


def test_every_drawing_carries_its_words_and_its_data() -> None:
    for drawing in _all(fake_ablation()).values():
        assert drawing.title and drawing.subtitle
        for said in (
            "n = 60 to 68 segments",
            "held-out",
            "rolling windows of up to 512",
            "set to 0",
            "3 random sets",
        ):
            assert said in drawing.caption
        assert drawing.columns[:4] == ("model", "step", "site", "layer")
        assert all(len(row) == len(drawing.columns) for row in drawing.rows)


def test_the_captions_say_what_was_done() -> None:
    other = fake_ablation(controls=0) | {"mode": "scale", "factor": 0.5, "windows": "paper", "segment": 128}
    for drawing in _all(other).values():
        for said in ("multiplied by 0.50", "separate windows of 128", "no random neurons were deactivated"):
            assert said in drawing.caption


def test_the_matrix_holds_every_number_of_the_ablation() -> None:
    ablation = fake_ablation(["en", "fr", "zh"])
    matrix = _all(ablation)["perplexity-matrix"]
    found = {}
    for row in matrix.rows:
        cells = dict(zip(matrix.columns, row, strict=True))
        found[cells["kind"], cells["deactivated"], cells["language"]] = cells
    assert len(found) == len(matrix.rows) == 3 * (1 + 1 + 3)
    for code in ablation["languages"]:
        assert found["none", "", code]["perplexity"] == ablation["base"][code]["perplexity"]
        assert found["random", "", code]["increase_pct"] == ablation["random_mean"][code]["increase_pct"]
        for dea in ablation["deactivated"]:
            cells, region = found["region", dea, code], ablation["region"][dea]
            for key in ("perplexity", "increase_pct", "low", "high"):
                assert cells[key] == region["cells"][code][key]
            assert (cells["neurons"], cells["share"]) == (region["neurons"], region["share"])
            assert cells["random_pct"] == ablation["random"][dea]["cells"][code]["increase_pct"]


def test_a_cell_is_weak_exactly_where_its_interval_holds_its_own_control() -> None:
    ablation = fake_ablation(["en", "fr"])
    cell = ablation["region"]["en"]["cells"]["fr"]
    ablation["random"]["en"]["cells"]["fr"]["increase_pct"] = 6.0
    ablation["random_mean"]["fr"]["increase_pct"] = 100.0
    for low, high, weak in ((6.0, 9.0, True), (1.0, 5.9, False), (6.1, 9.0, False), (None, None, False)):
        cell |= {"low": low, "high": high}
        assert covers_random(ablation, "en", "fr") is weak
    cell |= {"low": 5.0, "high": 7.0}
    assert "in parentheses: interval covers" in _all(ablation)["perplexity-matrix"].subtitle
    ablation["random"] = {}
    assert covers_random(ablation, "en", "fr") is False
    assert "parentheses" not in _all(ablation)["perplexity-matrix"].subtitle


def test_the_diagonal_is_outlined_also_where_rows_and_columns_differ() -> None:
    ablation = fake_ablation(["en", "fr", "zh", "es"])
    ablation["deactivated"] = ["zh", "en"]
    with _own_style():
        axes = build(_all(ablation)["perplexity-matrix"], False).axes[0]
        corners = {tuple(map(math.floor, frame.get_xy())) for frame in axes.patches}
    assert corners == {(0, 2), (1, 0)}


def test_the_matrix_says_how_often_the_own_region_matters() -> None:
    title = _all(fake_ablation())["perplexity-matrix"].title
    assert title == (
        "Deactivating a region hits its own language hardest for all 9 regions and clearly harder than matched "
        "random neurons for all 9, most for Indonesian (1\u202f480\u202f%)"
    )
    some = fake_ablation()
    some["region"]["en"]["cells"]["en"] |= {"increase_pct": 1.0, "low": -1.0, "high": 3.0}
    assert "hardest for 8 of 9 regions and clearly harder than matched random neurons for 8 of 9" in (
        _all(some)["perplexity-matrix"].title
    )


def test_the_matrix_can_say_no() -> None:
    none = fake_ablation(selective=False)
    assert _all(none)["perplexity-matrix"].title.endswith(
        "of 9 regions, but never clearly harder than matched random neurons"
    )
    assert "no random neurons were deactivated" in _all(fake_ablation(controls=0))["perplexity-matrix"].title
    assert "no interval to compare" in _all(fake_ablation(intervals=False))["perplexity-matrix"].title
    one = fake_ablation(["fr", "en"]) | {"deactivated": ["fr"]}
    assert _all(one)["perplexity-matrix"].title.startswith(
        "Deactivating a region hits its own language hardest for the only region and clearly harder than matched "
        "random neurons, most for French"
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"value": 0.31, "low": 0.2, "high": 0.42}, "Regions are selective beyond matched random neurons (0.31"),
        ({"value": 0.003, "low": -0.010, "high": 0.016, "p": 0.42},
         "Regions are not selective beyond matched random neurons (0.003 [−0.010, 0.016] nats per token, p = .42)"),
        ({"value": 0.003, "low": 0.0, "high": 0.016, "p": 0.001}, "Regions are not selective"),
        ({"value": 0.31, "low": 0.2, "high": 0.42, "p": 0.5}, "but relabelled regions do as well (0.31"),
        ({"value": 0.31, "low": 0.2, "high": 0.42, "p": None}, "but too few languages to test it by"),
        ({"value": -0.31, "low": -0.4, "high": -0.2}, "Regions matter less to their own languages"),
        ({"value": 0.31, "low": None, "high": None}, "cannot be told: there is no interval (0.310 nats per token)"),
    ],
)  # fmt: skip
def test_selectivity_says_what_its_interval_and_its_p_allow(change: dict[str, Any], said: str) -> None:
    ablation = fake_ablation()
    ablation["selectivity"]["overall"] |= change
    assert said in _all(ablation)["selectivity"].title.replace("\u00a0", " ")


def test_selectivity_holds_the_numbers_in_display_order_and_the_overall_one_last() -> None:
    ablation = fake_ablation(["zh", "ar", "en"])
    drawing = _all(ablation)["selectivity"]
    found = ablation["selectivity"]
    assert column(drawing, "language") == ["zh", "ar", "en", "all"]
    for key, name in (("value", "selectivity"), ("low", "low"), ("control", "control"), ("own", "own")):
        wanted = [found["by_language"][code][key] for code in ("zh", "ar", "en")] + [found["overall"][key]]
        assert column(drawing, name) == wanted
    assert "9\u202f999 relabellings" in drawing.caption and "0.0001 at the least" in drawing.caption
    assert "no p for single languages: a p per language needs at least 99 controls" in drawing.caption


def test_without_a_p_its_reason_is_given() -> None:
    drawing = _all(fake_ablation(p=None))["selectivity"]
    assert "no p: no relabelling was drawn" in drawing.caption and "p =" not in drawing.title
    some = fake_ablation()
    some["selectivity"]["by_language"]["fr"] |= {"p": 0.02, "p_note": "0.01 at the least"}
    assert "; p for single languages: 0.01 at the least" in _all(some)["selectivity"].caption


def test_without_random_neurons_there_is_no_selectivity() -> None:
    assert selectivity(fake_ablation(controls=0)) is None
    assert selectivity(fake_ablation() | {"selectivity": None}) is None


def test_the_curve_needs_two_shares() -> None:
    assert dose_response(fake_ablation(doses=())) is None
    assert dose_response(fake_ablation(doses=(1.0,))) is None
    assert dose_response(fake_ablation(doses=(0.5, 1.0))) is not None


def test_the_curve_holds_the_numbers() -> None:
    ablation = fake_ablation(["en", "fr"])
    drawing = _all(ablation)["dose-response"]
    assert list(zip(column(drawing, "language"), column(drawing, "dose"), strict=True)) == [
        (code, dose) for code in ("en", "fr", "all") for dose in (0.25, 0.5, 1.0)
    ]
    own = [dose["own_increase_pct"]["fr"]["value"] for dose in ablation["doses"]]
    assert column(drawing, "increase_pct")[3:6] == own
    overall = [dose["selectivity"]["overall"]["value"] for dose in ablation["doses"]]
    assert column(drawing, "selectivity")[6:] == overall


def test_the_curve_says_from_which_share_regions_are_selective() -> None:
    assert "at every share" in _all(fake_ablation())["dose-response"].title
    assert _all(fake_ablation(selective=False))["dose-response"].title.startswith("No share of the regions")
    late = fake_ablation()
    for dose in late["doses"][:2]:
        dose["selectivity"]["overall"] |= {"low": -0.01}
    assert "only with 100\u202f% of each deactivated" in _all(late)["dose-response"].title
    assert "do not tell" in _all(fake_ablation(controls=0))["dose-response"].title
    assert "nothing follows" in _all(fake_ablation(intervals=False))["dose-response"].title


@pytest.mark.parametrize(
    ("value", "text"),
    [(1498.4, "1\u202f500"), (309.2, "309"), (99.6, "100"), (99.4, "99"), (22.04, "22"), (9.96, "10"), (3.14, "3.1"),
     (0.419, "0.42"), (-3.06, "−3.1"), (-0.01, "0.0"), (0.0, "0.0"), (27093.0, "27\u202f100"), (2.34e8, "2.3e8"),
     (None, "—"), (math.inf, "—")],
)  # fmt: skip
def test_changes_read_like_the_papers_table(value: float | None, text: str) -> None:
    assert increase_text(value) == text


@pytest.mark.parametrize(
    ("p", "text"),
    [(None, ""), (0.0001, "p < .001"), (0.0042, "p = .0042"), (0.042, "p = .042"), (0.42, "p = .42"),
     (0.5, "p = .50"), (1.0, "p > .99")],
)  # fmt: skip
def test_p_is_written_as_people_write_it(p: float | None, text: str) -> None:
    assert p_value(p).replace("\u00a0", " ") == text


def test_colours_are_symmetric_and_tell_small_changes_from_huge_ones() -> None:
    norm = change_norm(1500.0)
    assert norm(0.0) == 0.5 and norm(1500.0) == 1.0
    for value in (3.0, 15.0, 150.0):
        assert norm(value) - 0.5 == pytest.approx(0.5 - norm(-value))
    steps = [float(norm(value)) for value in (0, 3, 15, 150, 1500)]
    assert min(b - a for a, b in zip(steps, steps[1:], strict=False)) > 0.05


def test_ticks_are_round_and_within_their_bounds() -> None:
    assert change_ticks(-30.0, 30.0)[0] == [-30, -10, -3, -1, 0, 1, 3, 10, 30]
    ticks, labels = change_ticks(-5.0, 2000.0)
    assert ticks == [0, 10, 100, 1000] and labels[-1] == "1\u202f000"


@pytest.mark.parametrize("change", [{"intervals": False}, {"controls": 0}, {"codes": ["fr"]}, {"p": None}])
def test_missing_parts_do_not_break_figures(change: dict[str, Any]) -> None:
    ablation = fake_ablation(**({"codes": ["en", "fr"]} | change))
    for drawing in _all(ablation).values():
        assert not re.search("nan|None", drawing.title + drawing.subtitle + drawing.caption)
        assert svg_text(drawing)


def test_one_language_alone_is_not_called_the_hardest_hit() -> None:
    title = _all(fake_ablation(["fr"]))["perplexity-matrix"].title
    assert "hardest" not in title and "clearly harder than matched random neurons" in title


def test_a_cell_without_a_number_is_left_blank() -> None:
    ablation = copy.deepcopy(fake_ablation(["en", "fr"]))
    ablation["region"]["en"]["cells"]["fr"] |= {"increase_pct": None, "low": None, "high": None}
    with _own_style():
        axes = build(_all(ablation)["perplexity-matrix"], False).axes[0]
        assert "—" in {text.get_text() for text in axes.texts}
