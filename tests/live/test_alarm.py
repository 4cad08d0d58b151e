"""What warns and what does not, on made-up curves whose truth is known."""

import math

import numpy as np
import pytest

from babelscope.evaluation.perplexity import Losses
from babelscope.live.alarm import Alarm
from babelscope.live.measurement import Measurement
from babelscope.provenance import Signature
from babelscope.scores import Score

N, GUESSING = 40, 9.0


def point(step: int, per_meaning: np.ndarray, loss: dict[str, float] | None = None) -> Measurement:
    """A score that is the mean of one number a meaning, so that its jackknife is known by hand."""
    value = float(per_meaning.mean())
    left_out = (per_meaning.sum() - per_meaning) / (len(per_meaning) - 1)
    score = Score(value, None, None, len(per_meaning), replicates=left_out)
    losses = {
        language: Losses(np.array([nats * 10]), np.array([10]), np.array([30]))
        for language, nats in (loss or {"en": 4.0, "fr": 5.0}).items()
    }
    return Measurement(step, score, score, 0, {}, losses, len(per_meaning), Signature.of())


def base(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.1, 0.05, N)


def test_a_drop_of_much_and_beyond_the_interval_warns():
    alarm = Alarm()
    assert alarm.look(point(100, base()), GUESSING) == {}
    noise = np.random.default_rng(1).normal(0, 0.005, N)
    found = alarm.look(point(200, base() - 0.03 + noise), GUESSING)
    assert set(found) == {"sads"} and "at step 100" in found["sads"]


def test_a_small_drop_that_is_certain_does_not_warn():
    alarm = Alarm()
    alarm.look(point(100, base()), GUESSING)
    assert alarm.look(point(200, base() * 0.95), GUESSING) == {}
    strict = Alarm(least_drop=0.0)
    strict.look(point(100, base()), GUESSING)
    assert set(strict.look(point(200, base() * 0.95), GUESSING)) == {"sads"}


def test_a_large_drop_within_the_interval_does_not_warn():
    alarm = Alarm()
    alarm.look(point(100, base(0)), GUESSING)
    assert alarm.look(point(200, base(0) - 0.02 + np.random.default_rng(2).normal(0, 0.2, N)), GUESSING) == {}


def test_a_model_that_only_guesses_is_no_point_to_fall_from():
    alarm = Alarm()
    alarm.look(point(0, base(), {"en": 8.9, "fr": 8.0}), GUESSING)
    assert alarm.look(point(20, base() * 0.01, {"en": 8.5, "fr": 7.5}), GUESSING) == {}
    # A run that starts from a trained model can lose what that one had.
    alarm = Alarm()
    alarm.look(point(0, base()), GUESSING)
    assert set(alarm.look(point(20, base() * 0.01), GUESSING)) == {"sads"}


def test_the_best_is_remembered_for_ten_measurements():
    alarm = Alarm()
    alarm.look(point(0, base()), GUESSING)
    flags = [bool(alarm.look(point(step, base() * 0.5), GUESSING)) for step in range(1, 14)]
    assert flags == [True] * 10 + [False] * 3


def test_false_alarms_stay_below_the_level_over_many_looks():
    """Runs whose SADS never changes for the whole of all meanings: at most 5 % may ever warn, at any look."""
    runs, looks = 400, 30
    alarms = 0
    for run in range(runs):
        generator = np.random.default_rng([run, 9])
        alarm = Alarm(least_drop=0.0)
        common = generator.normal(0.1, 0.05, N)
        alarms += any(
            [bool(alarm.look(point(step, common + generator.normal(0, 0.01, N)), GUESSING)) for step in range(looks)]
        )
    assert alarms / runs <= 0.05


def test_a_loss_that_triples_perplexity_warns_by_language():
    alarm = Alarm()
    alarm.look(point(100, base(), {"en": 4.0, "fr": 5.0}), GUESSING)
    alarm.look(point(200, base(), {"en": 3.5, "fr": 5.2}), GUESSING)
    assert alarm.look(point(300, base(), {"en": 3.5 + math.log(2.9), "fr": 5.0}), GUESSING) == {}
    found = alarm.look(point(400, base(), {"en": 3.5 + math.log(3.1), "fr": 5.0}), GUESSING)
    assert set(found) == {"loss"}
    assert "en 3.5 at step 200, now 4.63" in found["loss"] and "fr" not in found["loss"]


@pytest.mark.parametrize("n", [2])
def test_too_few_sentences_for_an_interval_never_warn_of_sads(n):
    alarm = Alarm()
    alarm.look(point(1, base()[:n]), GUESSING)
    assert alarm.look(point(2, base()[:n] * 0.01), GUESSING) == {}
