"""Selections in, how many neurons any two of them share at each size out, all pairs at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from babelscope.probing.overlap.selections import ABSENT, Group

__all__ = ["Sharing", "agreement", "sharing"]


@dataclass(frozen=True, eq=False)
class Sharing:
    """What the selections of one layer share, for every two (language, attribute) cells."""

    k: int
    counts: Int[np.ndarray, "language attribute language_b attribute_b"]
    """Shared neurons, summed over the seeds that both have."""
    seeds: Int[np.ndarray, "language attribute language_b attribute_b"]
    """Seeds that both have; 0 where there is no pair."""
    weighted: Float[np.ndarray, "language attribute language_b attribute_b"]
    """Mean overlap over the depths 1 ... k, which early ranks dominate; mean over seeds, NaN where no pair."""

    @property
    def overlap(self) -> Float[np.ndarray, "language attribute language_b attribute_b"]:
        """Shared neurons over k, mean over seeds; NaN where there is no pair."""
        with np.errstate(invalid="ignore"):
            return np.where(self.seeds > 0, self.counts / (self.k * np.maximum(self.seeds, 1)), np.nan)


def sharing(group: Group, neurons: int, ks: Sequence[int]) -> dict[int, Sharing]:
    """Compares all selections of a layer that have the same seed.

    Args:
        group: The selections; a run shorter than k must have been refused before.
        neurons: Neurons of the layer.
        ks: Sizes of selections.

    Returns:
        What they share, by k.
    """
    seeds, languages, attributes, _ = group.neurons.shape
    cells = languages * attributes
    counts = {k: np.zeros((cells, cells), dtype=np.int64) for k in ks}
    weights = {k: np.zeros((cells, cells)) for k in ks}
    both = np.zeros((cells, cells), dtype=np.int64)
    for seed in range(seeds):
        picks = group.neurons[seed].reshape(cells, -1)
        there = np.flatnonzero(picks[:, 0] != ABSENT)
        at = np.ix_(there, there)
        deeper = _deeper_rank(picks[there], neurons)
        both[at] += 1
        for k in ks:
            counts[k][at] += (deeper <= k).sum(-1)
            weights[k][at] += _depth_weights(k, int(deeper.max(initial=0)))[deeper].sum(-1)
    shape = (languages, attributes, languages, attributes)
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            k: Sharing(k, counts[k].reshape(shape), both.reshape(shape), (weights[k] / both).reshape(shape))
            for k in ks
        }


def agreement(picks: Int[np.ndarray, "run rank"], neurons: int, k: int) -> Float[np.ndarray, "run run_b"]:
    """Shared neurons over k of every two runs; NaN where one of them is absent."""
    there = np.flatnonzero(picks[:, 0] != ABSENT)
    found = np.full((len(picks), len(picks)), np.nan)
    found[np.ix_(there, there)] = (_deeper_rank(picks[there], neurons) <= k).sum(-1) / k
    return found


def _deeper_rank(picks: Int[np.ndarray, "run rank"], neurons: int) -> Int[np.ndarray, "run run_b rank"]:
    """For each neuron of run b, the larger of its ranks in both runs; beyond every rank where one lacks it."""
    runs, depth = picks.shape
    beyond = depth + 1
    rank = np.full((runs, neurons + 1), beyond, dtype=np.int32)
    rows = np.repeat(np.arange(runs), depth)
    rank[rows, np.where(picks == ABSENT, neurons, picks).ravel()] = np.tile(np.arange(1, depth + 1), runs)
    rank[:, neurons] = beyond
    columns = np.where(picks == ABSENT, neurons, picks)
    return np.maximum(rank[:, columns], np.arange(1, depth + 1, dtype=np.int32))


def _depth_weights(k: int, largest: int) -> Float[np.ndarray, " rank"]:
    """What a neuron adds whose deeper rank is m: the mean over depths d = 1 ... k of 1/d where d >= m."""
    parts = np.zeros(max(largest, k) + 1)
    parts[1 : k + 1] = 1 / np.arange(1, k + 1)
    return np.r_[0.0, np.cumsum(parts[::-1])[::-1][1:]] / k
