"""The verdict: observations hold where planted, fall where the opposite is, and stay open where nothing can tell."""

import numpy as np
import pytest

from babelscope.dynamics.content import track_content
from planted_series import failed, masks, point, score, series

STEPS = [16, 64, 256, 1000, 4000, 16000]
UP, DOWN = np.linspace(0.05, 0.3, 6), np.linspace(0.6, 0.3, 6)


def shrinking(steps, sizes):
    return {
        step: {"value": size, "low": size - 5.0, "high": size + 5.0, "null_mean": size / 2, "null_sd": 2.0}
        for step, size in zip(steps, sizes, strict=True)
    }


def said(points, replicates, order="training", **options):
    content = track_content(
        name="nano",
        order=order,
        points=points,
        replicates=replicates,
        regions={one["key"]: {"fr": masks(1, 2)} for one in points},
        facts={},
        **options,
    )
    return content["verdict"]


def observation(sentences, number):
    (found,) = [one for one in sentences if f"Observation {number} of" in one]
    return found


def test_both_observations_hold_where_planted():
    points, replicates = series(STEPS, UP, DOWN, sklr=shrinking(STEPS, [90, 80, 70, 60, 50, 40]))
    sentences = said(points, replicates)
    assert observation(sentences, "III").startswith(
        "Observation III of Zeng et al. (2025), that regions shrink and LRDS falls as training goes on, holds: "
        "SKLR falls (beyond chance 45 neurons at first, 20 at last); LRDS falls"
    )
    assert (
        observation(sentences, "IV")
        == "Observation IV of Zeng et al. (2025), that SADS rises as training goes on, holds: SADS rises."
    )
    assert sentences[0].startswith("From step 16 to step 16000 (6 clean points): LRDS falls (")
    assert "SKLR falls (90 to 40 neurons, change −50, p = .0028)" in sentences[0].replace("\u00a0", " ")
    assert sentences[-1] == "No score gets worse between clean points beyond its interval."


def test_both_fall_where_the_opposite_is():
    points, replicates = series(STEPS, UP[::-1], DOWN[::-1], sklr=shrinking(STEPS, [40, 50, 60, 70, 80, 90]))
    sentences = said(points, replicates)
    assert "does not hold: SKLR rises" in observation(sentences, "III")
    assert "does not hold: SADS falls" in observation(sentences, "IV")
    assert sentences[-1].startswith("Worse from one clean point to the next, and explained by no flag: ")


def test_flat_noise_decides_nothing():
    flat = np.full(6, 0.2) + 1e-4 * np.array([1, -1, 2, -2, 1, -1])
    points, replicates = series(STEPS, flat, flat, shared=0.5, sklr=shrinking(STEPS, [60, 61, 60, 59, 60, 61]))
    sentences = said(points, replicates)
    assert "is not decided: SKLR shows no clear trend" in observation(sentences, "III")
    assert "is not decided: SADS shows no clear trend" in observation(sentences, "IV")


def test_one_score_is_not_enough_for_an_observation_about_two():
    points, replicates = series(STEPS, UP, DOWN)
    sentence = observation(said(points, replicates), "III")
    assert "is not decided: SKLR never changes" in sentence and "LRDS falls" in sentence


def test_rising_back_to_less_than_at_first_is_no_rise():
    points, replicates = series(STEPS, [0.2, 0.02, 0.04, 0.06, 0.08, 0.1], DOWN)
    sentence = observation(said(points, replicates), "IV")
    assert "does not hold: SADS ends lower than it starts, lowest at step 64 (0.02" in sentence
    assert "and up from there (" in sentence


def test_more_points_on_the_way_back_make_no_rise_of_it():
    """By order alone this rises: eight of nine steps go up."""
    steps = [2**i for i in range(10)]
    points, replicates = series(steps, [0.5, *np.linspace(0.02, 0.2, 9)], np.linspace(0.6, 0.3, 10))
    sentences = said(points, replicates)
    assert "SADS shows no clear trend" in sentences[0]
    assert "does not hold: SADS ends lower than it starts, lowest at step 2 (" in observation(sentences, "IV")


def test_order_without_a_clear_change_decides_nothing_and_says_why():
    points, replicates = series(STEPS, UP, DOWN, noise=1e-4)
    generator = np.random.default_rng(3)
    for found in replicates.values():
        found["sads"] = generator.normal(size=(3, 60))
    sentence = observation(said(points, replicates), "IV")
    assert "is not decided: SADS shows no clear trend (in order beyond chance, p" in sentence
    assert sentence.endswith("but the last point is not clearly above the first).")


def test_regions_that_shrink_no_more_than_chance_does_are_no_evidence():
    sizes = shrinking(STEPS, [90, 80, 70, 60, 50, 40])
    for step, null in zip(STEPS, [80.0, 69, 58, 47, 36, 25], strict=True):
        sizes[step]["null_mean"] = null
    sentence = observation(said(*series(STEPS, UP, DOWN, sklr=sizes)), "III")
    assert "is not decided: SKLR falls (beyond chance 10 neurons at first, 15 at last: what shrinks is" in sentence


def test_brackets_stand_alone():
    few = series(STEPS[:4], UP[:4], DOWN[:4], sklr=shrinking(STEPS[:4], [90, 80, 70, 60]))
    sentence = observation(said(*few), "III")
    assert (
        ") (" not in sentence and "no trend can be shown; beyond chance 45 neurons at first, 30 at last" in sentence
    )


def test_without_intervals_nobody_can_tell_whether_a_score_gets_worse():
    points, replicates = series(STEPS, UP, DOWN, meanings=2)
    for one in points:
        one["loss_mean"] |= {"low": None, "high": None}
    assert said(points, replicates)[-1] == (
        "Whether a score gets worse between points cannot be told: there are no intervals."
    )


@pytest.mark.parametrize(
    "blank, words",
    [
        (0.1, "is above that by"),
        (0.5, "training has not brought back what it first took away"),
        (0.3, "not clearly different"),
    ],
)
def test_against_the_untrained_model(blank, words):
    points, replicates = series([0, *STEPS], [blank, *UP], [0.1, *DOWN], noise=0.05, shared=0.9)
    sentences = said(points, replicates)
    (found,) = [one for one in sentences if "untrained" in one]
    assert words in found
    assert not [one for one in sentences if "step 0 to" in one]


def test_few_points_leave_everything_open():
    points, replicates = series([1, 10, 100, 1000], UP[:4], DOWN[:4])
    sentence = observation(said(points, replicates), "IV")
    assert "is not decided: SADS shows no clear trend (of 4 points p is .083 at the least" in sentence


def test_scale_has_its_own_observation():
    points, replicates = series(STEPS[:5], UP[:5], DOWN[:5])
    for size, one in zip(("xs", "s", "m", "l", "xl"), points, strict=True):
        one["model"] = f"nano-{size}"
    sentences = said(points, replicates, order="scale")
    assert "holds: LRDS falls; SADS rises" in observation(sentences, "V")
    assert sentences[0].startswith("From nano-xs to nano-xl (5 clean points): ")
    assert not [one for one in sentences if "III" in one]


def test_hygiene_says_what_was_left_out_and_why():
    points, replicates = series(STEPS, UP, DOWN, perplexity={4000: 3e5})
    points.append(failed(32000))
    sentences = said(points, replicates)
    assert "1 of 7 points flagged and left out of trends: step 4000 (loss); 1 of 7 failed: step 32000." in sentences
    assert "(5 clean points)" in sentences[0]
    kept = said(points, replicates, include_flagged=True)
    assert any("used in trends all the same" in one for one in kept) and "(6 points)" in kept[0]
    assert "None of 6 points is flagged as broken or mislabelled." in said(*series(STEPS, UP, DOWN))
    blind, replicates = series(STEPS, UP, DOWN)
    for one in blind:
        one["loss"], one["loss_mean"] = {}, None
    assert any("without held-out losses, a broken point may" in one for one in said(blind, replicates))


def test_drops_at_flagged_points_are_explained():
    sads = [0.05, 0.1, 0.2, 0.01, 0.25, 0.3]
    points, replicates = series(STEPS, sads, DOWN, perplexity={1000: 3e5})
    assert said(points, replicates)[-1] == (
        "No score gets worse between clean points beyond its interval; "
        "flags explain what gets worse at 1 step into or out of flagged points."
    )
    clean, replicates = series(STEPS, sads, DOWN)
    assert "SADS falls from step 256 to step 1000 (−0.19" in said(clean, replicates)[-1]


def test_a_single_layer_that_gets_worse_is_not_the_whole_model():
    points, replicates = series(STEPS, UP, DOWN)
    for one, value in zip(points, (0.1, 0.2, 0.3, 0.0, 0.4, 0.5), strict=True):
        one["by_layer"][0]["sads"] = score(value) | {"low": value - 0.01, "high": value + 0.01}
    for key in replicates:
        del replicates[key]["sads"]
    assert said(points, replicates)[-1] == (
        "The whole model gets worse at no step between clean points; languages or layers do at 1 step."
    )


def test_too_little_to_say_anything():
    sentences = said([point(0), point(1), failed(2)], {})
    assert sentences == [
        "Fewer than two clean trained points: nothing can be said about a trend.",
        "1 of 3 failed: step 2.",
    ]
