"""Every distribution over subsets, held against all subsets of a few neurons."""

import math

import pytest
import torch

from babelscope.errors import BabelscopeError
from babelscope.probing.conditional import size_entropies, size_tables
from babelscope.probing.families import (
    FAMILIES,
    ConditionalPoisson,
    HalfMask,
    Poisson,
    UniformSize,
    Unmasked,
    make_family,
)

D = 6


def every_subset(neurons: int) -> torch.Tensor:
    return torch.tensor([[bits >> neuron & 1 for neuron in range(neurons)] for bits in range(2**neurons)]).float()


def scores(probes: int = 2, neurons: int = D, spread: float = 1.5) -> torch.Tensor:
    generator = torch.Generator().manual_seed(7)
    return spread * torch.randn(probes, neurons, generator=generator, dtype=torch.float64)


FIXED = {
    "half_mask": HalfMask(D),
    "uniform_size log": UniformSize(D, "log"),
    "uniform_size root": UniformSize(D, "root"),
    "uniform_size flat": UniformSize(D, "flat"),
    "unmasked": Unmasked(D),
}
LEARNT = {"poisson": Poisson, "conditional_poisson": ConditionalPoisson}


@pytest.mark.parametrize("name", FIXED)
def test_fixed_families_are_distributions_with_that_entropy(name: str) -> None:
    log_q = FIXED[name].log_prob(every_subset(D))
    q = log_q.exp()
    assert q.sum().item() == pytest.approx(1, abs=1e-12)
    assert FIXED[name].entropy().item() == pytest.approx(-(q[q > 0] * log_q[q > 0]).sum().item(), abs=1e-12)


@pytest.mark.parametrize("name", LEARNT)
def test_learnt_families_are_distributions_with_that_entropy(name: str) -> None:
    family = LEARNT[name](scores())
    log_q = family.log_prob(every_subset(D).expand(2, -1, -1))
    q = log_q.exp()
    assert q.sum(1).tolist() == pytest.approx([1, 1], abs=1e-12)
    expected = -torch.where(q > 0, q * log_q, 0).sum(1)
    assert family.entropy().tolist() == pytest.approx(expected.tolist(), abs=1e-12)


@pytest.mark.parametrize("name", LEARNT)
def test_the_expected_score_is_zero(name: str) -> None:
    w = scores().requires_grad_()
    log_q = LEARNT[name](w).log_prob(every_subset(D).expand(2, -1, -1))
    q = log_q.detach().exp()
    (gradient,) = torch.autograd.grad(torch.where(q > 0, q * log_q, 0).sum(), w)
    assert gradient.abs().max() < 1e-12


@pytest.mark.parametrize("name", LEARNT)
def test_the_gradient_of_the_entropy_is_that_of_the_sum_over_subsets(name: str) -> None:
    w = scores().requires_grad_()
    family = LEARNT[name](w)
    log_q = family.log_prob(every_subset(D).expand(2, -1, -1))
    (by_sum,) = torch.autograd.grad(-(log_q.exp() * log_q.clamp(min=-1e9)).sum(), w, retain_graph=True)
    (by_formula,) = torch.autograd.grad(family.entropy().sum(), w)
    torch.testing.assert_close(by_formula, by_sum, atol=1e-10, rtol=0)


@pytest.mark.parametrize("name", FIXED)
def test_fixed_samples_come_as_often_as_the_log_probability_says(name: str) -> None:
    masks = FIXED[name].sample(40_000, torch.Generator().manual_seed(0))
    compare_counts(masks, FIXED[name].log_prob(every_subset(D)).exp())


@pytest.mark.parametrize("name", LEARNT)
def test_learnt_samples_come_as_often_as_the_log_probability_says(name: str) -> None:
    family = LEARNT[name](scores())
    masks = family.sample(40_000, torch.Generator().manual_seed(0))
    chances = family.log_prob(every_subset(D).expand(2, -1, -1)).exp()
    for probe in range(2):
        compare_counts(masks[probe], chances[probe])


def compare_counts(masks: torch.Tensor, chances: torch.Tensor) -> None:
    assert set(masks.unique().tolist()) <= {0.0, 1.0}
    numbers = (masks.long() * 2 ** torch.arange(D)).sum(1)
    counts = torch.bincount(numbers, minlength=2**D).double()
    expected = chances * len(masks)
    assert counts[chances == 0].sum() == 0
    seen = chances > 0
    chi_square = ((counts - expected)[seen] ** 2 / expected[seen]).sum().item()
    freedom = int(seen.sum()) - 1
    assert chi_square <= freedom + 5 * math.sqrt(2 * freedom)


def test_the_gradient_of_a_table_is_the_inclusion_probability_of_each_size() -> None:
    w = scores(1).requires_grad_()
    subsets = every_subset(D).double()
    for size in range(1, D + 1):
        mine = subsets[subsets.sum(1) == size]
        weight = (mine @ w[0].detach()).exp()
        expected = (weight[:, None] * mine).sum(0) / weight.sum()
        (found,) = torch.autograd.grad(size_tables(w)[0, -1, size], w)
        torch.testing.assert_close(found[0], expected, atol=1e-12, rtol=0)


def test_equal_scores_give_every_subset_of_a_size_the_same_chance() -> None:
    flat = UniformSize(D, "flat").log_prob(every_subset(D))
    learnt = ConditionalPoisson(torch.full((1, D), 2.5)).log_prob(every_subset(D)[None])[0]
    torch.testing.assert_close(learnt, flat, atol=1e-12, rtol=0)


def test_many_neurons_and_extreme_scores_stay_finite() -> None:
    w = torch.cat([torch.linspace(-40, 40, 299), torch.tensor([0.0])])[None].double()
    tables = size_tables(w)
    entropies = size_entropies(w, tables)
    assert torch.isfinite(tables[:, -1]).all() and torch.isfinite(entropies).all()
    assert entropies.min() > -1e-9
    family = ConditionalPoisson(w)
    masks = family.sample(50, torch.Generator().manual_seed(0))
    assert masks.sum(-1).min() >= 1
    assert torch.isfinite(family.log_prob(masks)).all()


def test_log_sizes_are_small_more_often_than_flat_ones() -> None:
    many = 2_000
    drawn = {
        sizes: UniformSize(100, sizes).sample(many, torch.Generator().manual_seed(0)).sum(1)
        for sizes in ("log", "flat")
    }
    assert (drawn["log"] <= 10).float().mean().item() == pytest.approx(0.565, abs=0.05)
    assert (drawn["flat"] <= 10).float().mean().item() == pytest.approx(0.1, abs=0.03)
    assert max(drawn["log"]) <= 100 and min(drawn["flat"]) >= 1


@pytest.mark.parametrize("name", LEARNT)
def test_the_masks_of_a_probe_do_not_depend_on_the_others(name: str) -> None:
    w = scores(3)
    together = LEARNT[name](w).sample(20, torch.Generator().manual_seed(3))
    alone = LEARNT[name](w[1:2]).sample(20, torch.Generator().manual_seed(3))
    assert torch.equal(together[1], alone[0])


def test_the_released_log_probability_is_not_one() -> None:
    """What METHODS 6g.4 says of it: normalised by all sizes, and with the wrong sign of log D, it sums to D."""
    w = scores(1)
    tables = size_tables(w)[0, -1, 1:]
    subsets = every_subset(D)[1:].double()
    released = subsets @ w[0] - tables.logsumexp(0) + math.log(D)
    assert released.exp().sum().item() == pytest.approx(D)


def test_unknown_families_are_one_line() -> None:
    with pytest.raises(BabelscopeError, match="unknown probe family 'poison'; did you mean 'poisson'"):
        make_family("poison")
    assert set(FAMILIES) >= {"poisson", "half_mask", "uniform_size", "conditional_poisson"}
