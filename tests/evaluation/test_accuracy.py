import math

import numpy as np
import pytest

from babelscope.evaluation.accuracy import (
    accuracy_estimate,
    change,
    difference_estimate,
    mean_estimate,
    standard_error,
    wilson,
)


def test_wilson_solves_its_own_equation() -> None:
    z = 1.959963984540054
    for right, n in ((0, 30), (7, 30), (30, 30)):
        for bound in wilson(right, n):
            assert abs(right / n - bound) == pytest.approx(z * math.sqrt(bound * (1 - bound) / n), abs=1e-9)


def test_the_standard_error_is_the_sample_means() -> None:
    answers = np.array([1] * 7 + [0] * 23)
    assert standard_error(7, 30) == pytest.approx(answers.std(ddof=1) / math.sqrt(30))
    assert standard_error(1, 1) is None


def test_a_change_and_its_reverse_mirror_each_other() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.integers(0, 2, 40).tolist(), rng.integers(0, 2, 40).tolist()
    there, back = change(one, other), change(other, one)
    assert (there.value, there.low, there.high) == pytest.approx((-back.value, -back.high, -back.low))
    assert (there.gained, there.lost, there.p) == (back.lost, back.gained, back.p)
    assert there.low <= there.value <= there.high


def test_no_change_is_no_certainty() -> None:
    same = change([1, 0] * 10, [1, 0] * 10)
    assert (same.value, same.p) == (0, 1)
    assert same.low < 0 < same.high


def test_intervals_cover_as_often_as_they_say() -> None:
    rng = np.random.default_rng(1)
    hits = 0
    for _ in range(800):
        shared = rng.random(40) < 0.4
        without = (shared | (rng.random(40) < 0.4)).astype(int)
        under = (shared | (rng.random(40) < 0.1)).astype(int)
        found = change(without.tolist(), under.tolist())
        hits += found.low <= 0.6 * (0.1 - 0.4) <= found.high
    assert 0.925 <= hits / 800 <= 0.98


def test_stories_asked_in_several_languages_are_no_new_stories() -> None:
    answers = np.random.default_rng(2).integers(0, 2, 30).astype(float)
    once, ninefold = mean_estimate(answers[None]), mean_estimate(np.tile(answers, (9, 1)))
    assert once == ninefold
    assert mean_estimate(np.ones((3, 5))).low is None


def test_an_accuracy_always_has_an_interval_within_its_range() -> None:
    for right in (np.ones((1, 30)), np.ones((9, 30)), np.zeros((3, 2)), np.eye(30)[:1], np.eye(30)[:3]):
        found = accuracy_estimate(right)
        assert found.low is not None and found.high is not None
        assert 0 <= found.low <= found.value <= found.high <= 1 and found.low < found.high
    one = np.array([[1.0] * 21 + [0.0] * 9])
    assert (accuracy_estimate(one).low, accuracy_estimate(one).high) == wilson(21, 30)
    assert accuracy_estimate(np.ones((1, 30))) == accuracy_estimate(np.ones((9, 30)))


def test_a_single_tasks_difference_is_that_of_its_table() -> None:
    one, other = np.array([[1.0] * 20]), np.array([[0.0] * 20])
    found, table = difference_estimate(one, other), change([0] * 20, [1] * 20)
    assert (found.value, found.low, found.high) == (table.value, table.low, table.high)
    halves = difference_estimate(one, np.array([[0.5] * 19 + [0.0]]))
    assert halves == mean_estimate(one - np.array([[0.5] * 19 + [0.0]]))
