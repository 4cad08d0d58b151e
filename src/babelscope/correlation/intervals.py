"""A coefficient in, its 95 % interval out: by Fisher's z for checkpoints, by a two-way bootstrap for cells."""

from math import atanh, sqrt, tanh

import numpy as np
from jaxtyping import Float
from scipy import stats

__all__ = ["bonett_wright", "fisher", "percentile_interval"]

_ENOUGH = 100
"""Draws that must leave something for percentiles to mean anything."""


def fisher(r: float, n: int, covariates: int = 0) -> tuple[float, float] | None:
    """Of Pearson's r, partial or not: z is normal with variance 1 / (n - covariates - 3); None below 4 and at +-1."""
    return _around(r, 1.0, n - covariates - 3)


def bonett_wright(r: float, n: int) -> tuple[float, float] | None:
    """Of Spearman's r, by Bonett and Wright (2000): variance (1 + r^2 / 2) / (n - 3)."""
    return _around(r, 1 + r**2 / 2, n - 3)


def _around(r: float, variance: float, freedom: int) -> tuple[float, float] | None:
    if freedom < 1 or abs(r) > 1 - 1e-12:
        return None
    reach = float(stats.norm.ppf(0.975)) * sqrt(variance / freedom)
    return tanh(atanh(r) - reach), tanh(atanh(r) + reach)


def percentile_interval(draws: Float[np.ndarray, " draw"]) -> tuple[float, float] | None:
    """Ends of the central 95 % of resampled coefficients."""
    if len(draws) < _ENOUGH:
        return None
    low, high = np.percentile(draws, [2.5, 97.5])
    return float(low), float(high)
