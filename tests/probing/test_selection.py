"""Greedy selection against brute force, dense forwards, planted neurons, ties and bad input."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from babelscope.errors import BabelscopeError
from babelscope.probing.gaussian import GaussianProbe, fit_gaussian
from babelscope.probing.greedy import Selection
from babelscope.probing.linear import LinearProbe
from babelscope.probing.linear_search import LinearSearch
from babelscope.probing.selection import select_gaussian, select_linear

CORNERS = {
    2: [[1.0, 1, 1], [-1, -1, -1]],
    4: [[1.0, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]],
}
"""Where each value lies in the three neurons that tell of it: no two of them tell all."""

Words = tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]


def draw(neurons: int, values: int, words: int, seed: int, spread: float = 1.0) -> tuple[LinearProbe, Words]:
    """A probe and words whose labels follow it, every value among them."""
    generator = torch.Generator().manual_seed(seed)
    weight = torch.randn(neurons, values, generator=generator) * spread
    bias = torch.randn(values, generator=generator)
    vectors = torch.randn(2 * words, neurons, generator=generator)
    labels = (vectors @ weight + bias).softmax(1).multinomial(1, generator=generator).squeeze(1)
    labels[:values] = labels[words : words + values] = torch.arange(values)
    plain = LinearProbe(weight, bias, torch.zeros(neurons), torch.ones(neurons))
    return plain, (vectors[:words], labels[:words], vectors[words:], labels[words:])


def gaussian(words: Words, values: int, cov: str = "postmean") -> GaussianProbe:
    """Of the same words, dealt out evenly: a value of two words has no covariance."""
    vectors = torch.cat([words[0], words[2]])
    return fit_gaussian(vectors, torch.arange(len(vectors)) % values, values, cov=cov)


def likelihood(log_p: torch.Tensor, labels: torch.Tensor) -> float:
    return float(log_p.gather(1, labels[:, None]).mean())


def accuracy(log_p: torch.Tensor, labels: torch.Tensor) -> float:
    return float(np.mean(log_p.numpy().argmax(1) == labels.numpy()))


def double(probe: LinearProbe) -> LinearProbe:
    return LinearProbe(probe.weight.double(), probe.bias.double(), probe.mean.double(), probe.scale.double())


def brute_force(probe, words: Words, k: int, quality) -> tuple[list[int], list[float], list[float]]:
    """Every subset by a forward pass of its own, in double precision, from the probe's own definition."""
    dev, labels = words[0].double(), words[1]
    picks, best, second = [], [], []
    for _ in range(k):
        tried = {
            d: quality(probe.log_probabilities(dev, [*picks, d]), labels)
            for d in range(probe.neurons)
            if d not in picks
        }
        pick = min(tried, key=lambda d: (-round(tried[d], 10), d))
        best.append(tried.pop(pick))
        second.append(max(tried.values(), default=float("nan")))
        picks.append(pick)
    return picks, best, second


def nmi(quality: list[float], labels: torch.Tensor) -> np.ndarray:
    share = torch.bincount(labels).double() / len(labels)
    share = share[share > 0]
    return 1 + np.array(quality) / float(-(share * share.log()).sum())


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 7), st.integers(2, 5), st.integers(8, 40), st.sampled_from([0.01, 1.0, 40.0]), st.integers(0, 999)
)
def test_linear_selection_is_that_of_brute_force(neurons, values, words, spread, seed):
    probe, material = draw(neurons, values, words, seed, spread)
    found = select_linear(probe, *material, k=neurons)
    picks, best, second = brute_force(double(probe), material, neurons, likelihood)
    assert found.neurons.tolist() == picks
    np.testing.assert_allclose(found.dev_score, nmi(best, material[1]), atol=1e-9 * max(1, spread))
    np.testing.assert_allclose(found.runner_up, nmi(second, material[1]), atol=1e-9 * max(1, spread))


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 6), st.integers(2, 5), st.integers(8, 30), st.integers(0, 999))
def test_accuracy_is_a_criterion_too_and_its_many_ties_go_to_the_lowest_neuron(neurons, values, words, seed):
    probe, material = draw(neurons, values, words, seed)
    picks, best, _ = brute_force(double(probe), material, 2, accuracy)
    found = select_linear(probe, *material, k=2, criterion="accuracy")
    assert (found.neurons.tolist(), found.dev_score.tolist()) == (picks, pytest.approx(best))
    model = gaussian(material, values)
    picks, best, _ = brute_force(model, material, 2, accuracy)
    found = select_gaussian(model, *material, k=2, criterion="accuracy")
    assert (found.neurons.tolist(), found.dev_score.tolist()) == (picks, pytest.approx(best))


@pytest.mark.parametrize("kind", ["linear", "gaussian"])
def test_of_equally_likely_values_the_first_is_named(kind):
    probe, words = draw(6, 3, 60, seed=13)
    twins = [0, 1, 1, 2]
    if kind == "linear":
        model = double(replace(probe, weight=probe.weight[:, twins], bias=probe.bias[twins]))
        select = select_linear
    else:
        one = gaussian(words, 3)
        model = GaussianProbe(one.log_prior[twins], one.means[twins], one.covariances[twins])
        select = select_gaussian
    labels = torch.randint(4, (60,), generator=torch.Generator().manual_seed(0))
    material = (words[0], labels, words[2], labels)
    picks, best, _ = brute_force(model, material, 3, accuracy)
    found = select(model, *material, k=3, criterion="accuracy")
    assert (found.neurons.tolist(), found.dev_score.tolist()) == (picks, pytest.approx(best))


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 6),
    st.integers(2, 4),
    st.integers(12, 40),
    st.sampled_from(["map", "postmean", "ledoit-wolf"]),
    st.integers(0, 999),
)
def test_gaussian_selection_is_that_of_brute_force(neurons, values, words, cov, seed):
    _, material = draw(neurons, values, words, seed)
    model = gaussian(material, values, cov)
    found = select_gaussian(model, *material, k=neurons)
    picks, best, second = brute_force(model, material, neurons, likelihood)
    np.testing.assert_allclose(found.dev_score, nmi(best, material[1]), atol=1e-8)
    np.testing.assert_allclose(found.runner_up, nmi(second, material[1]), atol=1e-8)
    assert found.neurons.tolist() == picks


@pytest.mark.parametrize("kind", ["linear", "gaussian"])
def test_what_is_said_at_each_rank_is_a_forward_pass_with_these_neurons(kind):
    probe, words = draw(6, 3, 50, seed=3)
    model, select = (probe, select_linear) if kind == "linear" else (gaussian(words, 3), select_gaussian)
    found: Selection = select(model, *words, k=6)
    for said, everything, vectors in ((found.dev, found.dev_all, words[0]), (found.test, found.test_all, words[2])):
        for rank in range(6):
            forward = model.log_probabilities(vectors, found.neurons[: rank + 1].tolist()).float()
            torch.testing.assert_close(said[rank], forward, atol=1e-5, rtol=0)
        dense = model.log_probabilities(vectors).float()
        torch.testing.assert_close(said[-1], dense, atol=1e-5, rtol=0)
        torch.testing.assert_close(everything, dense, atol=1e-5, rtol=0)


def test_a_standardising_probe_is_given_raw_words():
    probe, (dev, labels, test, others) = draw(5, 3, 60, seed=4)
    shift, stretch = torch.linspace(-300, 300, 5), torch.logspace(-3, 3, 5)
    raw = LinearProbe(probe.weight, probe.bias, shift, stretch)
    there = select_linear(raw, dev * stretch + shift, labels, test * stretch + shift, others, k=5)
    here = select_linear(probe, dev, labels, test, others, k=5)
    assert there.neurons.tolist() == here.neurons.tolist()
    np.testing.assert_allclose(there.dev_score, here.dev_score, atol=1e-2)


@pytest.mark.parametrize("memory", [0, 3_000_000, 2**30])
def test_memory_changes_no_quality(memory):
    probe, (dev, labels, test, _) = draw(7, 3, 60_000, seed=5)
    search = LinearSearch(probe.weight, probe.bias, dev, labels, test, memory=memory)
    search.add(2)
    np.testing.assert_allclose(search.qualities(), search.exact(np.arange(7)), atol=1e-6)


@pytest.mark.parametrize("size", [1.0, 30.0, 1000.0])
def test_single_precision_stays_within_the_error_that_is_scored_again(size):
    probe, (dev, labels, test, _) = draw(30, 6, 400, seed=6)
    search = LinearSearch(probe.weight * size, probe.bias, dev, labels, test)
    for neuron in (3, 17, 8):
        search.add(neuron)
        exact = search.exact(np.arange(30))
        assert np.all(np.abs(search.qualities() - exact) <= search.error * np.maximum(1, np.abs(exact)))


@pytest.mark.parametrize("values", [2, 4])
@pytest.mark.parametrize("kind", ["linear", "gaussian"])
def test_planted_neurons_come_first(kind, values):
    generator = torch.Generator().manual_seed(values)
    vectors = torch.randn(3000, 40, generator=generator)
    weight = torch.zeros(40, values)
    weight[[4, 19, 33]] = 3 * torch.tensor(CORNERS[values]).T
    labels = (vectors @ weight).argmax(1)
    if kind == "linear":
        # A quarter of the weights that made the labels: with all of them, one neuron alone is far too sure of itself.
        modest = weight / 4 + 0.02 * torch.randn(40, values, generator=generator)
        probe, select = LinearProbe(modest, torch.zeros(values), torch.zeros(40), torch.ones(40)), select_linear
    else:
        probe, select = fit_gaussian(vectors[:1500], labels[:1500], values), select_gaussian
    found = select(probe, vectors[1500:2250], labels[1500:2250], vectors[2250:], labels[2250:], k=5)
    assert sorted(found.neurons[:3].tolist()) == [4, 19, 33]


@pytest.mark.parametrize("kind", ["linear", "gaussian"])
def test_equal_neurons_go_by_index(kind):
    probe, (dev, labels, test, others) = draw(4, 3, 200, seed=7)
    order = [3, 1, 3, 0, 1, 2, 3]
    words = (dev[:, order], labels, test[:, order], others)
    if kind == "linear":
        zero, one = torch.zeros(7), torch.ones(7)
        found = select_linear(LinearProbe(probe.weight[order], probe.bias, zero, one), *words, k=1)
    else:
        model = gaussian((dev, labels, test, others), 3).subset(order)
        apart = torch.diag_embed(model.covariances.diagonal(dim1=1, dim2=2))
        found = select_gaussian(replace(model, covariances=apart), *words, k=1)
    assert found.neurons[0] == order.index(order[found.neurons[0]])
    assert found.dev_score[0] == pytest.approx(found.runner_up[0]) or order.count(order[found.neurons[0]]) == 1


@pytest.mark.parametrize("kind", ["linear", "gaussian"])
def test_candidates_only_and_the_last_has_no_rival(kind):
    probe, words = draw(9, 3, 80, seed=8)
    model, select = (probe, select_linear) if kind == "linear" else (gaussian(words, 3), select_gaussian)
    found = select(model, *words, k=3, candidates=[7, 2, 5])
    assert sorted(found.neurons.tolist()) == [2, 5, 7]
    assert np.isnan(found.runner_up[-1]) and np.all(found.runner_up[:-1] <= found.dev_score[:-1])
    everything = model.log_probabilities(words[2]).float()
    torch.testing.assert_close(found.test_all, everything, atol=1e-5, rtol=0)


def test_a_singular_covariance_is_said_in_one_line():
    _, words = draw(4, 3, 40, seed=14)
    model = gaussian(words, 3)
    flat = replace(model, covariances=torch.ones_like(model.covariances))
    with pytest.raises(
        BabelscopeError, match="4 neurons is singular, expected positive definite ones; fit it"
    ) as caught:
        select_gaussian(flat, *words, k=1)
    assert "\n" not in str(caught.value)


def test_selection_in_one_order_of_words_is_selection_in_any():
    probe, (dev, labels, test, others) = draw(12, 4, 150, seed=9)
    order = torch.randperm(150, generator=torch.Generator().manual_seed(0))
    here = select_linear(probe, dev, labels, test, others, k=6)
    there = select_linear(probe, dev[order], labels[order], test, others, k=6)
    assert here.neurons.tolist() == there.neurons.tolist()
    np.testing.assert_allclose(here.dev_score, there.dev_score, atol=1e-12)


def test_a_selection_can_forget_the_words():
    probe, words = draw(6, 3, 40, seed=12)
    found = select_linear(probe, *words, k=4)
    brief = found.without_words()
    assert brief.neurons is found.neurons and brief.dev_score is found.dev_score
    assert (brief.dev.shape, brief.test_all.shape) == ((4, 0, 3), (0, 3))
    assert (
        sum(each.untyped_storage().nbytes() for each in (brief.dev, brief.test, brief.dev_all, brief.test_all)) == 0
    )


def test_test_words_have_no_say():
    probe, (dev, labels, test, others) = draw(12, 4, 150, seed=10)
    here = select_linear(probe, dev, labels, test, others, k=6)
    there = select_linear(probe, dev, labels, -test, others.flip(0), k=6)
    assert here.neurons.tolist() == there.neurons.tolist()
    assert not torch.equal(here.test, there.test)


def test_what_cannot_be_chosen_is_said_in_one_line():
    probe, words = draw(5, 3, 30, seed=11)
    dev, labels, test, others = words
    holed = dev.clone()
    holed[4, 2] = float("nan")
    strange = (others + 1).clamp(min=1)
    model = gaussian(words, 3)
    for select, one in ((select_linear, probe), (select_gaussian, model)):
        cases = [
            (r"cannot choose k = 6 of 5 neurons; give a k from 1 to 5", words, {"k": 6}),
            (r"cannot choose k = 0 of 5", words, {"k": 0}),
            (r"cannot choose k = 3 of 2 neurons", words, {"k": 3, "candidates": [0, 4]}),
            (r"candidates run from 1 to 5; the probe has neurons 0 to 4", words, {"k": 1, "candidates": [1, 5]}),
            (r"unknown criterion 'acuracy'; did you mean 'accuracy'\?", words, {"k": 1, "criterion": "acuracy"}),
            (r"vectors of the dev words: nan at row 4, column 2 \(1 of 150", (holed, labels, test, others), {"k": 1}),
            (r"all dev words have the same value", (dev, labels * 0, test, others), {"k": 1}),
            (
                r"test labels run from 1 to 3; expected 0 to 2",
                (dev, labels, test, strange),
                {"k": 1},
            ),
            (r"shape \(30, 4\) and 30 labels; expected one row of 5", (dev[:, :4], labels, test, others), {"k": 1}),
            (r"shape \(30, 5\) and 7 labels", (dev, labels, test, others[:7]), {"k": 1}),
        ]
        for message, material, options in cases:
            with pytest.raises(BabelscopeError, match=message) as caught:
                select(one, *material, **options)
            assert "\n" not in str(caught.value)
