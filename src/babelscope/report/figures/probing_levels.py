"""An overlap with its interval and what it is read against: chance, shuffled labels, and the same language again."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from babelscope.report.colours import THEME
from babelscope.report.figures.axes import bounds
from babelscope.report.figures.probing_readings import value_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["RIVALS", "paint_estimate", "paint_rivals"]

RIVALS: tuple[tuple[str, str, tuple[float, float]], ...] = (
    ("expected", "chance", (4.0, 2.0)),
    ("control", "shuffled", (1.5, 1.5)),
    ("ceiling", "ceiling", (6.0, 1.5)),
)
"""Key, name on the line, and dashes of each level an overlap is read against."""


def paint_rivals(
    axes: "Axes", at: Sequence[float], points: Sequence[Mapping[str, Any]], stub: float = 0.0
) -> list[tuple[float, str, str]]:
    """Chance, control and ceiling, grey and dashed; returns what to write right of the axes.

    Args:
        axes: Where to.
        at: Where the points are.
        points: Of each, `expected`, `control` and `ceiling`, numbers or estimates.
        stub: Half the width of the level of a single point.
    """
    grey, labels = THEME["null"][0], []
    for key, name, dashes in RIVALS:
        found = [(x, point[key]) for x, point in zip(at, points, strict=True) if value_of(point.get(key)) is not None]
        if not found:
            continue
        values = [value_of(estimate) or 0.0 for _, estimate in found]
        where = [x for x, _ in found]
        ends = [estimate if isinstance(estimate, Mapping) else {} for _, estimate in found]
        if len(found) == 1:
            where, values, ends = [where[0] - stub, where[0] + stub], values * 2, ends * 2
        low = bounds([end.get("low") for end in ends], values)
        high = bounds([end.get("high") for end in ends], values)
        if low != high:
            axes.fill_between(where, low, high, color=grey, alpha=0.16, linewidth=0, zorder=1)
        axes.plot(where, values, color=grey, linewidth=1.0, dashes=dashes, zorder=1.5)
        labels.append((values[-1], name, THEME["soft"][0]))
    return labels


def paint_estimate(
    axes: "Axes", at: Sequence[float], found: Sequence[Mapping[str, Any]], hollow: Sequence[bool] = ()
) -> None:
    """A line with its band, or whiskers where there are few points.

    Args:
        axes: Where to.
        at: Where the points are.
        found: Value, low and high of each.
        hollow: Which points are drawn hollow; none by default.
    """
    accent, values = THEME["accent"][0], [one["value"] for one in found]
    low = bounds([one.get("low") for one in found], values)
    high = bounds([one.get("high") for one in found], values)
    if len(at) > 3:
        axes.fill_between(at, low, high, color=accent, alpha=0.22, linewidth=0, zorder=2)
    else:
        axes.vlines(at, low, high, color=accent, linewidth=1.0, zorder=2.5)
    empty = {place for place, one in enumerate(hollow) if one}
    size, full = 3.0 if len(at) <= 40 else 0, [place for place in range(len(at)) if place not in empty]
    axes.plot(at, values, color=accent, marker="o", markersize=size, markevery=full, zorder=3)
    if empty:
        axes.plot(
            at, values, marker="o", markersize=4.4, markevery=sorted(empty), markerfacecolor="none",
            markeredgecolor=accent, linestyle="none", zorder=4,
        )  # fmt: skip
