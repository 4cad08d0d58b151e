"""Cells and a method in, its coefficient out: as observed, and of resampled checkpoints and languages.

- `pearson`, `spearman`: over all cells.
- `..._within`: x and y minus their mean over checkpoints, language by language.
- `..._between`: means over checkpoints, one per language.
- `pearson_partial:a+b`: within, the covariates regressed out of x and y with one slope for all languages.

Averages over languages are a table of one column, where `within` is all there is. Where several models are pooled,
means are those of a model (and language), except over all cells.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float

from babelscope.correlation.cells import Cells
from babelscope.correlation.coefficients import Level, correlations, cross_products, rank_correlations

__all__ = ["RESAMPLES", "Method", "observed", "resampled", "scaled", "without_each"]

RESAMPLES = 2000


@dataclass(frozen=True)
class Method:
    """How a coefficient is computed."""

    name: str
    level: Level = "within"
    ranked: bool = False
    covariates: tuple[str, ...] = ()


def observed(method: Method, cells: Cells) -> float | None:
    """The coefficient of the cells as they are; None where x or y does not vary."""
    height, width = cells.x.shape
    r = float(_coefficients(method, cells, np.ones((1, height)), np.ones((1, width)))[0])
    return r if np.isfinite(r) else None


def without_each(method: Method, cells: Cells) -> Float[np.ndarray, " row"]:
    """The coefficient without each row in turn; NaN where x or y then does not vary."""
    height, width = cells.x.shape
    return _coefficients(method, cells, 1 - np.eye(height), np.ones((height, width)))


def resampled(method: Method, cells: Cells, seed: int, resamples: int = RESAMPLES) -> Float[np.ndarray, " resample"]:
    """The coefficient with checkpoints and languages both drawn with replacement (Owen 2007).

    Checkpoints are drawn within their model. Draws that leave nothing to correlate are left out.
    """
    r = _coefficients(method, cells, *_draws(tuple(cells.groups.tolist()), cells.x.shape[1], seed, resamples))
    return r[np.isfinite(r)]


@lru_cache(maxsize=32)
def _draws(
    models: tuple[int, ...], width: int, seed: int, resamples: int
) -> tuple[Float[np.ndarray, "resample row"], Float[np.ndarray, "resample column"]]:
    """How often each row and each column is drawn; all methods of one table share them."""
    generator = np.random.default_rng((seed, 1))
    groups = np.array(models)
    rows = np.zeros((resamples, len(groups)))
    for group in np.unique(groups):
        inside = np.flatnonzero(groups == group)
        rows[:, inside] = generator.multinomial(len(inside), np.full(len(inside), 1 / len(inside)), size=resamples)
    return rows, generator.multinomial(width, np.full(width, 1 / width), size=resamples).astype(float)


def _coefficients(method: Method, cells: Cells, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    tables, known = scaled(method, cells), cells.complete
    if method.ranked:
        return rank_correlations(tables, known, cells.groups, method.level, rows, columns)
    return correlations(cross_products(tables, known, cells.groups, method.level, rows, columns))


def scaled(method: Method, cells: Cells) -> Float[np.ndarray, "variable row column"]:
    """x, y and covariates, shifted and scaled so that sums of squares lose nothing to rounding; 0 where unknown."""
    known = cells.complete
    held = np.moveaxis(cells.z, -1, 0)[: len(method.covariates)]
    tables = np.concatenate([np.stack([cells.x, cells.y]), held])
    tables = np.where(known, tables, 0.0)
    size = np.abs(tables).max((1, 2), keepdims=True)
    tables = tables / np.where(size > 0, size, 1.0)
    if method.level == "within":
        for group in np.unique(cells.groups):
            inside = cells.groups == group
            count = known[inside].sum(0)
            tables[:, inside] -= (tables[:, inside].sum(1) / np.where(count > 0, count, 1))[:, None]
    else:
        tables -= tables.sum((1, 2), keepdims=True) / known.sum()
    return np.where(known, tables, 0.0)
