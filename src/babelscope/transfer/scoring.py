"""The answers of several seeds in, one score per language and metric out, with intervals, baselines and the gap."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from babelscope.transfer.examples import TransferTask
from babelscope.transfer.metrics import CORRECT, GIVEN, GOLD, METRICS, Metric, counts_of, majority_label, scored
from babelscope.transfer.predictions import Predictions

__all__ = ["DRAWS", "LanguageScore", "scores_of"]

DRAWS = 1000
_TAILS = (2.5, 97.5)


@dataclass(frozen=True)
class LanguageScore:
    """How one method does in one language, by one metric; all scores in [0, 1], higher is better."""

    language: str
    metric: Metric
    score: float
    """Mean over seeds."""
    low: float
    """Of the 95 % bootstrap interval over test sentences and seeds."""
    high: float
    seeds: tuple[float, ...]
    """Score of each seed."""
    seed_intervals: tuple[tuple[float, float], ...]
    """Of each seed, over test sentences alone."""
    examples: int
    """Test sentences."""
    n: int
    """Labelled words, or examples."""
    labels: int
    """Labels that the test has."""
    majority: float
    """What always giving the commonest label of the training scores."""
    chance: float
    """What giving each label of the task as often scores, in accuracy."""
    source_score: float
    """Mean over seeds in the source language."""
    source_seeds: tuple[float, ...]
    gap: float
    """How much is lost: the source's score less this one; 0 for the source."""
    gap_low: float
    """Of its 95 % interval, in which translations of one sentence are drawn together."""
    gap_high: float
    ratio: float | None
    """This score over the source's; None where that is 0."""


def scores_of(
    task: TransferTask, predictions: Sequence[Predictions], *, draws: int = DRAWS, seed: int = 0
) -> list[LanguageScore]:
    """Scores of one method (and layer), over its seeds.

    Args:
        task: What was tested.
        predictions: One per seed.
        draws: Bootstrap samples.
        seed: Of the bootstrap.

    Raises:
        ValueError: If there are none, or they are of several methods or layers.
    """
    if len({(one.method, one.layer) for one in predictions}) != 1:
        raise ValueError("expected predictions of one method and layer, at least one")
    sampled = _Sampled(task, predictions, draws, seed)
    return [sampled.score(language, metric) for metric in METRICS for language in task.test]


class _Sampled:
    """Counts of every language and seed, and the same summed over each bootstrap sample."""

    def __init__(self, task: TransferTask, predictions: Sequence[Predictions], draws: int, seed: int) -> None:
        self.task = task
        self._picks = np.random.default_rng([seed, 1]).integers(len(predictions), size=(draws, len(predictions)))
        self._places = {one.id: place for place, one in enumerate(task.test[task.source])}
        self._weights = _resampled(len(self._places), draws, [seed, 0])
        self.totals: dict[str, np.ndarray] = {}
        self.drawn: dict[str, np.ndarray] = {}
        for language, examples in task.test.items():
            weights = self._weights_of(language, draws, seed)
            counts = [counts_of(examples, one.test[language], len(task.labels)) for one in predictions]
            self.totals[language] = np.stack([rows.sum(axis=0) for rows in counts])
            flat = [weights @ rows.reshape(len(rows), -1).astype(np.float32) for rows in counts]
            self.drawn[language] = np.stack([rows.reshape(draws, 3, -1) for rows in flat])

    def _weights_of(self, language: str, draws: int, seed: int) -> Float[np.ndarray, "draw example"]:
        """How often each sample has each example: translations of the source's sentences as often as these."""
        ids = [one.id for one in self.task.test[language]]
        own = [place for place, key in enumerate(ids) if key not in self._places]
        weights = np.empty((draws, len(ids)), dtype=np.float32)
        if own:
            weights[:, own] = _resampled(len(own), draws, [seed, zlib.crc32(language.encode())])
        if len(own) < len(ids):
            shared = [place for place, key in enumerate(ids) if key in self._places]
            weights[:, shared] = self._weights[:, [self._places[ids[place]] for place in shared]]
        return weights

    def score(self, language: str, metric: Metric) -> LanguageScore:
        """One language by one metric."""
        each, source = (scored(self.totals[code], metric) for code in (language, self.task.source))
        drawn, drawn_source = (scored(self.drawn[code], metric) for code in (language, self.task.source))
        picked = np.arange(len(self._picks))[:, None]
        means, gaps = (rows.T[picked, self._picks].mean(axis=1) for rows in (drawn, drawn_source - drawn))
        low, high = _tails(means)
        gap_low, gap_high = _tails(gaps)
        gold = self.totals[language][0, GOLD]
        return LanguageScore(
            language=language,
            metric=metric,
            score=float(each.mean()),
            low=low,
            high=high,
            seeds=tuple(map(float, each)),
            seed_intervals=tuple(_tails(row) for row in drawn),
            examples=len(self.task.test[language]),
            n=int(gold.sum()),
            labels=int((gold > 0).sum()),
            majority=self._majority(gold, metric),
            chance=1 / len(self.task.labels),
            source_score=float(source.mean()),
            source_seeds=tuple(map(float, source)),
            gap=float(source.mean() - each.mean()),
            gap_low=gap_low,
            gap_high=gap_high,
            ratio=float(each.mean() / source.mean()) if source.mean() > 0 else None,
        )

    def _majority(self, gold: np.ndarray, metric: Metric) -> float:
        """The score of one label for all."""
        label = majority_label(self.task.train)
        totals = np.zeros((3, len(gold)))
        totals[GOLD] = gold
        totals[GIVEN, label], totals[CORRECT, label] = gold.sum(), gold[label]
        return float(scored(totals, metric))


def _resampled(n: int, draws: int, seed: list[int]) -> Float[np.ndarray, "draw example"]:
    """How often each of n examples is in each sample of n with replacement."""
    return np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=draws).astype(np.float32)


def _tails(values: Float[np.ndarray, " draw"]) -> tuple[float, float]:
    """Ends of the middle 95 %, of the samples in which the score is defined."""
    low, high = np.nanpercentile(values, _TAILS)
    return float(low), float(high)
