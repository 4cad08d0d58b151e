import io

import numpy as np
import pytest
from matplotlib.figure import Figure

from babelscope.report.drawing import build, png_bytes, svg_text
from babelscope.report.figures.layer_heat import layer_heat
from babelscope.report.figures.lifelines import region_places, survival
from babelscope.report.figures.point_axis import point_axis
from babelscope.report.figures.readings import reading, trusted
from babelscope.report.figures.series_curve import series_curve
from babelscope.report.figures.series_languages import series_languages
from report.fake_series import STEPS, fake_track


def painted(drawing) -> Figure:
    figure = build(drawing, titled=False)
    figure.savefig(io.BytesIO(), format="svg")
    return figure


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts]


@pytest.mark.parametrize("order", ["training", "scale"])
def test_steps_lie_in_order_with_zero_left_of_all(order: str) -> None:
    points = [{"x": x} for x in (0.0, 16.0, 64.0, 3500.0, None)]
    axis = point_axis(points, order)
    places = [axis.place(x) for x in (0.0, 16.0, 64.0, 3500.0)]
    assert places == sorted(places) and len(set(places)) == 4
    assert axis.place(640.0) - axis.place(64.0) == pytest.approx(1.0)
    assert axis.limits[0] < places[0] and axis.limits[1] > places[-1]


def test_labels_of_steps_do_not_touch_and_keep_the_ends() -> None:
    for steps in (STEPS, tuple(range(0, 140, 10)), (0, *(round(10 * 1.1**i) for i in range(100)))):
        axis = point_axis([{"x": float(step)} for step in steps], "training")
        figure = Figure(figsize=(3.0, 2.0), dpi=72)
        axes = figure.add_subplot()
        axis.dress(axes, 2.2)
        figure.canvas.draw()
        boxes = [label.get_window_extent() for label in axes.get_xticklabels()]
        assert len(boxes) >= 3 and axes.get_xticklabels()[0].get_text() == "0"
        ends = sorted((box.x0, box.x1) for box in boxes)
        assert all(a[1] <= b[0] for a, b in zip(ends, ends[1:], strict=False))


def test_flagged_points_are_off_the_line_and_named_and_failed_ones_are_ticks() -> None:
    content = fake_track((0, 10, 100, 300, 1000, 3000), flagged=[300], failed=[1000])
    drawing = series_curve(content, "loss")
    figure = painted(drawing)
    axes = figure.axes[0]
    trained = [point["loss_mean"]["value"] for point in content["points"] if point["x"] in (10, 100, 3000)]
    lines = {tuple(np.asarray(line.get_ydata(), dtype=float)) for line in axes.lines}
    assert tuple(trained) in lines
    marks = {line.get_marker(): line for line in axes.lines}
    assert marks["X"].get_ydata()[0] == content["points"][3]["loss_mean"]["value"]
    assert "x" in marks and "flagged" in texts(figure)
    flags = {row[1]: row[-1] for row in drawing.rows}
    assert flags == {"0": "", "10": "", "100": "", "300": "loss", "1000": "failed", "3000": ""}
    assert "left out of line and trend" in drawing.caption


def test_flagged_points_are_on_the_line_where_they_were_asked_for() -> None:
    content = fake_track((10, 100, 300), flagged=[300])
    content["hygiene"]["left_out"] = False
    assert [point["step"] for point in trusted(content)] == ["10", "100", "300"]
    assert "included in line and trend" in series_curve(content, "sads").caption


def test_null_and_untrained_are_drawn_and_named_on_the_line() -> None:
    figure = painted(series_curve(fake_track(), "sads"))
    assert {"null", "untrained", "SADS"} <= set(texts(figure))
    baseline = painted(series_curve(fake_track(STEPS[1:]), "sads"))
    assert "untrained" in texts(baseline)


@pytest.mark.parametrize(
    ("edit", "title"),
    [
        ({}, "SADS rises over training: 0.0114 at step 16, 0.0480 at step 3\u202f500 (τ 1.0, p\u00a0=\u00a0.012)"),
        ({"direction": "falls"}, "SADS falls over training"),
        ({"direction": "no clear trend", "p_holm": 0.3}, "SADS shows no clear trend over training"),
        (
            {
                "direction": "no clear trend",
                "turn": {"key": "tiny-bloom-64", "value": 0.1, "after": {"value": -0.05}},
            },
            "it is highest at step 64, 0.100",
        ),
        ({"tau": None, "direction": "no clear trend"}, "SADS never changes"),
    ],
)
def test_the_title_says_what_the_trend_says(edit: dict, title: str) -> None:
    content = fake_track()
    next(trend for trend in content["trends"] if trend["metric"] == "sads").update(edit)
    content["points"][1]["sads"]["value"] = 0.0114
    assert title in series_curve(content, "sads").title


def test_a_trend_that_ends_below_untrained_says_so() -> None:
    content = fake_track()
    trend = next(trend for trend in content["trends"] if trend["metric"] == "sads")
    for low, high, said in [(-0.03, -0.01, "below"), (-0.01, 0.02, "not clearly above"), (0.01, 0.02, "is above")]:
        trend["untrained"] = {"key": "tiny-bloom-0", "value": 0.0383, "change": {"low": low, "high": high}}
        assert f"{said} untrained (0.0383)" in series_curve(content, "sads").title


@pytest.mark.parametrize("steps", [(0,), (1000,), (0, 1000), (10, 1000), (0, 10, 100)])
def test_few_points_are_drawn_and_make_no_trend(steps: tuple[int, ...]) -> None:
    content = fake_track(steps)
    for measure in ("lrds", "sads", "sklr", "loss"):
        drawing = series_curve(content, measure)
        painted(drawing)
        assert "rises" not in drawing.title and "falls" not in drawing.title
        assert len(drawing.rows) == len(steps)
    for drawing in (series_languages(content, "region_size"), layer_heat(content, "sads"), region_places(content)):
        painted(drawing)
    assert (survival(content) is None) == (sum(step > 0 for step in steps) < 2)


def test_what_was_not_measured_is_not_drawn() -> None:
    content = fake_track((10, 100))
    for point in content["points"]:
        point |= {"loss": {}, "loss_mean": None, "by_layer": [], "sads": None}
    assert series_curve(content, "loss") is None and series_languages(content, "loss") is None
    assert series_curve(content, "sads") is None and layer_heat(content, "lrds") is None
    assert region_places(content) is None


def test_missing_intervals_are_drawn_as_the_value_itself() -> None:
    content = fake_track((0, 10, 100))
    for point in content["points"]:
        point["sads"] |= {"low": None, "high": None, "null": None, "baseline": None, "gain": None}
        for region in point["regions"].values():
            region |= {"low": None, "high": None, "null_mean": None, "null_low": None, "null_high": None}
    painted(series_curve(content, "sads"))
    painted(series_languages(content, "region_size"))
    assert reading(content["points"][0], "sads")["null_mean"] is None


def test_languages_are_counted_by_the_way_they_go() -> None:
    content = fake_track()
    ways = iter(["rises", "falls", "falls", *["no clear trend"] * 6])
    for trend in content["trends"]:
        if trend["metric"] == "region_size" and trend["language"] != "all":
            trend["direction"] = next(ways)
    title = series_languages(content, "region_size").title
    assert title.startswith("Regions grow in 1 of 9 and shrink in 2 of 9 languages; at step 3\u202f500, ")
    assert series_languages(content, "loss").title.startswith("Loss falls in all 9 languages; at step 3\u202f500, ")


def test_the_layer_map_holds_every_layer_of_every_point_and_shares_add_up() -> None:
    content = fake_track(flagged=[512])
    drawing = layer_heat(content, "regions")
    by_point: dict[str, float] = {}
    for row in drawing.rows:
        by_point[row[1]] = by_point.get(row[1], 0.0) + row[7]
    assert len(by_point) == 8 and list(by_point.values()) == pytest.approx([1.0] * 8)
    figure = painted(drawing)
    images = [image.get_array().shape for axes in figure.axes for image in axes.images]
    assert images == [(6, 1), (6, 7)]
    assert texts(figure) == ["×"]


def test_models_of_different_depth_share_an_axis_of_depth() -> None:
    content = fake_track((10**8, 10**9), order="scale")
    content["points"][0]["by_layer"] = content["points"][0]["by_layer"][:3]
    drawing = layer_heat(content, "sads")
    assert "models differ in depth" in drawing.caption
    figure = painted(drawing)
    assert figure.axes[0].get_ylim() == (0.0, 1.0)


def test_survival_is_set_against_chance() -> None:
    content = fake_track()
    drawing = survival(content)
    assert len(drawing.rows) == 9 * 6
    assert drawing.title.startswith("Over the last stretch 65\u202f% (Arabic) to 71\u202f% (Portuguese)")
    assert drawing.title.endswith("beyond chance always")
    for links in content["lifelines"].values():
        for link in links:
            link["jaccard"] = 0.02
    assert "no more of their neurons" in survival(content).title


def test_a_handful_of_neurons_does_not_look_like_a_concentrated_region() -> None:
    content = fake_track((10, 100))
    for row in content["points"][0]["by_layer"]:
        row["region_sizes"]["ar"] = 3 if row["layer"] == 1 else 0
    figure = painted(region_places(content))
    first = figure.axes[0].images[0].get_array()
    assert np.ma.getmaskarray(np.ma.masked_invalid(first))[:, 0].all()
    assert not np.ma.getmaskarray(np.ma.masked_invalid(first))[:, 1].any()


def test_equal_input_gives_equal_figures_that_stand_alone() -> None:
    drawing = series_curve(fake_track(), "lrds")
    assert svg_text(drawing) == svg_text(series_curve(fake_track(), "lrds"))
    assert png_bytes(drawing)[:4] == b"\x89PNG"


def test_regions_within_their_null_are_called_so() -> None:
    content = fake_track()
    for wanted, codes in (("none of 9 exceed their null", ()), ("1 of 9 exceeds its null", ("zh",))):
        for code, region in content["points"][-1]["regions"].items():
            region["null_mean"] = 0.0 if code in codes else 1000.0
        assert series_languages(content, "region_size").title.endswith(wanted)
