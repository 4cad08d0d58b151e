import copy
import re
from typing import Any

import pytest

from babelscope.report.cosine_map import cosine_map
from babelscope.report.drawing import Drawing, inline_svg, png_bytes, svg_text
from babelscope.report.figures import (
    layer_curve,
    pair_scores,
    region_layers,
    region_overlap,
    region_size,
    similarity_map,
)
from babelscope.report.figures.overlap import cannot_overlap
from report.fake_summary import LANGUAGES, fake_similarity, fake_summary
from report.painting import assert_nothing_is_clipped


def _all(summary: dict[str, Any], n: int = 24) -> list[Drawing]:
    languages = summary["languages"]
    similarity = fake_similarity(languages, n)
    drawings = [
        similarity_map(summary, cosine_map(similarity, len(languages), n)),
        layer_curve(summary, "lrds"),
        layer_curve(summary, "sads"),
        pair_scores(summary),
        region_size(summary),
        region_layers(summary),
        region_overlap(summary),
    ]
    return [drawing for drawing in drawings if drawing is not None]


NAMES = [drawing.name for drawing in _all(fake_summary())]


@pytest.mark.parametrize("titled", [True, False])
@pytest.mark.parametrize("languages", [["en", "fr"], list(LANGUAGES)[:5], list(LANGUAGES)], ids=len)
@pytest.mark.parametrize("name", NAMES)
def test_no_text_is_clipped(name: str, languages: list[str], titled: bool) -> None:
    drawing = next(d for d in _all(fake_summary(languages)) if d.name == name)
    assert_nothing_is_clipped(drawing, titled, 5)


@pytest.mark.parametrize("name", ["lrds-by-layer", "region-size", "regions-by-layer"])
def test_drawing_twice_gives_equal_bytes(name: str) -> None:
    first = next(d for d in _all(fake_summary()) if d.name == name)
    again = next(d for d in _all(fake_summary()) if d.name == name)
    assert svg_text(first) == svg_text(again)
    assert png_bytes(first, dpi=72) == png_bytes(again, dpi=72)


def test_drawing_leaves_the_users_matplotlib_alone() -> None:
    import matplotlib

    matplotlib.rcParams["font.size"] = 17
    try:
        before = svg_text(_all(fake_summary())[1])
        assert matplotlib.rcParams["font.size"] == 17
        matplotlib.rcParams["lines.linewidth"] = 9
        assert svg_text(_all(fake_summary())[1]) == before
    finally:
        matplotlib.rcdefaults()


@pytest.mark.parametrize("name", [name for name in NAMES if name != "similarity-map"])
def test_a_figure_in_the_page_takes_its_colours_from_the_page(name: str) -> None:
    drawing = next(d for d in _all(fake_summary()) if d.name == name)
    svg = inline_svg(drawing)
    assert svg.startswith("<svg") and svg.endswith("</svg>")
    assert "var(--ink)" in svg and "#1b1d22" not in svg
    assert "<style" not in svg and "<!--" not in svg and "<metadata" not in svg
    ids = re.findall(r'\bid="([^"]+)"', svg)
    assert ids and all(key.startswith(f"f-{drawing.name}-") for key in ids)
    used = re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', svg)
    assert {one or other for one, other in used} <= set(ids)


def test_every_drawing_carries_its_words_and_its_data() -> None:
    for drawing in _all(fake_summary()):
        assert drawing.title and drawing.subtitle and "n =" in drawing.caption + drawing.caption.replace("All", "n =")
        assert drawing.columns[:4] == ("model", "step", "site", "layer")
        assert all(len(row) == len(drawing.columns) for row in drawing.rows)


def test_data_are_the_summarys_numbers() -> None:
    summary = fake_summary()
    curve = layer_curve(summary, "sads")
    assert curve is not None
    value = curve.columns.index("value")
    assert [row[value] for row in curve.rows] == [row["sads"]["value"] for row in summary["by_layer"]]
    size = region_size(summary)
    assert size is not None
    neurons = size.columns.index("neurons")
    assert {row[4]: row[neurons] for row in size.rows} == summary["region_sizes"]


def test_findings_name_the_layers_that_stand_out() -> None:
    summary = fake_summary()
    lrds, sads = layer_curve(summary, "lrds"), layer_curve(summary, "sads")
    assert lrds is not None and sads is not None
    assert lrds.title == "Languages are least apart in layer 4 (LRDS 0.240) and most in layer 1 (0.640)"
    assert sads.title.startswith("SADS is highest in layer 4 (0.0620); it exceeds its null in every layer")


def test_findings_can_say_no() -> None:
    summary = copy.deepcopy(fake_summary())
    for row in summary["by_layer"]:
        row["lrds"] |= {"value": 0.4, "low": 0.3, "high": 0.5}
        row["sads"] |= {"value": 0.001, "low": -0.01, "high": 0.012}
        row["region_null"] = {code: {"mean": 90.0, "sd": 9.0} for code in row["region_sizes"]}
    for pair in summary["pairs"]:
        pair["sads"] |= {"value": 0.001, "low": -0.01, "high": 0.012}
    for region in summary["regions"]:
        region["null_mean"] = 400.0
    shared = summary["overlap"]
    shared["shared"] = [[0] * 9 for _ in range(9)]
    shared["jaccard"] = [[0.0] * 9 for _ in range(9)]
    titles = {drawing.name: drawing.title for drawing in _all(summary)}
    assert titles["lrds-by-layer"].startswith("LRDS does not differ between layers beyond its intervals")
    assert titles["sads-by-layer"] == "In no layer are translations clearly closer than shuffled ones"
    assert titles["sads-by-pair"] == "In no language pair do translations stand out clearly from unrelated sentences"
    assert titles["region-size"].startswith("No region is larger than chance makes it")
    assert titles["regions-by-layer"] == "In no layer is any region larger than chance makes it"
    assert titles["region-overlap"] == "No two regions share a neuron"


def test_the_map_says_no_when_the_score_does() -> None:
    summary = fake_summary()
    assert re.match(
        r"Translations are closer than unrelated .* sentences of one language are closest", _title(summary)
    )
    summary["sads"] |= {"gain": {"value": 0.1, "low": 0.05, "high": 0.15}}
    assert "untrained" not in _title(summary)
    summary["sads"] |= {"gain": {"value": -0.1, "low": -0.12, "high": -0.08}}
    assert "but less so than untrained" in _title(summary)
    summary["sads"] |= {"gain": {"value": 0.01, "low": -0.01, "high": 0.03}}
    assert "but not clearly more than untrained" in _title(summary)
    summary["sads"] |= {"low": -0.01}
    summary["lrds"] |= {"low": -0.01}
    assert re.match(
        r"Translations are not clearly closer than unrelated sentences \(mean cosine [\d.]+ against [\d.]+\)$",
        _title(summary),
    )
    assert _title(summary | {"mean_cosines": None}) == "Translations are not clearly closer than unrelated sentences"


def test_without_an_interval_the_titles_claim_nothing() -> None:
    summary = copy.deepcopy(fake_summary())
    for score in (summary["sads"], *(pair["sads"] for pair in summary["pairs"])):
        score |= {"low": None, "high": None}
    titles = {drawing.name: drawing.title for drawing in _all(summary)}
    for name, hedge in (("similarity-map", "not clearly closer"), ("sads-by-pair", "stand out clearly")):
        assert hedge in titles[name] and titles[name].endswith("; too few sentences for an interval")


def test_a_score_inside_its_null_is_not_clearly_anything() -> None:
    summary = copy.deepcopy(fake_summary())
    for score in (summary["sads"], *(pair["sads"] for pair in summary["pairs"])):
        score |= {"value": 0.2, "low": 0.1, "high": 0.3, "null": {"mean": 0.0, "low": -0.1, "high": 0.1}}
    titles = {drawing.name: drawing.title for drawing in _all(summary)}
    assert titles["similarity-map"].startswith("Translations are not clearly closer")
    assert titles["sads-by-pair"].startswith("In no language pair do translations stand out clearly")


def _title(summary: dict[str, Any]) -> str:
    return _all(summary)[0].title


def test_a_share_is_not_compared_between_languages() -> None:
    summary = fake_summary() | {"region_rule": {"kind": "share", "value": 0.03, "largest_z": 1.73, "note": ""}}
    size = region_size(summary)
    assert size is not None and "sizes cannot be compared" in size.title
    assert "top 3.0\u202f% of neurons by z" in size.subtitle


@pytest.mark.parametrize(("most", "possible"), [(1, False), (2, True), (None, True)])
def test_overlap_is_not_drawn_where_algebra_forbids_it(most: int | None, possible: bool) -> None:
    rule = {"kind": "threshold", "value": 2.0, "largest_sharing": most}
    summary = fake_summary() | {"region_rule": rule}
    assert (cannot_overlap(summary) == "") is possible
    assert (region_overlap(summary) is not None) is possible


def test_missing_parts_leave_out_figures_and_missing_bounds_do_not_break_them() -> None:
    empty = fake_summary() | {"by_layer": [], "pairs": [], "regions": [], "overlap": None}
    assert [drawing.name for drawing in _all(empty)] == ["similarity-map"]
    bare = copy.deepcopy(fake_summary())
    for row in bare["by_layer"]:
        row["lrds"] |= {"low": None, "high": None, "null": None, "baseline": None}
        row["sads"] |= {"low": None, "high": None, "null": None, "baseline": None}
        row |= {"region_low": None, "region_high": None, "region_null": None}
    for region in bare["regions"]:
        region |= {"low": None, "high": None, "null_mean": None, "null_sd": None, "excess": None}
    for pair in bare["pairs"]:
        pair["sads"] |= {"low": None, "high": None, "null": None}
    for drawing in _all(bare):
        assert svg_text(drawing)


@pytest.mark.parametrize("languages", [["en", "fr"], ["ar", "en", "fr"]])
@pytest.mark.parametrize("layers", [1, 48])
def test_few_languages_and_few_or_many_layers(languages: list[str], layers: int) -> None:
    for drawing in _all(fake_summary(languages, 4, layers), 4):
        assert svg_text(drawing)
