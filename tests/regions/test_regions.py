"""Regions against pair means, planted truth, noise at its expected rate, and files that must not be misused."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from babelscope.activations import Activations
from babelscope.errors import BabelscopeError, ModelError
from babelscope.regions import (
    NeuronMask,
    Regions,
    choose_rule,
    contributions,
    find_regions,
    largest_sharing,
    largest_z,
    overlap,
    zscores,
)
from babelscope.regions.rule import RegionRule, select
from babelscope.regions.zscore import count_above, leave_one_out_counts
from synthetic import noise, planted


def regions_of(activations, threshold=2.0, share=None, **kwargs):
    rule = RegionRule("share", share) if share else RegionRule("threshold", threshold)
    return find_regions(activations, activations.squared_norms(), rule, **kwargs)


def unit_vectors(activations):
    flat = torch.cat([activations.block(layer) for layer in range(1, activations.n_layers + 1)], -1).double()
    return flat / flat.norm(dim=-1, keepdim=True)


def sizes_by_definition(unit, threshold):
    """Contributions as the mean over all pairs of sentences, z-scores with numpy."""
    n = unit.shape[1]
    pairs = list(itertools.permutations(range(n), 2))
    c = torch.stack([unit[:, i] * unit[:, j] for i, j in pairs]).mean(0).numpy()
    z = (c - c.mean(0)) / c.std(0)
    return c, z, (z > threshold).sum(1)


@settings(max_examples=25, deadline=None)
@given(st.integers(3, 7), st.integers(2, 6), st.integers(3, 30), st.integers(0, 10**6))
def test_contributions_and_z_equal_the_mean_over_pairs(languages, sentences, neurons, seed):
    activations = noise(languages, sentences, (neurons,), seed)
    c, z, _ = sizes_by_definition(unit_vectors(activations), 2)
    found = contributions(activations.block(1), activations.squared_norms().sum(0).rsqrt())
    np.testing.assert_allclose(found.numpy(), c, atol=1e-9)
    np.testing.assert_allclose(zscores(found).numpy(), z, atol=1e-4)


def test_contributions_add_up_to_the_mean_similarity_within_a_language():
    activations = noise(3, 8, (11, 7), seed=1)
    scale = activations.squared_norms().sum(0).rsqrt()
    total = sum(contributions(activations.block(layer), scale).sum(1) for layer in (1, 2))
    unit = unit_vectors(activations)
    cosines = torch.einsum("aid,ajd->aij", unit, unit)
    mean = (cosines.sum((1, 2)) - 8) / 56
    torch.testing.assert_close(total, mean)


def test_planted_language_neurons_are_recovered_exactly():
    regions = regions_of(planted(9, 40, 6, 80, 40))
    for a, (language, mask) in enumerate(regions.items()):
        assert language == f"l{a}"
        found = set(mask.indices(1))
        assert set(range(6 * a, 6 * a + 6)) <= found
        others = set(range(54)) - set(range(6 * a, 6 * a + 6))
        assert not found & others


@pytest.mark.parametrize("shared_mean, expected", [(False, 0.073), (True, 0.036)])
def test_on_noise_regions_have_the_size_their_null_says(shared_mean, expected):
    activations = noise(9, 50, (3000,), seed=2)
    if shared_mean:
        mean = torch.randn(3000, generator=torch.Generator().manual_seed(3))
        activations = Activations(activations.languages, [activations.block(1) + mean])
    regions = regions_of(activations)
    assert regions.sklr.value / (9 * 3000) == pytest.approx(expected, abs=0.006)
    assert regions.sklr.value == pytest.approx(regions.sklr.null_mean, abs=4 * regions.sklr.null_sd + 1)


def test_over_many_draws_of_noise_sizes_scatter_around_their_null():
    """Standardised by its own null, the size of all regions has mean 0 and spread 1: neither excess nor deficit."""
    scores = []
    for seed in range(60):
        size = regions_of(noise(7, 12, (150,), seed + 500), 2.0, seed=seed).sklr
        scores.append((size.value - size.null_mean) / size.null_sd)
    assert abs(np.mean(scores)) < 0.5
    assert 0.7 < np.std(scores) < 1.5


def test_the_relabelling_null_equals_relabelling_and_starting_again():
    activations = noise(6, 12, (40, 30), seed=4)
    found = regions_of(activations, 1.8, seed=5)
    generator = np.random.default_rng([5, 3])
    labels = generator.permuted(np.tile(np.arange(6), (20, 12, 1)), axis=2)
    unit = unit_vectors(activations)
    totals = []
    for draw in labels:
        mixed = torch.stack([unit[torch.from_numpy(draw[:, a]), torch.arange(12)] for a in range(6)])
        totals.append(sizes_by_definition(mixed, 1.8)[2].sum())
    assert found.sklr.null_mean == pytest.approx(np.mean(totals), abs=0.5)
    assert found.sklr.null_sd == pytest.approx(np.std(totals, ddof=1), abs=0.5)


def test_leaving_a_meaning_out_equals_starting_again_without_it():
    activations = noise(5, 7, (60,), seed=6)
    scale = activations.squared_norms().sum(0).rsqrt()
    counts = leave_one_out_counts(activations, scale, torch.full((5,), 1.5, dtype=torch.float64))
    unit = unit_vectors(activations)
    for i in range(7):
        kept = [j for j in range(7) if j != i]
        assert counts[i, 0].tolist() == sizes_by_definition(unit[:, kept], 1.5)[2].tolist()


def test_intervals_on_sizes_hold_the_size():
    size = regions_of(planted(9, 40, 6, 80, 40)).sklr
    assert size.low <= size.value <= size.high
    assert size.excess == size.value - size.null_mean


def test_order_of_neurons_and_scale_of_vectors_change_nothing():
    activations = noise(6, 10, (50,), seed=7)
    order = torch.randperm(50, generator=torch.Generator().manual_seed(8))
    scale = torch.rand(6, 10, 1, generator=torch.Generator().manual_seed(9)) + 0.5
    changed = Activations(activations.languages, [(activations.block(1) * scale)[:, :, order]])
    one, two = regions_of(activations, 1.8), regions_of(changed, 1.8)
    for language in one:
        assert (one[language].layers[0][order.numpy()] == two[language].layers[0]).all()


def test_neurons_equal_in_all_languages_belong_to_no_region():
    block = torch.rand(1, 8, 5).repeat(6, 1, 1)
    regions = regions_of(Activations("abcdef", [block]), 1.0)
    assert regions.sklr.value == 0
    assert (regions.z == 0).all()


def test_share_gives_every_language_its_share_and_ties_to_the_lower_index():
    regions = regions_of(noise(4, 10, (120, 80), seed=10), share=0.03)
    assert [mask.size for mask in regions.values()] == [6] * 4
    z = torch.tensor([[1.0, 1.0, 1.0, 0.5], [-1.0, -1.0, 0.2, 0.1]])
    masks, cuts = select(z, RegionRule("share", 0.5))
    assert masks[0].tolist() == [True, True, False, False]
    assert masks[1].tolist() == [False, False, True, True]
    assert cuts[0] < 1 and cuts[1] < 0.1


def test_no_z_exceeds_its_bound():
    for languages in (2, 4, 5, 9, 10):
        one_hot = torch.zeros(languages, 1, dtype=torch.float64)
        one_hot[0] = 1
        assert zscores(one_hot).max().item() == pytest.approx(largest_z(languages))
    assert largest_z(5) == 2.0


def test_default_rule_falls_back_to_share_where_the_threshold_is_out_of_reach():
    assert choose_rule(9) == RegionRule("threshold", 2.0)
    assert choose_rule(6).kind == "threshold"
    rule = choose_rule(5)
    assert (rule.kind, rule.value) == ("share", 0.03) and "2.00" in rule.note
    assert "arbitrary" in choose_rule(2).note


@pytest.mark.parametrize(
    "choice, message",
    [
        ({"languages": 5, "threshold": 2.0}, "sqrt\\(5 - 1\\) = 2.00"),
        ({"languages": 9, "threshold": 3}, "selects nothing"),
        ({"languages": 9, "threshold": math.nan}, "positive z-score"),
        ({"languages": 9, "threshold": -1.0}, "positive z-score"),
        ({"languages": 9, "share": 1.5}, "between 0 and 1"),
        ({"languages": 9, "share": 0.1, "threshold": 1}, "both"),
    ],
)
def test_unreachable_rules_are_refused(choice, message):
    with pytest.raises(BabelscopeError, match=message):
        choose_rule(**choice)


def test_regions_cannot_overlap_at_nine_languages_but_can_at_sixteen():
    assert largest_sharing(9, 2.0) == 1
    assert largest_sharing(16, 2.0) > 1
    z = torch.full((16,), -1.0, dtype=torch.float64)
    z[:2] = 5
    assert (zscores(z[:, None]) > 2).sum() == 2


def test_overlap_and_its_chance_level():
    generator = np.random.default_rng(11)
    layers = (400, 600)
    masks = [
        NeuronMask(tuple(generator.random(width) < rate for width, rate in zip(layers, (0.3, 0.1), strict=True)))
        for _ in range(40)
    ]
    found = overlap(masks)
    outside = ~np.eye(40, dtype=bool)
    assert found.jaccard[outside].mean() == pytest.approx(found.expected[outside].mean(), rel=0.05)
    assert (np.diag(found.jaccard) == 1).all()
    a, b = masks[0], masks[1]
    assert found.shared[0, 1] == len(set(np.flatnonzero(a.flat)) & set(np.flatnonzero(b.flat)))


def test_masks_have_set_algebra():
    generator = np.random.default_rng(12)
    a, b = (NeuronMask((generator.random(20) < 0.4, generator.random(10) < 0.4)) for _ in range(2))
    assert (a & b).size + (a - b).size == a.size
    assert (a | b).size == a.size + b.size - (a & b).size
    assert a == (a & b) | (a - b)
    assert sum(a.by_layer) == a.size == len(a)
    assert math.isclose(a.share, a.size / 30)
    with pytest.raises(BabelscopeError, match="different models"):
        a | NeuronMask((np.zeros(3, dtype=bool),))
    with pytest.raises(BabelscopeError, match="layers run from 1 to 2"):
        a.indices(3)


def test_saved_regions_come_back_and_refuse_another_model(tmp_path):
    regions = regions_of(noise(6, 10, (50, 30), seed=13), 1.8)
    path = regions.save(tmp_path / "regions.safetensors")
    back = Regions.load(path)
    assert all(back[language] == regions[language] for language in regions)
    np.testing.assert_array_equal(back.z, regions.z)
    assert back.rule == regions.rule and Regions.load(tmp_path).neurons == (50, 30)

    class Other:
        name, neurons = "other", (50, 31)

    with pytest.raises(ModelError, match="2 layers of 30 or 50 neurons.*other has 2 layers of 31 or 50"):
        Regions.load(path, Other())


def test_files_that_are_no_regions_are_refused(tmp_path):
    with pytest.raises(BabelscopeError, match="no regions at"):
        Regions.load(tmp_path / "nothing.safetensors")
    (tmp_path / "regions.safetensors").write_bytes(b"not safetensors at all")
    with pytest.raises(BabelscopeError, match="cannot read regions"):
        Regions.load(tmp_path)


@pytest.mark.parametrize("languages, share", [(2, 0.1), (4, 0.03), (5, 0.2), (9, 0.6)])
def test_counting_above_the_cut_of_a_share_gives_the_share_again(languages, share):
    """Null and interval count with the cut in float32; on the data itself that must give the region."""
    block = noise(languages, 10, (400,), seed=20).block(1)
    for a in range(languages):
        block[:, :, 20 * a : 20 * a + 20] *= torch.eye(languages)[a][:, None, None]
    block[:, :, 300:] = 0
    activations = Activations([str(a) for a in range(languages)], [block])
    contribution = contributions(block, activations.squared_norms().sum(0).rsqrt())
    masks, cuts = select(zscores(contribution), RegionRule("share", share))
    again = count_above(contribution.float() / contribution.abs().max(0).values.clamp_min(1e-30).float(), cuts)
    ties = (zscores(contribution) > cuts[:, None]).sum(1)
    assert again.tolist() == ties.tolist()
    assert (again >= masks.sum(1)).all() and not masks[:, 300:].any()


def test_totals_of_a_share_have_no_interval():
    regions = regions_of(noise(4, 10, (200,), seed=21), share=0.05)
    assert regions.sklr.low is None and regions.sizes["l0"].high is None


def test_vectors_scaled_down_have_the_same_regions_null_and_interval():
    """z-scores do not know scale, so neither may the null: a weak layer must not look like pure excess."""
    blocks = [noise(7, 12, (80,), seed=22).block(1), noise(7, 12, (80,), seed=23).block(1)]
    weak = [blocks[0], blocks[1] * 1e-11]
    strong = [blocks[0], blocks[1] * 1e-3]
    one, two = (regions_of(Activations("abcdefg", pair)) for pair in (weak, strong))
    assert one.layer_sizes["a"][1] == two.layer_sizes["a"][1]
