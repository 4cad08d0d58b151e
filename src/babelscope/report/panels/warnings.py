"""What the corpus guard, the scan and the measurements beside it found suspicious."""

from typing import Any

from babelscope.report.naming import language_name
from babelscope.report.numbers import count
from babelscope.report.panels.panel import Facts, Material
from babelscope.report.panels.similarity import shortened

__all__ = ["facts", "warning_facts"]

_LONGEST_EXAMPLE = 160


def facts(material: Material) -> Facts:
    """Each warning with its count and a few lines of text, or that there were none."""
    pieces = {"": material.summary, **material.pieces} if material.scanned else material.pieces
    found = [
        {**warning_facts(content, warning), "section": section}
        for section, content in pieces.items()
        for warning in content.get("warnings") or []
    ]
    if not found:
        return {"figures": [], "reason": "None: the checks found nothing suspicious."}
    return {"figures": [], "warnings": found}


def warning_facts(summary: dict[str, Any], warning: dict[str, Any]) -> dict[str, Any]:
    """One warning in words, its examples cut to what can be read.

    Args:
        summary: What it came from; knows the languages' names.
        warning: Its kind, message, and, where there are any, count and examples.
    """
    info = summary.get("language_info") or {}
    examples = [
        {
            "language": language_name(summary, code),
            "code": code,
            "dir": (info.get(code) or {}).get("direction") or "auto",
            "id": key,
            "text": text,
            "short": shortened(text, _LONGEST_EXAMPLE),
        }
        for code, key, text in warning.get("examples") or []
    ]
    return {
        "kind": warning["kind"],
        "message": warning["message"],
        "count": count(warning["count"]) if warning.get("count") is not None else "",
        "examples": examples,
    }
