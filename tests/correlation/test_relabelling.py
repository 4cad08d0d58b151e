"""p values: the coefficient of relabelled cells, exact counts, uniform where there is nothing to find."""

from dataclasses import replace
from itertools import permutations, product
from math import factorial

import numpy as np
import pytest
from scipy import stats

from babelscope.correlation.methods import Method, observed
from babelscope.correlation.relabelling import relabelled
from correlation.planted_cells import make_cells

PEARSON, SPEARMAN = Method("pearson", "all"), Method("spearman", "all", ranked=True)
WITHIN, RANKS = Method("pearson_within"), Method("spearman_within", ranked=True)
BETWEEN = Method("pearson_between", "between")
PARTIAL = Method("pearson_partial:a", covariates=("a",))


@pytest.mark.parametrize("method", [PEARSON, SPEARMAN, WITHIN, RANKS, BETWEEN], ids=lambda method: method.name)
def test_every_relabelling_is_the_coefficient_of_relabelled_cells(method):
    cells = make_cells(np.random.default_rng(0), 4, 4, slope=0.5)
    rows = list(permutations(range(4))) if method.level != "between" else [(0, 1, 2, 3)]
    columns = list(permutations(range(4))) if method.level != "within" else [(0, 1, 2, 3)]
    expected = [
        observed(method, replace(cells, x=cells.x[np.ix_(row, column)])) for row, column in product(rows, columns)
    ]
    found, listed = relabelled(method, cells, 0)
    assert listed and len(found) == len(rows) * len(columns)
    np.testing.assert_allclose(np.sort(found), np.sort(np.array(expected, dtype=float)), atol=1e-9)


def test_given_covariates_it_is_what_they_leave_that_is_relabelled():
    cells = make_cells(np.random.default_rng(1), 5, 3, slope=0.5, confounded=1, covariates=1)
    x, z = (one - one.mean(0) for one in (cells.x, cells.z[..., 0]))
    rest = x - (x * z).sum() / (z * z).sum() * z
    expected = [observed(PARTIAL, replace(cells, x=rest[list(row)])) for row in permutations(range(5))]
    np.testing.assert_allclose(np.sort(relabelled(PARTIAL, cells, 0)[0]), np.sort(np.array(expected, dtype=float)))


def test_gaps_drop_out_of_either_side():
    cells = make_cells(np.random.default_rng(2), 5, 4, slope=0.5)
    gaps = replace(cells, x=np.where(np.eye(5, 4, dtype=bool), np.nan, cells.x)).without_gaps()
    for method in (PEARSON, SPEARMAN, WITHIN, RANKS, BETWEEN):
        found, _ = relabelled(method, gaps, 0)
        assert np.abs(found - observed(method, gaps)).min() < 1e-9
        assert np.abs(found).max() <= 1 + 1e-9 and len(np.unique(found.round(9))) > 20


def test_checkpoints_stay_within_their_model():
    cells = replace(make_cells(np.random.default_rng(3), 5, 4), groups=np.array([0, 1, 0, 1, 0]))
    found, listed = relabelled(WITHIN, cells, 0)
    assert listed and len(found) == factorial(3) * factorial(2)


def test_many_checkpoints_are_drawn_by_the_seed():
    cells = make_cells(np.random.default_rng(4), 9, 4)
    found, listed = relabelled(WITHIN, cells, 0, 300)
    assert not listed and len(found) == 300
    np.testing.assert_array_equal(found, relabelled(WITHIN, cells, 0, 300)[0])
    assert not np.array_equal(found, relabelled(WITHIN, cells, 1, 300)[0])


def p_value(method, cells, seed):
    found, listed = relabelled(method, cells, seed, 399)
    as_large = (np.abs(found) >= abs(observed(method, cells)) - 1e-9).sum()
    return as_large / len(found) if listed else (as_large + 1) / (len(found) + 1)


@pytest.mark.parametrize("method", [PEARSON, WITHIN, RANKS, BETWEEN, PARTIAL], ids=lambda method: method.name)
def test_without_a_relation_p_is_uniform_though_rows_and_columns_share_errors(method):
    """Given covariates, x and y both follow one that alone relates them."""
    generator = np.random.default_rng(5)
    confounded = 1.0 if method.covariates else 0.0
    p = [
        p_value(method, make_cells(generator, 6, 7, confounded=confounded, covariates=len(method.covariates)), trial)
        for trial in range(300)
    ]
    assert stats.kstest(p, "uniform").pvalue > 0.01
    assert np.mean(np.array(p) <= 0.05) == pytest.approx(0.05, abs=0.035)


def test_cells_taken_for_independent_would_claim_far_too_much():
    generator = np.random.default_rng(6)
    p = []
    for _ in range(200):
        cells = make_cells(generator, 6, 8)
        p.append(stats.pearsonr(cells.x.ravel(), cells.y.ravel()).pvalue)
    assert np.mean(np.array(p) <= 0.05) > 0.15


def test_a_planted_relation_is_found():
    generator = np.random.default_rng(7)
    p = [p_value(WITHIN, make_cells(generator, 7, 8, slope=1.5), trial) for trial in range(40)]
    assert np.mean(np.array(p) <= 0.05) > 0.8
