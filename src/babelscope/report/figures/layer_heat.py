"""A measure of every layer at every point of a series: layers upwards, points from left to right [Z25 fig. 5, 9]."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from jaxtyping import Float

from babelscope.report.colours import THEME
from babelscope.report.drawing import COLUMN, PAGE, Drawing
from babelscope.report.figures.axes import frameless
from babelscope.report.figures.readings import flag_word, place_words, points_done, trend_of, trusted
from babelscope.report.numbers import compact, join, percent, plural, significant

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["HEAT_COLUMNS", "column_labels", "heat_size", "layer_heat", "layer_ticks", "paint_columns"]

HEAT_COLUMNS = ("model", "step", "site", "layer", "measure", "language", "x", "value", "flag")
_GAP = 0.03
"""Share of all columns left free between the untrained model and the others."""
_SAID = {
    "lrds": ("LRDS", "LRDS by layer (lower: more language-agnostic)"),
    "sads": ("SADS", "SADS by layer (higher: more aligned by meaning)"),
    "regions": ("share of region neurons", "Share of the neurons of all regions that lie in each layer"),
}


def layer_heat(content: dict[str, Any], measure: Literal["lrds", "sads", "regions"]) -> Drawing | None:
    """Cells of layer and point; None if no point was scored by layer."""
    points = [point for point in points_done(content) if point.get("by_layer")]
    columns = [_values(point, measure) for point in points]
    kept = [(point, values) for point, values in zip(points, columns, strict=True) if values is not None]
    if not kept:
        return None
    flagged = "; ×: flagged" if any(point["flags"] for point, _ in kept) else ""
    how = "; one column per checkpoint, not to scale in time" if content["order"] == "training" else ""
    deep = "; layers as a share of the depth, as the models differ in depth" if _depths(kept) > 1 else ""
    return Drawing(
        name=f"{measure}-by-layer-over-{'training' if content['order'] == 'training' else 'size'}",
        title=_finding(content, measure, kept),
        subtitle=f"{_SAID[measure][1]}, layer 1 below.",
        caption=f"n = {plural(content['sentences'], 'sentence')} × {plural(len(content['languages']), 'language')}"
        f"{how}{deep}{flagged}; intervals and nulls of each point are in its own report.",
        columns=HEAT_COLUMNS,
        rows=tuple(
            (point["model"], point["step"], content.get("site", ""), layer, measure, "all", point["x"],
             float(value), flag_word(point))
            for point, values in kept
            for layer, value in enumerate(values, start=1)
        ),
        size=heat_size(len(kept), max(len(values) for _, values in kept)),
        paint=lambda figure: _paint(figure, content, measure, kept),
    )  # fmt: skip


def heat_size(points: int, layers: int) -> tuple[float, float]:
    """Inches for so many columns and layers, with a colour bar."""
    return (COLUMN if points <= 14 else PAGE), min(4.2, max(1.7, 0.9 + 0.14 * layers))


def _depths(kept: list[tuple[Any, Any]]) -> int:
    return len({len(values) for _, values in kept})


def _values(point: dict[str, Any], measure: str) -> Float[np.ndarray, " layer"] | None:
    rows = point["by_layer"]
    if measure != "regions":
        found = [(row.get(measure) or {}).get("value") for row in rows]
        return np.array(found, dtype=float) if all(value is not None for value in found) else None
    sizes = np.array([sum((row.get("region_sizes") or {}).values()) for row in rows], dtype=float)
    return sizes / sizes.sum() if sizes.sum() else None


def _finding(content: dict[str, Any], measure: str, kept: list[tuple[dict[str, Any], Any]]) -> str:
    """Where it is highest at both ends of the series, and in how many layers it moves."""
    safe = trusted(content)
    ends = [(point, values) for point, values in kept if point in safe]
    if not ends:
        return f"No checkpoint that can be trusted was measured by layer ({_SAID[measure][0]})"
    show = percent if measure == "regions" else significant
    (first, start), (last, end) = ends[0], ends[-1]
    score = _SAID[measure][0]
    noun = "Layer {} holds most region neurons" if measure == "regions" else f"{score} is highest in layer {{}}"
    top = int(np.argmax(end)) + 1
    head = f"{noun.format(top)} at {place_words(content, last)} ({show(float(end.max()))})"
    if len(end) == 1:
        return f"{_SAID[measure][0].capitalize()} has one layer only: {show(float(end[0]))}"
    if len(ends) > 1 and len(start) == len(end):
        before = int(np.argmax(start)) + 1
        then = f"it was {show(float(start[top - 1]))}" if before == top else f"layer {before} led"
        head += f"; {then} at {place_words(content, first)}"
    return head + _layer_trends(content, measure, len(end))


def _layer_trends(content: dict[str, Any], measure: str, layers: int) -> str:
    metric = "region_size" if measure == "regions" else measure
    found = [trend_of(content, metric, "all", layer) for layer in range(1, layers + 1)]
    if not any(trend.get("p") is not None for trend in found):
        return ""
    ways = [trend.get("direction") for trend in found]
    rise, fall = ("grow", "shrink") if measure == "regions" else ("rises", "falls")
    parts = [f"{verb} in {ways.count(way)}" for way, verb in (("rises", rise), ("falls", fall)) if ways.count(way)]
    what = "regions" if measure == "regions" else "it"
    return f"; {what} {join(parts)} of {layers} layers" if parts else "; no layer shows a clear trend"


def _paint(figure: "Figure", content: dict[str, Any], measure: str, kept: list[tuple[dict[str, Any], Any]]) -> None:
    axes = figure.add_subplot()
    values = np.concatenate([values for _, values in kept])
    low, high = float(values.min()), float(values.max())
    low = 0.0 if measure == "regions" else low
    limits = (low, high if high > low else low + 1e-6)
    image = paint_columns(axes, [values for _, values in kept], [point for point, _ in kept], limits)
    column_labels(axes, content, [point for point, _ in kept])
    layer_ticks(axes, [len(values) for _, values in kept])
    bar = figure.colorbar(image, ax=axes, aspect=22, pad=0.02)
    bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue, reportAttributeAccessIssue]
    if measure == "regions":
        from matplotlib.ticker import PercentFormatter

        bar.formatter = PercentFormatter(1.0, decimals=0)
    bar.set_label(_SAID[measure][0])


def _edges(points: Sequence[dict[str, Any]]) -> list[float]:
    """Left edge of each column: the untrained model stands apart."""
    apart = any(point["x"] <= 0 for point in points) and any(point["x"] > 0 for point in points)
    gap = max(0.35, _GAP * len(points)) if apart else 0.0
    return [place + (gap if point["x"] > 0 else 0.0) for place, point in enumerate(points)]


def paint_columns(
    axes: "Axes", columns: Sequence[Float[np.ndarray, " layer"]], points: Sequence[dict[str, Any]],
    limits: tuple[float, float],
) -> Any:  # fmt: skip
    """One strip of layers per point; points of equal depth that touch are one picture.

    Args:
        axes: Where to.
        columns: Values by layer, of each point.
        points: Their records.
        limits: Values at the ends of the colour scale.

    Returns:
        What a colour bar is made from.
    """
    edges, shown = _edges(points), None
    height = 1.0 if len({len(column) for column in columns}) > 1 else float(len(columns[0]))
    for first, last in _runs(edges, [len(column) for column in columns]):
        shown = axes.imshow(
            np.stack(columns[first:last], axis=1), cmap="cividis", vmin=limits[0], vmax=limits[1],
            interpolation="none", aspect="auto", origin="lower",
            extent=(edges[first], edges[last - 1] + 1, 0, height),
        )  # fmt: skip
    axes.set_xlim(edges[0], edges[-1] + 1)
    axes.set_ylim(0, height)
    frameless(axes)
    for left, point in zip(edges, points, strict=True):
        if point["flags"]:
            axes.annotate(
                "×", (left + 0.5, 1.0), xycoords=axes.get_xaxis_transform(), ha="center", va="bottom", size=7,
                color=THEME["ink"][0], annotation_clip=False,
            )  # fmt: skip
    return shown


def _runs(edges: Sequence[float], depths: Sequence[int]) -> list[tuple[int, int]]:
    """First column and the one after the last of each stretch that touches and has one depth."""
    starts = [
        i
        for i in range(len(edges))
        if i == 0 or depths[i] != depths[i - 1] or not math.isclose(edges[i], edges[i - 1] + 1)
    ]
    return list(zip(starts, [*starts[1:], len(edges)], strict=True))


def column_labels(axes: "Axes", content: dict[str, Any], points: Sequence[dict[str, Any]], most: int = 12) -> None:
    """Names of the columns, as many as fit, and what they are."""
    edges = _edges(points)
    stride = max(1, -(-len(points) // most))
    kept = [i for i in range(len(points)) if (len(points) - 1 - i) % stride == 0]
    if points[0]["x"] <= 0 and kept[0] != 0:
        kept = [0, *[i for i in kept if i >= stride]]
    axes.set_xticks([edges[i] + 0.5 for i in kept], [compact(points[i]["x"]) for i in kept])
    axes.set_xlabel("training step" if content["order"] == "training" else "parameters")


def layer_ticks(axes: "Axes", depths: Sequence[int], most: int = 8) -> None:
    """The y axis: layers as integers, or shares of the depth where models differ."""
    if len(set(depths)) > 1:
        axes.set_yticks([0, 0.5, 1], ["first", "middle", "last"])
        axes.set_ylabel("depth")
        return
    layers = depths[0]
    stride = max(1, -(-layers // most))
    shown = [layer for layer in range(1, layers + 1) if (layer - 1) % stride == 0]
    axes.set_yticks([layer - 0.5 for layer in shown], [str(layer) for layer in shown])
    axes.set_ylabel("layer")
