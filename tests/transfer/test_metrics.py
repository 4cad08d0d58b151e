"""Accuracy and macro F1 from counts: what scikit-learn says, whichever words have no label or no token."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from babelscope.transfer.examples import Example
from babelscope.transfer.metrics import counts_of, majority_label, scored

metrics = pytest.importorskip("sklearn.metrics")

LABELS = 5


def words(labels: list[int]) -> Example:
    return Example("1", "x" * len(labels), spans=tuple((i, i + 1) for i in range(len(labels))), labels=tuple(labels))


pairs = st.lists(
    st.lists(st.tuples(st.integers(-1, LABELS - 1), st.integers(-1, LABELS - 1)), min_size=1, max_size=8),
    min_size=1,
    max_size=10,
).filter(lambda rows: any(gold >= 0 for row in rows for gold, _ in row))


@given(pairs)
def test_scores_are_scikit_learns(rows) -> None:
    examples = [words([gold for gold, _ in row]) for row in rows]
    counts = counts_of(examples, [np.array([answer for _, answer in row]) for row in rows], LABELS)
    assert counts.shape == (len(rows), 3, LABELS)
    labelled = [(gold, answer) for row in rows for gold, answer in row if gold >= 0]
    gold, answers = zip(*labelled, strict=True)
    present = sorted(set(gold))
    totals = counts.sum(axis=0).astype(float)
    assert scored(totals, "accuracy") == pytest.approx(metrics.accuracy_score(gold, answers))
    without: Any = 0
    expected = metrics.f1_score(gold, answers, labels=present, average="macro", zero_division=without)
    assert scored(totals, "macro_f1") == pytest.approx(expected)


def test_one_label_for_the_whole_is_one_word() -> None:
    examples = [Example(str(i), "x", label=i % 3) for i in range(6)]
    counts = counts_of(examples, [np.array([0])] * 6, 3)
    assert scored(counts.sum(axis=0).astype(float), "accuracy") == pytest.approx(1 / 3)
    assert scored(counts.sum(axis=0).astype(float), "macro_f1") == pytest.approx(0.5 / 3)


def test_draws_without_a_label_have_no_score() -> None:
    assert np.isnan(scored(np.zeros((2, 3, 4)), "accuracy")).all()
    assert np.isnan(scored(np.zeros((3, 4)), "macro_f1"))


def test_answers_have_to_pair_up() -> None:
    with pytest.raises(ValueError, match="expected an answer per word of 1 examples, got 1"):
        counts_of([words([0, 1])], [np.array([0])], LABELS)


def test_the_majority_is_the_trainings_and_ties_go_to_the_first_label() -> None:
    assert majority_label([words([2, 1, -1, -1, -1]), words([1, 2, 0])]) == 1
