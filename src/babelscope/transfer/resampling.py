"""The answers of one method in, its scores on test sentences weighted at random out: what all intervals come from."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from jaxtyping import Float

from babelscope.transfer.examples import TransferTask
from babelscope.transfer.metrics import Metric, counts_of, scored
from babelscope.transfer.predictions import Predictions

__all__ = ["DRAWS", "Resampled", "Sampled", "estimate", "mean_of"]

DRAWS = 1000
_TAILS = (2.5, 97.5)
_BLOCK = 4096
"""Test examples weighted at once."""


@dataclass(frozen=True, eq=False)
class Sampled:
    """A number that models of several seeds have on average."""

    seeds: Float[np.ndarray, " seed"]
    """What each seed adds: the number is their mean."""
    drawn: Float[np.ndarray, " draw"]
    """Their mean in each sample of test sentences."""
    noise: Float[np.ndarray, " draw"]
    """Draws of Student's t for the seeds, 0 for one seed: the same for all numbers of one method."""

    @property
    def value(self) -> float:
        """The number."""
        return float(self.seeds.mean())

    @property
    def spread(self) -> Float[np.ndarray, " draw"]:
        """The number in each sample of sentences and of seeds."""
        count = len(self.seeds)
        return self.drawn + self.noise * (self.seeds.std(ddof=1) / np.sqrt(count) if count > 1 else 0.0)

    def __sub__(self, other: "Sampled") -> "Sampled":
        """The difference to another number of the same models."""
        return Sampled(self.seeds - other.seeds, self.drawn - other.drawn, self.noise)

    def over(self, other: "Sampled") -> "Sampled | None":
        """The ratio to another number of the same models, to first order in the seeds; None where that is 0."""
        if not other.value > 0:
            return None
        ratio = self.value / other.value
        seeds = ratio + (self.seeds - ratio * other.seeds) / other.value
        drawn = np.divide(self.drawn, other.drawn, out=np.full_like(self.drawn, np.nan), where=other.drawn > 0)
        return Sampled(seeds, drawn, self.noise)


class Resampled:
    """What one method and layer counts right in each language, by seed, and in each sample of test sentences.

    Test sentences are the sample, so each draw weights every sentence at random (exponentially: the Bayesian
    bootstrap, in which no label is ever lost). A sentence's weights come from its id alone: translations have the
    same weights in all languages, and every method is tested on the same draws. Seeds are few, and resampling three
    of them makes intervals far too narrow; to each draw Student's t with one degree of freedom less than there are
    seeds is added instead, times the standard error of their mean.
    """

    def __init__(
        self, task: TransferTask, predictions: Sequence[Predictions], draws: int = DRAWS, seed: int = 0
    ) -> None:
        """Counts answers, and weights the counts.

        Args:
            task: What was tested.
            predictions: Of one method and layer, one per seed.
            draws: How often sentences are weighted.
            seed: Of the weights.

        Raises:
            ValueError: If there are no predictions, or they are of several methods or layers.
        """
        if len({(one.method, one.layer) for one in predictions}) != 1:
            raise ValueError("expected predictions of one method and layer, at least one")
        self.task, self.predictions = task, tuple(predictions)
        own = [seed, zlib.crc32(f"{predictions[0].method} {predictions[0].layer}".encode())]
        self._noise = _student(len(predictions), draws, own)
        self.totals: dict[str, Float[np.ndarray, "seed 3 label"]] = {}
        self._drawn: dict[str, Float[np.ndarray, "draw seed 3 label"]] = {}
        for code, examples in task.test.items():
            rows = [counts_of(examples, one.test[code], len(task.labels)) for one in predictions]
            counts = np.stack(rows, axis=1).astype(np.float32)
            self.totals[code] = counts.sum(axis=0, dtype=np.float64)
            drawn = _weighted([one.id for one in examples], counts.reshape(len(counts), -1), draws, seed)
            self._drawn[code] = drawn.reshape(draws, *counts.shape[1:])

    def score(self, language: str, metric: Metric) -> Sampled:
        """A language's score."""
        return Sampled(
            scored(self.totals[language], metric), scored(self._drawn[language], metric).mean(axis=1), self._noise
        )

    def singles(self, language: str, metric: Metric) -> list[Sampled]:
        """The score of each seed by itself."""
        values, drawn = scored(self.totals[language], metric), scored(self._drawn[language], metric)
        return [Sampled(values[[i]], drawn[:, i], np.zeros(len(drawn))) for i in range(len(values))]

    def mean(self, metric: Metric) -> Sampled:
        """Unweighted mean over the target languages; the source's score where there are none."""
        codes = self.task.targets or (self.task.source,)
        return mean_of([self.score(code, metric) for code in codes])


def mean_of(numbers: Sequence[Sampled]) -> Sampled:
    """The mean of several numbers of the same models."""
    seeds, drawn = (np.mean([getattr(one, name) for one in numbers], axis=0) for name in ("seeds", "drawn"))
    return Sampled(seeds, drawn, numbers[0].noise)


def estimate(
    number: Sampled, less: Sampled | None = None, within: tuple[float, float] = (-np.inf, np.inf)
) -> dict[str, Any]:
    """A number with its 95 % interval: the middle of its spread, moved so that its mean is the number.

    Args:
        number: Of one method.
        less: Of another, to be subtracted; the two methods' seeds have nothing to do with each other.
        within: The ends of the scale.
    """
    value, spread = (number.value, number.spread) if less is None else (
        number.value - less.value, number.spread - less.spread
    )  # fmt: skip
    low, high = np.clip(np.nanpercentile(spread, _TAILS) - np.nanmean(spread) + value, *within)
    return {"value": value, "low": float(low), "high": float(high)}


def _weighted(
    ids: Sequence[str], counts: Float[np.ndarray, "example count"], draws: int, seed: int
) -> Float[np.ndarray, "draw count"]:
    """Counts summed over examples, each with its weights."""
    drawn = np.zeros((draws, counts.shape[1]), dtype=np.float32)
    for start in range(0, len(ids), _BLOCK):
        some = slice(start, start + _BLOCK)
        drawn += _weights(tuple(ids[some]), draws, seed).T @ counts[some]
    return drawn


@lru_cache(maxsize=8)
def _weights(ids: tuple[str, ...], draws: int, seed: int) -> Float[np.ndarray, "example draw"]:
    """The weights of examples in each draw; kept, as parallel languages and all methods ask for the same."""
    drawn = (np.random.default_rng([seed, zlib.crc32(key.encode())]) for key in ids)
    return np.stack([one.standard_exponential(draws, dtype=np.float32) for one in drawn])


def _student(seeds: int, draws: int, seed: Sequence[int]) -> Float[np.ndarray, " draw"]:
    """The quantiles of Student's t in random order: an even sample, so that few draws do for its long tails."""
    if seeds < 2:
        return np.zeros(draws)
    from scipy import stats

    even = (np.arange(draws) + 0.5) / draws
    return np.random.default_rng(seed).permutation(stats.t.ppf(even, seeds - 1))
