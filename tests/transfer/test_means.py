import numpy as np
import pytest

from babelscope.transfer import scores_of
from babelscope.transfer.means import Drawn, estimate
from transfer.planted_answers import answers, planted_task

RIGHT = {"en": 0.9, "fr": 0.7, "zh": 0.4}


def test_the_mean_is_that_of_the_targets_scores() -> None:
    task = planted_task()
    seeds = [answers(task, RIGHT, seed=seed) for seed in range(3)]
    drawn = Drawn(task, seeds)
    for metric in ("accuracy", "macro_f1"):
        scores = {one.language: one.score for one in scores_of(task, seeds) if one.metric == metric}
        assert drawn.mean(metric)[0] == pytest.approx((scores["fr"] + scores["zh"]) / 2)
        assert drawn.source(metric)[0] == pytest.approx(scores["en"])


def test_without_a_target_the_mean_is_the_sources() -> None:
    task = planted_task(("en",))
    drawn = Drawn(task, [answers(task, RIGHT)])
    assert drawn.mean("accuracy")[0] == drawn.source("accuracy")[0]


def test_samples_are_of_sentences_that_are_drawn_together_in_all_languages() -> None:
    task = planted_task(("en", "fr", "es"))
    same = answers(task, {"en": 0.5, "fr": 0.5, "es": 0.5})
    for code in ("fr", "es"):
        same.test[code][:] = same.test["en"]  # type: ignore[index]
        task.test[code] = task.test["en"]  # type: ignore[index]
    drawn = Drawn(task, [same])
    np.testing.assert_array_equal(drawn.mean("accuracy")[1], drawn.source("accuracy")[1])


def test_intervals_shrink_with_sentences_and_grow_with_the_scatter_of_seeds() -> None:
    def width(sentences: int, seeds: int, spread: float) -> float:
        task = planted_task(("en", "fr"), sentences)
        runs = [
            answers(task, {"en": 0.9, "fr": 0.5 + spread * (seed - (seeds - 1) / 2)}, seed=seed)
            for seed in range(seeds)
        ]
        found = estimate(*Drawn(task, runs).mean("accuracy"))
        assert found["low"] <= found["value"] <= found["high"]
        return found["high"] - found["low"]

    assert width(160, 1, 0.0) < 0.7 * width(40, 1, 0.0)
    assert width(160, 3, 0.3) > 2 * width(160, 3, 0.0)


def test_the_interval_covers_the_truth_in_most_of_many_tests() -> None:
    covered = 0
    for trial in range(60):
        task = planted_task(("en", "fr"), 60)
        found = estimate(*Drawn(task, [answers(task, {"en": 0.9, "fr": 0.6}, seed=100 * trial)]).mean("accuracy"))
        covered += found["low"] <= 0.6 <= found["high"]
    assert 51 <= covered <= 60


def test_a_method_and_itself_do_not_differ() -> None:
    task = planted_task()
    one, two = (Drawn(task, [answers(task, RIGHT)]).mean("accuracy") for _ in range(2))
    assert estimate(one[0] - two[0], one[1] - two[1]) == {"value": 0.0, "low": 0.0, "high": 0.0}


def test_an_interval_lies_around_its_value_however_samples_are_biased() -> None:
    found = estimate(0.5, np.array([0.6, 0.6, 0.7, 0.7]))
    assert (found["low"] + found["high"]) / 2 == pytest.approx(0.5) and found["low"] < 0.5 < found["high"]
    assert estimate(0.5, np.array([0.4, np.nan, 0.6])) == pytest.approx({"value": 0.5, "low": 0.405, "high": 0.595})
