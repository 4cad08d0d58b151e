"""Neurons in common: exact against brute force, at chance where regions are drawn at random."""

import numpy as np
import pytest
from scipy import stats

from babelscope.comparison import shared_neurons
from babelscope.comparison.shared import chance_range
from babelscope.regions import NeuronMask


def mask_of(generator: np.random.Generator, sizes: list[int], neurons: list[int]) -> NeuronMask:
    layers = []
    for size, width in zip(sizes, neurons, strict=True):
        layer = np.zeros(width, dtype=bool)
        layer[generator.choice(width, size, replace=False)] = True
        layers.append(layer)
    return NeuronMask(tuple(layers))


def test_the_range_by_chance_is_that_of_really_drawing():
    generator = np.random.default_rng(0)
    neurons, first, second = [40, 30, 20], [10, 0, 8], [12, 5, 9]
    one = mask_of(generator, first, neurons)
    found = shared_neurons(one, mask_of(generator, second, neurons))
    drawn = []
    for _ in range(4000):
        other = mask_of(generator, second, neurons)
        common = (one & other).size
        drawn.append(common / (one.size + other.size - common))
    assert found.low == pytest.approx(np.quantile(drawn, 0.025), abs=0.021)
    assert found.high == pytest.approx(np.quantile(drawn, 0.975), abs=0.021)
    assert found.expected == pytest.approx(np.mean(drawn), abs=0.005)
    assert found.low <= found.expected <= found.high


def test_regions_drawn_at_random_lie_within_it_and_equal_ones_far_above():
    generator = np.random.default_rng(1)
    neurons, sizes = [300, 300], [20, 60]
    found = [shared_neurons(*(mask_of(generator, sizes, neurons) for _ in range(2))) for _ in range(300)]
    outside = np.mean([not one.low <= one.jaccard <= one.high for one in found])
    assert outside < 0.08
    one = mask_of(generator, sizes, neurons)
    same = shared_neurons(one, one)
    assert same.jaccard == 1 and same.neurons == 80 and same.high < 0.3


def test_a_layer_profile_in_common_is_not_sharing():
    """All of both regions in one small layer: chance alone makes them share much."""
    generator = np.random.default_rng(2)
    one, other = (mask_of(generator, [40, 0], [50, 5000]) for _ in range(2))
    found = shared_neurons(one, other)
    assert found.low <= found.jaccard <= found.high and found.expected > 0.5


@pytest.mark.parametrize("sizes", [[0, 0], [5, 7], [5, 0]])
def test_empty_and_full_regions_have_a_range_of_one_point(sizes):
    one = mask_of(np.random.default_rng(3), sizes, [5, 7])
    found = shared_neurons(one, one)
    assert found.low == found.high == found.jaccard == (1.0 if sum(sizes) else 0.0)


def test_chance_is_hypergeometric_in_one_layer():
    for one, other, neurons in ((30, 20, 100), (5, 5, 400), (60, 70, 80), (0, 9, 40), (40, 40, 40)):
        chance = stats.hypergeom(neurons, one, other)
        assert chance_range([one], [other], [neurons]) == (chance.ppf(0.025), chance.ppf(0.975))


def test_the_range_is_exact_over_layers():
    one, other, neurons = (3, 4), (5, 2), (9, 8)
    parts = [stats.hypergeom(n, a, b).pmf(np.arange(10)) for a, b, n in zip(one, other, neurons, strict=True)]
    total = np.zeros(20)
    for i, p in enumerate(parts[0]):
        for j, q in enumerate(parts[1]):
            total[i + j] += p * q
    below = np.cumsum(total)
    assert chance_range(one, other, neurons) == (int(np.argmax(below >= 0.025)), int(np.argmax(below >= 0.975)))


def test_large_models_are_no_trouble():
    layers = 40
    low, high = chance_range([1500] * layers, [1400] * layers, [16384] * layers)
    mean = layers * 1500 * 1400 / 16384
    assert low < mean < high and (high - low) / 2 == pytest.approx(
        1.96 * np.sqrt(layers) * stats.hypergeom(16384, 1500, 1400).std(), rel=0.02
    )
