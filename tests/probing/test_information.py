"""Information against its definition and closed forms, planted calibration, and labels that nothing can tell."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from babelscope.errors import BabelscopeError
from babelscope.probing.calibration import calibrated
from babelscope.probing.control import shuffled, shuffled_labels
from babelscope.probing.gaussian import fit_gaussian
from babelscope.probing.greedy import Selection
from babelscope.probing.information import Information, averaged, measure
from babelscope.probing.selection import select_gaussian


def said(log_p: torch.Tensor, dev: torch.Tensor | None = None) -> Selection:
    """A selection of which only what it says matters; the last step stands for all neurons."""
    dev = log_p if dev is None else dev
    ranks = len(log_p) - 1
    blank = np.zeros(ranks)
    return Selection(np.arange(ranks), blank, blank, "nmi", dev[:-1], log_p[:-1], dev[-1], log_p[-1])


def random_words(steps: int, words: int, values: int, seed: int) -> tuple[torch.Tensor, torch.Tensor, np.ndarray]:
    generator = torch.Generator().manual_seed(seed)
    logits = 3 * torch.randn(steps, words, values, generator=generator)
    labels = logits[0].softmax(1).multinomial(1, generator=generator).squeeze(1)
    return logits.log_softmax(2), labels, np.random.default_rng(seed).integers(0, words // 4, words)


def test_values_are_those_of_the_definition():
    log_p, labels, lemmas = random_words(4, 200, 3, seed=0)
    told = measure(said(log_p), labels, labels, lemmas)
    share = np.bincount(labels) / 200
    entropy = -(share * np.log(share)).sum()
    for step in range(3):
        loss = np.mean([-float(log_p[step, n, labels[n]]) for n in range(200)])
        assert told.mi_bits[step] == pytest.approx((entropy - loss) / np.log(2), abs=1e-6)
        assert told.nmi[step] == pytest.approx((entropy - loss) / entropy, abs=1e-6)
        assert told.accuracy[step] == np.mean(log_p[step].argmax(1).numpy() == labels.numpy())
        assert told.at(step + 1).value == pytest.approx(told.nmi[step])
    assert told.at(None).value == pytest.approx(told._values("nmi")[3])
    assert (told.words, told.k, told.majority) == (200, 3, share.max())
    assert told.entropy_bits == pytest.approx(entropy / np.log(2))


def test_certainty_tells_everything_and_frequencies_nothing():
    labels = torch.tensor([0, 0, 0, 1, 1, 2] * 20)
    sure = torch.full((120, 3), -200.0)
    sure[torch.arange(120), labels] = 0
    share = (torch.bincount(labels) / 120).log().expand(120, 3)
    told = measure(said(torch.stack([sure, share, sure])), labels, labels, np.arange(120) // 3)
    assert told.nmi == pytest.approx([1, 0], abs=1e-6)
    assert told.mi_bits == pytest.approx([told.entropy_bits, 0], abs=1e-6)
    assert told.accuracy == pytest.approx([1, 0.5])
    assert told.nmi_calibrated == pytest.approx([1, 0], abs=1e-3)


def test_an_impossible_value_of_another_word_is_no_nan():
    labels = torch.tensor([0, 1] * 10)
    log_p = torch.full((2, 20, 2), -float("inf"))
    log_p[:, torch.arange(20), labels] = 0
    told = measure(said(log_p), labels, labels, np.arange(20), calibrate=False)
    assert told.nmi.tolist() == [1.0]


def test_intervals_resample_whole_lemmas():
    log_p, labels, lemmas = random_words(2, 400, 3, seed=1)
    told = measure(said(log_p), labels, labels, lemmas, draws=4000)
    assert told.at(1) == measure(said(log_p), labels, labels, lemmas, draws=4000).at(1)
    assert told.at(1).low < told.at(1).value < told.at(1).high
    copies = measure(
        said(log_p.repeat_interleave(5, 1)),
        labels.repeat_interleave(5),
        labels.repeat_interleave(5),
        np.repeat(lemmas, 5),
        draws=4000,
    )
    assert copies.at(1).low == pytest.approx(told.at(1).low, abs=1e-9)
    assert copies.at(1).high == pytest.approx(told.at(1).high, abs=1e-9)
    alone = measure(said(log_p), labels, labels, np.arange(400), draws=4000)
    right = (log_p[0].argmax(1) == labels).double()
    error = float(right.std() / 400**0.5)
    shown = alone.at(1, "accuracy")
    assert (shown.high - shown.low) / (2 * 1.96) == pytest.approx(error, rel=0.1)


def test_one_lemma_has_no_interval():
    log_p, labels, _ = random_words(2, 50, 3, seed=2)
    shown = measure(said(log_p), labels, labels, np.zeros(50, dtype=int)).at(1)
    assert (shown.low, shown.high) == (None, None)


def test_calibration_undoes_a_planted_temperature_and_bias():
    log_p, labels, _ = random_words(1, 8000, 4, seed=3)
    tilt = torch.tensor([1.5, -1.0, 0.0, -0.5])
    for sharpness in (0.2, 5.0):
        spoilt = (sharpness * (log_p + tilt)).log_softmax(2)
        mended = calibrated(spoilt[:, :4000], labels[:4000], spoilt[:, 4000:])
        here = -mended[0].gather(1, labels[4000:, None]).mean()
        true = -log_p[0, 4000:].gather(1, labels[4000:, None]).mean()
        assert float(here - true) == pytest.approx(0, abs=3e-3)
        torch.testing.assert_close(mended[0].exp().sum(1), torch.ones(4000))


def test_calibration_is_where_the_loss_is_flat():
    log_p, labels, _ = random_words(3, 500, 4, seed=4)
    log_p = log_p.double()
    for rank in range(3):
        here = log_p[rank : rank + 1]
        q = calibrated(here, labels, here)[0]
        residual = torch.nn.functional.one_hot(labels, 4) - q.exp()
        assert residual.mean(0).abs().max() < 5e-3
        assert abs(float((residual * here[0]).sum(1).mean())) < 2e-2


@pytest.mark.parametrize("size", [1e-6, 1.0, 300.0])
def test_calibration_never_costs_on_the_words_it_was_fitted_to(size):
    generator = torch.Generator().manual_seed(5)
    logits = size * torch.randn(1, 300, 3, generator=generator)
    labels = logits[0].argmax(1)
    log_p = logits.log_softmax(2)
    mended = calibrated(log_p, labels, log_p)
    assert torch.isfinite(mended).all()
    before, after = (-each[0].gather(1, labels[:, None]).mean() for each in (log_p, mended))
    assert after <= before + 2 / 300
    assert after < 1.01 * np.log(3)


def test_seeds_are_averaged_not_pooled():
    one, labels, lemmas = random_words(3, 100, 3, seed=6)
    two = one.roll(1, 1)
    first, second = (measure(said(log_p), labels, labels, lemmas) for log_p in (one, two))
    mean = averaged([first, second])
    for name in ("nmi", "mi_bits", "accuracy", "nmi_calibrated"):
        np.testing.assert_allclose(getattr(mean, name), (getattr(first, name) + getattr(second, name)) / 2)
    assert mean.words == 100
    other = measure(said(one[:, :90]), labels[:90], labels[:90], lemmas[:90])
    with pytest.raises(BabelscopeError, match="same test words"):
        averaged([first, other])
    with pytest.raises(BabelscopeError, match="at least one"):
        averaged([])


def test_what_was_not_measured_is_said():
    log_p, labels, lemmas = random_words(3, 60, 3, seed=7)
    told: Information = measure(said(log_p), labels, labels, lemmas, calibrate=False)
    with pytest.raises(BabelscopeError, match="calibrate=True"):
        told.at(1, "nmi_calibrated")
    with pytest.raises(BabelscopeError, match="2 were chosen; give a k from 1 to 2"):
        told.at(3)


@dataclass(frozen=True)
class Part:
    labels: np.ndarray
    rows: np.ndarray


def test_calibrated_nmi_is_of_the_test_words_and_fitted_to_the_dev_words():
    dev, dev_labels, _ = random_words(3, 150, 3, seed=5)
    test, labels, lemmas = random_words(3, 90, 3, seed=6)
    told = measure(said(test, dev), dev_labels, labels, lemmas)
    tuned = calibrated(dev, dev_labels, test)
    share = np.bincount(labels) / 90
    entropy = -(share * np.log(share)).sum()
    for rank in range(2):
        loss = -tuned[rank, torch.arange(90), labels].double().mean().item()
        assert told.nmi_calibrated[rank] == pytest.approx((entropy - loss) / entropy, abs=1e-6)


@dataclass(frozen=True)
class Parts:
    train: Part
    dev: Part
    test: Part
    language: str = "es"
    attribute: str = "Number"


def test_shuffling_keeps_words_and_frequencies_of_every_split():
    labels = np.repeat([0, 1, 2], [50, 30, 20])
    part = Part(labels, np.arange(100))
    problem = Parts(part, part, part)
    mixed = shuffled(problem, seed=1)
    for name in ("train", "dev", "test"):
        made = getattr(mixed, name)
        assert np.bincount(made.labels).tolist() == [50, 30, 20] and made.rows is part.rows
    assert not np.array_equal(mixed.train.labels, mixed.dev.labels)
    assert np.array_equal(mixed.dev.labels, shuffled(problem, seed=1).dev.labels)
    assert not np.array_equal(mixed.dev.labels, shuffled(problem, seed=2).dev.labels)
    assert np.array_equal(problem.dev.labels, labels) and not np.array_equal(shuffled_labels(labels, 1), labels)


def test_words_in_the_same_places_of_parallel_treebanks_are_shuffled_apart():
    labels = np.repeat([0, 1], 50)
    part = Part(labels, np.arange(100))
    one, other, third = (
        shuffled(Parts(part, part, part, language, attribute), seed=0).train.labels
        for language, attribute in (("es", "Number"), ("pt", "Number"), ("es", "Gender"))
    )
    assert not np.array_equal(one, other) and not np.array_equal(one, third)


def test_shuffled_labels_tell_a_little_where_they_choose_and_nothing_where_they_do_not():
    """Selection itself finds something on the dev words: 20 of 100 neurons are those that fit them by chance."""
    generator = torch.Generator().manual_seed(8)
    vectors = torch.randn(2600, 100, generator=generator)
    labels = (vectors[:, 0] > 0.3).long() + (vectors[:, 1] > 0.5).long()
    mixed = torch.from_numpy(shuffled_labels(labels.numpy(), 0))
    lemmas = np.arange(600) // 2
    told = {}
    for name, values in (("real", labels), ("control", mixed)):
        model = fit_gaussian(vectors[:1400], values[:1400], 3)
        parts = (vectors[1400:2000], values[1400:2000], vectors[2000:], values[2000:])
        found = select_gaussian(model, *parts, k=20)
        told[name] = (found.dev_score, measure(found, parts[1], parts[3], lemmas))
    chosen, test = told["control"]
    assert chosen.max() > 0
    assert np.all(test.nmi < 0.01) and test.at(20).low < 0 and test.nmi_calibrated.max() < 0.01
    assert told["real"][1].nmi[1] > 0.3
