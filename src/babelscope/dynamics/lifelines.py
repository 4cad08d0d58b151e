"""Regions of successive checkpoints in, how many of their neurons live on out, against what chance would keep."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from babelscope.comparison import shared_neurons
from babelscope.regions import NeuronMask

__all__ = ["Lifeline", "lifelines"]


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
    both = shared_neurons(one, other)
    share = both.neurons / one.size if one.size else None
    return Lifeline(start, end, both.neurons, one.size, share, both.jaccard, both.expected, both.low, both.high)
