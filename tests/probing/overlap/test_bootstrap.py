"""Intervals over languages: equal to pairs of drawn languages, and right as often as they say."""

import numpy as np
import pytest

from babelscope.probing.overlap.bootstrap import (
    Estimate,
    difference,
    language_draws,
    language_mean,
    mean_of,
    pair_mean,
)


def symmetric(size, seed=0):
    values = np.random.default_rng(seed).normal(size=(size, size))
    return values + values.T


def test_a_draw_is_the_mean_over_pairs_of_drawn_languages_that_differ():
    values, weights = symmetric(5), language_draws(5, 200)
    values[0, 1] = values[1, 0] = np.nan
    found = pair_mean(values, weights)
    for weight, got in zip(weights, found.replicates, strict=True):
        drawn = np.repeat(np.arange(5), weight.astype(int))
        pairs = [(a, b) for i, a in enumerate(drawn) for b in drawn[i + 1 :] if a != b and np.isfinite(values[a, b])]
        assert got == pytest.approx(np.mean([values[pair] for pair in pairs]) if pairs else np.nan, nan_ok=True)
    assert found.value == pytest.approx(np.nanmean(values[np.triu_indices(5, 1)])) and found.n == 9


def test_a_language_never_pairs_with_itself():
    values = symmetric(6)
    weights = language_draws(6, 300)
    plain, spoiled = pair_mean(values, weights), pair_mean(values + 1e6 * np.eye(6), weights)
    assert plain.value == spoiled.value and np.array_equal(plain.replicates, spoiled.replicates)


def test_a_constant_has_no_width_and_two_languages_no_interval():
    weights = language_draws(4, 100)
    low, high = pair_mean(np.full((4, 4), 0.25), weights).ends()
    assert low == high == 0.25
    assert pair_mean(symmetric(2), language_draws(2, 100)).ends() == (None, None)
    assert pair_mean(np.full((3, 3), np.nan), language_draws(3, 10)) is None
    assert language_mean(np.full(3, np.nan), language_draws(3, 10)) is None


def test_the_same_languages_get_the_same_draws_so_that_differences_are_paired():
    assert np.array_equal(language_draws(7, 50, seed=3), language_draws(7, 50, seed=3))
    assert not np.array_equal(language_draws(7, 50, seed=3), language_draws(7, 50, seed=4))
    values, weights = symmetric(7), language_draws(7, 500)
    before, after = pair_mean(values, weights), pair_mean(values + 0.01, weights)
    low, high = difference(after, before).ends()
    assert low == pytest.approx(0.01) and high == pytest.approx(0.01)
    wide = after.ends()
    assert wide[1] - wide[0] > 0.1


def test_a_part_that_a_draw_empties_keeps_its_value():
    whole = Estimate(2.0, np.array([1.0, 3.0]), 5, 10)
    gone = Estimate(4.0, np.array([np.nan, 6.0]), 2, 1)
    both = mean_of([whole, gone])
    assert both.value == 3.0 and both.replicates.tolist() == [2.5, 4.5] and both.n == 11


def test_the_mean_over_languages_is_the_usual_bootstrap():
    values = np.array([1.0, 2.0, np.nan, 4.0])
    weights = language_draws(4, 100)
    found = language_mean(values, weights)
    known = np.array([1.0, 2.0, 4.0])
    kept = weights[:, [0, 1, 3]]
    assert found.value == pytest.approx(7 / 3) and found.n == 3
    assert found.replicates == pytest.approx(
        (kept @ known) / np.where(kept.sum(1) > 0, kept.sum(1), np.nan), nan_ok=True
    )


@pytest.mark.parametrize("languages", [8, 13])
def test_intervals_cover_a_mean_over_languages_about_as_often_as_they_say(languages):
    """Each language shares more or less with all others: an interval over pairs as if independent would be blind."""
    draw = np.random.default_rng(1)
    weights = language_draws(languages, 500)
    covered = naive = 0
    for _ in range(300):
        own = draw.normal(scale=0.05, size=languages)
        noise = np.triu(draw.normal(scale=0.03, size=(languages, languages)), 1)
        found = pair_mean(0.15 + own[:, None] + own + noise + noise.T, weights)
        low, high = found.ends()
        covered += low <= 0.15 <= high
        values = (0.15 + own[:, None] + own + noise + noise.T)[np.triu_indices(languages, 1)]
        naive += abs(values.mean() - 0.15) <= 1.96 * values.std(ddof=1) / np.sqrt(len(values))
    assert 0.84 <= covered / 300 <= 0.99
    assert naive / 300 < 0.75
