"""How a correlation or a forecast was measured: definitions, what was put in, signature, versions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from babelscope.report.correlation.definitions import OF_CORRELATION
from babelscope.report.figures.correlation_readings import apart, short_model, way_words
from babelscope.report.naming import language_name
from babelscope.report.numbers import join, plural
from babelscope.report.panels.panel import Facts

__all__ = ["correlation_method", "method_facts"]


def method_facts(content: Mapping[str, Any], definitions: Any, measured: Mapping[str, Any]) -> Facts:
    """Definitions, and everything the numbers depend on.

    Args:
        content: With its signature and versions.
        definitions: Terms with their meaning.
        measured: What was put in, by name; nothing is said of what is empty.
    """
    tables = [
        ("Measured", {name: str(value) for name, value in measured.items() if value not in (None, "")}),
        ("Signature", dict((content.get("signature") or {}).get("fields") or {})),
        ("Versions", dict(content.get("versions") or {})),
    ]
    return {
        "figures": [],
        "definitions": list(definitions),
        "tables": [(name, list(rows.items())) for name, rows in tables if rows],
    }


def correlation_method(content: dict[str, Any]) -> Facts:
    """What was correlated, how intervals and tests were made, and which checkpoints are flagged."""
    analyses = apart(content)
    models = {a["model"]: len((a.get("averages") or {}).get("points") or []) for a in analyses}
    ways = {
        key: list(dict.fromkeys(way_words(r[key]) for r in content["records"] if r.get(key)))
        for key in ("interval", "test")
    }
    measured = {
        "choices": {"w24": "those of Wang et al. (w24)"}.get(content.get("preset") or "", content.get("preset")),
        "alignment": _meanings(content.get("x"), dict.fromkeys(a["x_label"] for a in analyses)),
        "alignment from": content.get("x_source"),
        "scores": _meanings(content.get("y"), dict.fromkeys(a["y_label"] for a in analyses)),
        "covariates": "; ".join(f"{name}: {what}" for name, what in (content.get("covariates") or {}).items()),
        "scores from": content.get("y_source"),
        "source language": language_name(content, content["source"]) if content.get("source") else None,
        "models": ", ".join(f"{short_model(model)} ({plural(n, 'checkpoint')})" for model, n in models.items()),
        "languages": ", ".join(content["languages"]),
        "flagged": join([f"{short_model(model)} {step} ({why})" for model, step, why in _flagged(analyses)])
        or "none",
        "intervals": "; ".join(ways["interval"]),
        "tests": "; ".join(ways["test"]),
        "seed": content.get("seed"),
    }
    return method_facts(content, OF_CORRELATION, measured)


def _meanings(found: Any, names: Iterable[str]) -> str:
    """Names of measures with what they are, where that was stored."""
    known = [found] if isinstance(found, Mapping) else list(found or [])
    if not known:
        return "; ".join(names)
    return "; ".join(f"{one['name']}: {one['meaning']}" if one.get("meaning") else one["name"] for one in known)


def _flagged(analyses: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    return list(
        dict.fromkeys(
            (a["model"], str(point["step"]), str(point["flagged"]))
            for a in analyses
            for point in (a.get("averages") or {}).get("points") or []
            if point.get("flagged")
        )
    )
