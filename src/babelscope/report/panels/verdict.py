"""The generated sentences, and the three numbers they rest on."""

from typing import Any

from babelscope.report.naming import language_name
from babelscope.report.numbers import DASH, count, interval
from babelscope.report.panels.panel import Facts, Material

__all__ = ["facts", "tiles"]


def facts(material: Material) -> Facts:
    """Verdict, scores with interval, null and baseline, and the languages with their colours."""
    summary = material.summary
    said = list(summary.get("verdict") or [])
    for piece in material.pieces.values():
        said += list(piece.get("verdict") or [])[:1]
    return {
        "sentences": said or ["No verdict was stored with this run."],
        "tiles": tiles(summary) if material.scanned else [],
        "languages": [(code, _name(material, code)) for code in material.languages],
        "note": summary.get("baseline_note") or "",
        "figures": [],
    }


def _name(material: Material, code: str) -> str:
    """From whatever on the page knows the language: it may stand in an intervention only."""
    names = (language_name(content, code) for content in (material.summary, *material.pieces.values()))
    return next((name for name in names if name != code), code)


def tiles(summary: dict[str, Any]) -> list[dict[str, str]]:
    """LRDS, SADS and SKLR in words: name, what it says, which way is better, value, interval, null, untrained."""
    found = [
        _score(summary.get("lrds"), "LRDS", "how far languages lie apart", "lower: more language-agnostic"),
        _score(summary.get("sads"), "SADS", "how much closer translations are", "higher: more aligned by meaning"),
    ]
    sizes = {"value": summary.get("sklr"), "low": summary.get("sklr_low"), "high": summary.get("sklr_high")}
    null = summary.get("sklr_null") or {}
    known = sizes["low"] is not None and sizes["high"] is not None
    found.append(
        {
            "name": "SKLR",
            "what": "neurons in all languages' regions",
            "better": "read against its null",
            "value": count(sizes["value"]),
            "interval": f"[{count(sizes['low'])}, {count(sizes['high'])}]" if known else "no interval",
            "null": f"{count(null.get('mean'))} ± {count(null.get('sd'))}" if null else f"{DASH} (not drawn)",
            "untrained": "",
            "gain": "",
        }
    )
    return found


def _score(score: dict[str, Any] | None, name: str, what: str, better: str) -> dict[str, str]:
    score = score or {}
    value, _, bounds = interval(score).partition(" ")
    null, base = score.get("null") or {}, score.get("baseline")
    return {
        "name": name,
        "what": what,
        "better": better,
        "value": value,
        "interval": bounds or "no interval",
        "null": interval({"value": null.get("mean"), **null}) if null else f"{DASH} (not drawn)",
        "untrained": interval(base) if base else f"{DASH} (not measured)",
        "gain": interval(score["gain"]) if score.get("gain") else "",
    }
