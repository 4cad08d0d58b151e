"""Hygiene: the broken and mistaken uploads of the literature are flagged, what merely trains badly is not."""

import math

import numpy as np
import pytest

from babelscope.dynamics.hygiene import find_flags
from planted_series import LANGUAGES, failed, point

STEPS_560M = (1000, 10_000, 100_000, 200_000, 300_000, 400_000, 500_000, 600_000)


def kinds(points, **options):
    return {key: [flag.kind for flag in flags] for key, flags in find_flags(points, **options).items()}


def flagged(points, **options):
    return {key: found for key, found in kinds(points, **options).items() if found}


def test_the_broken_uploads_behind_a_degradation_phase():
    small = [point(step, model="bloom-560m", perplexity=3e5 if step == 600_000 else 70.0) for step in STEPS_560M]
    assert flagged(small) == {"bloom-560m-600000": ["loss"]}
    steps = (1000, 10_000, 100_000, 200_000, 300_000, 400_000, 500_000, 600_000)
    larger = [point(step, model="bloom-1b1", perplexity=3e5 if step == 400_000 else 30.0) for step in steps]
    assert flagged(larger) == {"bloom-1b1-400000": ["loss"]}


def test_the_duplicates_among_the_released_ones():
    small = [point(step, weights="same" if step in (10_000, 500_000) else None) for step in STEPS_560M]
    assert flagged(small) == {"nano-10000": ["duplicate"], "nano-500000": ["duplicate"]}
    message = find_flags(small)["nano-10000"][0].message
    assert message == "has the same weights as nano-500000"


def test_healthy_training_is_clean():
    falling = np.geomspace(5000, 70, 8)
    assert not flagged([point(step, perplexity=p) for step, p in zip(STEPS_560M, falling, strict=True)])


def test_a_slow_rise_is_clean_until_it_has_tripled():
    rising = [point(i + 1, perplexity=70 * 1.1**i) for i in range(11)]
    assert not flagged(rising)
    assert flagged([*rising, point(20, perplexity=70 * 3.01)]) == {"nano-20": ["loss"]}


def test_a_spike_of_a_fifth_is_clean():
    usual = math.log(70)
    assert not flagged([point(1), point(2, perplexity=math.exp(1.2 * usual)), point(3)])


@pytest.mark.parametrize("factor, expected", [(2.999, {}), (3.001, {"nano-2": ["loss"]})])
def test_the_line_is_at_three_times_the_perplexity(factor, expected):
    assert flagged([point(1, perplexity=50.0), point(2, perplexity=50.0 * factor)]) == expected


def test_one_bad_language_is_clean_and_more_than_half_are_not():
    def bad(*codes):
        return [point(1), point(2, perplexity={code: 1e5 if code in codes else 70.0 for code in LANGUAGES})]

    assert not flagged(bad("ar"))
    assert flagged(bad("ar", "fr")) == {"nano-2": ["loss"]}
    half = {"ar": 1e5, "en": 70.0}
    assert not flagged([point(1, perplexity=dict.fromkeys(half, 70.0)), point(2, perplexity=half)])


def test_the_minimum_is_over_all_earlier_points_not_neighbours():
    """Two broken uploads in a row vouch for each other among neighbours, not here; what follows is clean."""
    points = [point(1), point(2, perplexity=3e5), point(3, perplexity=3e5), point(4)]
    assert flagged(points) == {"nano-2": ["loss"], "nano-3": ["loss"]}


def test_a_later_minimum_accuses_nobody():
    assert not flagged([point(1, perplexity=1e4), point(2, perplexity=10.0)])


def test_the_untrained_model_is_neither_accused_nor_a_yardstick():
    """Learning English first takes a model from uniform to sure and wrong in other languages."""
    wrong = {"ar": 1e6, "en": 50.0, "fr": 1e6}
    for made in (True, False):
        assert not flagged([point(0, perplexity=8192.0, made=made), point(16, perplexity=wrong)])
    assert not flagged([point(0, perplexity=math.exp(40))])


def test_a_loss_that_is_no_number_is_the_worst():
    broken = point(1)
    for loss in broken["loss"].values():
        loss["nats_per_byte"] = float("nan")
    assert flagged([broken, point(2)]) == {"nano-1": ["loss"]}
    for loss in broken["loss"].values():
        loss["nats_per_byte"] = None
    assert "beyond measure" in find_flags([broken, point(2)])["nano-1"][0].message


def test_other_tokenizers_are_compared_per_byte():
    """Sizes of a family may differ in tokenizer: half as many tokens for the same bytes have twice the loss each."""
    coarse = point(2)
    for loss in coarse["loss"].values():
        loss |= {"nats_per_token": 2 * loss["nats_per_token"], "tokens": loss["tokens"] // 2}
    assert not flagged([point(1), coarse])


def test_a_misplaced_duplicate_is_no_yardstick_before_its_last_copy():
    """Step 1 holds the weights of step 100: what lies between is worse than them, and not broken."""
    points = [point(1, perplexity=20.0, weights="same"), point(10, perplexity=200.0)]
    points += [point(100, perplexity=20.0, weights="same"), point(1000, perplexity=90.0)]
    assert flagged(points) == {"nano-1": ["duplicate"], "nano-100": ["duplicate"], "nano-1000": ["loss"]}


def test_the_untrained_model_twice_is_no_duplicate_but_a_trained_one_like_it_is():
    both = [point(0, weights="blank"), point(0, made=True, model="twin", weights="blank")]
    assert not flagged(both)
    assert flagged([*both, point(5, weights="blank")]) == {"nano-0": ["duplicate"], "nano-5": ["duplicate"]}
    assert flagged([both[1], point(5, weights="blank")]) == {"nano-5": ["duplicate"]}


def test_probes_that_decode_nothing():
    points = [point(0), point(1), point(2), point(3)]
    nmi = {"nano-0": -0.1, "nano-1": -0.02, "nano-2": 0.0, "nano-3": 0.3}
    assert flagged(points, nmi=nmi) == {"nano-1": ["nmi"], "nano-2": ["nmi"]}
    assert not flagged(points)


def test_probes_that_tell_nothing_anywhere_accuse_no_checkpoint():
    points = [point(0), point(1), point(2)]
    assert not flagged(points, nmi={"nano-0": 0.2, "nano-1": -0.2, "nano-2": -0.1})
    assert flagged(points, nmi={"nano-0": -0.2, "nano-1": -0.2, "nano-2": 0.01}) == {"nano-1": ["nmi"]}


def test_failed_points_and_points_without_losses_are_passed_over():
    assert kinds([point(1), failed(2), point(3, perplexity={}), point(4)]) == {
        "nano-1": [],
        "nano-3": [],
        "nano-4": [],
    }


def test_several_flags_at_once():
    points = [point(1), point(2, perplexity=1e5, weights="same"), point(3, perplexity=1e5, weights="same")]
    assert flagged(points)["nano-3"] == ["duplicate", "loss"]
