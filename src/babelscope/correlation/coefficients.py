"""Tables of checkpoint x language in, correlations out: of many weightings of rows and columns at once.

A draw gives every row and every column a weight, and a cell the product of both: all ones for the data themselves,
counts for a resample. Every coefficient then equals the one of the cells repeated as often as drawn.
"""

from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Int

__all__ = ["Level", "correlations", "cross_products", "midranks", "rank_correlations"]

Level = Literal["all", "within", "between"]
"""Over all cells; over cells minus the mean of their column; over the means of columns."""

_FLAT = 1e-20
"""Mean square, of values up to 1, below which what varies is rounding."""
_EXPLAINED = 1e-9
"""Share of a variable's variation that covariates must leave for there to be anything to correlate."""


def cross_products(
    tables: Float[np.ndarray, "variable row column"],
    known: Bool[np.ndarray, "row column"],
    groups: Int[np.ndarray, " row"],
    level: Level,
    rows: Float[np.ndarray, "draw row"],
    columns: Float[np.ndarray, "draw column"],
) -> Float[np.ndarray, "draw variable variable"]:
    """Weighted sums of products of deviations, one matrix per draw.

    Args:
        tables: The variables; whatever is in unknown cells is ignored.
        known: Cells that count.
        groups: Number of the model of each row: means are taken within a model, except at level `all`.
        level: What is correlated.
        rows: Weight of each row in each draw.
        columns: Weight of each column.
    """
    values = np.where(known, tables, 0.0)
    if level == "all":
        total = ((rows @ known) * columns).sum(1)
        sums = [((rows @ one) * columns).sum(1) for one in values]
        return _matrix(
            len(values),
            lambda i, j: ((rows @ (values[i] * values[j])) * columns).sum(1) - _ratio(sums[i] * sums[j], total),
        )
    found = np.zeros((len(rows), len(values), len(values)))
    for group in np.unique(groups):
        found += _one_model(
            values[:, groups == group], known[groups == group], level, rows[:, groups == group], columns
        )
    return found


def _one_model(values, known, level: Level, rows, columns) -> Float[np.ndarray, "draw variable variable"]:
    weight = rows @ known
    sums = [rows @ one for one in values]
    if level == "within":
        return _matrix(
            len(values),
            lambda i, j: ((rows @ (values[i] * values[j]) - _ratio(sums[i] * sums[j], weight)) * columns).sum(1),
        )
    means = [_ratio(one, weight) for one in sums]
    share = columns * (weight > 0)
    total = share.sum(1)
    return _matrix(
        len(values),
        lambda i, j: (
            (share * means[i] * means[j]).sum(1)
            - _ratio((share * means[i]).sum(1) * (share * means[j]).sum(1), total)
        ),
    )


def _matrix(size: int, entry) -> np.ndarray:
    upper = {(i, j): entry(i, j) for i in range(size) for j in range(i, size)}
    return np.stack([np.stack([upper[min(i, j), max(i, j)] for j in range(size)], -1) for i in range(size)], -2)


def _ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    return top / np.where(bottom > 0, bottom, 1.0)


def correlations(products: Float[np.ndarray, "draw variable variable"]) -> Float[np.ndarray, " draw"]:
    """Pearson's r of the first two variables, the others held constant; NaN where nothing is left of one.

    Args:
        products: Cross-products of x, y and any covariates, of values of size up to 1.
    """
    left = products.copy()
    before = np.einsum("dii->di", products)
    for place in range(2, left.shape[-1]):
        pivot = left[:, place, place]
        usable = pivot > np.maximum(_EXPLAINED * before[:, place], _FLAT)
        share = np.where(usable, 1 / np.where(usable, pivot, 1.0), 0.0)
        left = left - left[:, :, place, None] * left[:, None, place] * share[:, None, None]
    xx, yy, xy = left[:, 0, 0], left[:, 1, 1], left[:, 0, 1]
    flat = (xx <= np.maximum(_EXPLAINED * before[:, 0], _FLAT)) | (yy <= np.maximum(_EXPLAINED * before[:, 1], _FLAT))
    r = xy / np.sqrt(np.where(flat, 1.0, xx) * np.where(flat, 1.0, yy))
    return np.where(flat, np.nan, np.clip(r, -1, 1))


def rank_correlations(
    tables: Float[np.ndarray, "variable row column"],
    known: Bool[np.ndarray, "row column"],
    groups: Int[np.ndarray, " row"],
    level: Level,
    rows: Float[np.ndarray, "draw row"],
    columns: Float[np.ndarray, "draw column"],
) -> Float[np.ndarray, " draw"]:
    """Spearman's r of two variables: Pearson's of the ranks of all cells, at level `within` of the centred ones."""
    weights = (rows[:, :, None] * known) * columns[:, None, :]
    ranked = []
    for one in np.where(known, tables[:2], 0.0):
        values = one[None] - _means(one, known, groups, rows) if level == "within" else one[None]
        ranked.append(midranks(np.round(values, 12).reshape(len(values), -1), weights.reshape(len(rows), -1)))
    tied = np.stack(ranked, 1) / known.size
    flat = weights.reshape(len(rows), 1, -1)
    total = weights.sum((1, 2))[:, None, None]
    off = tied - (tied * flat).sum(2, keepdims=True) / np.where(total > 0, total, 1.0)
    return correlations((off * flat) @ off.transpose(0, 2, 1))


def _means(one, known, groups, rows) -> Float[np.ndarray, "draw row column"]:
    found = np.zeros((len(rows), *one.shape))
    for group in np.unique(groups):
        inside = groups == group
        found[:, inside] = _ratio(rows[:, inside] @ one[inside], rows[:, inside] @ known[inside])[:, None]
    return found


def midranks(
    values: Float[np.ndarray, "one_or_draw cell"], weights: Float[np.ndarray, "draw cell"]
) -> Float[np.ndarray, "draw cell"]:
    """Ranks of cells that count as often as their weight says, ties sharing their mean rank."""
    order = np.argsort(values, axis=1, kind="stable")
    ordered = np.take_along_axis(values, order, 1)
    order = np.broadcast_to(order, weights.shape)
    counts = np.take_along_axis(weights, order, 1)
    until = np.cumsum(counts, axis=1)
    step = ordered[:, 1:] != ordered[:, :-1]
    edge = np.ones((len(values), 1), dtype=bool)
    first, last = np.hstack([edge, step]), np.hstack([step, edge])
    before = np.maximum.accumulate(np.where(first, until - counts, 0.0), axis=1)
    after = np.minimum.accumulate(np.where(last, until, np.inf)[:, ::-1], axis=1)[:, ::-1]
    ranks = np.empty_like(until)
    np.put_along_axis(ranks, order, (before + after + 1) / 2, 1)
    return ranks
