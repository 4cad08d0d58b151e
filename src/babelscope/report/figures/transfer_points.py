"""The points of a series that were fine-tuned: their words, the rows of their data, and how they are drawn."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from babelscope import languages
from babelscope.report.figures.axes import bounds
from babelscope.report.figures.readings import points_done, trusted
from babelscope.report.figures.transfer_readings import chosen_results

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "TRAINING_COLUMNS",
    "Points",
    "change_word",
    "chosen_of",
    "crosses",
    "ends_of",
    "paint_band",
    "paint_flagged",
    "placed",
    "trusted_points",
    "tuned_points",
]

TRAINING_COLUMNS = (
    "model", "step", "site", "layer", "task", "method", "metric", "language", "x", "score", "low", "high",
    "majority", "gap", "gap_low", "gap_high", "flag",
)  # fmt: skip
Points = Sequence[Mapping[str, Any]]
"""Of a series: those that were fine-tuned."""


def tuned_points(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Points of a series whose transfer was measured, told as a run's own content tells it.

    Args:
        content: Of track.json.
    """
    points = (point for point in points_done(dict(content)) if (point.get("transfer") or {}).get("results"))
    return [{**point, "transfer": _told(content, point["transfer"])} for point in points]


def _told(content: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    codes, known = list(found["results"][0]["languages"]), content.get("language_info") or {}
    return {
        **found,
        "results": [
            {**result, "seeds": [0] if result["method"] == "linear" else list(range(found["seeds"]))}
            for result in found["results"]
        ],
        "task": {"name": found["task"]},
        "languages": codes,
        "language_info": {code: known.get(code) or languages.describe(code) for code in codes},
        "chosen": {result["method"]: result["layer"] for result in found["results"]},
    }


def trusted_points(content: Mapping[str, Any], points: Points) -> list[Mapping[str, Any]]:
    """Those of the points that trends are made of."""
    keys = {point["key"] for point in trusted(dict(content))}
    return [point for point in points if point["key"] in keys]


def chosen_of(point: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A point's result per method, by the metric that is spoken of."""
    return chosen_results(point["transfer"], point["transfer"]["metric"])


def crosses(points: Points) -> str:
    """What a caption says of flagged points, if there are any."""
    return "; crosses: flagged checkpoints" if any(point["flags"] for point in points) else ""


def placed(point: Mapping[str, Any], result: Mapping[str, Any]) -> tuple[Any, ...]:
    """The first columns of a row of data."""
    return (
        point["model"], point["step"], "hidden", result["layer"], point["transfer"]["task"]["name"],
        result["method"], result["metric"],
    )  # fmt: skip


def ends_of(cell: Mapping[str, Any]) -> tuple[Any, ...]:
    """A row's score and gap, with their intervals."""
    gap = cell.get("gap") or {}
    keys = ("value", "low", "high")
    return (*(cell.get(key) for key in keys), cell.get("majority"), *(gap.get(key) for key in keys))


def change_word(first: Mapping[str, Any], last: Mapping[str, Any]) -> str:
    """Of two values with their intervals; where these meet, nothing is claimed."""
    if last["low"] > first["high"]:
        return "is higher at the end"
    if last["high"] < first["low"]:
        return "is lower at the end"
    return "does not clearly change"


def paint_band(axes: "Axes", line: Sequence[tuple[float, Mapping[str, Any]]], colour: str) -> None:
    """A line with its interval; a whisker where there is one point."""
    at, values = [x for x, _ in line], [cell["value"] for _, cell in line]
    low, high = (bounds([cell.get(end) for _, cell in line], values) for end in ("low", "high"))
    if len(line) == 1:
        axes.plot(at * 2, [low[0], high[0]], color=colour, linewidth=1.0, zorder=3)
    axes.fill_between(at, low, high, color=colour, alpha=0.22, linewidth=0, zorder=2)
    axes.plot(at, values, color=colour, marker="o", markersize=2.6, zorder=3)


def paint_flagged(axes: "Axes", found: Sequence[tuple[float, Mapping[str, Any]]], colour: str) -> None:
    """Crosses, off the line."""
    for at, cell in found:
        axes.plot(
            [at], [cell["value"]], marker="X", markersize=5.2, markerfacecolor="none", markeredgecolor=colour,
            markeredgewidth=0.9, linestyle="none", zorder=5,
        )  # fmt: skip
