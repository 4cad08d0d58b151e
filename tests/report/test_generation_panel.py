"""The texts side by side: nothing a model writes can harm the page, and each script runs its own way."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from babelscope.report.html import _environment
from babelscope.report.panels import Material
from babelscope.report.panels.generation import facts
from report.fake_summary import LANGUAGES, fake_summary

ATTACK = "<script>window.hit = 1</script><img src=x onerror='window.hit = 1'>"
CODES = ["ar", "hi", "zh"]
TEXTS = {
    "ar": ("السوق مغلق", " اليوم\ufffd\ufffd" + ATTACK, " أمس"),
    "hi": ("आज बाज़ार", " बंद है\x00\u202eabc", " खुला है"),
    "zh": ("市场今天", "不开门\ufffd", ""),
}


def _measures(text: str, language: str | None) -> dict[str, Any]:
    return {
        "characters": len(text), "letters": len(text), "tokens": 12, "language": language,
        "probability": None if language is None else 0.934, "own_language": None if language is None else True,
        "malformed": text.count("\ufffd"), "repetition": 0.25 if text else None, "script": 1.0 if text else None,
    }  # fmt: skip


def _written(text: str, language: str | None, changed: bool, ended: bool = False) -> dict[str, Any]:
    measures = _measures(text, language)
    return {"text": text, "ids": [1, 2], "ended": ended, "changed": changed, "measures": measures}


def _group(kept: int, of: int, malformed: int) -> dict[str, Any]:
    own = {"value": kept / of if of else None, "low": 0.2 if of else None, "high": 0.9 if of else None, "n": of}
    mean = {"value": 0.25, "low": 0.1, "high": 0.4, "n": 3}
    return {
        "texts": 3, "identified": of, "own_language": own | {"count": kept}, "languages": {"fr": kept, "zxx": 1},
        "malformed": {"value": malformed / 3, "low": 0.0, "high": 0.56, "n": 3, "count": malformed},
        "sequences": malformed, "repetition": mean, "script": {"value": 1.0, "low": None, "high": None, "n": 3},
        "characters": mean,
    }  # fmt: skip


def fake_generation(samples: int = 2) -> dict[str, Any]:
    """What generation.json would hold of three languages."""
    info = {
        code: dict(zip(("name", "script", "direction", "family"), LANGUAGES[code], strict=True)) for code in CODES
    }
    group = {"none": _group(3, 3, 0), "region": _group(1, 2, 2), "random": _group(0, 0, 0)}
    return {
        "model": "tiny/bloom", "step": "3500", "site": "mlp", "mode": "zero", "factor": None,
        "languages": CODES, "language_info": info,
        "verdict": ["3 of 3 are kept.", "Region and control do not differ.", "Malformed UTF-8 occurs in 2."],
        "settings": {"tokens": 64, "sample": False, "temperature": 1.0, "top_p": 1.0, "seed": 0, "n": samples},
        "prompts": {"name": "fake", "hash": "0", "source": "fake", "revision": "", "licence": "CC0-1.0"},
        "regions_source": {}, "deactivated": {code: {"neurons": 1234, "share": 0.01} for code in CODES},
        "samples": [
            {"language": code, "id": f"line-{i}", "prompt": TEXTS[code][0],
             "none": _written(TEXTS[code][2], None, False, ended=True),
             "region": _written(TEXTS[code][1], code, True), "random": _written(TEXTS[code][2], None, False)}
            for code in CODES for i in range(samples)
        ],
        "aggregates": {"by_language": {code: group for code in CODES}, "overall": group},
        "contrast": {"lost": 1, "kept": 0, "pairs": 2, "p": 1.0},
        "warnings": [{"kind": "empty", "message": "left out, for their regions are empty: fr"}],
        "signature": {"short": "bs|fake", "long": "fake", "fields": {"identifier": "py3langid 0.4.0"}},
        "versions": {}, "timings": {}, "command": "babelscope generate tiny/bloom --regions run",
    }  # fmt: skip


def rendered(content: dict[str, Any]) -> str:
    found = facts(Material(fake_summary(), generation=content))
    return _environment(None).get_template("generation.html.j2").render(facts=found)


def test_without_texts_the_command_is_named() -> None:
    assert "babelscope generate" in facts(Material(fake_summary()))["reason"]


def test_the_finding_and_the_settings_come_first() -> None:
    found = facts(Material(fake_summary(), generation=fake_generation()))
    assert found["title"] == "3 of 3 are kept." and len(found["notes"]) == 2
    assert "2 sentences per language of fake, continued by up to 64 tokens, greedy" in found["subtitle"]
    assert found["warnings"] == ["left out, for their regions are empty: fr"]
    drawn = fake_generation()
    drawn["settings"] |= {"sample": True, "temperature": 0.7, "top_p": 0.9, "seed": 4}
    found = facts(Material(fake_summary(), generation=drawn))
    assert "sampled (temperature 0.7, top-p 0.9, seed 4)" in found["subtitle"]


def test_measures_are_given_for_all_languages_and_for_each() -> None:
    overall, each = facts(Material(fake_summary(), generation=fake_generation()))["tables"]
    assert [row["condition"] for row in overall] == ["as it is", "region deactivated", "random control"]
    assert len(each) == 9 and [row["name"] for row in each[::3]] == ["Arabic", "Hindi", "Chinese"]
    none, region, random = each[:3]
    assert (none["own"], region["own"]) == ("3 of 3 [20, 90\u202f%]", "1 of 2 [20, 90\u202f%]")
    assert random["own"] == "— (none long enough)"
    assert (none["neurons"], region["neurons"]) == ("", "1\u202f234")
    assert none["languages"] == "French 3, no language 1"
    assert (region["repetition"], region["script"]) == ("25\u202f% [10, 40\u202f%]", "100\u202f%")


def test_what_a_model_writes_is_escaped_marked_and_runs_its_own_way() -> None:
    html = rendered(fake_generation())
    assert "<script>" not in html and "<img" not in html and "\x00" not in html
    assert '<p class="written" dir="auto" lang="ar">' in html and 'dir="auto" lang="zh"' in html
    assert '<mark title="malformed UTF-8">\ufffd\ufffd</mark>' in html
    assert "\u2400" in html
    assert "unchanged · " in html and "nothing: the model ended the text at once" in html


def test_each_text_has_its_measures() -> None:
    found = facts(Material(fake_summary(), generation=fake_generation()))
    none, region, random = found["languages"][0]["samples"][0]["written"]
    assert region["measures"].startswith("Arabic (93\u202f%) · 2 malformed · repetition 25\u202f%")
    assert none["measures"].startswith("too short") and none["measures"].endswith("12 tokens, ended by the model")
    assert (none["same"], region["same"], random["same"]) == (False, False, True)


def test_many_prompts_and_long_texts_are_shortened_with_a_word_on_the_rest() -> None:
    content = fake_generation(samples=9)
    content["samples"][0]["region"]["text"] = "क्षि" * 2000
    found = facts(Material(fake_summary(), generation=content))
    language = found["languages"][0]
    assert len(language["samples"]) == 5 and language["left"] == "4 more prompts in generation.json"
    written = language["samples"][0]["written"][1]["pieces"][0][0]
    assert len(written) < 4000 and written.endswith("…")
    assert "4 more prompts in generation.json" in rendered(content)


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium on this machine")
def test_columns_stack_on_a_phone_and_arabic_stands_on_the_right(tmp_path: Path) -> None:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    import babelscope.report as report

    style = (Path(report.__file__).parent / "page" / "page.css").read_text(encoding="utf-8")
    page_file = tmp_path / "panel.html"
    text = f"<!doctype html><meta charset=utf-8><style>{style}</style><main>{rendered(fake_generation())}</main>"
    page_file.write_text(text, encoding="utf-8")
    with sync_api.sync_playwright() as playwright:
        flags = ["--headless", "--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        for width, columns in ((1280, 3), (390, 1)):
            page = browser.new_page(viewport={"width": width, "height": 900})
            page.goto(page_file.as_uri())
            lefts = page.evaluate(
                "[...document.querySelector('.side-by-side').children].map(e => e.getBoundingClientRect().left)"
            )
            assert len(set(lefts)) == columns
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.evaluate("window.hit") is None
            sides = page.evaluate("[...document.querySelectorAll('.prompt')].map(e => getComputedStyle(e).direction)")
            assert sides[0] == "rtl" and sides[-1] == "ltr"
            page.close()
        browser.close()
