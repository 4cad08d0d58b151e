"""Overlap of languages by layer, the mean over attributes and each, with chance, control and ceiling [W24]."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from babelscope.report.colours import THEME
from babelscope.report.drawing import COLUMN, PAGE, Drawing
from babelscope.report.figures.axes import dodge, layer_axis
from babelscope.report.figures.probing_levels import paint_estimate, paint_rivals
from babelscope.report.figures.probing_readings import SITES, at_k, value_of
from babelscope.report.numbers import interval, join, percent, plural, significant

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["overlap_layers"]

_ALL = "mean of attributes"
_COLUMNS = (
    "model", "step", "site", "layer", "attribute", "k", "overlap", "low", "high", "expected", "control", "ceiling",
    "ceiling_low", "ceiling_high", "excess", "excess_low", "excess_high", "nmi", "pairs",
)  # fmt: skip


def overlap_layers(groups: Sequence[Mapping[str, Any]], k: int, attributes: Sequence[str] = ()) -> Drawing | None:
    """The mean over attributes, then each attribute, against the layer; None if nothing was compared.

    Args:
        groups: An overlap's groups of one model, step and site.
        k: Size of the selections.
        attributes: Those that come first, in this order.
    """
    layers = [group for group in groups if any(map(_compared, (at_k(group, k) or {}).get("attributes") or []))]
    if not layers:
        return None
    found = _curves(layers, k)
    curves = {name: found[name] for name in dict.fromkeys([_ALL, *attributes, *found]) if name in found}
    across = {1: 1, 2: 2, 4: 2}.get(len(curves), 3)
    shape = (math.ceil(len(curves) / across), across)
    first = layers[0]
    return Drawing(
        name="overlap-by-layer",
        title=_finding(curves),
        subtitle=f"Shared neurons of the {k} that tell an attribute best in each of two languages, as a share of {k} "
        f"(higher: more shared), by layer of {SITES.get(first.get('site') or '', 'the model')}; grey: what it is "
        "read against.",
        caption=_caption(curves, first, k),
        columns=_COLUMNS,
        rows=tuple(_row(point) for points in curves.values() for point in points),
        size=(COLUMN if across == 1 else PAGE, 0.5 + (1.75 if across < 3 else 1.45) * shape[0]),
        paint=lambda figure: _paint(figure, curves, shape),
    )


def _curves(layers: Sequence[Mapping[str, Any]], k: int) -> dict[str, list[dict[str, Any]]]:
    """A point per layer, by attribute, the mean over attributes first where there are several."""
    curves: dict[str, list[dict[str, Any]]] = {}
    for group in layers:
        found = at_k(group, k) or {}
        start = {key: group.get(key, "") for key in ("model", "step", "site", "layer")}
        start |= {"k": k, "expected": found["expected"]}
        if len(found["attributes"]) > 1 and found["macro"].get("overlap"):
            curves.setdefault(_ALL, []).append({**found["macro"], **start, "attribute": "all"})
        for row in filter(_compared, found["attributes"]):
            curves.setdefault(row["attribute"], []).append({**row, **start})
    return curves


def _compared(row: Mapping[str, Any]) -> bool:
    return bool(row.get("overlap"))


def _row(point: Mapping[str, Any]) -> tuple[Any, ...]:
    overlap, excess, ceiling = (point.get(key) or {} for key in ("overlap", "excess", "ceiling"))
    return (
        *(point[key] for key in ("model", "step", "site", "layer", "attribute", "k")), *_ends(overlap),
        point["expected"], value_of(point.get("control")), *_ends(ceiling), *_ends(excess), point.get("nmi"),
        point["pairs"],
    )  # fmt: skip


def _ends(found: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(found.get(key) for key in ("value", "low", "high"))


def _finding(curves: Mapping[str, list[dict[str, Any]]]) -> str:
    """Where languages share most, whether beyond chance, and whether beyond different attributes."""
    points = next(iter(curves.values()))
    top = max(points, key=lambda point: point["overlap"]["value"])
    least = min(points, key=lambda point: point["overlap"]["value"])
    if len(points) == 1:
        said = f"Overlap is {interval(top['overlap'])} in layer {top['layer']}"
    elif _apart(top["overlap"], least["overlap"]):
        said = f"Overlap is highest in layer {top['layer']}, {interval(top['overlap'])}"
    else:
        ends = f"{significant(least['overlap']['value'])} to {significant(top['overlap']['value'])}"
        said = f"Overlap does not differ between layers beyond its intervals ({ends})"
    low = top["overlap"].get("low")
    if low is not None and low <= top["expected"]:
        return f"{said}: not distinguishable from chance ({significant(top['expected'])})"
    excess, times = top.get("excess") or {}, f"chance is {significant(top['expected'])}"
    if excess.get("low") is None:
        return f"{said}; {times}, and no other attribute was compared"
    if excess["low"] <= 0:
        return f"{said}; {times}, but different attributes share as much (excess {interval(excess)})"
    return f"{said}; {times}, and different attributes share {significant(excess['value'])} less"


def _apart(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether the first interval lies above the second; unknown intervals do not."""
    return one.get("low") is not None and other.get("high") is not None and one["low"] > other["high"]


def _caption(curves: Mapping[str, list[dict[str, Any]]], group: Mapping[str, Any], k: int) -> str:
    points = [point for found in curves.values() for point in found]
    counts = {name: max(point["pairs"] for point in found) for name, found in curves.items()}
    named = ", ".join(f"{name} {number}" for name, number in counts.items())
    parts = [f"n = pairs of languages: {named}", "bands and whiskers: 95 %, redrawing languages"]
    parts += [f"{_ALL}: of {_among(curves)}, unweighted"] if _ALL in curves else []
    wide = {point["expected"]: round(k / point["expected"]) for point in points if point["expected"]}
    parts.append(f"chance: {k} of {' or '.join(map(str, wide.values()))} neurons taken at random, {_shares(wide)}")
    if any(value_of(point.get("control")) is not None for point in points):
        parts.append("shuffled: neurons that probes of shuffled labels select")
    if any(value_of(point.get("ceiling")) is not None for point in points):
        parts.append("ceiling: the same language and attribute probed with another seed")
    else:
        parts.append("no ceiling: it takes two seeds")
    return "; ".join(parts) + "."


def _among(curves: Mapping[str, list[dict[str, Any]]]) -> str:
    """What the mean is over, which need not be all that is drawn."""
    return join(list(dict.fromkeys(name for point in curves[_ALL] for name in point["attributes"])))


def _shares(wide: Mapping[float, int]) -> str:
    return " or ".join(percent(expected, 2) for expected in wide)


def _paint(figure: "Figure", curves: Mapping[str, list[dict[str, Any]]], shape: tuple[int, int]) -> None:
    grid = figure.subplots(*shape, sharex=True, sharey=True, squeeze=False)
    layers = sorted({point["layer"] for points in curves.values() for point in points})
    labels = []
    for place, axes in enumerate(grid.flat):
        if place >= len(curves):
            axes.set_visible(False)
            continue
        name, points = list(curves.items())[place]
        at = [point["layer"] for point in points]
        said = paint_rivals(axes, at, points, stub=0.12)
        paint_estimate(axes, at, [point["overlap"] for point in points])
        said.append((points[-1]["overlap"]["value"], "overlap", THEME["accent"][0]))
        count = plural(max(point["pairs"] for point in points), "pair")
        axes.set_title(name, loc="left", size=7.5, weight="bold", pad=3)
        axes.set_title(f"n = {count}", loc="right", size=6.5, color=THEME["soft"][0], pad=3)
        if place + shape[1] >= len(curves):
            axes.tick_params(axis="x", labelbottom=True)
        labels.append((axes, said))
    layer_axis(grid[0][0], layers, label="")
    grid[0][0].set_ylim(bottom=0)
    for axes, said in labels:
        dodge(axes, said, 6.5)
    soft = THEME["soft"][0]
    figure.supxlabel("layer", size=7.5, color=soft)
    figure.supylabel("share of neurons", size=7.5, color=soft)
