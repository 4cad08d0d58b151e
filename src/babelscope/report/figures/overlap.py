"""How much two languages' regions overlap, against what two unrelated regions of their sizes would."""

import math
from typing import TYPE_CHECKING, Any

from babelscope.report.drawing import Drawing
from babelscope.report.figures.axes import MOST_LABELLED, cell_ink, triangle, triangle_size
from babelscope.report.figures.region_size import rule_words
from babelscope.report.naming import language_name
from babelscope.report.numbers import percent, plural, ratio, significant

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["cannot_overlap", "region_overlap"]

_COLUMNS = (
    "model", "step", "site", "layer", "language_a", "language_b", "shared", "jaccard", "expected_jaccard", "ratio",
)  # fmt: skip


def cannot_overlap(summary: dict[str, Any]) -> str:
    """Why no neuron can be in two regions, or nothing if one can."""
    rule, count = summary.get("region_rule") or {}, len(summary["languages"])
    most = rule.get("largest_sharing")
    if most is None or most > 1:
        return ""
    return (
        f"With {count} languages no neuron can have {rule_words(rule)} for two of them, so these regions cannot "
        "overlap; a lower threshold, a share or more languages would let them."
    )


def region_overlap(summary: dict[str, Any]) -> Drawing | None:
    """The triangle of pairs; None if overlap was not measured or cannot occur."""
    overlap = summary.get("overlap") or {}
    languages = list(overlap.get("languages") or [])
    if len(languages) < 2 or cannot_overlap(summary):
        return None
    cells = {
        (i, j): (overlap["shared"][i][j], overlap["jaccard"][i][j], overlap["expected"][i][j])
        for i in range(len(languages))
        for j in range(i)
    }
    return Drawing(
        name="region-overlap",
        title=_finding(summary, languages, cells),
        subtitle="Jaccard index of two regions (shared ÷ together), in percent; below it and as colour: how many "
        "times what independent regions of these sizes share.",
        caption=f"n = {plural(summary['sentences'], 'sentence')} per language; "
        f"{rule_words(summary.get('region_rule') or {})}; the expected overlap assumes each region picks its neurons "
        "independently; colours are on a log scale around 1×.",
        columns=_COLUMNS,
        rows=tuple(_row(summary, languages, place, cell) for place, cell in cells.items()),
        size=triangle_size(len(languages)),
        paint=lambda figure: _paint(figure, languages, cells),
    )


def _times(cell: tuple[float, float, float]) -> float | None:
    """Observed over expected Jaccard; None where chance would share nothing."""
    return cell[1] / cell[2] if cell[2] else None


def _row(
    summary: dict[str, Any], languages: list[str], place: tuple[int, int], cell: tuple[float, float, float]
) -> tuple[Any, ...]:
    origin = (summary.get(key, "") for key in ("model", "step", "site"))
    return (*origin, "all", languages[place[1]], languages[place[0]], *cell, _times(cell))


def _finding(
    summary: dict[str, Any], languages: list[str], cells: dict[tuple[int, int], tuple[float, float, float]]
) -> str:
    def named(place: tuple[int, int]) -> str:
        codes = languages[place[1]], languages[place[0]]
        return " and ".join(language_name(summary, code) for code in codes)

    if not any(shared for shared, _, _ in cells.values()):
        return "No two regions share a neuron"
    top = max(cells, key=lambda place: cells[place][1])
    times = _times(cells[top])
    above = sum(1 for cell in cells.values() if (_times(cell) or 0) > 1)
    if not above:
        return "No two regions share more than independent ones would"
    against = f", {ratio(times)} what independent regions would" if times is not None else ""
    most = f"{named(top)} share most (Jaccard {percent(cells[top][1])}{against})"
    return f"{most}; {above} of {plural(len(cells), 'pair')} share more than independent ones"


def _paint(figure: "Figure", languages: list[str], cells: dict[tuple[int, int], tuple[float, float, float]]) -> None:
    import numpy as np
    from matplotlib import colormaps
    from matplotlib.ticker import FixedLocator, FuncFormatter

    grid = np.full((len(languages) - 1, len(languages) - 1), np.nan)
    logs = {place: math.log2(times) for place, cell in cells.items() if (times := _times(cell))}
    reach = max(1.0, min(4.0, max((abs(value) for value in logs.values()), default=1.0)))
    for (row, column), cell in cells.items():
        if _times(cell) is not None:
            grid[row - 1, column] = max(-reach, min(reach, logs.get((row, column), -reach)))
    axes, bar = triangle(figure, grid, languages, "RdBu_r", (-reach, reach), "observed ÷ independent")
    colours = colormaps["RdBu_r"]
    if len(languages) <= MOST_LABELLED:
        for (row, column), cell in cells.items():
            value = grid[row - 1, column]
            ink = "#565b66" if np.isnan(value) else cell_ink(colours((value + reach) / (2 * reach)))
            text = f"{significant(100 * cell[1], 2)}\n{ratio(_times(cell))}"
            axes.text(column + 0.5, row - 0.48, text, ha="center", va="center", size=6.8, color=ink, linespacing=1.05)
    bar.locator = FixedLocator([step for step in range(-4, 5) if abs(step) <= reach])
    bar.formatter = FuncFormatter(lambda step, _: f"{2.0**step:g}×")
    bar.update_ticks()
