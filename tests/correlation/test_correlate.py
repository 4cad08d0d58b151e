"""Planted tables in, the answer out: what is planted is found, what is noise is not, what is missing is named."""

import json

import numpy as np
import pytest

from babelscope.correlation import CorrelationOptions, correlate
from babelscope.errors import BabelscopeError
from babelscope.tables import read_csv
from correlation.planted_tables import STEPS, TARGETS, alignment, plain_rows, score_rows, track_file, written

UNIT = "checkpoint_language"


def tables(folder, slope=1.0, noise=0.3, **of_scores):
    values = alignment()
    x = written(folder / "cosines.csv", plain_rows(values, "cosine"))
    return x, written(folder / "transfer.csv", score_rows(values, slope, noise, **of_scores))


def headline(found):
    (record,) = [one for one in found.records if one.role == "headline"]
    return record


def test_a_planted_association_is_found_within_languages(tmp_path):
    found = correlate(*tables(tmp_path))
    record = headline(found)
    assert (record.unit, record.method) == (UNIT, "pearson_within") and record.r > 0.9 and record.low > 0
    assert record.n == len(STEPS) * len(TARGETS) and record.p <= 0.01
    assert found.content["answer"] == "yes" and found.verdict[0].startswith("Yes: within languages")


def test_noise_is_not(tmp_path):
    found = correlate(*tables(tmp_path, slope=0.0))
    assert found.content["answer"] != "yes" and abs(headline(found).r) < 0.6


def test_an_alignment_that_only_tells_languages_apart_predicts_nothing_within_them(tmp_path):
    """What [W24]'s second unit shows of languages alone is not there any more once they are centred."""
    draws = np.random.default_rng(3)
    apart = dict(zip(TARGETS, np.linspace(-2, 2, len(TARGETS)), strict=True))
    values = {(step, code): apart[code] + 0.1 * draws.normal() for step in STEPS for code in TARGETS}
    scores = {key: apart[key[1]] for key in values}
    x = written(tmp_path / "x.csv", plain_rows(values, "cosine"))
    y = written(tmp_path / "transfer.csv", score_rows(scores, 1.0, 0.1))
    found = correlate(x, y)
    plain = next(one for one in found.records if (one.unit, one.method) == (UNIT, "pearson"))
    assert plain.r > 0.95 and found.content["answer"] != "yes" and abs(headline(found).r) < 0.6


def test_the_order_of_rows_and_the_scale_of_x_change_nothing(tmp_path):
    x, y = tables(tmp_path)
    other = written(
        tmp_path / "other.csv", plain_rows({k: 3 + 2 * v for k, v in reversed(alignment().items())}, "cosine")
    )
    one, two = correlate(x, y), correlate(other, y)
    for a, b in zip(one.records, two.records, strict=True):
        assert (a.method, a.n) == (b.method, b.n)
        assert (a.r, a.p) == pytest.approx((b.r, b.p), abs=1e-6)


def test_a_series_knows_flags_losses_and_what_probes_tell(tmp_path):
    folder = track_file(tmp_path / "series", flags={"4000": "is broken"})
    x, y = tables(folder)
    found = correlate(x, y)
    record = headline(found)
    assert record.method == "pearson_partial:nmi+loss" and record.excluded == ("4000",)
    assert {"kind": "flagged", "message": "tiny step 4000: is broken"} in found.content["warnings"]
    counted = correlate(x, y, CorrelationOptions(include_flagged=True))
    assert headline(counted).excluded == () and headline(counted).checkpoints == len(STEPS)
    elsewhere = tables(tmp_path)
    assert headline(correlate(*elsewhere)).method == "pearson_within"
    assert headline(correlate(*elsewhere, covariates=folder)).method == "pearson_partial:nmi+loss"


def test_steps_can_be_left_out_and_early_ones_shown_without(tmp_path):
    found = correlate(*tables(tmp_path), CorrelationOptions(exclude=("1000",), since=4000))
    assert headline(found).excluded == ("1000",)
    early = next(one for one in found.records if one.exclusion == "early" and one.method == "pearson")
    assert early.excluded == ("1000", "2000")
    assert any(one.exclusion == "none" and not one.excluded for one in found.records)


def test_several_models_each_by_itself_then_together_for_comparison(tmp_path):
    values = alignment()
    rows = plain_rows(values, "cosine") + plain_rows(values, "cosine", model="other")
    scores = score_rows(values, 1.0)
    x = written(tmp_path / "x.csv", rows)
    y = written(tmp_path / "transfer.csv", [*scores, *({**row, "model": "other"} for row in scores)])
    found = correlate(x, y)
    assert found.content["models"] == ["tiny", "other", "all models"]
    assert [one.model for one in found.records if one.role == "headline"] == ["tiny", "other"]
    alone = correlate(x, y, CorrelationOptions(model="other"))
    assert alone.content["models"] == ["other"] and alone.content["answer"] == "yes"


def test_a_measure_of_all_languages_together_has_a_headline_too(tmp_path):
    rows = [{"model": "tiny", "step": step, "value": 0.1 * i} for i, step in enumerate(STEPS)]
    _, y = tables(tmp_path)
    found = correlate(written(tmp_path / "all.csv", rows), y)
    assert headline(found).unit == "checkpoint" and "languages are not told apart" in headline(found).note
    assert {one.unit for one in found.records} == {"checkpoint"} and found.content["analyses"][0]["pairs"] is None


def test_languages_and_checkpoints_of_one_table_only_are_named(tmp_path):
    values = alignment()
    x = written(tmp_path / "x.csv", plain_rows({**values, ("1000", "sw"): 1.0, ("9", "ar"): 1.0}, "cosine"))
    y = written(tmp_path / "transfer.csv", [row for row in score_rows(values, 1.0) if row["language"] != "zh"])
    warnings = {(one["kind"], one["message"]) for one in correlate(x, y).content["warnings"]}
    lines = [message for kind, message in warnings if kind == "languages"]
    assert any("Swahili" in line and "Chinese" in line for line in lines)


def test_steps_to_leave_out_must_be_there(tmp_path):
    with pytest.raises(BabelscopeError, match="got 7 to leave out, expected steps that x and y have: 1000, 2000"):
        correlate(*tables(tmp_path), CorrelationOptions(exclude=("7", "1000")))


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda row: {**row, "model": "elsewhere"}, r"no checkpoint in common: x is about .*, y about elsewhere"),
        (lambda row: {**row, "language": {"en": "en"}.get(row["language"], "sw")}, "no language in common beside en"),
        (lambda row: {**row, "score": 0.5}, "POS accuracy is 0.5 everywhere"),
        (lambda row: row if row["step"] in STEPS[:2] else None, "2 checkpoints with both"),
    ],
)
def test_what_cannot_be_correlated_is_one_line(tmp_path, change, message):
    x, y = tables(tmp_path)
    rows = [changed for row in score_rows(alignment(), 1.0) if (changed := change(row)) is not None]
    with pytest.raises(BabelscopeError, match=message):
        correlate(x, written(tmp_path / "changed.csv", rows))


def test_the_same_tables_give_the_same_content(tmp_path):
    x, y = tables(tmp_path)
    one, two = (json.dumps(correlate(x, y).content, allow_nan=False) for _ in range(2))
    assert one == two


def test_leaving_out_all_but_two_checkpoints_is_refused(tmp_path):
    with pytest.raises(BabelscopeError, match="leaves 2 checkpoints of a model; .* needs 3 or more: leave out fewer"):
        correlate(*tables(tmp_path), CorrelationOptions(exclude=STEPS[2:]))


def test_a_table_does_not_predict_itself(tmp_path):
    x = tables(tmp_path)[0]
    with pytest.raises(BabelscopeError, match="x and y are the same numbers"):
        correlate(x, x)


def test_covariates_that_were_asked_for_must_be_there(tmp_path):
    with pytest.raises(BabelscopeError, match="no folder of a series"):
        correlate(*tables(tmp_path), covariates=tmp_path)


def test_a_source_that_neither_table_has_is_named(tmp_path):
    warnings = correlate(*tables(tmp_path), CorrelationOptions(source="ru")).content["warnings"]
    assert any(one["kind"] == "source" and "Russian" in one["message"] for one in warnings)


def test_a_table_alone_has_no_scores(tmp_path):
    with pytest.raises(BabelscopeError, match="no scores are given; add --y"):
        correlate(tables(tmp_path)[0])
    with pytest.raises(BabelscopeError, match="unknown preset 'w42'; did you mean 'w24'"):
        correlate(*tables(tmp_path), preset="w42")


def test_files_are_a_plain_list_a_table_and_a_stamped_summary(tmp_path, monkeypatch):
    monkeypatch.setattr("babelscope.report.correlation.write_correlation_page", lambda folder, content, figures: [])
    found = correlate(*tables(tmp_path))
    found.save(tmp_path / "out", "babelscope correlate")
    stored = json.loads((tmp_path / "out" / "correlation.json").read_text())
    wanted = {"unit", "model", "x", "y", "method", "r", "low", "high", "p", "n", "excluded", "signature"}
    assert isinstance(stored, list) and all(wanted <= set(record) for record in stored)
    assert [record["r"] for record in stored] == [one.r for one in found.records]
    rows = read_csv(tmp_path / "out" / "correlation.csv", "correlation")
    assert [row["r"] for row in rows] == [record["r"] for record in stored]
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert {"correlation.json", "correlation.csv", "correlation_summary.json"} == set(manifest["files"])
    found.save(tmp_path / "out")
    (tmp_path / "out" / "track.json").write_text("{}")
    with pytest.raises(BabelscopeError, match="holds the results of another command"):
        found.save(tmp_path / "out")
