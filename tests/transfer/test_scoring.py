"""Scores of languages: intervals that cover, gaps drawn by translation, baselines that see the training alone."""

import numpy as np
import pytest

from babelscope.transfer import Predictions, TransferTask, scores_of
from babelscope.transfer.examples import Example

LABELS = ("a", "b", "c")


def made(sentences: int = 60, words: int = 5, shift: str = "", seed: int = 0) -> tuple[Example, ...]:
    rng = np.random.default_rng(seed)
    spans = tuple((i, i + 1) for i in range(words))
    labels = rng.choice(3, p=[0.6, 0.3, 0.1], size=(sentences, words))
    return tuple(
        Example(f"{shift}{i}", "x" * words, spans=spans, labels=tuple(int(label) for label in row))
        for i, row in enumerate(labels)
    )


def task(**test: tuple[Example, ...]) -> TransferTask:
    return TransferTask("pos", "tokens", LABELS, "en", made(seed=9), made(5, seed=8), test, {}, "planted")


def answered(of: TransferTask, right: float, seed: int = 0, together: bool = False) -> Predictions:
    """Right with a chance; with `together`, in every language where it is right in the first."""
    rng = np.random.default_rng(seed)
    test, good = {}, {}
    for code, examples in of.test.items():
        rows = []
        for one in examples:
            if not together or one.id not in good:
                good[one.id] = rng.random() < right
            hit = good[one.id] if together else rng.random(len(one.labels)) < right
            rows.append(np.where(hit, one.labels, (np.array(one.labels) + 1) % 3))
        test[code] = rows
    return Predictions("lora", "all", seed, 0.9, test)


def of(scores, language: str, metric: str = "accuracy"):
    return next(one for one in scores if (one.language, one.metric) == (language, metric))


def test_scores_of_several_seeds_are_their_mean_and_the_source_has_no_gap() -> None:
    planted = task(en=made(), fr=made(seed=1))
    seeds = [answered(planted, right, seed) for seed, right in enumerate((0.7, 0.8, 0.9))]
    scores = scores_of(planted, seeds)
    assert len(scores) == 4
    fr, en = of(scores, "fr"), of(scores, "en")
    alone = [of(scores_of(planted, [one]), "fr") for one in seeds]
    assert fr.seeds == tuple(one.score for one in alone)
    assert fr.score == pytest.approx(np.mean(fr.seeds))
    assert fr.low < min(fr.seed_intervals[1]) < fr.score < max(fr.seed_intervals[1]) < fr.high
    assert fr.seed_intervals == tuple((one.low, one.high) for one in alone)
    assert fr.source_score == en.score
    assert fr.gap == pytest.approx(en.score - fr.score)
    assert fr.ratio == pytest.approx(fr.score / en.score)
    assert fr.ratio is not None and fr.ratio_low is not None and fr.ratio_high is not None
    assert fr.ratio_low < fr.ratio < fr.ratio_high
    assert (en.gap, en.gap_low, en.gap_high, en.ratio, en.ratio_low, en.ratio_high) == (0, 0, 0, 1, 1, 1)
    assert (fr.examples, fr.n, fr.labels, fr.chance) == (60, 300, 3, 1 / 3)


def test_the_majority_is_that_of_the_training() -> None:
    planted = task(en=made(), fr=made(seed=1))
    fr = of(scores_of(planted, [answered(planted, 0.5)]), "fr")
    gold = [label for one in planted.test["fr"] for label in one.labels]
    assert fr.majority == pytest.approx(gold.count(0) / len(gold))
    share = fr.majority
    assert of(scores_of(planted, [answered(planted, 0.5)]), "fr", "macro_f1").majority == pytest.approx(
        2 * share / (1 + share) / 3
    )


def test_translations_are_drawn_together() -> None:
    planted = task(en=made(), fr=made())
    fr = of(scores_of(planted, [answered(planted, 0.6, together=True)]), "fr")
    assert fr.high - fr.low > 0.1
    assert (fr.gap, fr.gap_low, fr.gap_high) == (0, 0, 0)
    apart = task(en=made(), fr=made(shift="f"))
    other = of(scores_of(apart, [answered(apart, 0.6)]), "fr")
    assert other.gap_high - other.gap_low > 0.05


def test_a_language_more_changes_no_other() -> None:
    few, many = (
        task(en=made(), fr=made(shift="f", seed=1)),
        task(en=made(), ar=made(seed=2), fr=made(shift="f", seed=1)),
    )
    known = answered(many, 0.7)
    assert of(scores_of(few, [known]), "fr") == of(scores_of(many, [known]), "fr")


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    covered = []
    for trial in range(200):
        planted = task(en=made(30, 1, seed=trial))
        one = of(scores_of(planted, [answered(planted, 0.7, trial)], draws=400), "en")
        covered.append(one.low <= 0.7 <= one.high)
    assert 0.88 <= np.mean(covered) <= 0.99


def test_sentences_are_drawn_whole() -> None:
    """Words of a sentence that are all right or all wrong tell less than as many independent words."""
    planted = task(en=made(60, 20))
    clustered, free = (
        of(scores_of(planted, [answered(planted, 0.7, together=together)]), "en") for together in (True, False)
    )
    assert clustered.high - clustered.low > 2 * (free.high - free.low)


def test_methods_are_not_mixed() -> None:
    planted = task(en=made())
    one = answered(planted, 0.5)
    with pytest.raises(ValueError, match="one method and layer"):
        scores_of(planted, [one, Predictions("full", "all", 0, 0.9, one.test)])
    with pytest.raises(ValueError, match="at least one"):
        scores_of(planted, [])
