"""Held-out loss: intervals hold the truth, segments count by their bytes, and what is no number stays out of JSON."""

import json

import numpy as np
import pytest

from babelscope.evaluation.heldout import loss_record, mean_loss
from babelscope.evaluation.perplexity import Losses

PER_BYTE = 0.9


def text(generator, segments, spread=0.1):
    """Segments of different length, whose loss per byte scatters about the truth whatever their length."""
    tokens = np.full(segments, 512)
    tokens[-1] = generator.integers(30, 512)
    sizes = np.round(tokens * generator.uniform(3.2, 4.8, segments)).astype(int)
    return Losses(sizes * (PER_BYTE + spread * generator.normal(size=segments)), tokens, sizes)


def losses(*nll):
    return Losses(np.array(nll, dtype=float), np.full(len(nll), 5), np.full(len(nll), 20))


def inside(found):
    return found["low"] <= PER_BYTE <= found["high"]


@pytest.mark.parametrize("segments", [5, 20])
def test_the_interval_of_a_language_holds_the_truth_about_95_times_in_100(segments):
    generator = np.random.default_rng(0)
    covered = []
    for _ in range(1500):
        found = loss_record(text(generator, segments))
        covered.append(found["low"] <= PER_BYTE <= found["high"])
    assert 0.91 < np.mean(covered) < 0.975


@pytest.mark.parametrize("segments", [(3,) * 9, (20,) * 4, (10, 30, 60)])
def test_so_does_that_of_the_mean_over_languages(segments):
    """Few segments in each of many languages are many together: by the smallest text alone it would be 99 in 100."""
    generator = np.random.default_rng(1)
    covered = []
    for _ in range(800):
        covered.append(inside(mean_loss({str(i): text(generator, n) for i, n in enumerate(segments)})))
    assert 0.92 < np.mean(covered) < 0.975


def test_long_segments_weigh_more_and_every_language_once():
    uneven = Losses(np.array([10.0, 90.0, 50.0]), np.array([5, 15, 10]), np.array([20, 60, 40]))
    found = loss_record(uneven)
    assert found["nats_per_byte"] == 150 / 120 and found["nats_per_token"] == 5 and found["segments"] == 3
    assert (found["tokens"], found["bytes"]) == (30, 120) and found["perplexity"] == pytest.approx(np.exp(5))
    assert mean_loss({"a": uneven, "b": losses(40, 40, 40, 40)})["value"] == (150 / 120 + 2) / 2


def test_one_language_has_the_interval_of_its_own_record():
    one = text(np.random.default_rng(2), 7)
    own, mean = loss_record(one), mean_loss({"a": one})
    assert [mean[name] for name in ("value", "low", "high")] == pytest.approx(
        [own[name] for name in ("nats_per_byte", "low", "high")]
    )


def test_segments_alike_leave_no_doubt():
    same = losses(40, 40, 40)
    assert (loss_record(same)["low"], loss_record(same)["high"]) == (2, 2)
    assert mean_loss({"a": same, "b": same}) == {"value": 2, "low": 2, "high": 2}


def test_two_segments_have_no_interval():
    short = losses(40, 30)
    assert (loss_record(short)["low"], loss_record(short)["high"]) == (None, None)
    assert mean_loss({"a": short, "b": losses(40, 30, 20)}) == {"value": 1.625, "low": None, "high": None}


@pytest.mark.parametrize("broken", [np.inf, np.nan])
def test_what_is_no_number_is_none(broken):
    """A checkpoint that is broken is to be recorded and flagged, not to break the file."""
    found = loss_record(losses(broken, 1, 2))
    assert found["nats_per_byte"] is None and found["low"] is None and found["perplexity"] is None
    assert found["bytes"] == 60
    mean = mean_loss({"a": losses(broken, 1, 2), "b": losses(1, 2, 3)})
    assert mean == {"value": None, "low": None, "high": None}
    json.dumps([found, mean], allow_nan=False)
    assert loss_record(losses(1e5, 1e5, 2e5))["perplexity"] is None
