"""Intervals and nulls from replicates: delete-one jackknife, percentiles of draws; p values of a family corrected."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from scipy import stats

from babelscope.scores.result import Interval, Null, Score

__all__ = ["holm", "jackknife_interval", "jackknife_p", "null_of_draws", "paired_difference"]


def jackknife_interval(
    value: float, replicates: Float[np.ndarray, " sentence"], confidence: float = 0.95
) -> tuple[float | None, float | None]:
    """Interval of a score from its values with one meaning left out, with t quantiles [METHODS 2].

    Args:
        value: The score on all n meanings.
        replicates: The score without meaning i, for each i.
        confidence: Nominal coverage.

    Returns:
        Low and high, or (None, None) where the replicates do not exist (fewer than 3 meanings).
    """
    error = _jackknife_error(replicates)
    if error is None:
        return None, None
    reach = float(stats.t.ppf(0.5 + confidence / 2, len(replicates) - 1) * error)
    return float(value - reach), float(value + reach)


def jackknife_p(value: float, replicates: Float[np.ndarray, " sentence"]) -> float | None:
    """Two-sided p of a score, or a difference of two, that is 0 but for the choice of meanings; t distribution.

    It is below 0.05 exactly where the 95 % interval leaves 0 out. None where there is no interval.
    """
    error = _jackknife_error(replicates)
    if error is None:
        return None
    if error == 0:
        return float(value == 0)
    return float(2 * stats.t.sf(abs(value) / error, len(replicates) - 1))


def _jackknife_error(replicates: Float[np.ndarray, " sentence"]) -> float | None:
    n = len(replicates)
    if n < 3 or not np.isfinite(replicates).all():
        return None
    return float(np.sqrt((n - 1) / n * np.square(replicates - replicates.mean()).sum()))


def paired_difference(one: Score, other: Score) -> Interval:
    """One score minus another, both from the same meanings, with the jackknife interval of the difference.

    Leaving a meaning out of both at once keeps what they share out of the interval.
    """
    value = one.value - other.value
    if one.replicates is None or other.replicates is None or len(one.replicates) != len(other.replicates):
        return Interval(value, None, None)
    return Interval(value, *jackknife_interval(value, one.replicates - other.replicates))


def null_of_draws(draws: Float[np.ndarray, " draw"]) -> Null:
    """Mean and central 95 % of draws from a null."""
    low, high = np.percentile(draws, [2.5, 97.5])
    return Null(float(draws.mean()), float(low), float(high))


def holm(p: Sequence[float]) -> list[float]:
    """Holm's corrected p values, in the order given: at or below a level exactly where his stepwise test rejects.

    The smallest of m p values is multiplied by m, the next by m - 1 and so on, none below the one before it.
    """
    order = np.argsort(p, kind="stable")
    steps = np.asarray(p, dtype=float)[order] * np.arange(len(p), 0, -1)
    found = np.empty(len(p))
    found[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return found.tolist()
