import numpy as np
import pytest
import torch

from babelscope.evaluation.accuracy import wilson
from babelscope.retrieval.level import measure_level, share_interval
from babelscope.scores.retrieval import centred, closeness, neighbours
from babelscope.scores.significance import jackknife_interval
from report.fake_retrieval import planted

PAIRS = [(0, 1), (0, 2), (1, 2)]


def test_means_over_pairs_are_means_of_the_pairs_and_intervals_are_jackknifed():
    vectors = planted(3, 30, 0.6)
    level, found = measure_level(vectors, PAIRS), closeness(centred(vectors))
    upper = np.triu_indices(3, 1)
    margin = found.margin[upper].mean()
    low, high = jackknife_interval(margin, found.left_out[:, upper[0], upper[1]].mean(-1))
    assert level["all"]["centred_margin"] == pytest.approx(margin)
    assert (level["all"]["centred_margin_low"], level["all"]["centred_margin_high"]) == pytest.approx((low, high))
    low, high = jackknife_interval(found.margin[0, 1], found.left_out[:, 0, 1])
    assert level["pairs"]["centred_margin_low"][0][1] == pytest.approx(low)
    low, high = jackknife_interval(found.margin[0, 1:].mean(), found.left_out[:, 0, 1:].mean(-1))
    assert level["languages"]["centred_margin_high"][0] == pytest.approx(high)
    assert level["all"]["centred_margin"] == pytest.approx(
        level["all"]["centred_cosine"] - level["all"]["centred_unrelated"]
    )


def test_accuracy_counts_hits_in_each_direction_and_mutual_ones_in_both():
    vectors = planted(3, 30, 0.5)
    level, hits = measure_level(vectors, PAIRS), neighbours(centred(vectors), PAIRS)
    assert level["pairs"]["accuracy"][1][0] == hits[1, 0].mean() and level["pairs"]["accuracy"][0][0] is None
    assert level["pairs"]["mutual"][0][1] == (hits[0, 1] & hits[1, 0]).mean() == level["pairs"]["mutual"][1][0]
    assert level["languages"]["accuracy"][2] == pytest.approx((hits[2, 0].mean() + hits[2, 1].mean()) / 2)
    directions = [(a, b) for a in range(3) for b in range(3) if a != b]
    assert level["all"]["accuracy"] == pytest.approx(np.mean([hits[one].mean() for one in directions]))
    assert np.mean(level["by_sentence"]) == pytest.approx(level["all"]["accuracy"])
    low, high = wilson(hits[0, 1].sum(), 30)
    assert (level["pairs"]["accuracy_low"][0][1], level["pairs"]["accuracy_high"][0][1]) == pytest.approx((low, high))


def test_pairs_that_were_not_asked_for_are_in_no_mean():
    vectors = planted(3, 30, 0.6)
    whole, some = measure_level(vectors, PAIRS), measure_level(vectors, [(0, 1), (0, 2)])
    assert some["pairs"]["accuracy"][1][2] is None and some["pairs"]["cosine"][0][1] == whole["pairs"]["cosine"][0][1]
    assert some["languages"]["accuracy"][1] == whole["pairs"]["accuracy"][1][0]
    assert some["all"]["cosine"] == pytest.approx(np.mean([whole["pairs"]["cosine"][0][b] for b in (1, 2)]))


def test_two_sentences_have_values_and_no_interval_of_margins():
    level = measure_level(planted(3, 2, 0.9), PAIRS)
    assert level["all"]["margin_low"] is None and level["all"]["margin"] is not None
    assert level["pairs"]["centred_margin_high"][0][1] is None
    assert 0 <= level["all"]["accuracy_low"] <= level["all"]["accuracy"] <= level["all"]["accuracy_high"] <= 1


def test_a_share_is_worth_between_its_sentences_and_its_pairs_times_sentences():
    draw = np.random.default_rng(0)
    one = draw.random(200) < 0.4
    copies = np.tile(one, (6, 1))
    assert share_interval(copies) == pytest.approx(wilson(one.sum(), 200), abs=2e-3)
    independent = draw.random((6, 200)) < 0.4
    low, high = share_interval(independent)
    assert high - low == pytest.approx(np.subtract(*wilson(480, 1200)[::-1]), rel=0.15)
    for value in (0, 1):
        assert share_interval(np.full((6, 50), value, dtype=bool)) == wilson(50 * value, 50)


def test_intervals_of_shares_hold_what_they_promise():
    """Hits that depend on the sentence, as they do where all pairs see the same text."""
    draw = np.random.default_rng(1)
    inside = 0
    for _ in range(400):
        ease = draw.beta(2, 3, 80)
        low, high = share_interval(draw.random((5, 80)) < ease)
        inside += low <= 0.4 <= high
    assert 0.92 <= inside / 400 <= 0.98


def test_noise_is_at_chance():
    draw = torch.Generator().manual_seed(0)
    level = measure_level(
        torch.randn(4, 200, 16, generator=draw), [(a, b) for a in range(4) for b in range(a + 1, 4)]
    )
    assert level["all"]["accuracy"] < 0.015 and level["all"]["mutual"] < 0.012
    assert level["all"]["margin_low"] < 0 < level["all"]["margin_high"]
    assert level["all"]["centred_margin_low"] < 0 < level["all"]["centred_margin_high"]
