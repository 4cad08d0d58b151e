import re
from pathlib import Path
from typing import Any

import pytest

import babelscope.report.export as export
import babelscope.report.html as html
import babelscope.report.series.page as page
from babelscope.errors import BabelscopeError
from babelscope.report import Material, write_series_figures
from babelscope.report.panels import PANELS, Panel
from babelscope.report.panels.probing import facts
from babelscope.report.panels.probing_tables import cells_table, sizes_table
from babelscope.report.probing import OVERLAP_PANELS, overlap_text, write_overlap_report
from babelscope.report.series import SERIES_PANELS, SeriesMaterial
from report.fake_probing import fake_overlap, fake_probing, fake_probing_track
from report.fake_series import fake_track
from report.fake_summary import fake_summary

ATTACK = "</script><img src=x onerror=hit=1>"
STEPS = ("0", "64", "3500")
OF_RUN = {panel.name: panel.facts for panel in PANELS}
OF_SERIES = {panel.name: panel.facts for panel in SERIES_PANELS}
OF_OVERLAP = {panel.name: panel.facts for panel in OVERLAP_PANELS}


def _facts(probing: dict[str, Any] | None) -> dict[str, Any]:
    return facts(Material(fake_summary(), probing=probing))


def _words(row: list[Any]) -> list[str]:
    return [cell if isinstance(cell, str) else cell["text"] for cell in row]


def test_without_a_probing_the_section_names_the_command() -> None:
    assert "`babelscope probe MODEL --treebanks DIR" in _facts(None)["reason"]
    assert _facts(None)["figures"] == []


def test_the_section_holds_verdict_figures_tables_and_warnings() -> None:
    found = _facts(fake_probing())
    assert [drawing.name for drawing in found["figures"]] == [
        "information-by-neurons", "overlap-by-layer",
        *(f"overlap-{name}-layer-{layer}" for name in ("pos", "number", "gender") for layer in (3, 6)),
        "shared-neurons-layer-3", "shared-neurons-layer-6",
    ]  # fmt: skip
    assert found["sentences"] == fake_probing()["verdict"] and found["notes"] == []
    assert found["warnings"] == [("few words", "Hindi has few words for Gender")]
    names = [table.name for table in found["tables"]]
    assert names == [
        "What the selected neurons tell",
        "Overlap at every size of selection, mean over 3 attributes",
        "Treebanks",
    ]
    assert {"Probe", "Overlap", "Ceiling"} <= {term for term, _ in found["definitions"]}


def test_every_language_and_attribute_has_a_row_with_its_n_or_the_reason_why_not() -> None:
    probing = fake_probing(unseen=["de"])
    rows = {row[0]["text"]: _words(row) for row in cells_table(probing).rows}
    assert len(rows) == 3 * 10
    assert rows["Gender, English"][1] == "— attribute absent" and set(rows["Gender, English"][2:]) == {"—"}
    cell = next(c for c in probing["cells"] if (c["language"], c["attribute"], c["layer"]) == ("hi", "Number", 3))
    said = rows["Number, Hindi"]
    assert said[1] == "PL, SG"
    assert said[2].replace("\u202f", "") == " / ".join(str(cell["n"][part]) for part in ("train", "dev", "test"))
    assert said[5].startswith(f"{cell['nmi']['50']['value']:.3f} [")
    assert "POS, German (never pre-trained on)" in rows
    assert all(len(row) == len(cells_table(probing).columns) for row in rows.values())


def test_a_cell_that_cannot_be_compared_says_so_beside_its_numbers() -> None:
    probing = fake_probing()
    probing["incomparable"] = [{"language": "fr", "attribute": "POS", "reason": "only ADJ and N in common"}]
    rows = {row[0]["text"]: _words(row) for row in cells_table(probing).rows}
    assert rows["POS, French"][1] == "ADJ, ADP, N, V (not compared: only ADJ and N in common)"
    assert rows["POS, French"][5] != "—"


def test_every_pair_of_a_map_says_how_many_words_both_were_read_on() -> None:
    probing = fake_probing()
    pos = next(drawing for drawing in _facts(probing)["figures"] if drawing.name == "overlap-pos-layer-3")
    tests = {c["language"]: c["n"]["test"] for c in probing["cells"] if (c["attribute"], c["layer"]) == ("POS", 3)}
    for row in (dict(zip(pos.columns, row, strict=True)) for row in pos.rows):
        assert (row["words_a"], row["words_b"]) == (tests[row["language_a"]], tests[row["language_b"]])
    assert "n = 36 pairs of 9 languages, 510 to 758 test words each, 3 seeds; 50 of 192 neurons" in pos.caption


def test_every_size_has_a_row_with_all_an_overlap_is_read_against() -> None:
    overlap = fake_overlap()
    table = sizes_table(overlap)
    assert table is not None and len(table.rows) == 2 * 3 and not table.folded
    first = _words(table.rows[0])
    assert first[0] == "layer 3, k = 10"
    macro = overlap["groups"][0]["by_k"][0]["macro"]
    assert first[1] == str(macro["pairs"]) and first[2].startswith(f"{macro['overlap']['value']:.4f}")
    assert first[6] == "—"
    several = sizes_table(fake_overlap(steps=STEPS, models=["a/x", "a/y"]))
    assert several is not None and several.folded and _words(several.rows[0])[0] == "x step 0, layer 3, k = 10"
    for group in overlap["groups"]:
        for at in group["by_k"]:
            at["macro"]["overlap"] = None
    assert sizes_table(overlap) is None


def test_values_that_were_given_up_are_named() -> None:
    probing = fake_probing()
    probing["given_up"] = [{"attribute": "POS", "value": v, "languages": ["ar"]} for v in ("INTJ", "NUM")]
    assert "as one has too few words: POS INTJ and NUM." in _facts(probing)["notes"][0]


def test_what_is_missing_is_explained() -> None:
    alone = _facts(fake_probing(overlap=False))
    assert alone["notes"] == ["Overlap was not counted: it takes an attribute that two languages mark."]
    empty = fake_probing(overlap=False) | {"cells": []}
    assert "No attribute could be probed" in _facts(empty)["notes"][0]
    assert "attribute absent" in str(_facts(empty)["tables"][0].rows)
    deep = _facts(fake_probing() | {"overlap": fake_overlap(layers=[1, 2, 3])})
    assert deep["notes"][0].startswith("Maps of pairs are drawn in the layer of the largest mean overlap")


def test_other_sections_of_a_run_know_of_its_probing() -> None:
    material = Material(fake_summary(["en", "fr"]), probing=fake_probing(["en", "fr"], unseen=["de"]))
    assert material.languages == ["en", "fr", "de"]
    assert fake_probing()["verdict"][0] in OF_RUN["verdict"](material)["sentences"]
    assert ("de", "German") in OF_RUN["verdict"](material)["languages"]
    warnings = OF_RUN["warnings"](material)["warnings"]
    assert [w["section"] for w in warnings if w["kind"] == "few words"] == ["probing"]
    repeat = OF_RUN["repeat"](material)
    assert "babelscope probe tiny --treebanks PUD" in repeat["commands"]
    assert "https://arxiv.org/abs/2406.13229" in {address for _, _, address in repeat["also"]}


@pytest.mark.parametrize("unseen", [[], ["de"]])
def test_the_page_shows_the_section_and_escapes_its_text(monkeypatch: pytest.MonkeyPatch, unseen: list[str]) -> None:
    monkeypatch.setattr(html, "PANELS", (Panel("probing", "Probing", facts, of_scan=False),))
    probing = fake_probing(["en", "fr"], ["POS"], [3], unseen=unseen)
    probing["warnings"] = [{"kind": ATTACK, "message": ATTACK}]
    probing["infeasible"] = [{"language": "en", "attribute": "POS", "reason": ATTACK}]
    probing["treebanks"]["en"]["name"] = ATTACK
    text = html.page_text(Material(fake_summary(["en", "fr"]), probing=probing), None)
    assert "<img" not in text and "<b>second" not in text
    assert text.index("&lt;b&gt;second") < text.index('id="information-by-neurons"')
    assert 'id="overlap-pos-layer-3"' in text and "What the words mean" in text
    known = re.findall(r"--c[0-9a-f]{6}", text.split("</style>")[0])
    assert set(re.findall(r"var\((--c[0-9a-f]{6})\)", text)) <= set(known)


def test_a_page_has_room_for_nine_languages_beside_a_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "PANELS", (Panel("probing", "Probing", facts, of_scan=False),))
    text = html.page_text(Material(fake_summary(), probing=fake_probing(layers=[3, 6], unseen=["de"])))
    assert len(text.encode()) < 1_600_000


def test_a_series_without_probes_names_the_command() -> None:
    found = OF_SERIES["probing"](SeriesMaterial(fake_track()))
    assert found["figures"] == [] and "--stages scan,probe" in found["reason"]


def test_a_series_shows_overlap_and_information_and_every_checkpoint() -> None:
    content = fake_probing_track()
    found = OF_SERIES["probing"](SeriesMaterial(content))
    assert [drawing.name for drawing in found["figures"]] == ["overlap-over-training", "information-over-training"]
    changes, points = found["tables"]
    assert len(changes.rows) == 3 * 3 and len(points.rows) == len(content["points"])
    macro = content["points"][0]["probing"]["overlap"][2]["macro"]["overlap"]["value"]
    assert _words(points.rows[0])[3].startswith(f"{macro:.3f} [")
    assert found["sentences"] == ["Mean over layers, k = 50: rises"]


def test_the_page_of_a_series_shows_the_section_in_its_languages_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "SERIES_PANELS", [panel for panel in SERIES_PANELS if panel.name == "probing"])
    content = fake_probing_track((16, 3500), codes=["en"], attributes=["POS"], layers=[3], unseen=["sv"])
    text = page.series_text(SeriesMaterial(content), None)
    assert 'id="information-over-training"' in text and 'href="#probing"' in text
    known = re.findall(r"--c[0-9a-f]{6}", text.split("</style>")[0])
    assert set(re.findall(r"var\((--c[0-9a-f]{6})\)", text)) <= set(known)


def test_a_series_of_one_probed_checkpoint_says_why_there_is_no_curve() -> None:
    content = fake_probing_track((3500,))
    found = OF_SERIES["probing"](SeriesMaterial(content))
    assert found["notes"] == ["Overlap over training takes two checkpoints at which two languages can be compared."]
    assert [drawing.name for drawing in found["figures"]] == ["information-over-training"]


def test_flagged_checkpoints_of_a_series_are_off_the_line(tmp_path: Path) -> None:
    content = fake_probing_track((16, 64, 3500), flagged=[64])
    (overlap, _) = OF_SERIES["probing"](SeriesMaterial(content))["figures"]
    assert [row[-1] for row in overlap.rows[:3]] == ["", "loss", ""]
    content["hygiene"]["left_out"] = False
    (overlap, _) = OF_SERIES["probing"](SeriesMaterial(content))["figures"]
    assert {row[-1] for row in overlap.rows} == {""}


def test_every_section_of_an_overlaps_page_has_something_or_says_why_not() -> None:
    one = fake_overlap(["en", "fr"], ["POS"], [3])
    for name, show in OF_OVERLAP.items():
        found = show(one | {"language_info": {}})
        assert found.get("reason") or set(found) - {"figures"}, name
    assert "several steps" in OF_OVERLAP["training"](one)["reason"]
    nothing = {**one, "groups": [], "training": []}
    for name in ("layers", "training", "overlap", "neurons", "sizes"):
        assert OF_OVERLAP[name](nothing)["reason"], name
    assert "Overlap of probed neurons" in overlap_text(nothing, None)


def test_the_page_of_an_overlap_is_whole_and_its_figures_have_names_of_their_own(tmp_path: Path) -> None:
    content = fake_overlap(["en", "fr"], ["POS"], [3], steps=STEPS[1:], models=["a/one", "a/two"], unseen=["de"])
    content |= {"source": ATTACK, "command": "babelscope overlap <selections>", "draws": 2000, "seed": 0}
    path = write_overlap_report(tmp_path, content)
    assert path == tmp_path / "report.html"
    text = path.read_text(encoding="utf-8")
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert {panel.name for panel in OVERLAP_PANELS} <= set(ids)
    assert "<img" not in text and "babelscope overlap &lt;selections&gt;" in text
    assert "Never pre-trained on, and in no mean: German" in text
    assert "one step 3\u202f500 and two step 3\u202f500" in text
    linked = set(re.findall(r'href="figures/([^"]+)"', text))
    written = {file.name for file in (tmp_path / "figures").iterdir()}
    assert linked <= written and {"overlap-pos-layer-3-one-hidden.svg", "overlap-over-training-2.png"} <= written


def test_figures_of_an_overlap_can_stay_in_the_page(tmp_path: Path) -> None:
    path = write_overlap_report(tmp_path / "new", fake_overlap(["en", "fr"], ["POS"], [3]), figures=False)
    assert [file.name for file in path.parent.iterdir()] == ["report.html"]
    assert "figures/" not in path.read_text(encoding="utf-8")


def test_the_page_of_an_overlap_loads_nothing() -> None:
    text = overlap_text(fake_overlap(["en", "fr"], ["POS"], [3]), None)
    assert "<script" not in text and "src=" not in text and "default-src" in text
    addresses = set(re.findall(r'href="(https?:[^"]+)"', text))
    assert addresses == {"https://arxiv.org/abs/2406.13229", "https://arxiv.org/abs/2205.02023"}


def test_a_folder_that_cannot_be_written_to_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BabelscopeError, match="cannot write"):
        write_overlap_report(tmp_path / "file", fake_overlap(["en", "fr"], ["POS"], [3]), figures=False)


def test_series_figures_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "SERIES_PANELS", [panel for panel in SERIES_PANELS if panel.name == "probing"])
    content = fake_probing_track((16, 3500), codes=["en", "fr"], attributes=["POS"], layers=[3])
    names = {path.stem for path in write_series_figures(tmp_path, SeriesMaterial(content))}
    assert names == {"overlap-over-training", "information-over-training"}
