import re
from typing import Any

import pytest

import babelscope.report.html as html
import babelscope.report.series.page as page
from babelscope.report.drawing import Drawing, inline_svg, svg_text
from babelscope.report.figures.retrieval_cosines import cosines_by_layer
from babelscope.report.figures.retrieval_layers import accuracy_by_layer
from babelscope.report.figures.retrieval_pairs import accuracy_of_pairs
from babelscope.report.figures.retrieval_series import accuracy_series
from babelscope.report.panels import Material, Panel
from babelscope.report.panels.retrieval import facts
from babelscope.report.series import SERIES_PANELS, SeriesMaterial
from babelscope.report.series.retrieval import facts as series_facts
from report.fake_retrieval import fake_retrieval, fake_retrieval_track
from report.fake_series import fake_track
from report.fake_summary import LANGUAGES, fake_summary
from report.painting import assert_nothing_is_clipped, column, painted, texts

NINE = list(LANGUAGES)
THIRTEEN = ["ar", "eu", "ca", "en", "fr", "hi", "mr", "pt", "es", "ta", "ur", "vi", "zh"]
BOTH = ("mean", "last")


def drawn(name: str, codes: list[str] = NINE, poolings: tuple[str, ...] = BOTH) -> Drawing:
    """One figure of each kind."""
    if name == "series":
        made = accuracy_series(fake_retrieval_track(codes=codes, poolings=poolings, n=20))
        assert made is not None
        return made
    content = fake_retrieval(codes, poolings=poolings, n=20)
    makers = {
        "layers": accuracy_by_layer,
        "cosines": cosines_by_layer,
        "pairs": lambda c: accuracy_of_pairs(c, "mean"),
    }
    return makers[name](content)


FIGURES = ["layers", "cosines", "pairs", "series"]


@pytest.mark.parametrize("codes, poolings", [(["en", "fr", "de"], ("mean",)), (NINE, BOTH), (THIRTEEN, BOTH)])
@pytest.mark.parametrize("name", FIGURES)
def test_no_text_is_clipped(name: str, codes: list[str], poolings: tuple[str, ...]) -> None:
    assert_nothing_is_clipped(drawn(name, codes, poolings), True, 3)


@pytest.mark.parametrize("name", FIGURES)
def test_equal_content_gives_equal_bytes_and_rows_fit_their_columns(name: str) -> None:
    drawing = drawn(name)
    assert svg_text(drawing) == svg_text(drawn(name))
    assert drawing.columns[:4] == ("model", "step", "site", "layer")
    assert drawing.rows and all(len(row) == len(drawing.columns) for row in drawing.rows)
    assert "n = 20 sentences" in drawing.caption and drawing.title and drawing.subtitle
    assert "var(--ink)" in (svg := inline_svg(drawing)) and "#1b1d22" not in svg


def test_accuracy_by_layer_holds_every_language_and_names_the_best_layer() -> None:
    content = fake_retrieval(n=60)
    drawing = accuracy_by_layer(content)
    assert len(drawing.rows) == 4 * 10
    for level in content["levels"]:
        own = dict(zip(drawing.columns, drawing.rows[level["layer"] * 10], strict=True))
        assert (own["layer"], own["language"]) == (level["layer"], "all")
        assert (own["accuracy"], own["low"]) == (level["all"]["accuracy"], level["all"]["accuracy_low"])
    assert drawing.title.startswith("Translations find each other most often in layer 2: ")
    assert "in the embeddings" in drawing.title and "not clearly" not in drawing.title
    assert {"en", "mean", "raw", "chance"} <= set(texts(painted(drawing)))


def test_a_title_can_say_no() -> None:
    noise = fake_retrieval(shares=(0.0, 0.0), n=60)
    assert accuracy_by_layer(noise).title.startswith("In no layer do translations clearly find each other")
    assert "are not clearly closer than unrelated sentences" in cosines_by_layer(noise).title
    same = accuracy_of_pairs(fake_retrieval(["en", "fr", "zh"], shares=(1.0,), n=20), "mean")
    assert same.title == "More find their translation than by chance in all 6 directions: 100\u202f% in each"
    alike = accuracy_by_layer(fake_retrieval(shares=(0.5, 0.5), n=60))
    assert "not clearly more than" in alike.title or "the embeddings" in alike.title


def test_the_square_of_pairs_is_of_the_best_layer_in_both_directions() -> None:
    content = fake_retrieval(["en", "fr", "zh"], n=60)
    drawing = accuracy_of_pairs(content, "mean")
    assert len(drawing.rows) == 6 and set(column(drawing, "layer")) == {2}
    found = {(row[5], row[6]): row[7] for row in drawing.rows}
    assert found["fr", "zh"] == content["pairs"]["mean"]["accuracy"][1][2]
    assert found["zh", "fr"] == content["pairs"]["mean"]["accuracy"][2][1]
    (axes, _) = painted(drawing).axes
    assert len(axes.texts) == 6
    one = accuracy_of_pairs(fake_retrieval(["en", "fr", "zh"], n=60, pivot="en"), "mean")
    assert len(one.rows) == 4 and "2 pairs with en" in one.caption


def _facts(content: dict[str, Any] | None) -> dict[str, Any]:
    return facts(Material(fake_summary(), retrieval=content))


def test_without_a_retrieval_the_section_names_the_command() -> None:
    assert "`babelscope retrieve MODEL" in _facts(None)["reason"] and _facts(None)["figures"] == []


def test_the_section_holds_verdict_figures_tables_and_words() -> None:
    content = fake_retrieval(poolings=BOTH)
    found = _facts(content)
    assert [drawing.name for drawing in found["figures"]] == [
        "retrieval-by-layer", "translations-by-layer", "retrieval-by-pair-mean", "retrieval-by-pair-last",
    ]  # fmt: skip
    assert found["sentences"] == content["verdict"]
    layers, languages = found["tables"]
    assert len(layers.rows) == 8 and len(languages.rows) == 9
    assert all(len(row) == len(table.columns) for table in found["tables"] for row in table.rows)
    assert layers.rows[0][0]["text"] == "0 (embeddings), mean over tokens"
    assert {"Margin", "Centred", "Accuracy", "Embeddings"} <= {term for term, _ in found["definitions"]}


def test_one_pooling_and_two_languages_have_no_square_and_no_needless_words() -> None:
    found = _facts(fake_retrieval(["en", "fr"]))
    assert [drawing.name for drawing in found["figures"]] == ["retrieval-by-layer", "translations-by-layer"]
    assert found["tables"][0].rows[1][0]["text"] == "1"


def test_the_page_shows_the_section_in_its_languages_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    attack = "</script><img src=x onerror=hit=1>"
    monkeypatch.setattr(html, "PANELS", (Panel("retrieval", "Parallel sentences", facts, of_scan=False),))
    content = fake_retrieval(["en", "fr", "sv"])
    content["warnings"] = [{"kind": attack, "message": attack}]
    text = html.page_text(Material(fake_summary(["en", "fr"]), retrieval=content), None)
    assert 'id="retrieval-by-layer"' in text and "What the words mean" in text and "<img" not in text
    known = re.findall(r"--c[0-9a-f]{6}", text.split("</style>")[0])
    assert set(re.findall(r"var\((--c[0-9a-f]{6})\)", text)) <= set(known)


def test_a_series_without_a_retrieval_names_the_command() -> None:
    found = series_facts(SeriesMaterial(fake_track()))
    assert found["figures"] == [] and "--stages scan,retrieve" in found["reason"]


def test_a_series_follows_one_layer_and_lists_every_checkpoint() -> None:
    content = fake_retrieval_track(n=60)
    found = series_facts(SeriesMaterial(content))
    (drawing,), (table,) = found["figures"], found["tables"]
    assert drawing.name == "retrieval-over-training" and set(column(drawing, "layer")) == {1}
    assert len(drawing.rows) == 4 * 10 and len(table.rows) == 4
    means = [row[7] for row in drawing.rows if row[5] == "all"]
    assert means == [point["retrieval"]["levels"][1]["all"]["accuracy"] for point in content["points"]]
    assert means == sorted(means)
    assert re.search(r"find their translation at step 3\s500, \S+\s% at step 16; clearly more than", drawing.title)
    assert {"layer 0", "chance", "mean", "en"} <= set(texts(painted(drawing)))


def test_flagged_checkpoints_are_off_the_line_and_choose_no_layer() -> None:
    content = fake_retrieval_track((16, 256, 3500), flagged=[3500], n=20)
    for name, value in (("layer", 0),):
        content["points"][1]["retrieval"]["best"]["mean"][name] = value
    drawing = accuracy_series(content)
    assert drawing is not None and set(column(drawing, "layer")) == {0}
    assert "at step 256" in drawing.title and "3\u202f500" not in drawing.title
    assert {row[-1] for row in drawing.rows if row[1] == "3500"} == {"loss"}
    assert "crosses: flagged" in drawing.caption


def test_series_of_sizes_and_failed_points_are_shown_too() -> None:
    content = fake_retrieval_track((10_000, 500_000), order="scale", n=20)
    drawing = accuracy_series(content)
    assert drawing is not None and drawing.name == "retrieval-over-size"
    broken = fake_retrieval_track((16, 256, 3500), failed=[256], n=20)
    assert len(series_facts(SeriesMaterial(broken))["tables"][0].rows) == 2


def test_the_page_of_a_series_shows_the_section(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "SERIES_PANELS", [panel for panel in SERIES_PANELS if panel.name == "retrieval"])
    text = page.series_text(SeriesMaterial(fake_retrieval_track(codes=["en", "fr", "sv"], n=20)), None)
    assert 'id="retrieval-over-training"' in text and 'href="#retrieval"' in text
    known = re.findall(r"--c[0-9a-f]{6}", text.split("</style>")[0])
    assert set(re.findall(r"var\((--c[0-9a-f]{6})\)", text)) <= set(known)
