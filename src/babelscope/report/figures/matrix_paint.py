"""The cells, margins and colour bar of the perplexity matrix, painted."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from babelscope.report.colours import THEME
from babelscope.report.figures.axes import MOST_LABELLED, cell_ink, frameless
from babelscope.report.figures.deactivation import change_norm, change_ticks, covers_random, increase_text
from babelscope.report.naming import language_name
from babelscope.report.numbers import count, percent, significant

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Layout", "paint_matrix"]

_WEAK = 0.25
"""Opacity of cells of random neurons, and of those that random neurons could have made."""
_LEAST_REACH = 30.0
"""Percent at the ends of the colours at least, so that noise stays pale."""
_LONGEST_NAME = 12
_MOST_NAMED = 9
_MOST_BASES = 24


@dataclass(frozen=True)
class Layout:
    """Where the parts of the matrix stand: region cells are 1 × 1 from (0, 0) down, the rest lies left and below."""

    ablation: dict[str, Any]
    columns: list[str]
    labelled: bool
    """Whether cells hold their values."""

    @property
    def languages(self) -> list[str]:
        """Of the rows."""
        return self.ablation["languages"]

    @property
    def random(self) -> float | None:
        """Left edge of the random column, None where there is none."""
        return -1.3 if self.ablation["random_mean"] else None

    @property
    def base(self) -> float:
        """Right edge of the text column."""
        return -0.22 if self.random is None else self.random - 0.18

    @property
    def points(self) -> float:
        """Size of the text in cells."""
        return 6.8 if len(self.columns) <= 9 else 5.8

    def increases(self) -> np.ndarray:
        """Percent; row: language, column: the region."""
        cells = [self.ablation["region"][dea]["cells"] for dea in self.columns]
        values = [[(column.get(code) or {}).get("increase_pct") for column in cells] for code in self.languages]
        return np.array(values, dtype=float)

    def names(self) -> list[str]:
        """Names for the rows, or codes where names would leave no room for cells."""
        names = [language_name(self.ablation, code) for code in self.languages]
        if len(names) > _MOST_NAMED:
            return self.languages
        return [n if len(n) <= _LONGEST_NAME else code for n, code in zip(names, self.languages, strict=True)]


def paint_matrix(figure: "Figure", plan: Layout) -> None:
    """Paints the whole matrix into an empty figure."""
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable

    axes, grid = figure.add_subplot(), plan.increases()
    means = [(plan.ablation["random_mean"].get(code) or {}).get("increase_pct") for code in plan.languages]
    random = np.array(means, dtype=float)
    seen = np.abs([*grid.ravel(), *random])
    seen = seen[np.isfinite(seen)]
    norm = change_norm(max(_LEAST_REACH, float(seen.max(initial=0.0))))
    shades = ScalarMappable(norm, colormaps["RdBu_r"])
    _cells(axes, plan, grid, shades)
    if plan.random is not None:
        column = np.array(shades.to_rgba(np.ma.masked_invalid(random[:, None])))
        column[..., 3] = _WEAK
        _mesh(axes, plan.random, column)
        for row, value in enumerate(random if plan.labelled else []):
            _write(axes, plan, plan.random + 0.5, row, value, THEME["ink"][0])
    _margins(axes, plan)
    bar = figure.colorbar(shades, ax=axes, shrink=0.9, aspect=22, pad=0.01)
    bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue, reportAttributeAccessIssue]
    ticks, labels = change_ticks(float(norm.vmin or 0), float(norm.vmax or 0))
    bar.set_ticks(ticks, labels=labels)
    bar.ax.minorticks_off()
    bar.set_label("% increase of perplexity")


def _mesh(axes: "Axes", left: float, colours: np.ndarray) -> None:
    """Coloured cells from `left` to the right, one row per language."""
    down, across = colours.shape[:2]
    if down > MOST_LABELLED:
        axes.imshow(colours, interpolation="none", aspect="auto", extent=(left, left + across, down, 0))
    else:
        axes.pcolormesh(left + np.arange(across + 1), np.arange(down + 1), colours, edgecolor="none")


def _cells(axes: "Axes", plan: Layout, grid: np.ndarray, shades: Any) -> None:
    from matplotlib.patches import Rectangle

    colours = np.array(shades.to_rgba(np.ma.masked_invalid(grid)))
    weak = np.array([[covers_random(plan.ablation, d, code) for d in plan.columns] for code in plan.languages])
    inks = {place: cell_ink(tuple(colours[place])) for place in np.ndindex(grid.shape)}
    colours[weak, 3] = _WEAK
    colours[np.isnan(grid), 3] = 0
    _mesh(axes, 0, colours)
    for row, column in np.ndindex(grid.shape):
        pale = weak[row, column] or np.isnan(grid[row, column])
        ink = THEME["ink"][0] if pale else inks[row, column]
        if plan.labelled:
            _write(axes, plan, column + 0.5, row, float(grid[row, column]), ink, bool(weak[row, column]))
        if plan.languages[row] == plan.columns[column]:
            frame = Rectangle((column + 0.045, row + 0.06), 0.91, 0.88, fill=False, edgecolor=ink, linewidth=1.1)
            axes.add_patch(frame)


def _write(axes: "Axes", plan: Layout, x: float, row: int, value: float, ink: str, weak: bool = False) -> None:
    text = increase_text(value)
    text = f"({text})" if weak else text
    axes.text(x, row + 0.53, text, ha="center", va="center", size=plan.points, color=ink)


def _margins(axes: "Axes", plan: Layout) -> None:
    """Names, base perplexities, and the size and share of what was deactivated."""
    down, soft, lines = len(plan.languages), THEME["soft"][0], list(range(len(plan.languages)))
    frameless(axes)
    names = plan.names()
    places = [line + 0.5 for line in lines]
    heads = [(place + 0.5, code, THEME["ink"][0]) for place, code in enumerate(plan.columns)]
    if plan.random is not None:
        heads.insert(0, (plan.random + 0.5, "random", soft))
    bottom = float(down)
    if len(plan.languages) <= _MOST_BASES:
        heads.insert(0, (plan.base - 0.45, "base", soft))
        for row, code in enumerate(plan.languages):
            base = significant(plan.ablation["base"][code]["perplexity"])
            axes.text(plan.base, row + 0.53, base, ha="right", va="center", size=plan.points)
    if plan.labelled:
        bottom = down + 2.25
        names, places = [*names, "size", "share"], [*places, down + 0.75, down + 1.75]
        _sizes(axes, plan)
    axes.xaxis.tick_top()
    tilt = 90 if len(plan.columns) > MOST_LABELLED or max(map(len, plan.columns)) > 5 else 0
    axes.set_xticks([x for x, _, _ in heads], [text for _, text, _ in heads], rotation=tilt)
    axes.set_yticks(places, names)
    for label, (_, _, colour) in zip(axes.get_xticklabels(), heads, strict=True):
        label.set_color(colour)
    for label in axes.get_yticklabels()[down:]:
        label.set_color(soft)
    axes.tick_params(axis="both", pad=2)
    axes.set_xlim(plan.base - 1.25 if down <= _MOST_BASES else plan.base, len(plan.columns))
    axes.set_ylim(bottom, 0)


def _sizes(axes: "Axes", plan: Layout) -> None:
    down, soft = len(plan.languages), THEME["soft"][0]
    regions = [plan.ablation["region"][dea] for dea in plan.columns]
    sets = [(place + 0.5, region["neurons"], region["share"]) for place, region in enumerate(regions)]
    if plan.random is not None:
        mean = (sum(neurons for _, neurons, _ in sets) / len(sets), sum(share for _, _, share in sets) / len(sets))
        sets.append((plan.random + 0.5, *mean))
    for x, neurons, share in sets:
        for below, text in ((0.78, count(neurons)), (1.78, percent(share, 2))):
            axes.text(x, down + below, text, ha="center", va="center", size=plan.points, color=soft)
