"""The points of one measure on an axis: line and band, null, untrained model, and what is flagged."""

from typing import TYPE_CHECKING, Any

from babelscope.report.colours import THEME
from babelscope.report.figures.axes import bounds
from babelscope.report.figures.point_axis import PointAxis
from babelscope.report.figures.readings import NAMES, Measure, points_done, reading, trusted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["paint_points"]


def paint_points(
    axes: "Axes", content: dict[str, Any], measure: Measure, language: str, axis: PointAxis, colour: str,
    named: bool = True,
) -> list[tuple[float, str, str]]:  # fmt: skip
    """Null, untrained model, line and flagged points of one measure.

    Args:
        axes: Where to.
        content: The series.
        measure: What to draw.
        language: A code, or "all".
        axis: Where points lie.
        colour: Of the line.
        named: Whether the flagged point is named on the figure.

    Returns:
        What to write right of the axes: height, text, colour.
    """
    found = [(p, r) for p in points_done(content) if (r := reading(p, measure, language)) is not None]
    line_points = trusted(content)
    labels = _paint_null(axes, found, axis)
    labels += _paint_untrained(axes, found, axis)
    line = [(axis.place(point["x"]), value) for point, value in found if point in line_points]
    if line:
        at, values = [x for x, _ in line], [r["value"] for _, r in line]
        low, high = bounds([r["low"] for _, r in line], values), bounds([r["high"] for _, r in line], values)
        if len(at) == 1:
            _whisker(axes, at[0], line[0][1], colour)
        axes.fill_between(at, low, high, color=colour, alpha=0.22, linewidth=0, zorder=2)
        axes.plot(at, values, color=colour, marker="o", markersize=2.8 if len(at) <= 40 else 0, zorder=3)
        labels.append((values[-1], NAMES[measure] if language == "all" and measure != "loss" else "", colour))
    _paint_flagged(axes, found, axis, colour, named)
    return [label for label in labels if label[1]]


def _paint_null(axes: "Axes", found: list[tuple[Any, Any]], axis: PointAxis) -> list[tuple[float, str, str]]:
    nulls = [(axis.place(p["x"]), r) for p, r in found if r["null_mean"] is not None and not p["flags"]]
    if not nulls:
        return []
    if len(nulls) == 1:
        nulls = _stretched(nulls[0], axis)
    at, middle = [x for x, _ in nulls], [r["null_mean"] for _, r in nulls]
    low = bounds([r["null_low"] for _, r in nulls], middle)
    high = bounds([r["null_high"] for _, r in nulls], middle)
    grey = THEME["null"][0]
    axes.fill_between(at, low, high, color=grey, alpha=0.2, linewidth=0, zorder=1)
    axes.plot(at, middle, color=grey, linewidth=1.0, dashes=(4, 2), zorder=1.5)
    return [(middle[-1], "null", THEME["soft"][0])]


def _paint_untrained(axes: "Axes", found: list[tuple[Any, Any]], axis: PointAxis) -> list[tuple[float, str, str]]:
    """The model before training: its own point at 0 and a dotted line across; without a point 0, its baseline."""
    grey = THEME["null"][0]
    at_zero = next((r for p, r in found if p["x"] <= 0), None)
    if at_zero is not None:
        _whisker(axes, axis.zero, at_zero, grey)
        axes.plot([axis.zero], [at_zero["value"]], marker="D", markersize=3.4, color=grey, zorder=4)
        axes.plot(
            axis.limits, [at_zero["value"]] * 2, color=grey, linewidth=1.0, dashes=(1.5, 1.5), zorder=1.5,
            scalex=False,
        )  # fmt: skip
        return [(at_zero["value"], "untrained", THEME["soft"][0])]
    bases = [(axis.place(p["x"]), r) for p, r in found if r["base"] is not None and not p["flags"]]
    if not bases:
        return []
    bases = _stretched(bases[0], axis) if len(bases) == 1 else bases
    at, values = [x for x, _ in bases], [r["base"] for _, r in bases]
    axes.plot(at, values, color=grey, linewidth=1.0, dashes=(1.5, 1.5), zorder=1.5)
    return [(values[-1], "untrained", THEME["soft"][0])]


def _stretched(one: tuple[float, Any], axis: PointAxis) -> list[tuple[float, Any]]:
    """A single point's level as a short line, so that it looks like the levels of many."""
    reach = 0.25 * (axis.limits[1] - axis.limits[0])
    return [(one[0] - reach, one[1]), (one[0] + reach, one[1])]


def _whisker(axes: "Axes", at: float, found: dict[str, Any], colour: str) -> None:
    if found["low"] is None or found["high"] is None:
        return
    axes.plot([at, at], [found["low"], found["high"]], color=colour, linewidth=1.0, zorder=3)


def _paint_flagged(axes: "Axes", found: list[tuple[Any, Any]], axis: PointAxis, colour: str, named: bool) -> None:
    """Flagged points as crosses with whiskers, off the line; the first of them named."""
    flagged = [(point, value) for point, value in found if point["flags"]]
    for place, (point, value) in enumerate(flagged):
        at = axis.place(point["x"])
        _whisker(axes, at, value, colour)
        axes.plot(
            [at], [value["value"]], marker="X", markersize=5.5, markerfacecolor="none", markeredgecolor=colour,
            markeredgewidth=0.9, linestyle="none", zorder=5,
        )  # fmt: skip
        if place == 0 and named:
            axes.annotate(
                "flagged", (at, value["value"]), xytext=(0, 5), textcoords="offset points", ha="center", va="bottom",
                size=6.5, color=THEME["soft"][0],
            )  # fmt: skip
