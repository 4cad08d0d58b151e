from typing import Any

import pytest

from babelscope.report.drawing import inline_svg, svg_text
from babelscope.report.figures.cloze import cloze_accuracy
from babelscope.report.panels import Material, cloze
from report.fake_summary import fake_summary

INFO = {"ar": {"name": "Arabic", "direction": "rtl"}, "fr": {"name": "French", "direction": "ltr"}}


def estimate(value: float, half: float | None = 0.05) -> dict[str, Any]:
    return {
        "value": value,
        "low": None if half is None else value - half,
        "high": None if half is None else value + half,
    }


def fake_evaluation(
    accuracy: float = 0.8, alone: float | None = 0.6, effect: float | None = None, against: float | None = -0.3
) -> dict[str, Any]:
    """Two languages; with `effect`, the French region changes accuracy by it, and its control by nothing."""

    def condition(kind: str, shift: float) -> dict[str, Any]:
        region = kind == "region"
        difference = None if kind == "none" else {**estimate(shift), "p": 0.01, "gained": 0, "lost": 9}
        result = {
            "accuracy": accuracy + shift, "stderr": 0.07, "low": accuracy + shift - 0.1, "n": 30,
            "high": min(1, accuracy + shift + 0.1), "accuracy_norm": None, "chance": 0.5, "alone": alone,
            "gain": None, "difference": difference,
        }  # fmt: skip
        family = {
            "family": "xlc_mini", "tasks": ["xlc_mini_ar", "xlc_mini_fr"], "n": 30,
            "accuracy": estimate(accuracy + shift), "chance": 0.5, "alone": alone,
            "gain": None if alone is None else estimate(accuracy + shift - alone),
            "difference": None if kind == "none" else estimate(shift),
            "against_control": estimate(against) if region and against is not None else None,
        }  # fmt: skip
        return {
            "key": kind, "kind": kind, "deactivated": "" if kind == "none" else "fr",
            "draw": 0 if kind == "random" else None, "neurons": 9, "share": 0.1,
            "results": [{"task": f"xlc_mini_{code}", **result} for code in ("ar", "fr")], "families": [family],
        }  # fmt: skip

    conditions = [condition("none", 0.0)]
    if effect is not None:
        conditions += [condition("region", effect), condition("random", 0.0)]
    return {
        "model": "tiny", "step": "1", "site": "mlp", "languages": ["ar", "fr"], "language_info": INFO,
        "deactivated": ["fr"] if effect is not None else [], "conditions": conditions, "verdict": ["A sentence."],
        "warnings": [{"kind": "cut", "message": "3 prompts were cut", "count": 3, "examples": []}],
        "tasks": [{"task": f"xlc_mini_{code}", "language": code, "family": "xlc_mini", "n": 30} for code in INFO],
    }  # fmt: skip


def test_without_an_evaluation_the_section_names_the_command() -> None:
    assert "babelscope evaluate" in cloze.facts(Material(fake_summary()))["reason"]


def test_the_section_holds_verdict_figure_and_warnings() -> None:
    facts = cloze.facts(Material(fake_summary(), evaluation=fake_evaluation()))
    assert facts["sentences"] == ["A sentence."]
    assert [drawing.name for drawing in facts["figures"]] == ["cloze-xlc-mini"]
    assert facts["notes"] == ["3 prompts were cut."]


@pytest.mark.parametrize(
    ("options", "title"),
    [
        ({"accuracy": 0.52}, "not distinguishable from chance"),
        ({"accuracy": 0.4}, "below chance"),
        ({"accuracy": 0.8, "alone": 0.79}, "no better than the choices alone"),
        ({"accuracy": 0.8, "alone": 0.6}, "above the choices alone"),
        ({"accuracy": 0.8, "alone": None}, "Accuracy is above chance"),
        ({"accuracy": 0.8, "effect": -0.3}, "French −30.0 points"),
        ({"accuracy": 0.8, "effect": -0.01}, "no region's deactivation changes it"),
        ({"accuracy": 0.8, "effect": -0.3, "against": -0.01}, "no region's deactivation changes it"),
        ({"accuracy": 0.8, "effect": -0.3, "against": 0.2}, "no region's deactivation changes it"),
        ({"accuracy": 0.8, "effect": -0.3, "against": None}, "no control of the regions was run"),
    ],
)
def test_the_title_says_only_what_the_intervals_allow(options: dict[str, Any], title: str) -> None:
    assert title in cloze_accuracy(fake_evaluation(**options), "xlc_mini").title


def test_the_figures_data_is_every_condition_and_task() -> None:
    drawing = cloze_accuracy(fake_evaluation(effect=-0.2), "xlc_mini")
    rows = [dict(zip(drawing.columns, row, strict=True)) for row in drawing.rows]
    assert [(row["kind"], row["language"]) for row in rows] == [
        (kind, code) for kind in ("none", "region", "random") for code in ("ar", "fr")
    ]
    assert rows[2]["difference"] == -0.2


@pytest.mark.parametrize("effect", [None, -0.2])
def test_it_can_be_drawn_twice_alike(effect: float | None) -> None:
    evaluation = fake_evaluation(effect=effect)
    assert svg_text(cloze_accuracy(evaluation, "xlc_mini")) == svg_text(cloze_accuracy(evaluation, "xlc_mini"))
    assert "<svg" in inline_svg(cloze_accuracy(evaluation, "xlc_mini"))
