"""A checkpoint's alignment in, a forecast out: a planted predictor is used, noise is not, shares are as given."""

import csv

import numpy as np
import pytest

from babelscope.correlation import forecast_transfer
from babelscope.correlation.shares import ROOTS, read_shares, same_script
from babelscope.errors import BabelscopeError
from correlation.planted_tables import plain_rows, score_rows, written

CODES = ("ar", "ca", "es", "eu", "fr", "hi", "id", "pt", "ta", "ur", "vi", "zh")
SHARES = ",".join(f"{code}=1" for code in CODES)


def tables(folder, slope, steps=("1000", "2000"), seed=0):
    draws = np.random.default_rng(seed)
    values = {(step, code): float(draws.normal()) for code in CODES for step in steps}
    x = written(folder / "cosines.csv", plain_rows(values, "cosine"))
    return x, written(folder / "transfer.csv", score_rows(values, slope, noise=0.2))


def test_a_planted_predictor_helps(tmp_path):
    found = forecast_transfer(*tables(tmp_path, 1.0), step="1000")
    content = found.content
    assert content["adds"] == "yes" and found.verdict[0].startswith("Alignment helps")
    assert content["errors"]["both"]["mae"] < content["errors"]["baseline"]["mae"]
    assert content["errors"]["alignment"]["r2"] > 0.5 and content["difference"]["low"] > 0
    row = found.rows()[0]
    assert row["observed"] == content["targets"][0]["observed"] and row["by_both"] == content["targets"][0]["both"]


def test_noise_does_not(tmp_path):
    assert forecast_transfer(*tables(tmp_path, 0.0), step="1000").content["adds"] != "yes"


def test_another_checkpoint_can_be_predicted(tmp_path):
    found = forecast_transfer(*tables(tmp_path, 1.0), step="1000", of="2000")
    assert found.content["adds"] != "yes" and found.content["y_label"] == "POS accuracy at step 2000"


def test_shares_join_the_baseline_and_languages_without_one_are_named(tmp_path):
    found = forecast_transfer(*tables(tmp_path, 1.0), step="1000", shares="bloom").content
    assert found["baseline"] == ["log share", "script of en"] and "ROOTS" in found["shares_source"]
    given = SHARES.replace("zh=1", "fr=2").replace("fr=1,", "")
    found = forecast_transfer(*tables(tmp_path, 1.0), step="1000", shares=given).content
    assert [one["language"] for one in found["targets"]].count("zh") == 0
    assert any("no share of the pre-training text: zh" in one["message"] for one in found["warnings"])


def test_a_measure_of_few_languages_gives_way(tmp_path):
    x, y = tables(tmp_path, 1.0)
    few = written(tmp_path / "few.csv", plain_rows({("1000", code): 0.1 for code in CODES[:3]}, "few"))
    found = forecast_transfer([x, few], y, step="1000").content
    assert found["features"] == ["cosine"] and len(found["targets"]) == len(CODES)
    assert any("few is known of 3 target languages only" in one["message"] for one in found["warnings"])


def test_a_rise_of_the_error_is_called_one(tmp_path):
    contents = [forecast_transfer(*tables(tmp_path, 0.0, seed=seed), step="1000").content for seed in range(4)]
    worse = [one for one in contents if one["difference"]["value"] < 0]
    assert worse and all("the mean absolute error rises by 0.0" in one["verdict"][0] for one in worse)
    assert all(one["adds"] == "no" for one in worse)


def test_a_language_without_a_score_is_named_and_a_table_does_not_predict_itself(tmp_path):
    x, _ = tables(tmp_path, 1.0)
    rows = [row for row in csv.DictReader(x.read_text().splitlines()) if row["language"] != "fr"]
    y = written(tmp_path / "scores.csv", [{**row, "cosine": float(row["cosine"]) ** 3} for row in rows])
    messages = [one["message"] for one in forecast_transfer(x, y, step="1000").content["warnings"]]
    assert "left out, no score: fr" in messages
    with pytest.raises(BabelscopeError, match="x and y are the same numbers"):
        forecast_transfer(x, x, step="1000")


def test_too_few_languages_and_steps_that_are_not_there(tmp_path):
    x, y = tables(tmp_path, 1.0)
    with pytest.raises(BabelscopeError, match="4 target languages"):
        forecast_transfer(x, y, step="1000", shares="ar=1,ca=1,es=2,eu=1")
    with pytest.raises(BabelscopeError, match="no model with alignment at step 7 .* steps of both: 1000 and 2000"):
        forecast_transfer(x, y, step="7")
    two = [{**row, "task": task} for task in ("nli", "pos") for row in score_rows({("1000", "ar"): 1.0}, 1.0)]
    with pytest.raises(BabelscopeError, match=r"holds several scores \(NLI accuracy, POS accuracy\)"):
        forecast_transfer(x, written(tmp_path / "two.csv", two), step="1000")


def test_shares_of_the_published_corpus():
    shares, source = read_shares("bloom")
    assert shares["en"] == pytest.approx(30.04, abs=0.01) and shares["zh"] == pytest.approx(16.2, abs=0.05)
    assert shares["eu"] == pytest.approx(0.15, abs=0.01) and len(shares) == len(ROOTS) and "table 1" in source


def test_shares_as_given_or_in_a_table(tmp_path):
    assert read_shares("eng=30,fr=12.5") == ({"en": 30.0, "fr": 12.5}, "as given")
    table = written(tmp_path / "shares.csv", [{"language": "en", "share": 3}, {"language": "fr", "share": 1}])
    assert read_shares(str(table)) == ({"en": 3.0, "fr": 1.0}, "shares.csv")


@pytest.mark.parametrize(
    "text, message",
    [
        ("en=much", "share of en is 'much', expected a number"),
        ("en=0", "expected a percentage above 0"),
        ("en=1,eng=2", "gives the share of en twice"),
        ("bloo", "expected LANG=PERCENT"),
    ],
)
def test_shares_that_cannot_be(text, message):
    with pytest.raises(BabelscopeError, match=message):
        read_shares(text)


def test_scripts():
    assert [same_script(code, "en") for code in ("fr", "vi", "ar", "zh")] == [1, 1, 0, 0]
    assert same_script("zh-Hant", "zh") == 1
