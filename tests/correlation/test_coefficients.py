"""Coefficients equal their definitions, also where rows and columns are drawn several times or cells are missing."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from babelscope.correlation.coefficients import midranks
from babelscope.correlation.methods import Method, _coefficients, observed, resampled
from correlation.planted_cells import make_cells

PEARSON, SPEARMAN = Method("pearson", "all"), Method("spearman", "all", ranked=True)
WITHIN, RANKS = Method("pearson_within"), Method("spearman_within", ranked=True)
BETWEEN = Method("pearson_between", "between")
PARTIAL = Method("pearson_partial:a+b", covariates=("a", "b"))
EVERY = (PEARSON, SPEARMAN, WITHIN, RANKS, BETWEEN, PARTIAL)


def some_cells(seed=0, gaps=0.0, groups=None):
    generator = np.random.default_rng(seed)
    cells = make_cells(generator, 6, 5, slope=0.5, confounded=0.5, covariates=2)
    cells = cells if groups is None else replace(cells, groups=np.array(groups))
    return replace(cells, x=np.where(generator.random(cells.x.shape) < gaps, np.nan, cells.x)).without_gaps()


def slowly(method, cells, rows, columns):
    """The coefficient from a list of cells, each written down as often as it is drawn."""
    listed = [
        (cells.x[i, j], cells.y[i, j], *cells.z[i, j], (cells.groups[i], j), copy)
        for i, j in zip(*np.nonzero(cells.complete), strict=True)
        for copy in range(int(columns[j]))
        for _ in range(int(rows[i]))
    ]
    values = np.array([one[:4] for one in listed])
    blocks = [one[4] for one in listed]
    if method.level != "all":
        means = {block: values[[other == block for other in blocks]].mean(0) for block in blocks}
    if method.level == "within":
        values = values - np.array([means[block] for block in blocks])
    if method.level == "between":
        copies = list(dict.fromkeys((one[4], one[5]) for one in listed))
        values = np.array([means[block] for block, _ in copies])
        groups = np.array([block[0] for block, _ in copies])
        for group in set(groups):
            values[groups == group] -= values[groups == group].mean(0)
    x, y = values[:, 0], values[:, 1]
    if method.covariates:
        x, y = (one - values[:, 2:] @ np.linalg.lstsq(values[:, 2:], one, rcond=None)[0] for one in (x, y))
    if method.ranked:
        x, y = stats.rankdata(np.round(x, 9)), stats.rankdata(np.round(y, 9))
    return np.corrcoef(x, y)[0, 1]


@pytest.mark.parametrize("method", EVERY, ids=lambda method: method.name)
@pytest.mark.parametrize("groups", [None, [0, 0, 0, 1, 1, 1]], ids=["one model", "two models"])
@pytest.mark.parametrize("gaps", [0.0, 0.15])
def test_a_draw_is_the_coefficient_of_the_cells_as_often_as_drawn(method, groups, gaps):
    cells = some_cells(1, gaps, groups)
    generator = np.random.default_rng(2)
    rows = generator.integers(0, 3, size=(12, len(cells.checkpoints))).astype(float)
    columns = generator.integers(0, 3, size=(12, len(cells.languages))).astype(float)
    rows[:, ::2] += 1
    columns[:, 1:4] += 1
    expected = [slowly(method, cells, *one) for one in zip(rows, columns, strict=True)]
    np.testing.assert_allclose(_coefficients(method, cells, rows, columns), expected, atol=1e-7)


def test_plain_coefficients_are_those_of_scipy():
    cells = some_cells()
    x, y = cells.x.ravel(), cells.y.ravel()
    assert observed(PEARSON, cells) == pytest.approx(stats.pearsonr(x, y).statistic)
    assert observed(SPEARMAN, cells) == pytest.approx(stats.spearmanr(x, y).statistic)
    column = replace(cells, x=cells.x[:, :1], y=cells.y[:, :1], z=cells.z[:, :1], languages=("l0",))
    assert observed(WITHIN, column) == pytest.approx(stats.pearsonr(x[::5], y[::5]).statistic)
    assert observed(RANKS, column) == pytest.approx(stats.spearmanr(x[::5], y[::5]).statistic)


@pytest.mark.parametrize("method", EVERY, ids=lambda method: method.name)
def test_units_do_not_matter_and_a_sign_turns_it(method):
    cells, generator = some_cells(3, 0.1), np.random.default_rng(4)
    scaled = replace(cells, x=7 + 1e-3 * cells.x, y=1e4 * cells.y - 5, z=3 * cells.z[..., ::-1] + 1)
    assert observed(method, scaled) == pytest.approx(observed(method, cells), abs=1e-9)
    assert observed(method, replace(cells, x=-cells.x)) == pytest.approx(-(observed(method, cells) or 0))
    if method.level == "within":
        moved = replace(cells, x=cells.x + generator.normal(size=(1, len(cells.languages))))
        assert observed(method, moved) == pytest.approx(observed(method, cells), abs=1e-9)


def test_languages_that_differ_do_not_correlate_within():
    """Two parallel rising languages and one that is higher in x and lower in y: positive within, negative pooled."""
    steps = np.arange(4.0)[:, None]
    cells = replace(some_cells(), x=steps + [0, 10, 20], y=steps - [0, 10, 20], z=np.empty((4, 3, 0)))
    cells = replace(cells, checkpoints=tuple("abcd"), languages=tuple("xyz"), groups=np.zeros(4, dtype=int))
    assert observed(WITHIN, cells) == pytest.approx(1)
    assert observed(PEARSON, cells) < -0.9 and observed(BETWEEN, cells) == pytest.approx(-1)


def test_a_covariate_that_explains_everything_leaves_nothing():
    cells = some_cells()
    assert observed(replace(PARTIAL, covariates=("a",)), replace(cells, z=3 * cells.x[..., None] + 1)) is None
    doubled = replace(cells, z=np.repeat(cells.z[..., :1], 2, -1))
    alone = replace(cells, z=cells.z[..., :1])
    assert observed(PARTIAL, doubled) == pytest.approx(observed(replace(PARTIAL, covariates=("a",)), alone))


@pytest.mark.parametrize("value", [0.0, 0.1, 1e-9, 1e9])
@pytest.mark.parametrize("method", EVERY, ids=lambda method: method.name)
def test_what_never_varies_has_no_coefficient(method, value):
    cells = some_cells()
    assert observed(method, replace(cells, x=np.full_like(cells.x, value))) is None
    assert observed(method, replace(cells, y=np.full_like(cells.y, value))) is None


def test_ranks_are_those_of_repeated_values():
    generator = np.random.default_rng(5)
    values = generator.integers(0, 4, size=(20, 9)).astype(float)
    counts = generator.integers(0, 3, size=(20, 9)).astype(float)
    for value, count, got in zip(values, counts, midranks(values, counts), strict=True):
        repeated = np.repeat(value, count.astype(int))
        drawn = count > 0
        first = np.searchsorted(np.repeat(np.arange(9), count.astype(int)), np.flatnonzero(drawn))
        np.testing.assert_allclose(got[drawn], stats.rankdata(repeated)[first] if len(repeated) else [])


def test_resamples_follow_the_seed_and_stay_within_a_model():
    cells = some_cells()
    np.testing.assert_array_equal(resampled(WITHIN, cells, 1, 50), resampled(WITHIN, cells, 1, 50))
    assert not np.array_equal(resampled(WITHIN, cells, 1, 50), resampled(WITHIN, cells, 2, 50))
    # Two checkpoints a model, x and y moving alike in one and against each other in the other: a draw of both models
    # leaves both their shares where it leaves anything.
    opposed = replace(cells, x=np.tile([[0.0], [1.0]], (3, 5)), y=np.tile([[0.0], [1.0]], (3, 5)), z=cells.z[..., :0])
    opposed = replace(opposed, groups=np.repeat([0, 1, 2], 2))
    assert np.allclose(resampled(WITHIN, opposed, 0, 200), 1)
