"""What random selections share: exact, as the published table of thresholds has it."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, hypergeom

from babelscope.probing.overlap import least_significant, often_by_chance, share_by_chance

THRESHOLDS = {
    768: (7, 10, 10, 11, 12),
    1024: (6, 9, 9, 9, 11),
    1536: (5, 7, 7, 8, 9),
    2048: (4, 6, 7, 7, 8),
}
"""METHODS 6e: fewest shared neurons of 50 whose p is at most .05 over 1, 28, 55, 78 and 861 pairs."""


@pytest.mark.parametrize("neurons", THRESHOLDS)
def test_the_published_thresholds(neurons):
    found = tuple(least_significant(neurons, 50, 0.05 / pairs) for pairs in (1, 28, 55, 78, 861))
    assert found == THRESHOLDS[neurons]


def test_it_is_the_share_of_all_selections():
    first = {0, 1, 2}
    shared = [len(first & set(other)) for other in combinations(range(8), 3)]
    assert share_by_chance(8, 3) == pytest.approx([np.mean([s >= m for s in shared]) for m in range(4)], abs=1e-15)


@given(st.integers(1, 400), st.data())
def test_it_is_the_hypergeometric_tail_and_its_mean_is_k_squared_over_all(neurons, data):
    k = data.draw(st.integers(1, min(neurons, 60)))
    tail = share_by_chance(neurons, k)
    assert tail[0] == 1.0 and all(a >= b for a, b in zip(tail, tail[1:], strict=False))
    assert tail == pytest.approx(hypergeom.sf(np.arange(k + 1) - 1, neurons, k, k), rel=1e-9, abs=1e-300)
    assert sum(tail[1:]) == pytest.approx(k * k / neurons)


def test_no_number_of_shared_neurons_is_significant_where_all_are_selected():
    assert least_significant(10, 10, 0.05) is None


def test_how_often_a_neuron_is_selected_is_binomial_over_all_neurons():
    p = often_by_chance([0, 3, 3.9, 8], 32, 1024, 50)
    assert p[0] == 1.0 and p[1] == p[2]
    assert p[3] == pytest.approx(1024 * binom.sf(7, 32, 50 / 1024))
    draws = np.random.default_rng(0).binomial(32, 50 / 1024, size=(2000, 1024)).max(1)
    assert (draws >= 8).mean() <= p[3] and (draws >= 8).mean() == pytest.approx(p[3], abs=0.03)
