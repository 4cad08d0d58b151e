"""The generated sentences, and what became of each score from the first point to the last."""

from typing import Any

from babelscope.report.figures.readings import TESTABLE, place_words, points_done, reading, trend_of, trend_p, trusted
from babelscope.report.naming import language_name
from babelscope.report.numbers import DASH, count, interval, p_value, significant
from babelscope.report.panels.panel import Facts
from babelscope.report.series.material import SeriesMaterial

__all__ = ["facts"]

_TILES = (
    ("lrds", "LRDS", "how far languages lie apart", "lower: more language-agnostic"),
    ("sads", "SADS", "how much closer translations are", "higher: more aligned by meaning"),
    ("sklr", "SKLR", "neurons in all languages' regions", "read against its null"),
    ("loss", "Held-out loss", "nats per byte", "lower: the better language model"),
)


def facts(material: SeriesMaterial) -> Facts:
    """Verdict, a tile per score, and the languages with their colours."""
    content = material.content
    return {
        "sentences": list(content.get("verdict") or []) or ["No verdict was stored with this series."],
        "tiles": [tile for spec in _TILES if (tile := _tile(content, *spec)) is not None],
        "languages": [(code, language_name(content, code)) for code in content["languages"]],
        "figures": [],
    }


def _tile(content: dict[str, Any], measure: str, name: str, what: str, better: str) -> dict[str, str] | None:
    """First and last value, the change with its interval, the trend, and the untrained model."""
    measured = [point for point in trusted(content) if reading(point, measure)]
    if not measured:
        return None
    show = count if measure == "sklr" else significant
    first, last = reading(measured[0], measure) or {}, reading(measured[-1], measure) or {}
    trend = trend_of(content, measure)
    alone = len(measured) == 1
    start, end = place_words(content, measured[0]), place_words(content, measured[-1])
    blank = next((r for p in points_done(content) if p["x"] <= 0 and (r := reading(p, measure))), None)
    base = blank["value"] if blank else last["base"]
    return {
        "name": name,
        "what": what,
        "better": better,
        "value": show(last["value"]) if alone else f"{show(first['value'])} → {show(last['value'])}",
        "where": end if alone else f"{start} → {end}",
        "change": "" if alone else interval(trend.get("change")),
        "trend": "" if alone else _trend_words(trend),
        "null": _null(last, measure),
        "untrained": DASH if base is None else show(base),
    }


def _null(last: dict[str, Any], measure: str) -> str:
    """The null at the last point."""
    if last["null_mean"] is None:
        return ""
    if measure == "sklr":
        return f"{count(last['null_mean'])} [{count(last['null_low'])}, {count(last['null_high'])}]"
    return interval({"value": last["null_mean"], "low": last["null_low"], "high": last["null_high"]})


def _trend_words(trend: dict[str, Any]) -> str:
    if not trend:
        return f"{DASH} (not tested)"
    if trend.get("tau") is None:
        return "never changes"
    p = p_value(trend_p(trend))
    said = trend["direction"] + (f", {p}" if p else "")
    return f"{said} (too few points)" if trend["points"] < TESTABLE else said
