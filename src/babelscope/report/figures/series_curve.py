"""One measure against training step or size, with its bands, its null and the untrained model [Z25 fig. 4, 7]."""

from typing import TYPE_CHECKING, Any

from babelscope.report.colours import THEME
from babelscope.report.drawing import COLUMN, Drawing
from babelscope.report.figures.axes import dodge, zero_line
from babelscope.report.figures.point_axis import PointAxis, point_axis
from babelscope.report.figures.readings import (
    NAMES,
    Measure,
    change_words,
    level_change,
    points_done,
    reading,
    reading_row,
    trend_of,
    trusted,
)
from babelscope.report.figures.series_points import paint_points
from babelscope.report.numbers import plural, significant

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["SERIES_COLUMNS", "series_curve"]

SERIES_COLUMNS = (
    "model", "step", "site", "layer", "measure", "language", "x", "value", "low", "high",
    "null_mean", "null_low", "null_high", "flag",
)  # fmt: skip

_SAID: dict[str, tuple[str, str, str]] = {
    "lrds": (
        "LRDS: cosine within a language minus cosine across languages, different meanings (lower: more "
        "language-agnostic)",
        "difference of cosines",
        "95 % jackknife interval over meanings; null: language labels permuted within each meaning",
    ),
    "sads": (
        "SADS: cosine of translations minus cosine of unrelated sentences in different languages (higher: more "
        "aligned by meaning)",
        "difference of cosines",
        "95 % jackknife interval over meanings; null: translations shuffled within each language",
    ),
    "sklr": (
        "SKLR: neurons in all languages' regions together (read against its null)",
        "neurons",
        "95 % jackknife interval over meanings; null: language labels permuted within each meaning",
    ),
    "loss": (
        "Loss on held-out text, mean over languages, in nats per byte (lower: the better language model)",
        "nats per byte",
        "95 % interval over segments of text",
    ),
}


def series_curve(content: dict[str, Any], measure: Measure) -> Drawing | None:
    """One measure of the whole model over the series; None if no point has it."""
    points = [point for point in points_done(content) if reading(point, measure)]
    if not points:
        return None
    failed = [p for p in content["points"] if p["status"] == "failed" and p.get("x") is not None]
    what, unit, how = _SAID[measure]
    axis = point_axis([*points, *failed], content["order"])
    return Drawing(
        name=f"{measure}-over-{_over(content)}",
        title=_finding(content, measure, points),
        subtitle=f"{what}.",
        caption=f"{_sizes(content, measure)}; band: {how}{_extras(content, measure, points, failed)}.",
        columns=SERIES_COLUMNS,
        rows=tuple(
            reading_row(content, point, measure, "all")
            for point in content["points"]
            if point["status"] == "failed" or point in points
        ),
        size=(COLUMN, 2.3),
        paint=lambda figure: _paint(figure, content, measure, axis, failed, unit),
    )


def _over(content: dict[str, Any]) -> str:
    return "training" if content["order"] == "training" else "size"


def _sizes(content: dict[str, Any], measure: str) -> str:
    count = plural(len(content["languages"]), "language")
    if measure == "loss":
        return f"{(content.get('heldout') or {}).get('name') or 'held-out text'}, {count}"
    return f"n = {plural(content['sentences'], 'sentence')} × {count}"


def _extras(content: dict[str, Any], measure: str, points: list[dict[str, Any]], failed: list[dict[str, Any]]) -> str:
    """Marks that need words: which of them are there."""
    said = []
    if any(point["x"] <= 0 for point in points):
        said.append("untrained: the model at step 0")
    if any(point["flags"] for point in points):
        left = (content.get("hygiene") or {}).get("left_out", True)
        said.append(f"crosses: flagged points, {'left out of' if left else 'included in'} line and trend")
    if failed:
        said.append("ticks below: checkpoints that could not be measured")
    if level_change(trend_of(content, measure)):
        said.append("shaded: 95 % interval of where the level changes")
    return "".join(f"; {part}" for part in said)


def _finding(content: dict[str, Any], measure: Measure, points: list[dict[str, Any]]) -> str:
    """The trend, and for the two scores whether the end of it is beyond an untrained model."""
    measured = [point for point in trusted(content) if point in points]
    said = change_words(content, measure, measured)
    if measure != "sads" or not measured:
        return said
    base, gain = _against_untrained(content, measured[-1])
    if base is None or gain.get("low") is None or gain.get("high") is None:
        return said
    where = "below" if gain["high"] < 0 else "above" if gain["low"] > 0 else "not clearly above"
    if len(measured) == 1:
        return f"{said}, {where} untrained ({significant(base)})"
    return f"{said}; the last point is {where} untrained ({significant(base)})"


def _against_untrained(content: dict[str, Any], last: dict[str, Any]) -> tuple[float | None, dict[str, Any]]:
    """SADS of the untrained model, and what the last point has beyond it."""
    blank = trend_of(content, "sads").get("untrained")
    if blank:
        return blank["value"], blank.get("change") or {}
    score = last["sads"]
    return (score.get("baseline") or {}).get("value"), score.get("gain") or {}


def _paint(
    figure: "Figure", content: dict[str, Any], measure: Measure, axis: PointAxis, failed: list[Any], unit: str
) -> None:
    axes = figure.add_subplot()
    labels = paint_points(axes, content, measure, "all", axis, THEME["accent"][0])
    if measure in ("lrds", "sads"):
        zero_line(axes)
    change = level_change(trend_of(content, measure))
    if change:
        _paint_change(axes, axis, change)
    axes.margins(y=0.09)
    axis.dress(axes, 2.5)
    if measure == "sklr":
        axes.set_ylim(bottom=max(0.0, axes.get_ylim()[0]))
    for point in failed:
        axes.plot(
            [axis.place(point["x"])], [0.0], marker="x", markersize=4.5, color=THEME["ink"][0], clip_on=False,
            transform=axes.get_xaxis_transform(), linestyle="none", zorder=7,
        )  # fmt: skip
    axes.set_ylabel(f"{NAMES[measure]} ({unit})")
    dodge(axes, labels)


def _paint_change(axes: "Axes", axis: PointAxis, change: dict[str, Any]) -> None:
    """The interval of a change of level, behind everything."""
    low, high = change.get("low"), change.get("high")
    if low is None or high is None:
        return
    left, right = axis.place(float(low)), axis.place(float(high))
    edge = 0.004 * (axis.limits[1] - axis.limits[0])
    axes.axvspan(left - edge, right + edge, color=THEME["veil"][0], alpha=0.35, linewidth=0, zorder=0)
    axes.annotate(
        "change", ((left + right) / 2, 1.0), xycoords=axes.get_xaxis_transform(), xytext=(0, -2),
        textcoords="offset points", ha="center", va="top", size=6.5, color=THEME["soft"][0],
    )  # fmt: skip
