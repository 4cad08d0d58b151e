import base64
from pathlib import Path

import numpy as np
import pytest

import babelscope.report.series as series
from babelscope.report import SeriesMaterial, map_keys, small_map
from babelscope.report.numbers import compact
from babelscope.report.series import SERIES_PANELS
from report.fake_series import STEPS, fake_maps, fake_track
from report.fake_summary import LANGUAGES, fake_corpus, fake_similarity

FACTS = {panel.name: panel.facts for panel in SERIES_PANELS}


def facts(name: str, content: dict, **more) -> dict:
    return FACTS[name](SeriesMaterial(content, **more))


def test_every_panel_has_a_template_here_or_on_the_page_of_a_run() -> None:
    here = Path(series.__file__).parent
    homes = (here, here.parent / "panels")
    for panel in SERIES_PANELS:
        assert any((home / f"{panel.name}.html.j2").is_file() for home in homes), panel.name
    shared = {"figures"}
    assert {path.name.removesuffix(".html.j2") for path in here.glob("*.j2")} - shared <= set(FACTS)


def test_a_tile_goes_from_the_first_trained_point_to_the_last_that_can_be_trusted() -> None:
    content = fake_track(flagged=[3500])
    tile = next(tile for tile in facts("verdict", content)["tiles"] if tile["name"] == "SADS")
    points = {point["step"]: point for point in content["points"]}
    ends = [points["16"]["sads"]["value"], points["2000"]["sads"]["value"]]
    assert [float(text) for text in tile["value"].split(" → ")] == pytest.approx(ends, rel=5e-3)
    assert tile["where"] == "step 16 → step 2\u202f000"
    assert tile["untrained"] == "0.0380"
    assert tile["trend"] == "rises, p\u00a0=\u00a0.012"
    assert tile["change"] != ""


def test_one_point_is_said_without_a_change() -> None:
    tile = facts("verdict", fake_track((1000,)))["tiles"][0]
    assert "→" not in tile["value"] and (tile["change"], tile["trend"]) == ("", "")


@pytest.mark.parametrize(
    ("panel", "order", "reason"),
    [("dynamics", "scale", "models of different size"), ("scale", "training", "`babelscope track` over models")],
)
def test_steps_and_sizes_have_a_section_each(panel: str, order: str, reason: str) -> None:
    content = fake_track((10**8, 10**9) if order == "scale" else STEPS, order=order)
    other = "scale" if panel == "dynamics" else "dynamics"
    assert reason in facts(panel, content)["reason"]
    assert len(facts(other, content)["figures"]) == 4


@pytest.mark.parametrize("panel", ["dynamics", "languages", "layers", "lifelines", "interventions", "similarity"])
def test_a_series_of_which_all_failed_says_so_in_every_section(panel: str) -> None:
    found = facts(panel, fake_track((10, 100), failed=(10, 100)))
    assert found["figures"] == [] and found["reason"]


def test_the_trend_table_has_the_numbers_that_were_stored() -> None:
    content = fake_track()
    table = next(table for table in facts("dynamics", content)["tables"] if table.name == "Trends")
    rows = {row[0]: row for row in table.rows}
    assert set(rows) == {"LRDS", "SADS", "SKLR", "Loss"}
    assert rows["SADS"][1] == {"text": "rises"}
    assert (rows["SADS"][2], rows["SADS"][3], rows["SADS"][4]) == ("1.0", ".0030", ".012")
    assert rows["LRDS"][-1]["text"].startswith("64 and 256 [16, 256]")
    assert table.columns[5] == "slope per tenfold of steps"


def test_steady_lines_are_not_sold_as_changes_of_level() -> None:
    content = fake_track()
    next(trend for trend in content["trends"] if trend["change_point"])["change_point"]["steady"] = True
    table = next(table for table in facts("dynamics", content)["tables"] if table.name == "Trends")
    assert "a steady line fits as well" in table.rows[0][-1]["text"]
    assert "shaded" not in facts("dynamics", content)["figures"][0].caption


def test_drops_are_listed_with_what_explains_them_whole_model_first() -> None:
    content = fake_track(flagged=[512])
    change = {"value": -0.02, "low": -0.03, "high": -0.01}
    ends = {"metric": "sads", "from": "tiny-bloom-256", "to": "tiny-bloom-512", "change": change}
    content["degradations"] = [
        {**ends, "language": "hi", "layer": "all", "explained_by": None},
        {**ends, "language": "all", "layer": "all", "explained_by": ["loss"]},
        {**ends, "language": "all", "layer": 3, "explained_by": None},
    ]
    whole, parts = facts("dynamics", content)["tables"][1:]
    assert not whole.folded and parts.folded
    assert [cell["text"] for cell in whole.rows[0][1:3]] == ["step 256", "step 512"]
    assert whole.rows[0][-1] == {"text": "loss"}
    assert [row[1]["text"] for row in parts.rows] == ["Hindi", "layer 3"]


def test_hygiene_names_what_is_wrong_with_each_checkpoint() -> None:
    content = fake_track((0, 10, 100, 1000), flagged=[100], failed=[1000])
    content["points"][1]["load_report"]["allowed"] = ["a", "b"]
    found = facts("hygiene", content)
    (table,) = found["tables"]
    assert table.name == "1 of 4 checkpoints flagged (left out of trends); 1 could not be measured"
    cells = [[cell if isinstance(cell, str) else cell["text"] for cell in row] for row in table.rows]
    assert [row[2] for row in cells] == ["all fit", "2 allowed", "1 unexpected", "—"]
    assert cells[0][5] == "nothing"
    assert cells[2][5] == "flagged (loss): loss 12.3 nats per byte, earlier 2.1"
    assert cells[3][5] == "failed: weights do not fit the configuration"
    assert table.rows[0][0] == {"text": "step 0", "href": "points/tiny-bloom-0/report.html"}
    assert table.rows[3][0]["href"] == ""
    assert "ln 3" in found["rules"][0]


def test_an_address_of_a_report_cannot_be_a_script() -> None:
    content = fake_track((10, 100))
    content["points"][0]["report"] = "javascript:alert(1)"
    assert facts("points", content)["tables"][0].rows[0][0]["href"].startswith("javascript%3A")


def test_models_of_a_scale_series_are_called_by_name() -> None:
    content = fake_track((559_000_000, 7_069_000_000), order="scale")
    assert facts("points", content)["tables"][0].rows[1][0]["text"] == "tiny-bloom-7069000000 (7.07B)"


def test_the_sliders_bytes_are_the_maps() -> None:
    content = fake_track((0, 16, 3500))
    maps = fake_maps(content)
    found = facts("similarity", content, maps=maps, corpus=fake_corpus(n=24))
    payload, levels = found["payload"], np.frombuffer(base64.b64decode(found["bytes"]), np.uint8)
    side = payload["n"] * 9
    assert payload["n"] == 20 and len(levels) == 3 * side * (side + 1) / 2
    step = (payload["ceiling"] - payload["floor"]) / 255
    rows, columns = np.tril_indices(side)
    for place, key in enumerate(maps):
        kept = small_map(maps[key], list(LANGUAGES))
        part = levels[place * len(rows) : (place + 1) * len(rows)]
        assert np.abs(payload["floor"] + step * part - kept[rows, columns]).max() <= step / 2 + 1e-6
    assert [point["name"] for point in payload["points"]] == ["step 0", "step 16", "step 3\u202f500"]
    assert payload["text"][0][-1] == fake_corpus(n=24)["ar"][23]
    assert payload["ids"][:2] == ["line-1", "line-2"]
    assert found["last"] == 2 and found["left_out"] == ""


def test_small_maps_can_be_made_smaller_again_without_a_change() -> None:
    whole = fake_similarity(n=24)
    once = small_map(whole, list(LANGUAGES))
    assert len(once) == 180 and np.array_equal(small_map(once, list(LANGUAGES)), once)
    block = once.reshape(9, 20, 9, 20)
    assert block[2, 0, 5, 0] == whole.reshape(9, 24, 9, 24)[2, 0, 5, 0]
    assert block[2, 19, 5, 19] == whole.reshape(9, 24, 9, 24)[2, 23, 5, 23]


def test_of_hundreds_of_maps_evenly_spaced_ones_are_kept_with_both_ends() -> None:
    content = fake_track(tuple(range(10, 3010, 10)))
    keys = map_keys(content)
    every = [point["key"] for point in content["points"]]
    assert 30 <= len(keys) <= 48 and len(set(keys)) == len(keys)
    assert (keys[0], keys[-1]) == (every[0], every[-1])
    gaps = np.diff([every.index(key) for key in keys])
    assert gaps.max() - gaps.min() <= 1
    found = facts("similarity", content, maps={key: np.eye(9 * 24, dtype=np.float32) + 0.1 for key in keys})
    assert f"The page holds {len(keys)} maps" in found["left_out"]
    assert len(map_keys(content | {"languages": [f"x{i}" for i in range(200)]})) < 20


def test_a_corpus_in_another_order_is_refused() -> None:
    content = fake_track((16, 64))
    with pytest.raises(ValueError, match="corpus and series must agree"):
        facts("similarity", content, maps=fake_maps(content), corpus=fake_corpus(["zh", "en"]))


def test_interventions_and_tasks_are_shown_where_they_were_run() -> None:
    assert "--stages" in facts("interventions", fake_track())["reason"]
    content = fake_track(ablated=True)
    found = facts("interventions", content)
    assert [drawing.name for drawing in found["figures"]] == ["selectivity-over-series"]
    assert found["figures"][0].title.startswith("Regions are selective beyond random neurons at 5 of 7 checkpoints")
    assert "No task was run" in found["notes"][0]
    task = {"task": "x_ar", "language": "ar", "accuracy": 0.51, "low": 0.45, "high": 0.57, "chance": 0.5, "n": 300}
    for point in content["points"]:
        point["evaluation"] = [task, task | {"task": "x_hi", "language": "hi", "accuracy": 0.6, "low": 0.55}]
    accurate = facts("interventions", content)["figures"][1]
    assert accurate.title == "At step 3\u202f500 accuracy is above chance on 1 of 2 tasks, at best 60.0\u202f%"


def test_warnings_of_points_are_said_once_with_how_often() -> None:
    content = fake_track((10, 100))
    for point in content["points"]:
        point["warnings"] = [
            {"kind": "duplicate", "message": "2 lines", "count": 2, "examples": [["ar", "line-1", "x"]]},
            content["warnings"][0],
        ]
    own, common = facts("warnings", content)["warnings"]
    assert own["message"] == "24 sentences give wide intervals"
    assert common["message"] == "2 lines (at 2 of 2 checkpoints)" and common["examples"][0]["language"] == "Arabic"
    assert "nothing suspicious" in facts("warnings", content | {"warnings": [], "points": []})["reason"]


def test_the_method_explains_trends_and_names_the_held_out_text() -> None:
    found = facts("method", fake_track())
    assert {"Trend", "Life-line", "Flagged", "SADS"} <= {term for term, _ in found["definitions"]}
    assert ("held-out text", "fake-heldout") in dict(found["tables"])["Measured"]


def test_the_command_and_signature_of_the_series_repeat_it() -> None:
    found = facts("repeat", fake_track())
    assert found["commands"] == ["babelscope track tiny-bloom --corpus fake -n 24"]
    assert found["signatures"][0][:2] == ("series", "bs0.1|track|tiny-bloom")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (16, "16"), (999, "999"), (999.9, "1k"), (1000, "1k"), (3500, "3.5k"), (143_000, "143k"),
     (559_214_592, "559M"), (7_069_016_064, "7.07B"), (176_247_271_424, "176B"), (None, "—")],
)  # fmt: skip
def test_large_numbers_are_short_on_an_axis(value: float | None, text: str) -> None:
    assert compact(value) == text
