"""Two regions in, how many neurons they have in common out, and how many chance would give them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from jaxtyping import Float, Int

from babelscope.regions import NeuronMask, overlap

__all__ = ["Shared", "chance_range", "shared_neurons"]

_REACH = 10
"""Standard deviations, and neurons besides, beyond which a layer's distribution holds next to nothing."""


@dataclass(frozen=True)
class Shared:
    """Neurons that two regions have in common."""

    neurons: int
    jaccard: float
    """Shared over united, [0, 1]."""
    expected: float
    """Jaccard of sets of the same sizes per layer, drawn at random."""
    low: float
    """2.5th percentile of the Jaccard by chance."""
    high: float
    """97.5th percentile."""


def shared_neurons(one: NeuronMask, other: NeuronMask) -> Shared:
    """Overlap of two sets of neurons against sets of the same sizes per layer, drawn at random."""
    found = overlap([one, other])
    total = one.size + other.size
    ends = chance_range(one.by_layer, other.by_layer, one.neurons)
    low, high = (shared / (total - shared) if total else 0.0 for shared in ends)
    return Shared(int(found.shared[0, 1]), float(found.jaccard[0, 1]), float(found.expected[0, 1]), low, high)


def chance_range(
    one: Sequence[int], other: Sequence[int], neurons: Sequence[int], coverage: float = 0.95
) -> tuple[int, int]:
    """Central range of the number of neurons that random sets of these sizes per layer share.

    In a layer that number is hypergeometric; the sum over layers has the convolution of their distributions, which
    is taken exactly (but for tails far below 1e-12).

    Args:
        one: Size of the first set in every layer.
        other: Size of the second.
        neurons: Neurons of every layer.
        coverage: Probability of the range, or a little more as counts are whole.
    """
    first, chances = _shared_by_layer(*(np.asarray(sizes, dtype=np.int64) for sizes in (one, other, neurons)))
    below = np.cumsum(reduce(np.convolve, chances))
    tail = (1 - coverage) / 2
    start = int(first.sum())
    return start + int(np.searchsorted(below, tail)), start + int(np.searchsorted(below, 1 - tail))


def _shared_by_layer(
    one: Int[np.ndarray, " layer"], other: Int[np.ndarray, " layer"], neurons: Int[np.ndarray, " layer"]
) -> tuple[Int[np.ndarray, " layer"], Float[np.ndarray, "layer count"]]:
    """Per layer, the smallest number shared that has any weight, and the probabilities from it on."""
    mean = one * other / neurons
    variance = mean * (1 - one / neurons) * (neurons - other) / np.maximum(neurons - 1, 1)
    reach = _REACH * (np.sqrt(variance) + 1)
    first = np.maximum(np.floor(mean - reach), np.maximum(0, one + other - neurons)).astype(np.int64)
    counts = first[:, None] + np.arange(int(2 * reach.max()) + 1)
    # Each probability from the one before it: the library's own is a hundred times slower for large layers.
    more = np.maximum(one[:, None] - counts, 0.0) * np.maximum(other[:, None] - counts, 0.0)
    fewer = (counts + 1.0) * (neurons - one - other)[:, None] + (counts + 1.0) ** 2
    with np.errstate(divide="ignore"):
        steps = np.cumsum(np.log(more) - np.log(fewer), axis=1)
    heights = np.concatenate([np.zeros((len(steps), 1)), steps], axis=1)
    chances = np.exp(heights - heights.max(1, keepdims=True))
    return first, chances / chances.sum(1, keepdims=True)
