"""Change points: the place equals another library's, noise has as many as the level says, intervals cover."""

import warnings

import numpy as np
import pytest
from scipy import stats

from babelscope.dynamics.change_points import find_change_points, split
from planted_series import curve, drifting, replicates_of


def step(k, place, shift):
    return np.where(np.arange(k) < place, 0.0, shift)


def test_a_split_is_where_two_means_err_least():
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(50, 9))
    places, shares = split(rows)
    for row, place, share in zip(rows, places, shares, strict=True):
        errors = [row[:j].var() * j + row[j:].var() * (9 - j) for j in range(1, 9)]
        assert place == 1 + int(np.argmin(errors))
        assert share == pytest.approx(1 - min(errors) / (row.var() * 9))


def test_the_same_place_as_an_independent_library():
    ruptures = pytest.importorskip("ruptures")
    generator = np.random.default_rng(1)
    for k in (5, 8, 30):
        for _ in range(20):
            values = generator.normal(size=k)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                expected = ruptures.Dynp(model="l2", min_size=1, jump=1).fit(values).predict(n_bkps=1)
            assert int(split(values)[0]) == expected[0]


def test_a_planted_step_is_found_at_its_place():
    generator = np.random.default_rng(2)
    for k, place in ((7, 3), (8, 1), (20, 12)):
        (found,) = find_change_points(curve(step(k, place, 1.0) + 0.05 * generator.normal(size=k), reach=0.1), most=1)
        assert (found.after, found.before) == (10.0 ** (place - 1), 10.0**place)
        assert found.low <= found.after < found.before <= found.high
        assert found.shift.low < 1 < found.shift.high and not found.steady and found.p < 0.01


def test_noise_changes_level_as_often_as_the_level_says():
    generator = np.random.default_rng(3)
    for k in (5, 7, 15):
        found = [find_change_points(curve(generator.normal(size=k)), most=1) for _ in range(600)]
        assert 0.02 < np.mean([bool(one) for one in found]) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 600)
    p = [find_change_points(curve(generator.normal(size=8)), most=1, level=1.1)[0].p for _ in range(400)]
    assert stats.kstest(p, "uniform").pvalue > 0.01


def test_errors_shared_by_all_points_are_no_change():
    """Meanings that all points saw move the whole curve; the null is about points, so its rate must stay."""
    generator = np.random.default_rng(4)
    found = [find_change_points(curve(generator.normal() * 5 + generator.normal(size=7)), most=1) for _ in range(400)]
    assert np.mean([bool(one) for one in found]) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)


@pytest.mark.parametrize("points", [7, 20])
def test_errors_that_drift_or_differ_between_points_are_no_change(points):
    generator = np.random.default_rng(12)
    found = []
    for larger in (np.ones(points), np.linspace(3, 1, points)):
        for _ in range(200):
            noise = larger[:, None] * drifting(generator, points, shared=0)
            values, left_out = replicates_of(np.zeros(points), noise)
            found.append(bool(find_change_points(curve(values, replicates=list(left_out)), most=1)))
    assert np.mean(found) <= 0.05


@pytest.mark.parametrize("k, place, shift, wobble", [(8, 4, 2.0, 0.0), (8, 1, 4.0, 0.8), (20, 10, 1.5, 0.8)])
def test_the_interval_of_the_place_covers_it(k, place, shift, wobble):
    generator = np.random.default_rng(5)
    covered = []
    for _ in range(250):
        errors = generator.normal(size=k) + wobble * generator.normal(size=k)
        found = find_change_points(curve(step(k, place, shift) + errors, reach=1.96), most=1)
        covered += [found[0].low <= 10.0 ** (place - 1) and found[0].high >= 10.0**place] if found else []
    assert len(covered) > 50 and np.mean(covered) >= 0.93


def test_the_interval_of_the_shift_is_paired():
    generator = np.random.default_rng(6)
    covered = []
    for _ in range(200):
        noise = generator.normal(size=60) + 0.1 * generator.normal(size=(8, 60))
        values, left_out = replicates_of(step(8, 4, 0.3), noise)
        (found,) = find_change_points(curve(values, replicates=list(left_out)), most=1)
        covered.append(found.shift.low < 0.3 < found.shift.high)
        assert found.shift.high - found.shift.low < 0.1
    assert 0.90 <= np.mean(covered) <= 0.98


def test_a_larger_error_makes_the_place_less_certain():
    values = step(8, 4, 1.0) + 0.05 * np.random.default_rng(7).normal(size=8)
    sharp, vague = (find_change_points(curve(values, reach=reach), most=1)[0] for reach in (0.01, 1.5))
    assert sharp.high / sharp.low < vague.high / vague.low


def test_scale_sign_and_order_do_not_matter():
    values = step(9, 3, 1.0) + 0.2 * np.random.default_rng(8).normal(size=9)
    (plain,) = find_change_points(curve(values), most=1)
    for other in (values * 1000, -values, values + 5):
        (found,) = find_change_points(curve(other), most=1)
        assert (found.after, found.p) == (plain.after, plain.p)
    (mirrored,) = find_change_points(curve(values[::-1]), most=1)
    assert np.log10(mirrored.before) == pytest.approx(9 - 1 - np.log10(plain.after)) and mirrored.p == plain.p
    (stretched,) = find_change_points(curve(values, x=np.arange(1.0, 10) ** 3), most=1)
    assert stretched.p == plain.p and stretched.after == (np.log10(plain.after) + 1) ** 3


def test_several_changes_and_no_more_than_asked_for():
    truth = np.repeat([0.0, 3.0, 1.0, 5.0], 8)
    values = truth + 0.2 * np.random.default_rng(9).normal(size=32)
    found = find_change_points(curve(values, x=np.arange(1.0, 33)))
    assert sorted(change.after for change in found) == [8, 16, 24]
    assert len(find_change_points(curve(values), most=2)) == 2


def test_a_steady_climb_says_that_it_is_no_step():
    values = np.arange(10.0) + 0.1 * np.random.default_rng(10).normal(size=10)
    found = find_change_points(curve(values, reach=0.2), most=1)[0]
    assert found.steady and found.high / found.low > 10


def test_the_same_seed_the_same_result():
    one = curve(step(8, 4, 1.0) + 0.3 * np.random.default_rng(11).normal(size=8), reach=0.6)
    assert find_change_points(one, seed=3) == find_change_points(one, seed=3)


def test_nothing_to_split():
    assert not find_change_points(curve([0, 0, 9, 9]))
    assert not find_change_points(curve([2.0] * 9))
