"""Mixed models: the planted slope within its interval, closed forms, and a note wherever there is no number."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from babelscope.correlation.correlating import correlated
from babelscope.errors import MissingExtraError
from correlation.planted_cells import make_cells, make_pairs

pytest.importorskip("statsmodels")
NAMES = {"x": "overlap", "y": "accuracy"}


def fitted(cells, method, **more):
    (found,) = correlated(make_pairs(cells), **NAMES, methods=[method], exclusions=["flagged"], **more)
    return found


def test_balanced_languages_are_as_good_as_centred():
    """With x that has no differences between languages the slope is that of least squares within languages."""
    cells = make_cells(np.random.default_rng(0), 7, 8, slope=0.6)
    x, y = cells.x - cells.x.mean(0), cells.y
    found = fitted(replace(cells, x=x), "mixed")
    expected = (x * y).sum() / (x * x).sum() * x.std() / y.std()
    assert found.r == pytest.approx(expected, rel=1e-6)


def test_it_is_what_statsmodels_says():
    import pandas
    from statsmodels.formula.api import mixedlm

    cells = make_cells(np.random.default_rng(1), 6, 7, slope=0.6, confounded=0.5, covariates=1)
    table = pandas.DataFrame(
        {
            name: ((one - one.mean()) / one.std()).ravel()
            for name, one in zip("xyz", (cells.x, cells.y, cells.z[..., 0]), strict=True)
        }
    )
    table["language"] = np.tile(np.arange(7), 6)
    expected = mixedlm("y ~ x + z", table, groups="language").fit()
    found = fitted(cells, "mixed")
    assert found.r == pytest.approx(expected.params["x"], abs=1e-4)
    assert found.p_parametric == pytest.approx(expected.pvalues["x"], abs=2e-3)
    assert "given nmi" in found.note and "3 degrees of freedom" in found.test


def test_the_planted_slope_lies_within_its_interval():
    """Slope 0.6 before standardising; checkpoints share errors, which only the crossed model knows."""
    generator = np.random.default_rng(2)
    covered = {"mixed": 0, "mixed_crossed": 0}
    for _ in range(40):
        cells = make_cells(generator, 7, 8, slope=0.6)
        truth = 0.6 * cells.x.std() / cells.y.std()
        for method in covered:
            found = fitted(cells, method)
            covered[method] += found.low <= truth <= found.high
    assert covered["mixed_crossed"] >= 36
    assert covered["mixed_crossed"] >= covered["mixed"]


def test_a_slope_that_cannot_be_told_apart_has_no_number():
    cells = make_cells(np.random.default_rng(3), 7, 8, slope=0.6, covariates=1)
    for method in ("mixed", "mixed_crossed"):
        found = fitted(replace(cells, z=2 * cells.x[..., None] - 1), method)
        assert found.r is None and found.p is None and "cannot be told apart" in found.note


def test_too_few_checkpoints_or_languages_are_named():
    cells = make_cells(np.random.default_rng(4), 4, 8, slope=0.6, covariates=2)
    assert "4 checkpoints and 8 languages left, 5 and 3 are needed" in fitted(cells, "mixed").note
    cells = make_cells(np.random.default_rng(4), 5, 2, slope=0.6)
    assert "5 checkpoints and 2 languages left" in fitted(cells, "mixed").note


def test_without_statsmodels_the_record_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "statsmodels", None)
    pairs = make_pairs(make_cells(np.random.default_rng(5), 5, 4, slope=0.6))
    records = {one.method: one for one in correlated(pairs, **NAMES)}
    assert records["mixed"].r is None and "pip install 'babelscope[stats]'" in records["mixed"].note
    assert records["pearson_within"].r is not None
    with pytest.raises(MissingExtraError, match="statsmodels"):
        correlated(pairs, **NAMES, methods=["mixed"])
