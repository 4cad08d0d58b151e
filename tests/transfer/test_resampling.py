"""Intervals of transfer: closed form over seeds, coverage, translations weighted alike, nothing depends on order."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

import babelscope.transfer.resampling as resampling
from babelscope.transfer import Predictions, TransferTask, scores_of
from babelscope.transfer.resampling import Resampled, estimate
from transfer.planted_answers import answers, planted_task

RIGHT = {"en": 0.9, "fr": 0.7, "zh": 0.4}


def ends(found: dict[str, float]) -> tuple[float, float]:
    return found["low"], found["high"]


def first_right(task: TransferTask, counts: tuple[int, ...]) -> list[Predictions]:
    """A seed for each count: of every sentence so many first words are right."""
    said = []
    for seed, count in enumerate(counts):
        test = {
            code: [np.where(np.arange(5) < count, one.labels, (np.array(one.labels) + 1) % 3) for one in examples]
            for code, examples in task.test.items()
        }
        said.append(Predictions("lora", "all", seed, 0.9, test))
    return said


def test_where_sentences_are_all_alike_the_interval_is_students() -> None:
    task = planted_task()
    found = estimate(Resampled(task, first_right(task, (2, 3, 3))).score("fr", "accuracy"))
    seeds = np.array([0.4, 0.6, 0.6])
    half = stats.t.ppf(0.975, 2) * seeds.std(ddof=1) / np.sqrt(3)
    assert found["value"] == pytest.approx(seeds.mean())
    assert ends(found) == pytest.approx((seeds.mean() - half, seeds.mean() + half), rel=0.02)
    assert ends(estimate(Resampled(task, first_right(task, (3,))).score("fr", "accuracy"))) == pytest.approx(
        (0.6, 0.6)
    )


def test_intervals_cover_the_truth_though_seeds_scatter_and_are_three() -> None:
    rng, covered = np.random.default_rng(0), []
    task = planted_task(("en", "fr"), 60)
    for trial in range(150):
        seeds = [
            answers(task, {"en": 0.9, "fr": 0.6 + 0.04 * rng.standard_normal()}, seed=10 * trial + seed)
            for seed in range(3)
        ]
        found = estimate(Resampled(task, seeds, draws=200).mean("accuracy"))
        covered.append(found["low"] <= 0.6 <= found["high"])
    assert 0.91 <= np.mean(covered) <= 0.995


def test_the_mean_is_that_of_the_targets_scores() -> None:
    task = planted_task()
    seeds = [answers(task, RIGHT, seed=seed) for seed in range(3)]
    sampled = Resampled(task, seeds)
    for metric in ("accuracy", "macro_f1"):
        scores = {one.language: one.score for one in scores_of(task, seeds) if one.metric == metric}
        assert sampled.mean(metric).value == pytest.approx((scores["fr"] + scores["zh"]) / 2)
    alone = Resampled(planted_task(("en",)), seeds)
    assert alone.mean("accuracy").value == alone.score("en", "accuracy").value


def test_translations_have_the_same_weights_whatever_else_is_tested_and_in_whatever_order(monkeypatch) -> None:
    task, (one,) = planted_task(), [answers(planted_task(), RIGHT)]
    drawn = Resampled(task, [one]).score("fr", "macro_f1").drawn
    turned = replace(task, test={"en": task.test["en"], "fr": task.test["fr"][::-1]})
    back = replace(one, test={"en": one.test["en"], "fr": one.test["fr"][::-1]})
    np.testing.assert_allclose(Resampled(turned, [back]).score("fr", "macro_f1").drawn, drawn, rtol=1e-5)
    monkeypatch.setattr(resampling, "_BLOCK", 7)
    np.testing.assert_allclose(Resampled(task, [one]).score("fr", "macro_f1").drawn, drawn, rtol=1e-5)
    alike = replace(task, test={**task.test, "fr": task.test["en"]})
    sampled = Resampled(alike, [replace(one, test={**one.test, "fr": one.test["en"]})])
    gap = sampled.score("en", "accuracy") - sampled.score("fr", "accuracy")
    assert estimate(gap) == {"value": 0.0, "low": 0.0, "high": 0.0}


def test_a_ratio_is_that_of_the_means_and_its_interval_that_of_the_samples_quotients() -> None:
    task = planted_task()
    sampled = Resampled(task, [answers(task, RIGHT)])
    own, source = (sampled.score(code, "accuracy") for code in ("zh", "en"))
    ratio = own.over(source)
    assert ratio is not None and ratio.value == pytest.approx(own.value / source.value)
    quotients = own.drawn / source.drawn
    low, high = np.percentile(quotients, [2.5, 97.5]) - quotients.mean() + own.value / source.value
    assert ends(estimate(ratio)) == pytest.approx((low, high))
    same = source.over(source)
    assert same is not None and ends(estimate(same)) == (1.0, 1.0)
    half = Resampled(task, first_right(task, (2, 3))).score("fr", "accuracy")
    whole = Resampled(task, first_right(task, (4, 5))).score("fr", "accuracy")
    ratio = half.over(whole)
    assert ratio is not None and ratio.value == pytest.approx(0.5 / 0.9)
    assert ratio.seeds == pytest.approx([(0.4 + 0.5 / 0.9 * 0.1) / 0.9, (0.6 - 0.5 / 0.9 * 0.1) / 0.9])


def test_nothing_over_nothing_has_no_ratio() -> None:
    task = planted_task()
    sampled = Resampled(task, first_right(task, (0, 0)))
    assert sampled.score("fr", "accuracy").over(sampled.score("en", "accuracy")) is None
    score = scores_of(task, first_right(task, (0, 0)))[1]
    assert (score.ratio, score.ratio_low, score.ratio_high) == (None, None, None)


def test_a_method_and_itself_do_not_differ_and_seeds_of_two_methods_have_nothing_in_common() -> None:
    task = planted_task()
    one, two = (Resampled(task, [answers(task, RIGHT)]).mean("accuracy") for _ in range(2))
    assert estimate(one, two) == {"value": 0.0, "low": 0.0, "high": 0.0}
    said = first_right(task, (1, 2, 4))
    one, two = (
        Resampled(task, [replace(own, method=method) for own in said]).mean("accuracy") for method in ("lora", "full")
    )
    (low, high), (first, last) = ends(estimate(one, two)), ends(estimate(one))
    assert high - low > 1.1 * (last - first)


def test_an_interval_lies_around_its_value_however_samples_are_biased_and_within_its_scale() -> None:
    biased = resampling.Sampled(np.array([0.5]), np.array([0.6, 0.6, 0.7, 0.7]), np.zeros(4))
    found = estimate(biased)
    assert (found["low"] + found["high"]) / 2 == pytest.approx(0.5) and found["low"] < 0.5 < found["high"]
    scattered = resampling.Sampled(np.array([0.9, 1.0]), np.array([0.95, 0.95]), np.array([-12.7, 12.7]))
    assert estimate(scattered, within=(0.0, 1.0))["high"] == 1
