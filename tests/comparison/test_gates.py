"""Gates: refused on evidence only, by default; let through on evidence only, under strict."""

import math
from dataclasses import replace

import pytest

from babelscope.comparison import METRICS, compare, parse_gates, rule
from babelscope.comparison.compare import Comparison
from babelscope.errors import BabelscopeError
from comparison.synthetic_runs import meanings, model_of, run_of


@pytest.fixture(scope="module")
def found() -> Comparison:
    a, b = (run_of(model_of(meanings(3, 30, 16, s, 1, 0.7), 0.3, place)) for place, s in enumerate((0.5, 0.6)))
    return compare(a, b)


def ruled(found: Comparison, metric: str, bar: float, bound: str = "below", strict: bool = False):
    return rule(found, parse_gates([f"{metric}={bar!r}"], bound), strict)[0]  # type: ignore[arg-type]


def test_a_gate_fails_or_passes_only_where_the_whole_interval_does(found):
    score = found.b.summary["sads"]
    inside = (score["low"] + score["value"]) / 2
    for bar, outcome in (
        (score["low"] - 1e-9, "passed"),
        (score["low"], "passed"),
        (inside, "undecided"),
        (score["high"], "undecided"),
        (score["high"] + 1e-9, "failed"),
    ):
        ruling = ruled(found, "sads", bar)
        assert ruling.outcome == outcome and ruling.refused == (outcome == "failed")
        assert ruled(found, "sads", bar, strict=True).refused == (outcome != "passed")


def test_above_is_below_upside_down(found):
    score = found.b.summary["lrds"]
    assert ruled(found, "lrds", score["high"], "above").outcome == "passed"
    assert ruled(found, "lrds", score["value"], "above").outcome == "undecided"
    assert ruled(found, "lrds", score["low"] - 1e-9, "above").outcome == "failed"


def test_differences_are_held_against_their_own_interval(found):
    assert ruled(found, "diff.sads", found.sads.low).outcome == "passed"
    assert ruled(found, "diff.sads", found.sads.high + 1e-9).outcome == "failed"
    assert str(ruled(found, "diff.sads", 9.0)).startswith("gate diff.sads at least 9: B minus A is ")


def test_the_line_says_value_interval_bar_and_what_became_of_it(found):
    score = found.b.summary["sads"]
    undecided = str(ruled(found, "sads", score["value"] * 1.01))
    assert "at least" in undecided and "[" in undecided and "undecided, the interval covers the bar" in undecided
    assert undecided.endswith("let through (--strict would refuse)")
    assert str(ruled(found, "sads", score["value"] * 1.01, strict=True)).endswith("refused (--strict)")
    assert str(ruled(found, "sads", 1.5)).endswith(": failed") and str(ruled(found, "sads", -1.5)).endswith(
        ": passed"
    )


def test_the_sentences_that_would_tell_follow_from_the_interval(found):
    """With so many the interval, narrowing with the root of n, would just reach the bar."""
    score, n = found.b.summary["sads"], found.b.summary["sentences"]
    bar = score["value"] + (score["high"] - score["value"]) / 3
    ruling = ruled(found, "sads", bar)
    assert ruling.sentences == math.ceil(n * 9 - 1e-6) or ruling.sentences == n * 9 + 1
    assert ruled(found, "sads", score["value"]).sentences is None


def test_without_an_interval_the_value_decides(found):
    assert ruled(found, "sklr", 0, "above").outcome == "passed"
    failed = ruled(found, "sklr", 1)
    assert failed.outcome == "failed" and "no interval: the value decides" in str(failed)


def test_gains_and_losses_need_to_have_been_measured(found):
    for metric in ("gain.sads", "diff.gain.lrds", "loss", "diff.loss"):
        with pytest.raises(BabelscopeError, match=f"cannot hold B to a bar of {metric}: .* or drop the gate"):
            ruled(found, metric, 0.0)
    held = {"value": 2.0, "low": 1.9, "high": 2.1}
    lost = replace(found, b=replace(found.b, loss={"mean": held, "languages": {}}))
    assert ruled(lost, "loss", 2.2, "above").outcome == "passed"
    assert ruled(lost, "loss", 1.8, "above").outcome == "failed"


@pytest.mark.parametrize("text", ["sads", "=0.1", "sads=", "sads=high", "sads=nan", "sads=inf", ""])
def test_what_is_no_gate_is_refused(text):
    with pytest.raises(BabelscopeError, match="expected METRIC=NUMBER, such as sads=0.04"):
        parse_gates([text], "below")


def test_an_unknown_metric_names_the_known_ones():
    with pytest.raises(BabelscopeError, match="did you mean 'sads'") as error:
        parse_gates(["sad=0.1"], "above")
    assert all(metric in str(error.value) for metric in METRICS) and "--fail-above" in str(error.value)


def test_a_gate_as_json_repeats_its_line(found):
    content = ruled(found, "sads", 1.5).as_dict()
    assert content["metric"] == "sads" and content["bar"] == 1.5 and content["outcome"] == "failed"
    assert content["refused"] and content["text"].startswith("gate sads at least 1.5")
