"""How much of each language's region survives from one point to the next, and where it sits meanwhile."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from babelscope.report.colours import THEME, language_colour, themed_languages
from babelscope.report.drawing import COLUMN, PAGE, Drawing
from babelscope.report.figures.axes import bounds
from babelscope.report.figures.layer_heat import HEAT_COLUMNS, column_labels, layer_ticks, paint_columns
from babelscope.report.figures.point_axis import PointAxis, point_axis
from babelscope.report.figures.readings import flag_word, place_words, points_done, trusted
from babelscope.report.naming import language_name, short_name
from babelscope.report.numbers import compact, join, percent, plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["region_places", "survival"]

_COLUMNS = (
    "model", "step", "site", "layer", "language", "from", "survive", "of", "share", "jaccard", "expected", "low",
    "high",
)  # fmt: skip
_ROWS_SHOWN = 3
_FEWEST = 2
"""Neurons per layer, on average, below which a region's place is not drawn."""


def survival(content: dict[str, Any]) -> Drawing | None:
    """Jaccard of consecutive regions against chance, one small plot per language; None with fewer than two points."""
    lines = {code: found for code in content["languages"] if (found := (content.get("lifelines") or {}).get(code))}
    if not lines:
        return None
    by_key = {point["key"]: point for point in points_done(content)}
    ends = {link["to"] for found in lines.values() for link in found}
    axis = point_axis([by_key[key] for key in by_key if key in ends], content["order"])
    across = min(len(lines), _ROWS_SHOWN if len(lines) <= 12 else 5)
    shape = (math.ceil(len(lines) / across), across)
    return Drawing(
        name="region-lifelines",
        title=_finding(content, lines),
        subtitle="Jaccard index of each language's regions at consecutive checkpoints, drawn at the later one (1: "
        "the same neurons); dashed grey: chance for regions of these sizes.",
        caption=f"n = {plural(content['sentences'], 'sentence')} per language; grey band: 95 % of chance; the share "
        "of the earlier region's neurons that survive is in the table.",
        columns=_COLUMNS,
        rows=tuple(_row(content, by_key, code, link) for code, found in lines.items() for link in found),
        size=(PAGE if across > 2 else COLUMN, 0.5 + 1.1 * shape[0]),
        paint=lambda figure: _paint(figure, content, lines, by_key, axis, shape),
        colours=themed_languages(list(lines)),
    )


def _row(content: dict[str, Any], by_key: dict[str, Any], code: str, link: dict[str, Any]) -> tuple[Any, ...]:
    start, end = by_key[link["from"]], by_key[link["to"]]
    keys = ("survive", "of", "share", "jaccard", "expected", "low", "high")
    origin = start["step"] if start["model"] == end["model"] else start["model"]
    return (end["model"], end["step"], content.get("site", ""), "all", code, origin, *(link.get(key) for key in keys))


def _finding(content: dict[str, Any], lines: dict[str, list[dict[str, Any]]]) -> str:
    """What survives the last stretch against the first, and how often that is beyond chance."""
    links = [link for found in lines.values() for link in found]
    above = sum(link.get("high") is not None and link["jaccard"] > link["high"] for link in links)
    if not above:
        return "Regions keep no more of their neurons from one checkpoint to the next than chance gives"
    beyond = "always" if above == len(links) else f"in {above} of {len(links)} cases"
    last = {code: found[-1] for code, found in lines.items()}
    known = sorted((link["share"], code) for code, link in last.items() if link.get("share") is not None)
    if not known:
        return f"Regions keep more of their neurons than chance gives {beyond}"
    (low, least), (high, most) = known[0], known[-1]
    said = (
        f"{percent(low, 2)} ({language_name(content, least)}) to {percent(high, 2)} ({language_name(content, most)})"
    )
    said = said if len(known) > 1 else percent(high, 2)
    return (
        f"Over the last stretch {said} of a region's neurons survive; regions overlap the earlier ones beyond chance "
        f"{beyond}"
    )


def _paint(
    figure: "Figure", content: dict[str, Any], lines: dict[str, list[dict[str, Any]]], by_key: dict[str, Any],
    axis: PointAxis, shape: tuple[int, int],
) -> None:  # fmt: skip
    grid = figure.subplots(*shape, sharex=True, sharey=True, squeeze=False)
    width = (PAGE if shape[1] > 2 else COLUMN) / shape[1] - 0.25
    codes = list(lines)
    for place, axes in enumerate(grid.flat):
        if place >= len(codes):
            axes.set_visible(False)
            continue
        code = codes[place]
        at = [axis.place(by_key[link["to"]]["x"]) for link in lines[code]]
        _paint_one(axes, at, lines[code], language_colour(code), named=place == 0)
        axes.set_title(
            short_name(content, code), loc="left", size=7.5, weight="bold", color=language_colour(code), pad=3
        )
        if place + shape[1] >= len(codes):
            axes.tick_params(axis="x", which="both", labelbottom=True)
        axis.dress(axes, width, labelled=False)
    highest = max(max(link["jaccard"], link.get("high") or 0.0) for found in lines.values() for link in found)
    grid[0][0].set_ylim(0, min(1.0, 1.12 * highest) if highest > 0 else 1.0)
    soft = THEME["soft"][0]
    figure.supxlabel(axis.label, size=7.5, color=soft)
    figure.supylabel("Jaccard index", size=7.5, color=soft)


def _paint_one(axes: "Axes", at: list[float], links: list[dict[str, Any]], colour: str, named: bool) -> None:
    grey = THEME["null"][0]
    chance = [link.get("expected") or 0.0 for link in links]
    low = bounds([link.get("low") for link in links], chance)
    high = bounds([link.get("high") for link in links], chance)
    axes.fill_between(at, low, high, color=grey, alpha=0.25, linewidth=0)
    axes.plot(at, chance, color=grey, linewidth=1.0, dashes=(4, 2), marker="." if len(at) == 1 else None)
    if named:
        axes.annotate(
            "chance", (at[-1], high[-1]), xytext=(-1, 1), textcoords="offset points", ha="right", va="bottom",
            size=6.5, color=THEME["soft"][0],
        )  # fmt: skip
    axes.plot(
        at, [link["jaccard"] for link in links], color=colour, marker="o" if len(at) <= 24 else None, markersize=2.6
    )


def region_places(content: dict[str, Any]) -> Drawing | None:
    """Where in the model each language's region sits over the series: layers upwards, points from left to right."""
    points = [p for p in points_done(content) if any(row.get("region_sizes") for row in p.get("by_layer") or [])]
    codes = [code for code in content["languages"] if any(_sizes(point, code).sum() for point in points)]
    if not codes:
        return None
    across = min(len(codes), 3 if len(codes) <= 12 else 5)
    shape = (math.ceil(len(codes) / across), across)
    depth = max(len(point["by_layer"]) for point in points)
    return Drawing(
        name="regions-by-layer-and-language",
        title=_places_finding(content, points, codes),
        subtitle="Share of each language's region that lies in each layer, layer 1 below; each column of cells adds "
        "up to 100 %.",
        caption=f"n = {plural(content['sentences'], 'sentence')} per language; one column per checkpoint, not to "
        "scale in time; one colour scale for all languages, up to the 99th percentile of all cells; blank: regions "
        f"of fewer than {plural(_FEWEST * depth, 'neuron')}.",
        columns=HEAT_COLUMNS,
        rows=tuple(
            (point["model"], point["step"], content.get("site", ""), layer, "region_size", code, point["x"],
             int(size), flag_word(point))
            for code in codes
            for point in points
            for layer, size in enumerate(_sizes(point, code), start=1)
        ),
        size=(PAGE if across > 2 else COLUMN, 0.5 + max(0.9, min(1.6, 0.45 + 0.075 * depth)) * shape[0]),
        paint=lambda figure: _paint_places(figure, content, points, codes, shape),
        colours=themed_languages(codes),
    )  # fmt: skip


def _most_labels(points: list[dict[str, Any]], across: int) -> int:
    """How many columns of a small plot can be named."""
    longest = max(len(compact(point["x"])) for point in points)
    return max(2, int((PAGE - 1.1) / max(2, across) / (0.066 * longest + 0.16)))


def _sizes(point: dict[str, Any], code: str) -> np.ndarray:
    return np.array([(row.get("region_sizes") or {}).get(code, 0) for row in point["by_layer"]], dtype=float)


def _shares(point: dict[str, Any], code: str) -> np.ndarray:
    """Shares by layer; not a number where a handful of neurons would look like a concentrated region."""
    sizes = _sizes(point, code)
    return sizes / sizes.sum() if sizes.sum() >= _FEWEST * len(sizes) else np.full(len(sizes), np.nan)


def _places_finding(content: dict[str, Any], points: list[dict[str, Any]], codes: list[str]) -> str:
    """In how many languages the fullest layer is the first, the last, or one between, at the last point."""
    last = next((point for point in reversed(trusted(content)) if point in points), points[-1])
    depth = len(last["by_layer"])
    fullest = [int(np.argmax(_sizes(last, code))) + 1 for code in codes if _sizes(last, code).sum()]
    if depth == 1 or not fullest:
        return "Regions lie in one layer only"
    parts = [
        f"{where} in {count}"
        for where, count in (
            ("the first layer", fullest.count(1)),
            ("the last layer", fullest.count(depth)),
            ("a layer between", sum(1 < layer < depth for layer in fullest)),
        )
        if count
    ]
    return (
        f"At {place_words(content, last)} regions are fullest in {join(parts)} of {plural(len(fullest), 'language')}"
    )


def _paint_places(
    figure: "Figure", content: dict[str, Any], points: list[dict[str, Any]], codes: list[str], shape: tuple[int, int]
) -> None:
    from matplotlib.ticker import PercentFormatter

    grid = figure.subplots(*shape, sharex=True, sharey=True, squeeze=False)
    shares = np.concatenate([_shares(point, code) for point in points for code in codes])
    known = shares[np.isfinite(shares)]
    top = max(float(np.percentile(known, 99)), 1e-6) if len(known) else 1.0
    shown: Any = None
    pad = 10 if any(point["flags"] for point in points) else 3
    for place, axes in enumerate(grid.flat):
        if place >= len(codes):
            axes.set_visible(False)
            continue
        code = codes[place]
        shown = paint_columns(axes, [_shares(point, code) for point in points], points, (0.0, top))
        axes.set_title(
            short_name(content, code), loc="left", size=7.5, weight="bold", color=language_colour(code), pad=pad
        )
        column_labels(axes, content, points, most=_most_labels(points, shape[1]))
        layer_ticks(axes, [len(point["by_layer"]) for point in points], most=4)
        axes.set_xlabel("")
        axes.set_ylabel("")
        if place + shape[1] >= len(codes):
            axes.tick_params(axis="x", labelbottom=True)
    soft = THEME["soft"][0]
    figure.supxlabel("training step" if content["order"] == "training" else "parameters", size=7.5, color=soft)
    figure.supylabel("layer", size=7.5, color=soft)
    extend = "max" if len(known) and known.max() > top else "neither"
    bar = figure.colorbar(shown, ax=grid, aspect=32, pad=0.01, shrink=0.8, extendfrac=0.03, extend=extend)
    bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue, reportAttributeAccessIssue]
    bar.formatter = PercentFormatter(1.0, decimals=0)
    bar.set_label("share of the language's region")
