from pathlib import Path

import pytest

import babelscope.report.panels as panels
from babelscope.report.panels import PANELS, Material
from babelscope.report.panels.similarity import shortened
from report.fake_ablation import FOURTEEN, fake_ablation
from report.fake_summary import fake_corpus, fake_similarity, fake_summary

FACTS = {panel.name: panel.facts for panel in PANELS}


def test_the_page_has_the_order_of_the_design() -> None:
    assert [panel.name for panel in PANELS] == [
        "verdict", "similarity", "pairs", "layers", "regions", "interventions", "generation", "cloze", "retrieval",
        "probing", "transfer", "unmeasured", "tokens", "warnings", "method", "repeat",
    ]  # fmt: skip


def test_every_panel_has_its_template() -> None:
    folder = Path(panels.__file__).parent
    assert {panel.name for panel in PANELS} == {path.name.removesuffix(".html.j2") for path in folder.glob("*.j2")}


def test_the_verdict_shows_each_score_beside_null_and_baseline() -> None:
    facts = FACTS["verdict"](Material(fake_summary()))
    lrds, sads, sklr = facts["tiles"]
    assert (lrds["name"], sads["name"], sklr["name"]) == ("LRDS", "SADS", "SKLR")
    assert lrds["untrained"] == "0.410 [0.390, 0.430]"
    assert "±" in sklr["null"]
    without = fake_summary()
    without["lrds"]["baseline"] = None
    assert FACTS["verdict"](Material(without))["tiles"][0]["untrained"] == "— (not measured)"


@pytest.mark.parametrize(
    ("panel", "missing", "reason"),
    [
        ("similarity", {"mean_cosines": None}, "was not kept"),
        ("pairs", {"pairs": []}, "not scored"),
        ("layers", {"by_layer": []}, "not scored one by one"),
        ("regions", {"regions": []}, "No regions were measured"),
        ("tokens", {"tokens": {}}, "not counted"),
        ("warnings", {"warnings": []}, "nothing suspicious"),
        ("unmeasured", {}, "Not measured in this run"),
    ],
)
def test_an_empty_section_says_why(panel: str, missing: dict, reason: str) -> None:
    assert reason in FACTS[panel](Material(fake_summary() | missing))["reason"]


def test_the_maps_sentences_are_the_corpus_in_order() -> None:
    corpus = fake_corpus()
    facts = FACTS["similarity"](Material(fake_summary(), corpus, fake_similarity()))
    assert facts["payload"]["text"] == [list(column) for column in corpus.sentences]
    assert facts["payload"]["ids"] == list(corpus.ids)
    assert [language["dir"] for language in facts["payload"]["languages"]][:2] == ["rtl", "ltr"]
    assert len(facts["means"]) == 9 * 10 / 2


def test_without_the_map_its_means_are_still_shown() -> None:
    summary = fake_summary()
    facts = FACTS["similarity"](Material(summary))
    first, second = facts["means"][:2]
    assert (first["a"], first["b"], first["cross"], first["translations"]) == ("Arabic", "Arabic", "", "")
    assert (second["a"], second["b"], second["same"]) == ("Arabic", "Vietnamese", "")
    assert float(second["translations"]) == pytest.approx(summary["mean_cosines"]["translations"][0][1], rel=6e-3)
    assert "was not kept" in facts["missing"]


def test_a_corpus_in_another_order_is_refused() -> None:
    with pytest.raises(ValueError, match="corpus and summary must agree"):
        FACTS["similarity"](Material(fake_summary(), fake_corpus(["zh", "en"]), fake_similarity()))


def test_regions_that_cannot_overlap_are_explained() -> None:
    rule = {"kind": "threshold", "value": 2.0, "largest_z": 2.83, "largest_sharing": 1, "note": "a note"}
    facts = FACTS["regions"](Material(fake_summary() | {"region_rule": rule}))
    assert [drawing.name for drawing in facts["figures"]] == ["region-size", "regions-by-layer"]
    assert facts["notes"][0] == "a note"
    assert "With 9 languages no neuron can have z > 2 for two of them" in facts["notes"][1]


def test_text_is_cut_between_graphemes() -> None:
    family = "👩‍👩‍👧‍👦"
    assert shortened(family * 5, 3) == family * 3 + "…"
    assert shortened("नमस्ते", 40) == "नमस्ते"
    assert shortened(family, 1) == family


def test_warnings_of_what_was_measured_beside_the_scan_are_there_too() -> None:
    ablation = fake_ablation() | {"warnings": [{"kind": "same text", "message": "seen before"}]}
    found = FACTS["warnings"](Material(fake_summary() | {"warnings": []}, ablation=ablation))
    assert [(one["kind"], one["section"], one["count"]) for one in found["warnings"]] == [
        ("same text", "interventions", "")
    ]
    ablation["warnings"] = []
    assert (
        "nothing suspicious"
        in FACTS["warnings"](Material(fake_summary() | {"warnings": []}, ablation=ablation))["reason"]
    )


def test_every_part_of_the_page_has_its_signature_and_only_what_was_used_is_cited() -> None:
    alone = FACTS["repeat"](Material(fake_summary()))
    assert [name for name, *_ in alone["signatures"]] == ["scan"] and alone["also"] == []
    ablation = fake_ablation()
    ablation["text"]["name"] = "xlsum"
    both = FACTS["repeat"](Material(fake_summary(), ablation=ablation))
    assert both["signatures"][1] == ("interventions", "bs0.1|tiny", "babelscope 0.1.0")
    assert [name for name, *_ in both["also"]] == ["XL-Sum"]


def test_the_verdict_names_languages_that_only_an_intervention_knows() -> None:
    facts = FACTS["verdict"](Material(fake_summary(), ablation=fake_ablation(FOURTEEN)))
    assert ("de", "German") in facts["languages"]
