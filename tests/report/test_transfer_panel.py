import re
from typing import Any

import pytest

import babelscope.report.html as html
import babelscope.report.series.page as page
from babelscope.report.figures.transfer_layers import transfer_layers
from babelscope.report.figures.transfer_scores import transfer_finding, transfer_scores
from babelscope.report.panels import Material, Panel
from babelscope.report.panels.transfer import facts
from babelscope.report.series import SeriesMaterial, SeriesPanel
from babelscope.report.series.transfer import facts as series_facts
from report.fake_series import fake_track
from report.fake_summary import fake_summary
from report.fake_transfer import PLANTED, fake_record, fake_transfer, fake_transfer_track
from report.painting import assert_nothing_is_clipped, column, painted, texts

ATTACK = "</script><img src=x onerror=hit=1>"
MANY = ["en", *[f"{a}{b}" for a in "abc" for b in "adegi"], "hi", "zh", "ja", "ko", "ta", "te"]


def _facts(transfer: dict[str, Any] | None) -> dict[str, Any]:
    return facts(Material(fake_summary(), transfer=transfer))


def _words(row: list[Any]) -> list[str]:
    return [cell if isinstance(cell, str) else cell["text"] for cell in row]


def test_without_a_transfer_the_section_names_the_command() -> None:
    assert "`babelscope transfer MODEL --task pos" in _facts(None)["reason"]


def test_the_section_holds_verdict_figures_and_tables() -> None:
    found = _facts(fake_transfer())
    assert [drawing.name for drawing in found["figures"]] == ["transfer-by-language", "transfer-by-layer"]
    assert found["sentences"] == fake_transfer()["verdict"]
    assert [table.name for table in found["tables"]] == [
        "Accuracy by language", "Macro F1 by language", "Linear probes by layer", "How each seed was trained",
    ]  # fmt: skip
    assert "Trained on 700 examples of English, chosen on 100, tested on 200 per language" in found["notes"][0]


def test_the_table_has_the_source_first_and_every_number_of_every_language() -> None:
    content = fake_transfer()
    table = _facts(content)["tables"][0]
    rows = {row[0]["text"]: _words(row) for row in table.rows}
    assert next(iter(rows)) == "English (trained on)" and len(rows) == 10 and list(rows)[-1] == "mean of the others"
    lora = next(r for r in content["results"] if (r["method"], r["metric"]) == ("lora", "accuracy"))
    cell = lora["languages"]["fr"]
    assert rows["French"][1].replace("\u202f", "") == str(cell["n"])
    assert rows["French"][2] == "0.760 [0.730, 0.790]" and rows["French"][4].startswith("0.140 [")
    assert rows["English (trained on)"][4] == "—" and rows["French"][6] == "0.220"
    assert rows["French"][5] == "0.844 [0.814, 0.874]" and rows["mean of the others"][6] == "0.220"
    assert all(len(row) == len(table.columns) for row in rows.values())


def test_the_figure_has_a_row_of_data_for_every_method_metric_and_language() -> None:
    drawing = transfer_scores(fake_transfer())
    assert drawing is not None and len(drawing.rows) == 2 * 2 * 9
    assert set(column(drawing, "method")) == {"lora", "linear"} and set(column(drawing, "language")) == set(PLANTED)
    figure = painted(drawing)
    assert figure.axes[0].get_yticklabels()[0].get_text() == "English (trained on)"
    assert texts(figure).count("commonest") == 2 and "0.76" in texts(figure)
    assert "3 seeds" in drawing.caption and "chosen on English's dev set" in drawing.caption


def test_the_title_counts_the_languages_that_are_reached() -> None:
    assert "reaches all 8 other languages: accuracy 0.585 [0.570, 0.600] on average" in transfer_finding(
        fake_transfer()
    )
    assert "best Spanish (0.78), worst Chinese (0.33)" in transfer_finding(fake_transfer())
    some = transfer_finding(fake_transfer(learned=0.2))
    assert re.search(r"reaches \d of 8 other languages", some)


def test_a_task_that_is_not_learned_is_said_to_be_not_learned() -> None:
    content = fake_transfer(learned=0.01)
    assert transfer_finding(content).startswith("English itself was not learned")
    assert "learned nothing" in _facts(content)["notes"][0]


def test_one_method_one_metric_and_one_target_still_make_a_figure() -> None:
    content = fake_transfer(["en", "fr"], methods=["full"], metrics=["accuracy"], seeds=1)
    drawing = transfer_scores(content)
    assert drawing is not None and len(drawing.rows) == 2 and not drawing.wide
    assert "1 other language" in drawing.title and "and seeds" not in drawing.caption
    assert transfer_layers(content) is None
    assert _facts(content)["warnings"] == [("few seeds", "1 seed of fine-tuning")]
    alone = fake_transfer(["en"], methods=["linear"], layers=(0, 3))
    assert "there is no other language" in transfer_finding(alone)
    layers = transfer_layers(alone)
    assert layers is not None and "tells most" in layers.title


def test_layers_are_told_apart_only_beyond_their_intervals() -> None:
    drawing = transfer_layers(fake_transfer())
    assert drawing is not None and "Most transfers in layer 4" in drawing.title
    assert len(drawing.rows) == 4 * 10
    flat = fake_transfer()
    flat["results"] = [result for result in flat["results"] if result["layer"] in ("all", "3", "4")]
    found = transfer_layers(flat)
    assert found is not None and "do not differ clearly" in found.title
    poor = transfer_layers(fake_transfer(learned=0.01))
    assert poor is not None and poor.title.startswith("No layer tells other languages beyond the commonest label")


def test_a_probe_has_no_seeds_and_its_intervals_are_over_sentences_alone() -> None:
    content = fake_transfer(methods=["linear"])
    drawing = transfer_scores(content)
    assert drawing is not None and "seed" not in drawing.caption and "95 %, over sentences;" in drawing.caption
    assert "intervals over sentences;" in _facts(content)["tables"][0].note
    scores, gap = series_facts(SeriesMaterial(fake_transfer_track((16, 3500), methods=["linear"])))["figures"]
    assert scores.caption.startswith("One probe per checkpoint") and "seeds" not in scores.caption + gap.caption


@pytest.mark.parametrize("titled", [False, True])
@pytest.mark.parametrize("codes", [list(PLANTED), MANY, ["en", "fr"]])
def test_nothing_is_clipped(codes: list[str], titled: bool) -> None:
    content = fake_transfer(codes)
    for drawing in (transfer_scores(content), transfer_layers(content)):
        assert drawing is not None
        assert_nothing_is_clipped(drawing, titled, 8)


def test_the_page_escapes_what_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "PANELS", (Panel("transfer", "Zero-shot transfer", facts, of_scan=False),))
    content = fake_transfer(["en", "fr"])
    content["task"] |= {"name": ATTACK, "labels": [ATTACK, "b"], "data": ATTACK}
    content["warnings"] = [{"kind": ATTACK, "message": ATTACK}]
    text = html.page_text(Material(fake_summary(["en", "fr"]), transfer=content), None)
    assert "<img" not in text and "<b>second" not in text and 'id="transfer-by-language"' in text
    known = re.findall(r"--c[0-9a-f]{6}", text.split("</style>")[0])
    assert set(re.findall(r"var\((--c[0-9a-f]{6})\)", text)) <= set(known)


def test_a_series_without_a_transfer_names_the_command() -> None:
    assert "--stages scan,transfer" in series_facts(SeriesMaterial(fake_track()))["reason"]


def test_a_series_shows_scores_gap_and_every_checkpoint() -> None:
    content = fake_transfer_track()
    found = series_facts(SeriesMaterial(content))
    scores, gap = found["figures"]
    assert (scores.name, gap.name) == ("transfer-over-training", "transfer-gap-over-training")
    assert len(scores.rows) == 8 * 2 * 9 and len(gap.rows) == 8 * 2
    assert "is higher at the end" in scores.title and "reaches all 8 other languages" in scores.title
    assert "is wider at the end" in gap.title
    (table,) = found["tables"]
    assert len(table.rows) == 8 and all(len(row) == len(table.columns) for row in table.rows)
    assert _words(table.rows[-1])[-2] == "8 of 8"
    for drawing in (scores, gap):
        assert_nothing_is_clipped(drawing, True, 8)


def test_flagged_checkpoints_are_crosses_off_the_line() -> None:
    drawing, gap = series_facts(SeriesMaterial(fake_transfer_track((16, 64, 256, 3500), flagged=[3500])))["figures"]
    assert column(drawing, "flag")[-1] == "loss" and "crosses: flagged" in drawing.caption
    assert "256" in drawing.title and "3\u202f500" not in drawing.title
    line = next(line for line in painted(gap).axes[0].lines if len(line.get_xdata()) > 2)
    assert len(line.get_xdata()) == 3
    content = fake_transfer_track((16, 64, 256, 3500), flagged=[3500])
    content["hygiene"]["left_out"] = False
    _, kept = series_facts(SeriesMaterial(content))["figures"]
    assert max(len(line.get_xdata()) for line in painted(kept).axes[0].lines) == 4


def test_a_series_whose_last_point_learned_nothing_claims_nothing() -> None:
    content = fake_transfer_track((16, 3500))
    content["points"][-1]["transfer"] = fake_record(fake_transfer(learned=0.0))
    drawing, _ = series_facts(SeriesMaterial(content))["figures"]
    assert "nothing can transfer" in drawing.title
    one = series_facts(SeriesMaterial(fake_transfer_track((3500,))))
    assert one["notes"] and len(one["figures"]) == 1


def test_the_page_of_a_series_holds_the_section(monkeypatch: pytest.MonkeyPatch) -> None:
    panel = SeriesPanel("transfer", "Zero-shot transfer", series_facts)
    monkeypatch.setattr(page, "SERIES_PANELS", (panel,))
    text = page.series_text(SeriesMaterial(fake_transfer_track((16, 3500))), None)
    assert 'id="transfer-over-training"' in text and "Transfer of every checkpoint" in text
