import pytest

from babelscope.report.drawing import Drawing, inline_svg, svg_text
from babelscope.report.figures.probing_curve import information_curves, spread
from babelscope.report.figures.probing_layers import overlap_layers
from babelscope.report.figures.probing_neurons import shared_neurons
from babelscope.report.figures.probing_overlap import overlap_maps
from babelscope.report.figures.probing_series import information_series
from babelscope.report.figures.probing_training import overlap_training
from report.fake_probing import ATTRIBUTES, KS, D, fake_overlap, fake_probing, fake_probing_track, having
from report.fake_summary import LANGUAGES
from report.painting import assert_nothing_is_clipped, column, painted, texts

NINE = list(LANGUAGES)
THIRTEEN = ["ar", "eu", "ca", "en", "fr", "hi", "mr", "pt", "es", "ta", "ur", "vi", "zh"]
STEPS = ("0", "16", "64", "256", "1000", "3500")
NAMES = ["information", "layers", "map", "neurons", "training", "series"]


def drawn(name: str, codes: list[str] | None = None) -> Drawing:
    """One figure of each kind."""
    codes = codes or NINE
    overlap = fake_overlap(codes, steps=STEPS)
    groups = overlap["groups"][-2:]
    makers = {
        "information": lambda: information_curves(fake_probing(codes))[0],
        "layers": lambda: overlap_layers(groups, 50),
        "map": lambda: overlap_maps(overlap, groups, 50)[0],
        "neurons": lambda: shared_neurons(overlap, groups[0]),
        "training": lambda: overlap_training(overlap["training"], 50)[0],
        "series": lambda: information_series(fake_probing_track(codes=codes))[0],
    }
    made = makers[name]()
    assert made is not None
    return made


@pytest.mark.parametrize("codes", [["en", "fr"], NINE, THIRTEEN], ids=len)
@pytest.mark.parametrize("name", NAMES)
def test_no_text_is_clipped(name: str, codes: list[str]) -> None:
    assert_nothing_is_clipped(drawn(name, codes), True, 3)


@pytest.mark.parametrize("name", NAMES)
def test_equal_content_gives_equal_bytes_and_rows_fit_their_columns(name: str) -> None:
    drawing = drawn(name)
    assert svg_text(drawing) == svg_text(drawn(name))
    assert drawing.columns[:4] == ("model", "step", "site", "layer")
    assert drawing.rows and all(len(row) == len(drawing.columns) for row in drawing.rows)
    assert "n = " in drawing.caption and drawing.title and drawing.subtitle


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_in_the_page_takes_its_colours_from_the_page(name: str) -> None:
    svg = inline_svg(drawn(name))
    assert "var(--ink)" in svg and "#1b1d22" not in svg


def test_every_other_layer_is_left_out_but_never_the_first_or_the_last() -> None:
    for count in range(1, 40):
        kept = spread(list(range(count)), 3)
        assert len(kept) == min(3, count) and kept[0] == 0 and kept[-1] == count - 1 and kept == sorted(set(kept))


def test_information_holds_every_cell_at_every_size_with_its_control_and_n() -> None:
    probing = fake_probing(unseen=["de"])
    (drawing,) = information_curves(probing)
    found = {
        (row["layer"], row["language"], row["attribute"], row["neurons"]): row
        for row in (dict(zip(drawing.columns, cells, strict=True)) for cells in drawing.rows)
    }
    for cell in probing["cells"]:
        for k in KS:
            row = found[cell["layer"], cell["language"], cell["attribute"], k]
            assert (row["low"], row["high"]) == (cell["nmi"][str(k)]["low"], cell["nmi"][str(k)]["high"])
            assert row["nmi"] == cell["curve"][k - 1]["nmi"] and row["n_test"] == cell["n"]["test"]
            assert row["control_nmi"] == cell["curve"][k - 1]["control_nmi"]
        assert found[cell["layer"], cell["language"], cell["attribute"], D]["nmi"] == cell["nmi_all"]["value"]
    assert "dotted: German, never pre-trained on" in drawing.subtitle
    assert {"de", "shuffled"} <= set(texts(painted(drawing)))


def test_information_says_in_how_many_cells_more_is_told_than_by_shuffled_labels() -> None:
    probing = fake_probing(["en", "fr"], ["POS"], [3])
    assert information_curves(probing)[0].title.startswith(
        "50 neurons tell more than what shuffled labels give in all 2"
    )
    probing["cells"][0]["control"]["nmi"]["50"] = 0.99
    assert " in 1 of 2 cells: most for " in information_curves(probing)[0].title
    for cell in probing["cells"]:
        cell["nmi"]["50"] = {"value": -0.2, "low": -0.3, "high": -0.1}
    assert " in none of 2 cells" in information_curves(probing)[0].title
    bare = information_curves(fake_probing(["en"], ["POS"], [3], control=False))[0]
    assert "tell more than nothing in all 1 cell" in bare.title and "shuffled" not in bare.subtitle


def test_wrong_and_sure_probes_do_not_squeeze_the_others() -> None:
    probing = fake_probing(["en", "fr"], ["POS"], [3])
    for point in probing["cells"][0]["curve"]:
        point["nmi"] = -8.0
    (drawing,) = information_curves(probing)
    assert painted(drawing).axes[0].get_ylim()[0] == pytest.approx(-0.3)
    assert "values below −0.3 are cut off" in drawing.caption
    assert -8.0 in column(drawing, "nmi")


def test_many_attributes_take_several_figures_of_different_names() -> None:
    drawings = information_curves(fake_probing(attributes=[*ATTRIBUTES, "Tense", "Case"], layers=range(1, 9)))
    assert [drawing.name for drawing in drawings] == ["information-by-neurons", "information-by-neurons-2"]
    assert set(column(drawings[0], "layer")) == {1, 4, 8} or set(column(drawings[0], "layer")) == {1, 5, 8}
    assert "layers shown: 1, " in drawings[0].caption


def test_neurons_hold_how_often_each_serves_whom() -> None:
    overlap = fake_overlap()
    group = overlap["groups"][0]
    drawing = shared_neurons(overlap, group)
    assert drawing is not None
    rows = [dict(zip(drawing.columns, row, strict=True)) for row in drawing.rows]
    for one in group["neurons_shared"]:
        mine = {(r["serves"], r["name"]): r["times"] for r in rows if r["neuron"] == one["neuron"]}
        assert all(mine["attribute", name] == times for name, times in one["attributes"].items())
        assert all(mine["language", code] == times for code, times in one["languages"].items())
    assert drawing.title.startswith("Layer 3: neuron 17 is in 60 of 60 selections, for 3 attributes; 6 of the 8")
    for one in group["neurons_shared"]:
        one["p"] = 0.4
    assert "which chance would do as well" in shared_neurons(overlap, group).title
    assert shared_neurons(overlap, group | {"neurons_shared": []}) is None


def test_neurons_serve_attributes_that_are_not_in_the_mean_as_well() -> None:
    overlap = fake_overlap()
    overlap["groups"][0]["neurons_shared"][0]["attributes"]["Tense"] = 2
    drawing = shared_neurons(overlap, overlap["groups"][0])
    assert drawing is not None and "Tense" in column(drawing, "name")


def test_information_over_training_keeps_flagged_points_off_the_line() -> None:
    content = fake_probing_track((16, 64, 256, 1000), flagged=[256])
    (drawing,) = information_series(content)
    cells = len(content["points"][0]["probing"]["cells"])
    assert len(drawing.rows) == 4 * cells and column(drawing, "flag").count("loss") == cells
    assert drawing.title.startswith(
        "At step 1\u202f000 the neurons tell more than shuffled labels do in all 40 cells"
    )
    lines = painted(drawing).axes[0].lines
    assert sum(line.get_marker() == "X" for line in lines) == len(having("POS", NINE))
    assert {len(line.get_xdata()) for line in lines if line.get_marker() == "o"} == {3}
    assert information_series(fake_probing_track((16,)) | {"points": []}) == []


def test_wrong_and_sure_probes_do_not_squeeze_the_others_over_training_either() -> None:
    content = fake_probing_track((16, 3500), codes=["en", "fr"], attributes=["POS"], layers=[3])
    content["points"][0]["probing"]["cells"][0]["nmi"] |= {"value": -6.0, "low": -9.0}
    (drawing,) = information_series(content)
    assert painted(drawing).axes[0].get_ylim()[0] == pytest.approx(-0.3)
    assert "values below −0.3 are cut off" in drawing.caption and -6.0 in column(drawing, "nmi")


def test_the_mean_by_layer_says_what_it_is_a_mean_of() -> None:
    """Of all that is drawn, it may be over some only, as with the published table."""
    groups = fake_overlap(steps=["16"])["groups"]
    for group in groups:
        for found in group["by_k"]:
            found["macro"]["attributes"] = ["Number", "POS"]
    drawing = overlap_layers(groups, 50)
    assert drawing is not None and "mean of attributes: of Number and POS, unweighted" in drawing.caption
    assert "all attributes" not in " ".join(texts(painted(drawing)))


def test_probes_that_tell_nothing_at_all_are_hollow_too() -> None:
    training = fake_overlap(steps=["16", "64"])["training"]
    for curve in training:
        curve["points"][0]["nmi"] = 0.0
    (drawing,) = overlap_training(training, 50)
    assert "hollow: the probes tell nothing" in drawing.caption
    assert "#ffffff" not in inline_svg(drawing), "white is not the ground of a dark page"


def test_languages_never_trained_on_are_drawn_apart_and_counted_nowhere() -> None:
    probing = fake_probing(["en", "fr"], ["POS"], [3], unseen=["de"])
    for cell in probing["cells"]:
        if cell["language"] == "de":
            cell["nmi"]["50"] = {"value": 0.99, "low": 0.98, "high": 1.0}
    title = information_curves(probing)[0].title
    assert "in all 2 cells" in title and "German" not in title
    content = fake_probing_track((16, 3500), codes=["en", "fr"], attributes=["POS"], layers=[3], unseen=["de"])
    (drawing,) = information_series(content | {"unseen": ["de"]})
    assert "in all 2 cells" in drawing.title and "never pre-trained on" in drawing.subtitle
    assert {"en", "fr", "de"} == set(column(drawing, "language"))
