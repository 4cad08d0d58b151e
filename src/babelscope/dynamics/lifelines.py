"""Regions of successive checkpoints in, how many of their neurons live on out, against what chance would keep."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from jaxtyping import Float, Int

from babelscope.regions import NeuronMask, overlap

__all__ = ["Lifeline", "chance_range", "lifelines"]

_REACH = 10
"""Standard deviations, and neurons besides, beyond which a layer's distribution holds next to nothing."""


@dataclass(frozen=True)
class Lifeline:
    """What of a language's region at one point is in its region at a later one."""

    start: str
    """Keys of the points."""
    end: str
    survive: int
    """Neurons in both regions."""
    of: int
    """Neurons in the first."""
    share: float | None
    """Survivors over the first region, [0, 1]; None where that is empty."""
    jaccard: float
    """Shared over united, [0, 1]."""
    expected: float
    """Jaccard of random sets of the same sizes in every layer."""
    low: float
    """Central 95 % of the Jaccard of such sets."""
    high: float


def lifelines(
    keys: Sequence[str], regions: Mapping[str, Mapping[str, NeuronMask]], *, to_last: bool = False
) -> dict[str, list[Lifeline]]:
    """Life-lines of each language's region, from each point to the next or, to tell since when, to the last.

    A neuron keeps its index through one training, so only checkpoints of one training can be compared; those of
    models of different size, or of another seed, share nothing but numbers.

    Args:
        keys: Points to follow, in order.
        regions: Region per language, by key; asked for one point after the other, so that reading on demand will do.
        to_last: Compare every point with the last instead of the next.
    """
    found: dict[str, list[Lifeline]] = {}
    if len(keys) < 2:
        return found
    last = regions[keys[-1]] if to_last else {}
    current = regions[keys[0]]
    for start, following in zip(keys[:-1], keys[1:], strict=True):
        later = last if to_last else regions[following]
        end = keys[-1] if to_last else following
        for language in current:
            if language in later:
                found.setdefault(language, []).append(_lifeline(start, end, current[language], later[language]))
        current = regions[following] if to_last else later
    return found


def _lifeline(start: str, end: str, one: NeuronMask, other: NeuronMask) -> Lifeline:
    both = overlap([one, other])
    survive, sizes = int(both.shared[0, 1]), (one.size, other.size)
    low, high = (_jaccard(count, *sizes) for count in chance_range(one.by_layer, other.by_layer, one.neurons))
    return Lifeline(
        start,
        end,
        survive,
        one.size,
        survive / one.size if one.size else None,
        float(both.jaccard[0, 1]),
        float(both.expected[0, 1]),
        low,
        high,
    )


def _jaccard(shared: int, one: int, other: int) -> float:
    union = one + other - shared
    return shared / union if union else 0.0


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
