"""Losses of the same segments under many conditions in, resampled mean losses out: the same draws for all of them."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

__all__ = ["percent", "percentiles", "resampled_means"]

_BLOCK = 2**24
"""Counts drawn at once."""


def resampled_means(
    nll: Float[np.ndarray, "condition segment"],
    tokens: Int[np.ndarray, " segment"],
    resamples: int,
    seed: Sequence[int],
) -> Float[np.ndarray, "resample condition"]:
    """Mean losses (nats per token) of texts made of segments drawn with replacement, paired over conditions.

    One segment fewer is drawn than there are, so that means vary as much as they should (Rao and Wu 1988): with n
    draws their variance is short by 1/n. NaN where there is a single segment: it does not tell how much texts vary.

    Args:
        nll: Loss of each segment under each condition, nats.
        tokens: Scored tokens of each segment.
        resamples: How many texts to draw.
        seed: Of the draws.
    """
    segments = len(tokens)
    generator = np.random.default_rng(seed)
    found = np.full((resamples, len(nll)), np.nan)
    if segments < 2:
        return found
    step = max(1, _BLOCK // segments)
    for start in range(0, resamples, step):
        size = min(step, resamples - start)
        counts = generator.multinomial(segments - 1, np.full(segments, 1 / segments), size=size).astype(np.float64)
        found[start : start + size] = (counts @ nll.T) / (counts @ tokens)[:, None]
    return found


def percentiles(draws: Float[np.ndarray, " resample"]) -> tuple[float, float]:
    """Ends of the central 95 % of the draws; NaN where infinite ones are near."""
    with np.errstate(invalid="ignore"):
        low, high = np.percentile(draws, [2.5, 97.5])
    return float(low), float(high)


def percent(difference: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """Increase of perplexity in percent, from an increase of the mean loss in nats per token."""
    with np.errstate(over="ignore"):
        return 100 * np.expm1(difference)
