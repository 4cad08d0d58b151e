"""The content of a series: clean trained points alone make trends, everything is JSON, every number has its row."""

import json
import math

import numpy as np

from babelscope.dynamics.content import track_content
from babelscope.dynamics.rows import track_rows
from babelscope.tables import write_csv
from planted_series import LANGUAGES, failed, masks, point, series

STEPS = [0, 16, 64, 256, 1000, 4000, 16000]
SADS = [0.5, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3]
LRDS = [0.1, 0.6, 0.55, 0.5, 0.45, 0.4, 0.35]


def content_of(points, replicates, **options):
    regions = {
        one["key"]: {code: masks(i, i + 1, i + 2) for code in LANGUAGES}
        for i, one in enumerate(points)
        if one["status"] == "done"
    }
    options = {"order": "training", "facts": {"site": "mlp", "languages": list(LANGUAGES)}} | options
    return track_content(name="nano", points=points, replicates=replicates, regions=regions, **options)


def trend(content, metric, language="all", layer="all"):
    (found,) = [
        one
        for one in content["trends"]
        if (one["metric"], one["language"], one["layer"]) == (metric, language, layer)
    ]
    return found


def test_trends_leave_out_the_untrained_and_the_flagged():
    points, replicates = series(STEPS, SADS, LRDS, perplexity={1000: 3e5})
    content = content_of(points, replicates)
    found = trend(content, "sads")
    assert found["points"] == 5 and found["direction"] == "rises" and found["per"] == "tenfold of steps"
    assert (found["first_key"], found["last_key"]) == ("nano-16", "nano-16000")
    assert found["untrained"]["key"] == "nano-0" and found["untrained"]["change"]["high"] < 0
    assert content["hygiene"] == {
        "flagged": ["nano-1000"],
        "failed": [],
        "rules": content["hygiene"]["rules"],
        "left_out": True,
    }
    kept = content_of(points, replicates, include_flagged=True)
    assert trend(kept, "sads")["points"] == 6 and not kept["hygiene"]["left_out"]
    flags = {one["key"]: [flag["kind"] for flag in one["flags"]] for one in kept["points"]}
    assert flags["nano-1000"] == ["loss"] and flags["nano-64"] == []


def test_changes_are_those_of_the_replicates():
    points, replicates = series(STEPS, SADS, LRDS)
    found = trend(content_of(points, replicates), "lrds")
    first, last = (replicates[f"nano-{step}"]["lrds"][0] for step in (16, 16000))
    n = len(first)
    error = math.sqrt((n - 1) / n * np.square(last - first - (last - first).mean()).sum())
    assert found["change"]["value"] == points[-1]["lrds"]["value"] - points[1]["lrds"]["value"]
    width = found["change"]["high"] - found["change"]["low"]
    assert width == np.float64(2 * 2.0009953780882674 * error) or math.isclose(width, 2 * 2.001 * error, rel_tol=1e-3)


def test_a_step_is_located_and_has_its_p():
    sads = [0.5, 0.05, 0.051, 0.049, 0.3, 0.299, 0.301]
    found = trend(content_of(*series(STEPS, sads, LRDS, noise=0.001)), "sads")["change_point"]
    assert (found["after"], found["before"]) == (256, 1000) and found["p"] < 0.05
    assert found["low"] <= 256 and found["high"] >= 1000 and found["shift"]["low"] > 0.2


def test_lifelines_follow_one_training():
    points, replicates = series(STEPS, SADS, LRDS, perplexity={1000: 3e5})
    content = content_of(points, replicates)
    line = content["lifelines"]["fr"]
    assert [one["from"] for one in line] == ["nano-0", "nano-16", "nano-64", "nano-256", "nano-4000"]
    assert line[0]["survive"] == 2 and line[3]["to"] == "nano-4000" and line[3]["survive"] == 1
    assert {one["to"] for one in content["lifelines_to_last"]["fr"]} == {"nano-16000"}
    points[0]["made"] = True
    assert content_of(points, replicates)["lifelines"]["fr"][0]["from"] == "nano-16"


def test_sizes_of_a_family_have_no_layers_and_no_lifelines_in_common():
    points, replicates = series(STEPS[1:], SADS[1:], LRDS[1:])
    content = content_of(points, replicates, order="scale")
    assert content["lifelines"] == {} and content["lifelines_to_last"] == {}
    assert {one["layer"] for one in content["trends"]} == {"all"}
    assert trend(content, "sads")["per"] == "tenfold of parameters"


def test_everything_is_json_without_nan():
    points, replicates = series(STEPS, SADS, LRDS)
    points[2]["loss"]["ar"]["perplexity"] = math.inf
    points.append(failed(99999))
    content = content_of(points, replicates)
    again = json.loads(json.dumps(content, allow_nan=False))
    assert again == content and again["points"][2]["loss"]["ar"]["perplexity"] is None
    assert content["points"][-1]["flags"] == [] and content["hygiene"]["failed"] == ["nano-99999"]


def test_a_loss_that_is_no_number_is_left_out_of_its_curve():
    points, replicates = series(STEPS, SADS, LRDS)
    for broken in (None, math.nan):
        points[3]["loss"]["ar"] |= {"nats_per_byte": broken, "low": None, "high": None}
        points[3]["loss_mean"] = {"value": broken, "low": None, "high": None}
        content = content_of(points, replicates)
        assert not content["hygiene"]["flagged"]
        assert trend(content, "loss", "ar")["points"] == 5 and trend(content, "loss", "fr")["points"] == 6
        assert trend(content, "loss")["points"] == 5
        json.dumps(track_rows(content), allow_nan=False)


def test_order_of_arguments_and_repetition_change_nothing():
    points, replicates = series(STEPS, SADS, LRDS)
    once = content_of(points, replicates)
    turned = {key: dict(reversed(found.items())) for key, found in reversed(replicates.items())}
    assert content_of(points, turned) == once


def test_a_series_of_one_point():
    content = content_of([point(0)], {})
    assert content["trends"] == [] and content["degradations"] == [] and content["lifelines"] == {}


def test_without_losses_and_replicates():
    content = content_of([point(step, perplexity={}) for step in STEPS], {})
    assert "loss" not in {one["metric"] for one in content["trends"]}
    assert trend(content, "sads")["change"]["low"] is None


def test_rows_fit_the_table_and_hold_every_number(tmp_path):
    points, replicates = series(STEPS, SADS, LRDS, perplexity={1000: 3e5})
    points[3]["ablation"] = {"selectivity": {"value": 0.2, "low": 0.1, "high": 0.3, "p": 0.01}}
    points[3]["evaluation"] = [
        {"task": "cloze", "language": "fr", "accuracy": 0.6, "low": 0.5, "high": 0.7, "chance": 0.5, "n": 90}
    ]
    points.append(failed(99999))
    content = content_of(points, replicates)
    rows = track_rows(content)
    write_csv(tmp_path / "track.csv", "track", rows)
    keys = [tuple(row[name] for name in ("model", "step", "site", "layer", "metric", "language")) for row in rows]
    assert len(set(keys)) == len(keys)
    found = dict(zip(keys, rows, strict=True))

    def row(step, metric, language="all", layer="all"):
        return found["nano", str(step), "mlp", layer, metric, language]

    assert row(16, "sads")["value"] == points[1]["sads"]["value"] and row(16, "sads")["low"] is not None
    assert row(16, "sads", layer="2")["flag"] == "" and row(1000, "sads")["flag"] == "loss"
    assert row(16, "sklr")["value"] == 60 and row(16, "region_excess")["value"] == 30
    assert row(16, "region_excess", "fr")["value"] == 10 and row(16, "region_size", "fr", "1")["value"] == 10
    assert row(1000, "perplexity", "ar")["value"] == 3e5 and row(1000, "loss")["value"] > row(16, "loss")["value"]
    assert row(16, "survival", "fr")["value"] == 2 / 3 and row(16, "jaccard", "fr")["value"] == 0.5
    assert row(16, "jaccard_by_chance", "fr")["low"] <= row(16, "jaccard_by_chance", "fr")["high"]
    assert ("nano", "16000", "mlp", "all", "survival", "fr") not in found
    assert row(256, "selectivity")["low"] == 0.1 and row(256, "accuracy:cloze", "fr")["value"] == 0.6
    assert row(99999, "failed") == {**row(99999, "failed"), "value": None, "flag": "failed"}
