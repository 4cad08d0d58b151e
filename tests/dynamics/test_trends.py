"""Trends: Mann-Kendall equals a count over all orders, Theil-Sen a median of slopes, and noise has no direction."""

from itertools import combinations, permutations

import numpy as np
import pytest
from scipy import stats

from babelscope.dynamics.curves import make_curves
from babelscope.dynamics.trends import find_trends, mann_kendall
from planted_series import curve, drifting, point, replicates_of, series


def agreement(x, y):
    return sum(np.sign(x[j] - x[i]) * np.sign(y[j] - y[i]) for i, j in combinations(range(len(x)), 2))


def slow_p(x, y):
    observed = abs(agreement(x, y))
    return np.mean([abs(agreement(x, order)) >= observed for order in permutations(y)])


@pytest.mark.parametrize("values", [[3, 1, 2, 5, 4], [1, 1, 2, 3, 3], [0, 0, 0, 0, 1, 2], [2.0, 1.0], [1, 2, 2, 3]])
def test_p_is_the_share_of_orders_as_clear(values):
    x = np.arange(1.0, len(values) + 1)
    tau, p = mann_kendall(x, np.array(values, dtype=float))
    assert p == pytest.approx(slow_p(x, values))
    assert tau == pytest.approx(stats.kendalltau(x, values).statistic)


def test_what_never_changes_has_no_test():
    assert mann_kendall(np.arange(1.0, 6), np.ones(5)) == (None, None)
    assert mann_kendall(np.ones(5), np.arange(5.0)) == (0, 1)
    (found,) = find_trends([curve([4.0] * 6)])
    assert found.tau is None and found.p is None and found.p_note == "the value never changes"
    assert found.direction == "no clear trend" and found.slope == 0
    (twins,) = find_trends([curve([1.0, 2, 3, 4, 5], x=np.full(5, 7e9))])
    assert (twins.tau, twins.p, twins.p_note, twins.direction) == (0, 1, "", "no clear trend") and twins.slope is None


def test_noise_has_no_direction():
    """The share of noise with p below .05 stays at or below 5 %, for every number of points."""
    generator = np.random.default_rng(0)
    for k in (5, 6, 7, 12):
        p = [mann_kendall(np.arange(1.0, k + 1), generator.normal(size=k))[1] for _ in range(600)]
        assert np.mean(np.array(p) < 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 600)


def test_families_keep_their_rate():
    """Eight layers of noise together: a direction for any of them in 5 of 100 series."""
    generator = np.random.default_rng(1)
    called = 0
    for _ in range(120):
        layers = [curve(generator.normal(size=9), layer=layer + 1) for layer in range(8)]
        called += any(trend.direction != "no clear trend" for trend in find_trends(layers))
    assert called / 120 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 120)


@pytest.mark.parametrize("points", [7, 14])
def test_errors_that_drift_have_no_direction(points):
    """Checkpoints near each other err alike: constant scores are often in order, and yet go nowhere."""
    generator = np.random.default_rng(8)
    found = []
    for _ in range(300):
        values, left_out = replicates_of(np.zeros(points), drifting(generator, points))
        found += find_trends([curve(values, replicates=list(left_out))])
    assert np.mean([trend.p < 0.05 for trend in found]) > 0.15
    assert np.mean([trend.direction != "no clear trend" for trend in found]) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)


def test_order_alone_is_no_direction():
    """From 1 down at once, and up again step by step to less than 1."""
    values = np.array([1.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])
    (back,) = find_trends([curve(values)])
    assert back.p_holm < 0.05 and back.tau > 0 and back.direction == "no clear trend"
    assert find_trends([curve(values[1:])])[0].direction == "rises"
    _, left_out = replicates_of(np.zeros(8), np.random.default_rng(9).normal(size=(8, 60)))
    (unsure,) = find_trends([curve(0.001 * np.arange(8), replicates=list(left_out))])
    assert unsure.p_holm < 0.05 and unsure.change.low < 0 and unsure.direction == "no clear trend"


def test_planted_directions_are_found():
    values = 0.1 * np.arange(8) + 0.02 * np.random.default_rng(2).normal(size=8)
    rising, falling = find_trends([curve(values), curve(-values, metric="lrds")])
    assert (rising.direction, falling.direction) == ("rises", "falls")
    assert rising.slope_low < 0.1 < rising.slope_high and rising.slope == pytest.approx(-falling.slope)


def test_only_order_counts_for_p_and_only_logarithms_for_the_slope():
    generator = np.random.default_rng(3)
    values = generator.normal(size=9)
    plain, bent = find_trends([curve(values), curve(np.exp(values), metric="lrds")])
    assert plain.p == bent.p and plain.tau == bent.tau
    (moved,) = find_trends([curve(values, x=1000 * 10.0 ** np.arange(9))])
    assert moved.slope == pytest.approx(plain.slope)
    (steeper,) = find_trends([curve(values, x=100.0 ** np.arange(9))])
    assert steeper.slope == pytest.approx(plain.slope / 2)


def test_slope_is_the_median_of_pairwise_slopes():
    values, x = np.array([1.0, 4.0, 2.0, 8.0, 5.0]), np.array([16.0, 64, 256, 1000, 3500])
    (found,) = find_trends([curve(values, x=x)])
    slopes = [(values[j] - values[i]) / np.log10(x[j] / x[i]) for i, j in combinations(range(5), 2)]
    assert found.slope == pytest.approx(np.median(slopes))
    assert found.slope_low <= found.slope <= found.slope_high


def test_few_points_cannot_show_a_trend_and_say_so():
    (four,) = find_trends([curve([1, 2, 3, 4])])
    assert four.p == pytest.approx(2 / 24) and four.direction == "no clear trend"
    assert four.p_note == "of 4 points p is .083 at the least: no trend can be shown"
    assert four.slope is not None and four.slope_low is None
    (five,) = find_trends([curve([1, 2, 3, 4, 5])])
    assert five.p == pytest.approx(2 / 120) and five.direction == "rises" and not five.p_note
    layers = find_trends([curve([1, 2, 3, 4, 5], layer=layer) for layer in (1, 2, 3)])
    assert {trend.direction for trend in layers} == {"no clear trend"}
    assert layers[0].p_note == (
        "of 5 points p is .017 at the least, and .050 when corrected for 3 curves: no trend can be shown"
    )
    assert not find_trends([curve([1.0])])


def test_the_change_is_paired_over_meanings():
    """What both points share of their errors must not widen the interval, and what is left must cover the truth."""
    generator = np.random.default_rng(5)
    covered, widths, alone = 0, [], []
    for _ in range(200):
        common, own = generator.normal(size=50), 0.1 * generator.normal(size=(5, 50))
        values, left_out = replicates_of([0.0, 0.2, 0.1, 0.3, 0.5], common + own)
        (found,) = find_trends([curve(values, replicates=list(left_out))])
        covered += found.change.low <= 0.5 <= found.change.high
        widths.append(found.change.high - found.change.low)
        (unpaired,) = find_trends([curve(values, reach=2 / np.sqrt(50))])
        alone.append(unpaired.change.high - unpaired.change.low)
    assert 0.90 <= covered / 200 <= 0.98
    assert np.mean(widths) < 0.15 * np.mean(alone)


def test_a_turn_is_named_only_where_both_ways_are_beyond_doubt():
    (there,) = find_trends([curve([0.5, 0.2, 0.3, 0.9], reach=0.05)])
    assert there.turn.key == "p1" and there.turn.before.high < 0 < there.turn.after.low
    assert find_trends([curve([0.5, 0.2, 0.3, 0.9], reach=0.5)])[0].turn is None
    assert find_trends([curve([0.1, 0.2, 0.3, 0.9], reach=0.01)])[0].turn is None
    assert find_trends([curve([0.5, 0.2, 0.9])])[0].turn is None


def test_steady_curves_seldom_turn():
    generator = np.random.default_rng(6)
    values = [np.linspace(0, 0.1, 8) + 0.05 * generator.normal(size=8) for _ in range(200)]
    turned = [find_trends([curve(one, reach=1.96 * 0.05)])[0].turn is not None for one in values]
    assert np.mean(turned) <= 0.05


def test_curves_come_from_records():
    points, replicates = series([1, 10, 100], [0.1, 0.2, 0.3], [0.5, 0.4, 0.3])
    curves = {(one.metric, one.language, one.layer): one for one in make_curves(points, replicates)}
    assert curves["sads", "all", None].values.tolist() == [point["sads"]["value"] for point in points]
    assert curves["region_size", "all", 1].values.tolist() == [30, 30, 30]
    assert curves["sads", "ar", None].values == pytest.approx([0.1] * 3)
    assert curves["loss", "fr", None].keys == ("nano-1", "nano-10", "nano-100")
    assert curves["sads", "all", 2].joint() is not None and curves["sklr", "all", None].joint() is None
    assert not [one for one in make_curves(points, replicates, layers=False) if one.layer]
    assert np.isnan(curves["sklr", "all", None].reach).all() and curves["sklr", "all", None].change(0, 1).low is None
    missing = make_curves([point(1), point(2, perplexity={})], {})
    assert next(one for one in missing if one.metric == "loss").keys == ("nano-1",)


def test_sads_of_a_language_is_paired_where_pairs_are_kept():
    generator = np.random.default_rng(7)
    points, replicates = series([1, 10], [0.1, 0.2], [0.5, 0.4])
    bounded = next(one for one in make_curves(points, replicates) if one.language == "ar" and one.metric == "sads")
    assert bounded.joint() is None
    for key in replicates:
        replicates[key]["pairs"] = generator.normal(size=(3, 60))
    kept = next(one for one in make_curves(points, replicates) if one.language == "en" and one.metric == "sads")
    assert kept.joint()[0] == pytest.approx(replicates["nano-1"]["pairs"][[0, 2]].mean(0))
