"""Sizes in, exact chances out: how many neurons random selections share, and how often one neuron is in them."""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

__all__ = ["least_significant", "often_by_chance", "share_by_chance"]


@lru_cache(maxsize=8192)
def share_by_chance(neurons: int, k: int) -> tuple[float, ...]:
    """P(two random selections of `k` out of `neurons` share at least m), for m = 0 ... k: hypergeometric, exact.

    It is what a permutation test of random selections estimates, without its floor.

    Args:
        neurons: Neurons of the layer.
        k: Size of both selections, at most `neurons`.
    """
    all_of = math.comb(neurons, k)
    tail, found = 0, []
    for shared in range(k, -1, -1):
        tail += math.comb(k, shared) * math.comb(neurons - k, k - shared)
        found.append(tail / all_of)
    return tuple(reversed(found))


def least_significant(neurons: int, k: int, level: float) -> int | None:
    """The smallest number of shared neurons whose p is at most `level`; None if not even k is."""
    return next((m for m, p in enumerate(share_by_chance(neurons, k)) if p <= level), None)


def often_by_chance(counts: Sequence[float], selections: int, neurons: int, k: int) -> np.ndarray:
    """P(some neuron of the layer is in at least as many of the selections), for each count, were they random.

    Corrected for the layer's neurons (Bonferroni); a fractional count, a mean over seeds, is rounded down.

    Args:
        counts: In how many selections each neuron in question is.
        selections: Selections there are.
        neurons: Neurons of the layer.
        k: Size of every selection.
    """
    from scipy.stats import binom

    least = np.floor(np.asarray(counts, dtype=float) + 1e-9)
    return np.minimum(1.0, neurons * binom.sf(least - 1, selections, k / neurons))
