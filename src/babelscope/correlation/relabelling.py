"""Cells and a method in, its coefficient under the null out: x relabelled so that it keeps its structure and loses y.

- Over all cells: the checkpoints and the languages of x relabelled, so that rows stay rows and columns columns.
- Within languages: the checkpoints of x, the same way in all languages at once: what a checkpoint does to every
  language stays, which makes cells anything but independent.
- Between languages: the languages of x.
- Given covariates: what they leave of x, relabelled like within and regressed on them anew (Freedman and Lane 1983).

Exact where the rows (columns) of x are exchangeable. In training they are not, as everything grows with it: hence
covariates. Ranks and means are taken once; a gap of x moves with it, and cells with a gap on either side drop out.
"""

from functools import cache, lru_cache
from itertools import permutations
from math import factorial, prod

import numpy as np
from jaxtyping import Float, Int

from babelscope.correlation.cells import Cells
from babelscope.correlation.coefficients import midranks
from babelscope.correlation.methods import Method, scaled

__all__ = ["DRAWS", "relabelled"]

DRAWS = 9999
"""Relabellings drawn where there are too many to list."""
_LISTED = factorial(8)
"""Relabellings up to which all are listed."""

Table = Float[np.ndarray, "row column"]


def relabelled(
    method: Method, cells: Cells, seed: int, draws: int = DRAWS
) -> tuple[Float[np.ndarray, " draw"], bool]:
    """The coefficient under each relabelling; and whether these are all there are, the identity among them."""
    x, y, axes, known = _prepared(method, cells)
    models = (0,) * x.shape[0] if method.level == "between" else tuple(cells.groups.tolist())
    rows, columns, listed = _labels(models, x.shape[1] if method.level == "all" else 1, seed, draws)

    def dot(moved: Table, fixed: Table) -> Float[np.ndarray, " draw"]:
        """Sum over cells of a relabelled table times one that stays."""
        if columns is None:
            return (moved @ fixed.T)[rows, np.arange(len(fixed))].sum(1)
        total = np.zeros(len(rows))
        for place, row in enumerate(fixed):
            total += moved[rows[:, place, None], columns] @ row
        return total

    own, ones = known.astype(float), np.ones(len(rows))
    xx, yy = (ones, ones) if known.all() else (dot(x**2, own), dot(own, y**2))
    for axis in axes:
        xx = xx - dot(x, axis) ** 2
    enough = (xx > 1e-18) & (yy > 1e-18)
    return np.where(enough, dot(x, y) / np.sqrt(np.where(enough, xx * yy, 1.0)), 0.0), listed


def _prepared(method: Method, cells: Cells) -> tuple[Table, Table, list[Table], np.ndarray]:
    """X and y as the coefficient multiplies them, an orthonormal base of the covariates, and the cells known."""
    known = cells.complete
    tables = scaled(method, cells)
    if method.level == "between":
        count = np.stack([known[cells.groups == one].sum(0) for one in np.unique(cells.groups)], -1)
        sums = np.stack([tables[:, cells.groups == one].sum(1) for one in np.unique(cells.groups)], -1)
        known = count > 0
        tables = np.where(known, sums / np.where(known, count, 1), 0.0)
        tables = tables - tables.sum(1, keepdims=True) / np.maximum(known.sum(0), 1)
    if method.ranked:
        ranks = [midranks(np.round(one[known], 12)[None], np.ones((1, known.sum())))[0] for one in tables[:2]]
        tables = np.zeros((2, *known.shape))
        tables[:, known] = np.array(ranks) - np.mean(ranks[0])
    tables = np.where(known, tables, 0.0)
    axes: list[Table] = []
    for one in tables[2:]:
        rest = _without(one, axes)
        if (rest**2).sum() > 1e-9 * (one**2).sum():
            axes.append(rest / np.sqrt((rest**2).sum()))
    x, y = (_without(one, axes) for one in tables[:2])
    return _unit(x), _unit(y), axes, known


def _without(table: Table, axes: list[Table]) -> Table:
    for axis in axes:
        table = table - (table * axis).sum() * axis
    return table


def _unit(table: Table) -> Table:
    size = np.sqrt((table**2).sum())
    return table / size if size > 0 else table


@lru_cache(maxsize=32)
def _labels(
    models: tuple[int, ...], aside: int, seed: int, draws: int
) -> tuple[Int[np.ndarray, "draw row"], Int[np.ndarray, "draw column"] | None, bool]:
    """Which row, and which column where those move too, of x comes to stand where; rows stay in their model."""
    groups = np.array(models)
    moved = [np.flatnonzero(groups == one) for one in np.unique(groups)]
    if prod(factorial(len(one)) for one in moved) * factorial(aside) <= _LISTED:
        orders = [_all_orders(len(one)) for one in moved] + [_all_orders(aside)]
        choices = np.stack(np.unravel_index(np.arange(prod(map(len, orders))), [len(one) for one in orders]), -1)
        rows = np.empty((len(choices), len(groups)), dtype=int)
        for place, inside in enumerate(moved):
            rows[:, inside] = inside[orders[place][choices[:, place]]]
        return rows, orders[-1][choices[:, -1]] if aside > 1 else None, True
    generator = np.random.default_rng((seed, 2))
    rows = np.empty((draws, len(groups)), dtype=int)
    for inside in moved:
        rows[:, inside] = generator.permuted(np.tile(inside, (draws, 1)), axis=1)
    columns = generator.permuted(np.tile(np.arange(aside), (draws, 1)), axis=1) if aside > 1 else None
    return rows, columns, False


@cache
def _all_orders(length: int) -> Int[np.ndarray, "order place"]:
    return np.array(list(permutations(range(length))))
