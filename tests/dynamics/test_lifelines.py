"""Life-lines: planted survivors are counted, chance is that of random sets with the same size in every layer."""

import numpy as np
import pytest
from scipy import stats

from babelscope.dynamics.lifelines import chance_range, lifelines
from babelscope.regions import NeuronMask
from planted_series import NEURONS, masks


def drawn(generator, sizes, neurons=NEURONS):
    layers = []
    for size, width in zip(sizes, neurons, strict=True):
        layer = np.zeros(width, dtype=bool)
        layer[generator.choice(width, size, replace=False)] = True
        layers.append(layer)
    return NeuronMask(tuple(layers))


def test_planted_survivors_are_counted():
    regions = {"a": {"fr": masks(0, 1, 2, 3)}, "b": {"fr": masks(2, 3, 4)}, "c": {"fr": masks(50)}}
    first, second = lifelines(["a", "b", "c"], regions)["fr"]
    assert (first.start, first.end, first.survive, first.of) == ("a", "b", 2, 4)
    assert first.share == 0.5 and first.jaccard == pytest.approx(2 / 5)
    assert (second.start, second.end, second.survive, second.of, second.jaccard) == ("b", "c", 0, 3, 0)
    assert first.expected == pytest.approx((4 * 3 / 40) / (7 - 4 * 3 / 40))


def test_to_the_last_tells_since_when():
    regions = {"a": {"fr": masks(9)}, "b": {"fr": masks(1, 2)}, "c": {"fr": masks(1, 2, 3)}}
    found = lifelines(["a", "b", "c"], regions, to_last=True)["fr"]
    assert [(one.start, one.end, one.survive) for one in found] == [("a", "c", 0), ("b", "c", 2)]


def test_a_region_that_does_not_change_survives_whole():
    same = {"fr": masks(0, 1, 45)}
    (one,) = lifelines(["a", "b"], {"a": same, "b": same})["fr"]
    assert one.share == 1 and one.jaccard == 1 and one.high < 1


def test_empty_regions_have_no_share():
    (one,) = lifelines(["a", "b"], {"a": {"fr": masks()}, "b": {"fr": masks()}})["fr"]
    assert (one.survive, one.of, one.share, one.jaccard, one.low, one.high) == (0, 0, None, 0, 0, 0)


def test_languages_that_come_and_go_and_series_too_short():
    regions = {"a": {"fr": masks(1), "en": masks(2)}, "b": {"fr": masks(1), "hi": masks(3)}}
    assert list(lifelines(["a", "b"], regions)) == ["fr"]
    assert lifelines(["a"], regions) == {} and lifelines([], regions) == {}


def test_regions_are_asked_for_one_after_the_other():
    asked = []

    class OnDemand(dict):
        def __missing__(self, key):
            asked.append(key)
            return {"fr": masks(1)}

    lifelines(["a", "b", "c"], OnDemand())
    assert asked == ["a", "b", "c"]


def test_chance_is_hypergeometric_in_one_layer():
    for one, other, neurons in ((30, 20, 100), (5, 5, 400), (60, 70, 80), (0, 9, 40), (40, 40, 40)):
        chance = stats.hypergeom(neurons, one, other)
        assert chance_range([one], [other], [neurons]) == (chance.ppf(0.025), chance.ppf(0.975))


def test_chance_covers_random_sets_layer_by_layer():
    """Both sets crowd into the first layer: by chance alone they share much there, and that is what is expected."""
    generator = np.random.default_rng(0)
    one, other, neurons = (25, 3), (30, 2), (40, 40)
    inside, jaccards = 0, []
    for _ in range(600):
        regions = {"a": {"fr": drawn(generator, one)}, "b": {"fr": drawn(generator, other)}}
        (line,) = lifelines(["a", "b"], regions)["fr"]
        inside += line.low <= line.jaccard <= line.high
        jaccards.append(line.jaccard)
    assert 0.94 <= inside / 600 <= 1
    assert line.expected == pytest.approx(np.mean(jaccards), abs=0.01)
    flat = stats.hypergeom(sum(neurons), sum(one), sum(other))
    assert chance_range(one, other, neurons)[0] > flat.mean()


def test_the_range_is_exact_over_layers():
    one, other, neurons = (3, 4), (5, 2), (9, 8)
    parts = [stats.hypergeom(n, a, b).pmf(np.arange(10)) for a, b, n in zip(one, other, neurons, strict=True)]
    total = np.zeros(20)
    for i, p in enumerate(parts[0]):
        for j, q in enumerate(parts[1]):
            total[i + j] += p * q
    below = np.cumsum(total)
    assert chance_range(one, other, neurons) == (int(np.argmax(below >= 0.025)), int(np.argmax(below >= 0.975)))


def test_large_models_are_quick():
    layers = 40
    low, high = chance_range([1500] * layers, [1400] * layers, [16384] * layers)
    mean = layers * 1500 * 1400 / 16384
    assert low < mean < high and (high - low) / 2 == pytest.approx(
        1.96 * np.sqrt(layers) * stats.hypergeom(16384, 1500, 1400).std(), rel=0.02
    )
