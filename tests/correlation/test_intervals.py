"""Intervals: closed forms, and over a planted relation about as often right as they say."""

import numpy as np
import pytest
from scipy import stats

from babelscope.correlation.intervals import bonett_wright, fisher, percentile_interval
from babelscope.correlation.methods import Method, resampled
from correlation.planted_cells import make_cells


def test_fishers_interval_is_that_of_scipy():
    x, y = np.random.default_rng(0).normal(size=(2, 9))
    r = stats.pearsonr(x, y)
    assert fisher(r.statistic, 9) == pytest.approx(tuple(r.confidence_interval()))


def test_a_covariate_costs_a_checkpoint_and_ranks_a_little():
    assert fisher(0.6, 9, covariates=2) == fisher(0.6, 7)
    low, high = bonett_wright(0.6, 9) or (0, 0)
    wider, narrower = fisher(0.6, 9) or (0, 0)
    assert low < wider and high > narrower
    assert np.arctanh(high) - np.arctanh(0.6) == pytest.approx(1.959964 * np.sqrt((1 + 0.18) / 6), rel=1e-5)


@pytest.mark.parametrize("r, n", [(0.5, 3), (1.0, 9), (-1.0, 9)])
def test_where_z_is_not_defined_there_is_no_interval(r, n):
    assert fisher(r, n) is None and bonett_wright(r, n) is None


def test_few_draws_have_no_percentiles():
    assert percentile_interval(np.zeros(99)) is None
    assert percentile_interval(np.arange(1001) / 1000) == pytest.approx((0.025, 0.975))


@pytest.mark.parametrize("slope", [0.0, 0.7])
@pytest.mark.parametrize("method", ["pearson_within", "pearson_partial:a"])
def test_the_two_way_bootstrap_covers_the_planted_correlation(method, slope):
    """Of y = slope x + noise of one size r is slope / sqrt(slope² + 1) within languages, confounder held constant."""
    generator = np.random.default_rng(1)
    given = ("a",) if "partial" in method else ()
    truth, covered = slope / np.sqrt(slope**2 + 1), []
    for trial in range(150):
        cells = make_cells(generator, 7, 9, slope=slope, confounded=float(len(given)), covariates=len(given))
        low, high = percentile_interval(resampled(Method(method, covariates=given), cells, trial, 300)) or (2, 2)
        covered.append(low <= truth <= high)
    assert 0.9 <= np.mean(covered) <= 1


def test_cells_resampled_one_by_one_would_be_right_far_less_often():
    generator = np.random.default_rng(2)
    covered = []
    for _ in range(150):
        cells = make_cells(generator, 7, 9, slope=0.7)
        x, y = ((one - one.mean(0)).ravel() for one in (cells.x, cells.y))
        low, high = stats.pearsonr(x, y).confidence_interval()
        covered.append(low <= 0.7 / np.sqrt(1.49) <= high)
    assert np.mean(covered) < 0.75
