"""The answers of several seeds in, one score per language and metric out, with intervals, baselines and the gap."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from babelscope.transfer.examples import TransferTask
from babelscope.transfer.metrics import CORRECT, GIVEN, GOLD, METRICS, Metric, majority_label, scored
from babelscope.transfer.predictions import Predictions
from babelscope.transfer.resampling import DRAWS, Resampled, estimate

__all__ = ["LanguageScore", "language_score", "scores_of"]

_SHARE = (0.0, 1.0)
"""The scale of scores."""


@dataclass(frozen=True)
class LanguageScore:
    """How one method does in one language, by one metric; all scores in [0, 1], higher is better."""

    language: str
    metric: Metric
    score: float
    """Mean over seeds."""
    low: float
    """Of the 95 % interval over test sentences and seeds."""
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
    """Of its 95 % interval, in which translations of one sentence are drawn together, as in all intervals."""
    gap_high: float
    ratio: float | None
    """This score over the source's; None where that is 0."""
    ratio_low: float | None
    """Of its 95 % interval."""
    ratio_high: float | None


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
    sampled = Resampled(task, predictions, draws, seed)
    return [language_score(sampled, language, metric) for metric in METRICS for language in task.test]


def language_score(sampled: Resampled, language: str, metric: Metric) -> LanguageScore:
    """The score of one language by one metric.

    Args:
        sampled: The answers of one method and layer.
        language: One that was tested.
        metric: One of `METRICS`.
    """
    task = sampled.task
    own, source = (sampled.score(code, metric) for code in (language, task.source))
    score, gap, share = estimate(own, within=_SHARE), estimate(source - own, within=(-1.0, 1.0)), own.over(source)
    ratio = dict.fromkeys(("value", "low", "high")) if share is None else estimate(share, within=(0.0, np.inf))
    singles = [estimate(one, within=_SHARE) for one in sampled.singles(language, metric)]
    gold = sampled.totals[language][0, GOLD]
    return LanguageScore(
        language=language,
        metric=metric,
        score=score["value"],
        low=score["low"],
        high=score["high"],
        seeds=tuple(map(float, own.seeds)),
        seed_intervals=tuple((one["low"], one["high"]) for one in singles),
        examples=len(task.test[language]),
        n=int(gold.sum()),
        labels=int((gold > 0).sum()),
        majority=_majority(task, gold, metric),
        chance=1 / len(task.labels),
        source_score=source.value,
        source_seeds=tuple(map(float, source.seeds)),
        gap=gap["value"],
        gap_low=gap["low"],
        gap_high=gap["high"],
        ratio=ratio["value"],
        ratio_low=ratio["low"],
        ratio_high=ratio["high"],
    )


def _majority(task: TransferTask, gold: np.ndarray, metric: Metric) -> float:
    """The score of one label for all."""
    label = majority_label(task.train)
    totals = np.zeros((3, len(gold)))
    totals[GOLD] = gold
    totals[GIVEN, label], totals[CORRECT, label] = gold.sum(), gold[label]
    return float(scored(totals, metric))
