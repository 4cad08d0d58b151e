"""Records: which selections and methods there are, which is the headline, what each says, and what is refused."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from babelscope.correlation.correlating import correlated
from babelscope.correlation.records import Averages, with_holm
from babelscope.errors import BabelscopeError
from babelscope.scores import holm
from correlation.planted_cells import make_cells, make_pairs

NAMES = {"x": "overlap", "y": "accuracy"}


def planted(height=7, width=6, seed=0, covariates=2, **more):
    return make_pairs(
        make_cells(np.random.default_rng(seed), height, width, slope=0.6, covariates=covariates), **more
    )


def averages(pairs):
    given = {name: values.mean(1) for name, values in pairs.covariates.items()}
    return Averages("m", pairs.checkpoints, pairs.x.mean(1), pairs.y.mean(1), given, pairs.flagged, pairs.order)


def only(records, **fields):
    (found,) = [one for one in records if all(getattr(one, name) == value for name, value in fields.items())]
    return found


def test_averages_have_closed_forms():
    data = averages(planted())
    records = correlated(data, **NAMES)
    pearson, spearman = only(records, method="pearson"), only(records, method="spearman")
    expected = stats.pearsonr(data.x, data.y)
    assert (pearson.r, pearson.p_parametric) == pytest.approx((expected.statistic, expected.pvalue))
    assert (pearson.low, pearson.high) == pytest.approx(tuple(expected.confidence_interval()))
    assert (spearman.r, spearman.p_parametric) == pytest.approx(tuple(stats.spearmanr(data.x, data.y)))
    assert pearson.n == pearson.checkpoints == 7 and pearson.languages is None
    assert "all 5,040 relabellings" in pearson.test and pearson.p * 5040 == pytest.approx(round(pearson.p * 5040))
    partial = only(records, method="pearson_partial:nmi+loss")
    z = np.column_stack([np.ones(7), *data.covariates.values()])
    rest = [one - z @ np.linalg.lstsq(z, one, rcond=None)[0] for one in (data.x, data.y)]
    assert partial.r == pytest.approx(stats.pearsonr(*rest).statistic)


def test_the_unit_of_pairs_has_pooled_within_and_between():
    data = planted()
    records = correlated(data, **NAMES)
    assert {one.unit for one in records} == {"checkpoint_language"}
    pooled = stats.pearsonr(data.x.ravel(), data.y.ravel())
    assert only(records, method="pearson").r == pytest.approx(pooled.statistic)
    assert only(records, method="pearson").p_parametric == pytest.approx(pooled.pvalue)
    x, y = data.x - data.x.mean(0), data.y - data.y.mean(0)
    assert only(records, method="pearson_within").r == pytest.approx(np.corrcoef(x.ravel(), y.ravel())[0, 1])
    assert only(records, method="pearson_between").r == pytest.approx(
        np.corrcoef(data.x.mean(0), data.y.mean(0))[0, 1]
    )
    assert {one.n for one in records} == {42}
    assert {one.languages for one in records} == {6}


def test_the_headline_is_within_language_with_what_is_given_held_constant():
    flagged = {"c2": "its loss jumped"}
    records = correlated(planted(flagged=flagged), **NAMES)
    headline = only(records, role="headline")
    assert (headline.method, headline.exclusion, headline.excluded) == (
        "pearson_partial:nmi+loss",
        "flagged",
        ("c2",),
    )
    assert headline.n == 36 and headline.note == ""
    headline = only(correlated(planted(covariates=1), **NAMES), role="headline")
    assert headline.method == "pearson_partial:nmi" and "loss not given" in headline.note
    headline = only(correlated(planted(covariates=0), **NAMES), role="headline")
    assert headline.method == "pearson_within" and "nmi and loss not given" in headline.note


def test_flagged_checkpoints_are_shown_both_ways_and_late_ones_alone():
    order = np.array([1, 10, 100, 1000, 10000, 100000, np.inf])
    records = correlated(planted(flagged={"c2": "broken"}, order=order), **NAMES, since=100)
    excluded = {one.exclusion: one.excluded for one in records}
    assert excluded == {"flagged": ("c2",), "none": (), "early": ("c0", "c1", "c2")}
    clean = planted(order=order)
    without = replace(
        clean,
        checkpoints=clean.checkpoints[3:],
        x=clean.x[3:],
        y=clean.y[3:],
        covariates={name: values[3:] for name, values in clean.covariates.items()},
        order=order[3:],
    )
    late = only(records, method="pearson_within", exclusion="early")
    assert late.r == only(correlated(without, **NAMES), method="pearson_within").r
    assert [one.exclusion for one in correlated(clean, **NAMES, methods=["pearson"])] == ["flagged"]


def test_progress_of_training_is_a_covariate_where_the_order_is_known():
    order = np.array([1, 10, 100, 1000, 10000, 100000, np.inf])
    names = {one.method for one in correlated(planted(order=order), **NAMES)}
    assert {"pearson_partial:training", "pearson_partial:nmi+loss+training"} <= names
    unknown = np.where(order == 10, np.nan, order)
    assert not any("training" in one.method for one in correlated(planted(order=unknown), **NAMES))
    # Two things that only grow with training go together, until training is held constant.
    generator, ranks = np.random.default_rng(1), np.arange(7.0)[:, None]
    grown = replace(
        planted(order=order, covariates=0),
        x=ranks + generator.normal(size=(7, 6)),
        y=ranks + generator.normal(size=(7, 6)),
    )
    records = correlated(grown, **NAMES)
    assert only(records, method="pearson_within").r > 0.6
    assert abs(only(records, method="pearson_partial:training").r) < 0.35


def test_a_covariate_may_be_one_number_a_checkpoint():
    data = planted(covariates=0)
    nmi = np.random.default_rng(3).normal(size=7)
    one = correlated(replace(data, covariates={"nmi": nmi}), **NAMES, methods=["pearson_partial:nmi"])
    many = {"nmi": np.repeat(nmi[:, None], 6, 1)}
    assert one == correlated(replace(data, covariates=many), **NAMES, methods=["pearson_partial:nmi"])


def test_leaving_one_checkpoint_out_names_the_extremes():
    data = planted()
    found = only(correlated(data, **NAMES), method="pearson_within_leave_one_out")
    values = {}
    for place, name in enumerate(data.checkpoints):
        x, y = (np.delete(one, place, 0) for one in (data.x, data.y))
        values[name] = np.corrcoef((x - x.mean(0)).ravel(), (y - y.mean(0)).ravel())[0, 1]
    assert found.left_out == pytest.approx(values)
    assert (found.low, found.high) == pytest.approx((min(values.values()), max(values.values())))
    assert min(values, key=values.__getitem__) in found.note
    assert found.p is None and found.r == only(correlated(data, **NAMES), method="pearson_within").r


def test_what_is_missing_drops_out_and_is_counted():
    data = planted(covariates=1)
    x, nmi = data.x.copy(), data.covariates["nmi"].copy()
    x[0, 0], nmi[3] = np.nan, np.nan
    records = correlated(replace(data, x=x, covariates={"nmi": nmi}), **NAMES)
    plain, held = only(records, method="pearson_within"), only(records, method="pearson_partial:nmi")
    assert (plain.n, plain.checkpoints, plain.note) == (41, 7, "")
    assert (held.n, held.checkpoints) == (35, 6) and "no values at c3" in held.note


def test_too_few_for_a_method_is_said_and_not_computed():
    data = planted(height=4, order=np.arange(4.0))
    held = only(correlated(data, **NAMES), method="pearson_partial:nmi+loss")
    assert held.r is None and held.p is None
    assert "4 checkpoints left, 5 are needed with nmi and loss held constant" in held.note
    early = correlated(data, **NAMES, since=2, methods=["pearson_within"], exclusions=["early"])
    assert early[0].r is None and "2 checkpoints left, 3 are needed" in early[0].note


def test_two_steps_of_two_languages_are_no_perfect_partial_correlation():
    """Two differences, one of them spent on the covariate: r would be 1 or -1 whatever the numbers."""
    data = planted(height=4, width=2, covariates=1)
    x = data.x.copy()
    x[2:, 0], x[:2, 1] = np.nan, np.nan
    held = only(correlated(replace(data, x=x), **NAMES), method="pearson_partial:nmi")
    assert (held.r, held.p, held.n) == (None, None, 4) and "4 values left, too few" in held.note
    assert only(correlated(replace(data, x=x), **NAMES), method="pearson_within").r is not None


def test_what_a_covariate_explains_leaves_nothing():
    data = planted(covariates=0)
    record = only(correlated(replace(data, covariates={"nmi": data.x * 2}), **NAMES), method="pearson_partial:nmi")
    assert record.r is None and "does not vary over these checkpoints beyond nmi" in record.note


def test_a_perfect_correlation_has_no_interval():
    line = np.arange(5.0)
    record = correlated(Averages("m", tuple("abcde"), line, 2 * line), **NAMES)[0]
    assert record.r == pytest.approx(1) and record.low is None and "no interval: r is ±1" in record.note
    assert record.p == pytest.approx(2 / 120)


def test_models_are_pooled_within():
    """Two models whose levels differ, each with the same relation: pooling them changes nothing within."""
    one, other = planted(seed=0, covariates=0), planted(seed=1, covariates=0)
    both = replace(
        one,
        checkpoints=tuple(f"a{name}" for name in one.checkpoints) + tuple(f"b{name}" for name in one.checkpoints),
        x=np.concatenate([one.x, other.x + 50]),
        y=np.concatenate([one.y, other.y - 50]),
        groups=("a",) * 7 + ("b",) * 7,
    )
    found = only(correlated(both, **NAMES), method="pearson_within")
    x, y = (np.concatenate([a - a.mean(0), b - b.mean(0)]).ravel() for a, b in ((one.x, other.x), (one.y, other.y)))
    assert found.r == pytest.approx(np.corrcoef(x, y)[0, 1])


def test_the_seed_decides_what_is_drawn():
    data = planted(height=9)
    assert correlated(data, **NAMES) == correlated(data, **NAMES)
    one, other = (correlated(data, **NAMES, methods=["pearson"], seed=seed)[0] for seed in (0, 1))
    assert one.r == other.r and one.low != other.low and "9,999 random" in one.test


def test_holm_is_over_headlines_alone():
    records = [one for seed in range(3) for one in correlated(planted(seed=seed), **NAMES)]
    corrected = with_holm(records)
    headlines = [one for one in corrected if one.role == "headline"]
    assert [one.p_holm for one in headlines] == pytest.approx(holm([one.p for one in headlines]))
    assert all(one.p_holm is None for one in corrected if one.role != "headline")
    assert [replace(one, p_holm=None) for one in corrected] == records


def test_a_record_is_plain_json():
    record = correlated(planted(flagged={"c1": "broken"}), **NAMES)[0]
    flat = json.loads(json.dumps(record.flat()))
    first = ["unit", "model", "x", "y", "method", "r", "low", "high", "p", "n", "excluded"]
    assert list(flat)[:11] == first and flat["excluded"] == ["c1"]


@pytest.mark.parametrize(
    "change, words",
    [
        (
            lambda data: replace(data, x=np.where(np.arange(7)[:, None] < 2, data.x, np.nan)),
            "2 checkpoints with both",
        ),
        (lambda data: replace(data, x=np.full_like(data.x, 0.1)), "m: overlap is 0.1 everywhere"),
        (lambda data: replace(data, y=np.zeros_like(data.y)), "m: accuracy is 0 everywhere"),
    ],
)
def test_what_cannot_be_correlated_is_refused(change, words):
    data = change(planted(covariates=0))
    for given in (data, averages(data)):
        with pytest.raises(BabelscopeError, match=words) as refused:
            correlated(given, **NAMES)
        assert "\n" not in str(refused.value)
