from typing import Any

import pytest

import babelscope.report.html as html
from babelscope.report.panels import Material, Panel
from babelscope.report.panels.interventions import facts
from report.fake_ablation import fake_ablation
from report.fake_summary import fake_summary


def _facts(ablation: dict[str, Any] | None) -> dict[str, Any]:
    return facts(Material(fake_summary(), ablation=ablation))


def test_without_an_ablation_the_section_names_the_command() -> None:
    command = "babelscope ablate MODEL --regions RUN --text CORPUS"
    assert _facts(None) == {"figures": [], "reason": f"Not measured in this run; `{command}` fills this section."}


def test_the_section_holds_verdict_figures_and_warnings() -> None:
    ablation = fake_ablation() | {"warnings": [{"kind": "few segments", "message": "zh has 12, fewer than 30"}]}
    found = _facts(ablation)
    assert found["sentences"] == ablation["verdict"]
    assert [drawing.name for drawing in found["figures"]] == ["perplexity-matrix", "selectivity", "dose-response"]
    assert found["notes"] == [] and found["warnings"] == [("few segments", "zh has 12, fewer than 30")]


def test_what_is_missing_is_explained() -> None:
    found = _facts(fake_ablation(controls=0, doses=()))
    assert [drawing.name for drawing in found["figures"]] == ["perplexity-matrix"]
    without, whole = found["notes"]
    assert "no random neurons were deactivated (controls: 0)" in without
    assert whole.startswith("Only whole regions were deactivated")
    assert "only one was read" in _facts(fake_ablation(["fr"]))["notes"][0]
    unknown = fake_ablation()
    unknown["selectivity"]["overall"] |= {"value": None, "p_note": "one language has no selectivity"}
    assert _facts(unknown)["notes"] == ["Selectivity could not be computed: one language has no selectivity."]


@pytest.mark.parametrize("controls", [3, 0])
def test_the_page_shows_the_section_and_escapes_its_text(monkeypatch: pytest.MonkeyPatch, controls: int) -> None:
    monkeypatch.setattr(html, "PANELS", (Panel("interventions", "Interventions", facts),))
    ablation = fake_ablation(["en", "fr"], controls=controls)
    ablation["warnings"] = [{"kind": "few segments", "message": "<i>few</i>"}]
    page = html.page_text(Material(fake_summary(), ablation=ablation), None)
    assert page.index("&lt;b&gt;of verdict&lt;/b&gt;") < page.index('id="perplexity-matrix"')
    assert "<i>few" not in page and "<b>of verdict" not in page
    assert ('id="selectivity"' in page) is bool(controls)
    assert "Table of this figure" in page
