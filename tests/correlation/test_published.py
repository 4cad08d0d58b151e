"""The tables published with [W24]: its correlations to .01, and what becomes of them when looked at well."""

import json

import numpy as np
import pytest

from babelscope.correlation import CorrelationOptions, correlate, forecast_transfer
from babelscope.correlation.published import published_w24
from shared_files import shared

A, B = "checkpoint", "checkpoint_language"
XNLI, POS = "XNLI accuracy", "POS F1"
AS_PUBLISHED = {
    (A, "bloom-560m", XNLI): (0.81, 0.60, 6),
    (A, "bloom-1b1", XNLI): (0.80, 0.74, 8),
    (A, "bloom-560m", POS): (0.94, 0.77, 6),
    (A, "bloom-1b1", POS): (0.83, 0.93, 8),
    (B, "bloom-560m", XNLI): (0.568, 0.535, 42),
    (B, "bloom-1b1", XNLI): (0.723, 0.627, 56),
    (B, "bloom-560m", POS): (0.612, 0.479, 77),
    (B, "bloom-1b1", POS): (0.638, 0.456, 99),
}
"""METHODS f.4: Pearson, Spearman and n."""
CORRECTED = {
    (A, "bloom-560m", XNLI, "pearson", "flagged"): (0.63, 5),
    (A, "bloom-1b1", XNLI, "pearson", "flagged"): (0.67, 7),
    (A, "bloom-560m", XNLI, "pearson", "early"): (-0.17, 4),
    (A, "bloom-1b1", XNLI, "pearson", "early"): (0.15, 5),
    (A, "bloom-560m", POS, "pearson", "flagged"): (0.89, 5),
    (A, "bloom-560m", POS, "pearson", "early"): (0.06, 4),
    (A, "bloom-1b1", POS, "pearson", "flagged"): (0.72, 7),
    (A, "bloom-1b1", POS, "pearson", "early"): (0.83, 5),
    (B, "bloom-560m", XNLI, "pearson", "flagged"): (0.47, 35),
    (B, "bloom-560m", XNLI, "pearson", "early"): (0.37, 28),
    (B, "bloom-1b1", XNLI, "pearson", "flagged"): (0.68, 49),
    (B, "bloom-1b1", XNLI, "pearson", "early"): (0.67, 35),
    (B, "bloom-560m", XNLI, "pearson_within", "none"): (0.41, 42),
    (B, "bloom-1b1", XNLI, "pearson_within", "none"): (0.66, 56),
    (B, "bloom-560m", XNLI, "pearson_within", "flagged"): (0.11, 35),
    (B, "bloom-1b1", XNLI, "pearson_within", "flagged"): (0.46, 49),
    (B, "bloom-560m", XNLI, "pearson_within", "early"): (-0.49, 28),
    (B, "bloom-1b1", XNLI, "pearson_within", "early"): (0.06, 35),
    (B, "bloom-560m", POS, "pearson_within", "early"): (0.00, 44),
    (B, "bloom-1b1", POS, "pearson_within", "early"): (0.14, 55),
}
"""METHODS f.5: without the broken checkpoint, without those before 100,000 steps too, within languages."""


@pytest.fixture(scope="module")
def found():
    return correlate(shared("published"), preset="w24")


def one_of(found, **wanted):
    (record,) = [one for one in found.records if all(getattr(one, name) == value for name, value in wanted.items())]
    return record


@pytest.mark.parametrize("unit, model, y", AS_PUBLISHED)
def test_the_papers_numbers(found, unit, model, y):
    pearson, spearman, n = AS_PUBLISHED[unit, model, y]
    for method, expected in (("pearson", pearson), ("spearman", spearman)):
        record = one_of(found, unit=unit, model=model, y=y, method=method, role="as published")
        assert record.r == pytest.approx(expected, abs=0.01) and record.n == n
        assert record.excluded == () and record.note.startswith("as published")


@pytest.mark.parametrize("unit, model, y, method, exclusion", CORRECTED)
def test_the_corrected_numbers(found, unit, model, y, method, exclusion):
    expected, n = CORRECTED[unit, model, y, method, exclusion]
    record = one_of(found, unit=unit, model=model, y=y, method=method, exclusion=exclusion)
    assert record.r == pytest.approx(expected, abs=0.01) and record.n == n
    assert record.low is not None and record.high is not None and record.low < record.r < record.high


def test_the_broken_checkpoints_are_found_and_left_out(found):
    broken = {"bloom-560m": "600000", "bloom-1b1": "400000"}
    for model, step in broken.items():
        assert one_of(found, model=model, y=XNLI, role="headline").excluded == (step,)
    told = [one["message"] for one in found.content["warnings"] if one["kind"] == "flagged"]
    assert [any(f"{model} step {step}" in line for line in told) for model, step in broken.items()] == [True, True]
    twice = next(one["message"] for one in found.content["warnings"] if one["kind"] == "same weights")
    assert "10000 and 500000" in twice


def test_the_headline_is_within_languages_given_nmi_and_corrected_together(found):
    headline = [one for one in found.records if one.role == "headline"]
    assert {(one.unit, one.method, one.exclusion) for one in headline} == {(B, "pearson_partial:nmi", "flagged")}
    assert len(headline) == 4 and all(one.p_holm >= one.p for one in headline)
    assert all(one.p_holm is None for one in found.records if one.role != "headline")


def test_models_together_are_for_comparison_only(found):
    together = [one for one in found.records if one.model == "all models"]
    assert {one.role for one in together} == {"sensitivity"} and not any("mixed" in one.method for one in together)


def test_overlap_goes_with_what_probes_know(found):
    """r of overlap and NMI over checkpoints: .92 and .91, without the broken ones .96 and .97 [METHODS f.5]."""
    for model, every, clean in (("bloom-560m", 0.92, 0.96), ("bloom-1b1", 0.91, 0.97)):
        analysis = next(one for one in found.content["analyses"] if (one["model"], one["y"]) == (model, XNLI))
        points = [(one["x"], one["covariates"]["nmi"], one["flagged"]) for one in analysis["averages"]["points"]]
        x, nmi, flagged = (np.array(column) for column in zip(*points, strict=True))
        assert np.corrcoef(x, nmi)[0, 1] == pytest.approx(every, abs=0.02)
        kept = flagged == ""
        assert np.corrcoef(x[kept], nmi[kept])[0, 1] == pytest.approx(clean, abs=0.02)


def test_the_answer_is_that_it_cannot_be_told(found):
    assert found.content["answer"] == "cannot tell"
    first, *others = found.verdict
    assert first.startswith("Cannot tell: within languages, across checkpoints, given what probes know (NMI)")
    assert len(others) == 4 and "averages per checkpoint 0.81, but 0.63 without step 600000" in others[0]


def test_languages_without_a_score_are_named(found):
    line = next(one["message"] for one in found.content["warnings"] if one["kind"] == "languages")
    assert all(name in line for name in ("Tamil", "Marathi", "Catalan", "Portuguese", "Basque"))


def test_the_content_is_plain_json(found):
    text = json.dumps(found.content, allow_nan=False)
    assert json.loads(text)["records"] == [one.flat() for one in found.records]


def test_cosines_are_another_measure_of_the_same_tables():
    place = shared("published", "parallel_cosine.csv")
    found = published_w24(place, [], CorrelationOptions(task="xnli"))
    assert found.x.name == "cosine of translations" and "layers 12 and 16" in found.x.meaning
    assert "code" not in found.x.languages and [one.name for one in found.y] == [XNLI]
    assert {("bloom-560m", "600000"), ("bloom-1b1", "400000")} < set(found.background.flags)


def test_overlap_adds_nothing_to_share_and_script_in_a_forecast():
    options = CorrelationOptions(task="xnli", model="bloom-560m")
    found = forecast_transfer(shared("published"), options=options, step="300000", shares="bloom", preset="w24")
    errors = found.content["errors"]
    assert found.content["adds"] == "no" and found.verdict[0].startswith("Alignment adds nothing")
    assert errors["baseline"]["mae"] < errors["both"]["mae"] < errors["mean"]["mae"]
    assert [one["language"] for one in found.content["targets"]] == ["ar", "vi", "ur", "hi", "es", "fr", "zh"]
