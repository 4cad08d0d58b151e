"""Answers and labels in, accuracy and macro F1 out, by way of counts per sentence, which can be resampled."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float, Int

from babelscope.transfer.examples import NO_LABEL, Example

__all__ = ["METRICS", "Metric", "counts_of", "majority_label", "scored"]

Metric = Literal["accuracy", "macro_f1"]
METRICS: tuple[Metric, ...] = get_args(Metric)
CORRECT, GIVEN, GOLD = range(3)
"""What is counted of each label: how often it was given rightly, was given, and should have been."""


def counts_of(
    examples: Sequence[Example], answers: Sequence[Int[np.ndarray, "_"]], labels: int
) -> Int[np.ndarray, "example 3 label"]:
    """What is counted of each example; words without a label count for nothing.

    Args:
        examples: With their labels.
        answers: One array per example, as `Predictions` holds them.
        labels: How many the task has.

    Raises:
        ValueError: If answers and examples do not pair up.
    """
    gold = [one.gold for one in examples]
    if [len(row) for row in gold] != [len(row) for row in answers]:
        raise ValueError(f"expected an answer per word of {len(examples)} examples, got {len(answers)} rows of them")
    if not gold:
        return np.zeros((0, 3, labels), dtype=np.int64)
    rows = np.repeat(np.arange(len(gold)), [len(row) for row in gold])
    wanted = np.concatenate([np.asarray(row, dtype=np.int64) for row in gold])
    given = np.concatenate([np.asarray(row, dtype=np.int64) for row in answers])
    labelled = wanted != NO_LABEL
    rows, wanted, given = rows[labelled], wanted[labelled], given[labelled]
    right, answered = wanted == given, given != NO_LABEL
    counted = {CORRECT: (rows[right], wanted[right]), GIVEN: (rows[answered], given[answered]), GOLD: (rows, wanted)}
    each = [np.bincount(i * labels + j, minlength=len(gold) * labels) for i, j in (counted[k] for k in range(3))]
    return np.stack([counts.reshape(len(gold), labels) for counts in each], axis=1)


def scored(totals: Float[np.ndarray, "*draw 3 label"], metric: Metric) -> Float[np.ndarray, "*draw"]:
    """A score in [0, 1] from counts that are summed over examples; higher is better.

    Accuracy is the share of right answers. Macro F1 is the mean, over the labels the test has, of the harmonic mean
    of precision and recall: rare labels count as much as common ones. NaN where nothing has a label.
    """
    correct, given, gold = (np.asarray(totals, dtype=np.float64)[..., row, :] for row in (CORRECT, GIVEN, GOLD))
    there = gold > 0
    if metric == "accuracy":
        part, whole = correct.sum(-1), gold.sum(-1)
    else:
        each = np.divide(2 * correct, given + gold, out=np.zeros_like(correct), where=there)
        part, whole = each.sum(-1), there.sum(-1)
    return np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=there.any(-1))


def majority_label(train: Sequence[Example]) -> int:
    """The commonest label of the training examples; of several, the first of the task's."""
    seen = Counter(label for one in train for label in one.gold if label != NO_LABEL)
    return min(seen, key=lambda label: (-seen[label], label))
