"""How often sentences of each language find their translation in each other one, in the best layer."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from babelscope.report.drawing import COLUMN, PAGE, Drawing
from babelscope.report.figures.axes import MOST_LABELLED, cell_ink, frameless
from babelscope.report.figures.retrieval_readings import POOLED, best_level, measured_words
from babelscope.report.naming import language_name
from babelscope.report.numbers import fixed, percent

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["accuracy_of_pairs"]

_COLUMNS = (
    "model", "step", "site", "layer", "pooling", "language", "language_b", "accuracy", "low", "high", "accuracy_raw",
    "mutual", "centred_margin", "margin_low", "margin_high", "n",
)  # fmt: skip
_READ = (
    "accuracy", "accuracy_low", "accuracy_high", "accuracy_raw", "mutual", "centred_margin", "centred_margin_low",
    "centred_margin_high",
)  # fmt: skip


def accuracy_of_pairs(content: Mapping[str, Any], pooling: str) -> Drawing:
    """A square of languages: rows are looked from, columns looked in.

    Args:
        content: Of retrieval.json.
        pooling: Which of its poolings.
    """
    layer, codes = best_level(content, pooling)["layer"], content["languages"]
    with_pooling = f", {POOLED[pooling]}" if len(content["poolings"]) > 1 else ""
    cells = "" if len(codes) <= MOST_LABELLED else "; values are in the figure's data"
    return Drawing(
        name="retrieval-by-pair" + (f"-{pooling}" if len(content["poolings"]) > 1 else ""),
        title=_finding(content, pooling),
        subtitle=f"Percent of sentences (row: their language) whose nearest neighbour in another (column) is their "
        f"translation, layer {layer}{with_pooling}; chance {percent(content['chance'], 2)}{cells}.",
        caption=f"{measured_words(content)}; the layer of the highest mean, chosen on these sentences; both "
        "directions search all sentences of the other language; intervals are in the data.",
        columns=_COLUMNS,
        rows=tuple(_rows(content, pooling, layer)),
        size=_size(len(codes)),
        paint=lambda figure: _paint(figure, content, pooling),
    )


def _rows(content: Mapping[str, Any], pooling: str, layer: int) -> list[tuple[Any, ...]]:
    found, place = content["pairs"][pooling], (content["model"], content["step"], content["site"], layer, pooling)
    return [
        (*place, one, other, *(found[name][a][b] for name in _READ), content["sentences"])
        for a, one in enumerate(content["languages"])
        for b, other in enumerate(content["languages"])
        if found["accuracy"][a][b] is not None
    ]


def _finding(content: Mapping[str, Any], pooling: str) -> str:
    """The pairs at both ends, and how many are beyond chance."""
    codes, found = content["languages"], content["pairs"][pooling]
    cells = [
        (value, f"{language_name(dict(content), codes[a])} to {language_name(dict(content), codes[b])}", (a, b))
        for a, row in enumerate(found["accuracy"])
        for b, value in enumerate(row)
        if value is not None
    ]
    clear = sum(found["accuracy_low"][a][b] > content["chance"] for _, _, (a, b) in cells)
    many = "all" if clear == len(cells) else f"{clear or 'none'} of"
    (high, top, _), (low, bottom, _) = max(cells), min(cells)
    said = f"More find their translation than by chance in {many} {len(cells)} directions"
    if high == low:
        return f"{said}: {percent(high, 2)} in each"
    fewest = percent(low, 2) if low else "none"
    return f"{said}: most from {top} ({percent(high, 2)}), fewest from {bottom} ({fewest})"


def _size(languages: int) -> tuple[float, float]:
    cell = 0.3 if languages <= MOST_LABELLED else 0.16
    return min(PAGE, max(COLUMN, 1.0 + 1.5 * cell * languages)), max(1.8, min(6.2, 0.6 + cell * languages))


def _paint(figure: "Figure", content: Mapping[str, Any], pooling: str) -> None:
    from matplotlib import colormaps

    axes, codes = figure.add_subplot(), content["languages"]
    table = content["pairs"][pooling]["accuracy"]
    grid = np.array([[np.nan if value is None else 100 * value for value in row] for row in table], dtype=float)
    top = max(float(np.nanmax(grid)), 1e-6)
    side, ends = len(codes), {"cmap": "cividis", "vmin": 0.0, "vmax": top}
    if side > MOST_LABELLED:
        shown = axes.imshow(grid, interpolation="none", aspect="auto", extent=(0, side, side, 0), **ends)
    else:
        shown = axes.pcolormesh(np.ma.masked_invalid(grid), edgecolor="none", **ends)
        axes.invert_yaxis()
        for (row, column), value in np.ndenumerate(grid):
            if not np.isnan(value):
                ink = cell_ink(colormaps["cividis"](value / top))
                text = fixed(value, 1 if top < 10 else 0)
                axes.text(column + 0.5, row + 0.53, text, ha="center", va="center", size=6.6, color=ink)
    frameless(axes)
    centres = np.arange(side) + 0.5
    tilt = 90 if side > 24 or max(map(len, codes)) > 5 else 0
    axes.xaxis.tick_top()
    axes.set_xticks(centres, codes, rotation=tilt)
    axes.set_yticks(centres, codes)
    axes.set_ylabel("from")
    axes.xaxis.set_label_position("top")
    axes.set_xlabel("in")
    bar = figure.colorbar(shown, ax=axes, shrink=0.9, aspect=22, pad=0.01)
    bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue, reportAttributeAccessIssue]
    bar.set_label("% found")
