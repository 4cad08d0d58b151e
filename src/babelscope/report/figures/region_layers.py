"""Where in the model each language's region lies: neurons by layer, one small plot per language [Z25 fig. 5]."""

import math
from typing import TYPE_CHECKING, Any

from babelscope.report.colours import THEME, language_colour, themed_languages
from babelscope.report.drawing import COLUMN, PAGE, Drawing
from babelscope.report.figures.axes import bounds, layer_axis
from babelscope.report.figures.region_size import rule_words
from babelscope.report.naming import short_name
from babelscope.report.numbers import count, percent, plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["region_layers"]

_COLUMNS = ("model", "step", "site", "layer", "language", "neurons", "low", "high", "null_mean", "null_sd")


def region_layers(summary: dict[str, Any]) -> Drawing | None:
    """Small multiples; None if regions were not counted by layer."""
    layers = [row for row in summary.get("by_layer") or [] if row.get("region_sizes")]
    if not layers:
        return None
    languages = list(summary["languages"])
    across = min(len(languages), 3 if len(languages) <= 12 else 5)
    down = math.ceil(len(languages) / across)
    return Drawing(
        name="regions-by-layer",
        title=_finding(languages, layers),
        subtitle="Neurons of each language's region by layer; dashed grey: null from permuted language labels; "
        f"{rule_words(summary.get('region_rule') or {})}.",
        caption=f"n = {plural(summary['sentences'], 'sentence')} per language; band: 95 % jackknife interval over "
        "meanings; grey band: null mean ± 2 sd; one scale for all languages.",
        columns=_COLUMNS,
        rows=tuple(_row(summary, row, language) for row in layers for language in languages),
        size=(PAGE if across > 2 else COLUMN, 0.45 + 1.12 * down),
        paint=lambda figure: _paint(figure, summary, layers, (down, across)),
        colours=themed_languages(languages),
    )


def _row(summary: dict[str, Any], row: dict[str, Any], language: str) -> tuple[Any, ...]:
    null = (row.get("region_null") or {}).get(language) or {}
    return (
        *(summary.get(key, "") for key in ("model", "step", "site")), row["layer"], language,
        row["region_sizes"].get(language, 0), (row.get("region_low") or {}).get(language),
        (row.get("region_high") or {}).get(language), null.get("mean"), null.get("sd"),
    )  # fmt: skip


def _finding(languages: list[str], layers: list[dict[str, Any]]) -> str:
    """Which layers hold the regions, beyond what their null puts there."""
    totals = {row["layer"]: sum(row["region_sizes"].values()) for row in layers}
    whole = sum(totals.values())
    if not whole:
        return "No layer holds a neuron of any region"
    if len(totals) == 1:
        return f"The only layer measured holds {count(whole)} region neurons"
    fullest = max(totals, key=lambda layer: totals[layer])
    clear, known = _clear_cells(languages, layers)
    if known and not clear:
        return "In no layer is any region larger than chance makes it"
    ends = [
        layer for layer in {layers[0]["layer"], layers[-1]["layer"]} if totals[layer] / whole > 1.25 / len(totals)
    ]
    place = f"Layer {fullest} holds most region neurons ({percent(totals[fullest] / whole)} of them)"
    if len(totals) > 2 and len(ends) == 2:
        first, last = sorted(ends)
        place = f"Regions gather in the first and last layers ({percent((totals[first] + totals[last]) / whole)})"
    if totals[fullest] / whole < 1.1 / len(totals):
        place = "Region neurons are spread evenly over the layers"
    verb = "exceeds its" if clear == 1 else "exceed their"
    return f"{place}; {clear} of {known} layer and language cells {verb} null" if known else place


def _clear_cells(languages: list[str], layers: list[dict[str, Any]]) -> tuple[int, int]:
    """Cells whose interval lies above null mean + 2 sd, and cells that have a null."""
    clear = known = 0
    for row in layers:
        for language in languages:
            null = (row.get("region_null") or {}).get(language)
            if null is None:
                continue
            known += 1
            size = row["region_sizes"].get(language, 0)
            (low,) = bounds([(row.get("region_low") or {}).get(language)], [size])
            clear += low > null["mean"] + 2 * null["sd"]
    return clear, known


def _paint(figure: "Figure", summary: dict[str, Any], layers: list[dict[str, Any]], shape: tuple[int, int]) -> None:
    grid = figure.subplots(*shape, sharex=True, sharey=True, squeeze=False)
    where = [row["layer"] for row in layers]
    languages = summary["languages"]
    for place, axes in enumerate(grid.flat):
        if place >= len(languages):
            axes.set_visible(False)
            continue
        language = languages[place]
        _paint_one(axes, language, layers, where, named=place == 0)
        name = short_name(summary, language)
        axes.set_title(name, loc="left", size=7.5, weight="bold", color=language_colour(language), pad=3)
        layer_axis(axes, where, label="", bins=7)
        if place + shape[1] >= len(languages):
            axes.tick_params(axis="x", labelbottom=True)
    top = max(_ceiling(row, language) for row in layers for language in languages)
    grid[0][0].set_ylim(0, max(1.0, top * 1.08))
    figure.supxlabel("layer", size=7.5, color=THEME["soft"][0])
    figure.supylabel("neurons", size=7.5, color=THEME["soft"][0])


def _ceiling(row: dict[str, Any], language: str) -> float:
    null = (row.get("region_null") or {}).get(language) or {"mean": 0.0, "sd": 0.0}
    size = row["region_sizes"].get(language, 0)
    (high,) = bounds([(row.get("region_high") or {}).get(language)], [size])
    return max(size, high, null["mean"] + 2 * null["sd"])


def _paint_one(axes: "Axes", language: str, layers: list[dict[str, Any]], where: list[int], named: bool) -> None:
    colour, grey = language_colour(language), THEME["null"][0]
    size = [row["region_sizes"].get(language, 0) for row in layers]
    nulls = [(row.get("region_null") or {}).get(language) for row in layers]
    drawn = [(layer, null) for layer, null in zip(where, nulls, strict=True) if null]
    if drawn:
        at = [layer for layer, _ in drawn]
        low = [max(0.0, null["mean"] - 2 * null["sd"]) for _, null in drawn]
        axes.fill_between(at, low, [n["mean"] + 2 * n["sd"] for _, n in drawn], color=grey, alpha=0.22, linewidth=0)
        axes.plot(at, [null["mean"] for _, null in drawn], color=grey, linewidth=1.0, dashes=(4, 2))
        if named:
            axes.annotate(
                "null", (at[-1], drawn[-1][1]["mean"]), xytext=(-1, 2), textcoords="offset points", ha="right",
                va="bottom", size=6.5, color=THEME["soft"][0],
            )  # fmt: skip
    low = bounds([(row.get("region_low") or {}).get(language) for row in layers], size)
    high = bounds([(row.get("region_high") or {}).get(language) for row in layers], size)
    axes.fill_between(where, low, high, color=colour, alpha=0.25, linewidth=0)
    axes.plot(where, size, color=colour, marker="o" if len(where) <= 16 else None, markersize=2.6)
