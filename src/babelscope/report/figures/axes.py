"""What several figures do alike to their axes: layers as integers, labels on the line, values in cells."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from babelscope.report.colours import THEME, contrast
from babelscope.report.drawing import COLUMN, PAGE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar
    from matplotlib.figure import Figure

__all__ = [
    "MOST_LABELLED",
    "bounds",
    "cell_ink",
    "dodge",
    "frameless",
    "layer_axis",
    "triangle",
    "triangle_size",
    "zero_line",
]

MOST_LABELLED = 12
"""Languages up to which the cells of a matrix hold their values."""


def layer_axis(axes: "Axes", layers: Sequence[int], label: str = "layer", bins: int = 9) -> None:
    """An x axis of layers: integers, all of them while they fit."""
    from matplotlib.ticker import FixedLocator, MaxNLocator

    fits = len(layers) <= bins + 1
    axes.xaxis.set_major_locator(
        FixedLocator(list(layers)) if fits else MaxNLocator(bins, integer=True, steps=[1, 2, 5, 10])
    )
    edge = max(0.15, 0.03 * (max(layers) - min(layers)))
    axes.set_xlim(min(layers) - edge, max(layers) + edge)
    if label:
        axes.set_xlabel(label)


def dodge(axes: "Axes", labels: Sequence[tuple[float, str, str]], points: float = 7.0) -> None:
    """Writes each label right of the axes at its line's height, moved up or down where two would touch.

    Args:
        axes: Where the lines are; its limits must be final.
        labels: Height in data, text and colour of each.
        points: Size of the text.
    """
    low, high = axes.get_ylim()
    height = axes.bbox.height / axes.figure.dpi * 72 * 0.8
    gap = (high - low) * points * 1.25 / height
    placed: list[float] = []
    for y, _, _ in sorted(labels):
        at = max(y, placed[-1] + gap) if placed else max(y, low + gap / 2)
        placed.append(at)
    excess = placed[-1] - (high - gap / 2) if placed else 0.0
    if excess > 0:
        ceiling = high - gap / 2
        for i in range(len(placed) - 1, -1, -1):
            placed[i] = min(placed[i], ceiling)
            ceiling = placed[i] - gap
    for at, (_, text, colour) in zip(placed, sorted(labels), strict=True):
        axes.annotate(
            text, (1.0, at), xycoords=axes.get_yaxis_transform(), xytext=(3, 0), textcoords="offset points",
            va="center", ha="left", color=colour, size=points, annotation_clip=False,
        )  # fmt: skip


def bounds(values: Sequence[float | None], instead: Sequence[float]) -> list[float]:
    """The values, with the estimate itself where a bound could not be computed."""
    return [other if value is None else value for value, other in zip(values, instead, strict=True)]


def frameless(axes: "Axes") -> None:
    """No spines and no tick marks: for matrices, whose cells are their own frame."""
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(length=0)


def triangle_size(languages: int) -> tuple[float, float]:
    """Inches for a triangle of language pairs with its colour bar."""
    cell = 0.36 if languages <= MOST_LABELLED else 0.2
    return min(PAGE, max(COLUMN, 1.3 + 0.62 * (languages - 1))), max(1.9, min(6.5, 0.8 + cell * (languages - 1)))


def triangle(
    figure: "Figure",
    grid: Float[np.ndarray, "language language"],
    languages: Sequence[str],
    colours: str,
    limits: tuple[float, float],
    label: str,
) -> tuple["Axes", "Colorbar"]:
    """The lower triangle of pairs as coloured cells, names on both axes, and its colour bar.

    Args:
        figure: Empty.
        grid: Values; row i is language i + 1, column j language j; NaN is left blank.
        languages: All of them, in order.
        colours: Name of a matplotlib colour map.
        limits: Values at its ends.
        label: What the colours mean, with unit.
    """
    axes = figure.add_subplot()
    cells, many = np.ma.masked_invalid(grid), len(languages) > MOST_LABELLED
    side, ends = len(grid), {"cmap": colours, "vmin": limits[0], "vmax": limits[1]}
    if many:
        shown = axes.imshow(cells, interpolation="none", aspect="auto", extent=(0, side, side, 0), **ends)
    else:
        shown = axes.pcolormesh(cells, edgecolor="none", **ends)
        axes.invert_yaxis()
    frameless(axes)
    centres = np.arange(side) + 0.5
    axes.set_xticks(centres, languages[:-1], rotation=90 if len(languages) > 24 else 0)
    axes.set_yticks(centres, languages[1:])
    bar = figure.colorbar(shown, ax=axes, shrink=0.9, aspect=22, pad=0.01)
    bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue, reportAttributeAccessIssue]
    bar.set_label(label)
    return axes, bar


def cell_ink(rgba: tuple[float, float, float, float]) -> str:
    """Black or white, whichever reads better on a cell; never a theme colour, for the cell does not change either."""
    cell = "#" + "".join(f"{round(255 * part):02x}" for part in rgba[:3])
    black, white = "#000001", "#fffffe"
    return black if contrast(cell, black) >= contrast(cell, white) else white


def zero_line(axes: "Axes") -> None:
    """Where nothing is: a hairline at 0."""
    axes.axhline(0, color=THEME["line"][0], linewidth=0.8, zorder=0)
