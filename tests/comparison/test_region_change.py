"""Neurons in common: exact against brute force, at chance where regions are drawn at random."""

import numpy as np
import pytest

from babelscope.comparison import shared_neurons
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


def test_large_models_are_no_trouble():
    generator = np.random.default_rng(4)
    neurons, sizes = [28672] * 40, [900] * 40
    found = shared_neurons(*(mask_of(generator, sizes, neurons) for _ in range(2)))
    assert 0 < found.low < found.expected < found.high < 0.05
