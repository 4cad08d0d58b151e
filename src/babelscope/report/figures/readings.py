"""A point of a series and a measure in; its value with interval, null and baseline out, in one shape for all."""

from collections.abc import Sequence
from typing import Any, Literal

from babelscope.report.numbers import compact, count, interval, p_value, significant

__all__ = [
    "NAMES",
    "TESTABLE",
    "Measure",
    "change_words",
    "flag_word",
    "level_change",
    "place_words",
    "points_done",
    "reading",
    "reading_row",
    "trend_of",
    "trend_p",
    "trusted",
    "value_words",
]

Measure = Literal["lrds", "sads", "sklr", "region_size", "loss", "selectivity", "accuracy"]

NAMES: dict[str, str] = {
    "lrds": "LRDS",
    "sads": "SADS",
    "sklr": "SKLR",
    "region_size": "Region size",
    "loss": "Held-out loss",
    "selectivity": "Selectivity",
    "accuracy": "Accuracy",
}

TESTABLE = 5
"""Points from which on a trend can be shown at all."""
ALPHA = 0.05


def points_done(content: dict[str, Any]) -> list[dict[str, Any]]:
    """Points that were measured and whose place on the axis is known."""
    return [point for point in content["points"] if point["status"] == "done" and point.get("x") is not None]


def trusted(content: dict[str, Any]) -> list[dict[str, Any]]:
    """Points that trends are made of: trained, and not flagged unless the flagged were asked for."""
    left_out = (content.get("hygiene") or {}).get("left_out", True)
    return [point for point in points_done(content) if point["x"] > 0 and not (left_out and point["flags"])]


def flag_word(point: dict[str, Any]) -> str:
    """What stands in a table's column of flags: nothing, kinds of flags, or "failed"."""
    return "failed" if point["status"] == "failed" else "+".join(flag["kind"] for flag in point["flags"])


def reading(point: dict[str, Any], measure: str, language: str = "all") -> dict[str, Any] | None:
    """Value, low, high, null_mean, null_low, null_high, base, base_low, base_high; None if it was not measured.

    Args:
        point: A record of a series' point.
        measure: What to read.
        language: A code, or "all"; of accuracy, the name of the task.
    """
    if measure in ("lrds", "sads"):
        return _of_score(point.get(measure))
    if measure == "loss":
        return _of_loss(point, language)
    if measure == "selectivity":
        return _plain((point.get("ablation") or {}).get("selectivity"), "value", None)
    if measure == "accuracy":
        task = next((one for one in point.get("evaluation") or [] if one["task"] == language), None)
        return _plain(task, "accuracy", (task or {}).get("chance"))
    found = point.get("sklr") if language == "all" else (point.get("regions") or {}).get(language)
    if not found:
        return None
    value = found["value"] if language == "all" else found["size"]
    ends = {name: found.get(name) for name in ("low", "high", "null_mean", "null_low", "null_high")}
    if language != "all" and ends["null_low"] is None and ends["null_mean"] is not None:
        reach = 2 * (found.get("null_sd") or 0.0)
        ends |= {"null_low": ends["null_mean"] - reach, "null_high": ends["null_mean"] + reach}
    return {"value": float(value), **ends, "base": None, "base_low": None, "base_high": None}


def _of_score(score: dict[str, Any] | None) -> dict[str, Any] | None:
    if not score or score.get("value") is None:
        return None
    null, base = score.get("null") or {}, score.get("baseline") or {}
    return {
        "value": score["value"], "low": score.get("low"), "high": score.get("high"),
        "null_mean": null.get("mean"), "null_low": null.get("low"), "null_high": null.get("high"),
        "base": base.get("value"), "base_low": base.get("low"), "base_high": base.get("high"),
    }  # fmt: skip


def _of_loss(point: dict[str, Any], language: str) -> dict[str, Any] | None:
    found = point.get("loss_mean") if language == "all" else (point.get("loss") or {}).get(language)
    return _plain(found, "value" if language == "all" else "nats_per_byte", None)


def _plain(found: dict[str, Any] | None, value: str, chance: float | None) -> dict[str, Any] | None:
    """What has an interval and perhaps a level of chance, but no draws from a null."""
    if not found or found.get(value) is None:
        return None
    empty = dict.fromkeys(("base", "base_low", "base_high"))
    null = dict.fromkeys(("null_mean", "null_low", "null_high"), chance)
    return {"value": found[value], "low": found.get("low"), "high": found.get("high"), **null, **empty}


def reading_row(content: dict[str, Any], point: dict[str, Any], measure: str, language: str) -> tuple[Any, ...]:
    """A row of a figure's data: origin, measure, value, interval, null, flag."""
    found = reading(point, measure, language) if point["status"] == "done" else None
    keys = ("value", "low", "high", "null_mean", "null_low", "null_high")
    return (
        point["model"], point["step"], content.get("site", ""), "all", measure, language, point.get("x"),
        *((found or {}).get(key) for key in keys), flag_word(point),
    )  # fmt: skip


def trend_of(content: dict[str, Any], measure: str, language: str = "all", layer: Any = "all") -> dict[str, Any]:
    """The trend of a measure, or nothing where none was computed."""
    wanted = (measure, language, str(layer))
    found = (t for t in content.get("trends") or [] if (t["metric"], t["language"], str(t["layer"])) == wanted)
    return next(found, {})


def place_words(content: dict[str, Any], point: dict[str, Any]) -> str:
    """Where a point is, in a sentence: "step 3 500" or "559M parameters"."""
    if content["order"] == "training":
        return f"step {count(point['x'])}"
    return f"{compact(point['x'])} parameters"


def value_words(measure: str, value: float | None) -> str:
    """A value of a measure, without its name."""
    if measure in ("sklr", "region_size") and value is not None:
        return significant(value) if value % 1 else count(value)
    return significant(value)


def change_words(content: dict[str, Any], measure: str, measured: Sequence[dict[str, Any]]) -> str:
    """What became of a measure from the first trusted point to the last, in one sentence that can say: nothing."""
    name, trend = NAMES[measure], trend_of(content, measure)
    over = "over training" if content["order"] == "training" else "with size"
    if not measured:
        return f"{name} was measured at no checkpoint that can be trusted"
    ends = [(reading(point, measure) or {}, place_words(content, point)) for point in (measured[0], measured[-1])]
    if len(measured) == 1:
        return f"{name} is {interval(ends[0][0])} at {ends[0][1]}, the only point"
    (first, start), (last, end) = ends
    if trend.get("tau", 0.0) is None:
        return f"{name} never changes: {value_words(measure, last['value'])} at every point"
    values = f"{value_words(measure, first['value'])} at {start}, {value_words(measure, last['value'])} at {end}"
    if trend.get("direction") in ("rises", "falls"):
        return f"{name} {trend['direction']} {over}: {values} ({_evidence(trend)})"
    if trend.get("p") is not None and len(measured) >= TESTABLE:
        reason = ", but the last point is not clearly beyond the first" if (trend_p(trend) or 1) < ALPHA else ""
        jump = _jump(content, measure, trend)
        return f"{name} shows no clear trend {over}: {values} ({_evidence(trend)}{reason}){jump}"
    change = trend.get("change") or {}
    if change.get("low") is not None and (change["low"] > 0 or change["high"] < 0):
        said = "higher" if change["low"] > 0 else "lower"
        return f"{name} ends {said} than it starts: {values}; too few points to test a trend"
    return f"{name} does not clearly change: {values}; too few points to test a trend"


def _evidence(trend: dict[str, Any]) -> str:
    tau = f"τ {significant(trend['tau'], 2)}" if trend.get("tau") is not None else ""
    return ", ".join(filter(None, [tau, p_value(trend_p(trend))]))


def trend_p(trend: dict[str, Any]) -> float | None:
    """The p a direction is decided by: corrected for the curves it is looked at together with, where it was."""
    return trend["p_holm"] if trend.get("p_holm") is not None else trend.get("p")


def _jump(content: dict[str, Any], measure: str, trend: dict[str, Any]) -> str:
    """What a curve without a trend does instead: it turns back, or changes its level once."""
    turn = trend.get("turn")
    if turn:
        point = next((point for point in content["points"] if point["key"] == turn["key"]), None)
        extreme = "highest" if turn["after"]["value"] < 0 else "lowest"
        return (
            f"; it is {extreme} at {place_words(content, point)}, {value_words(measure, turn['value'])}"
            if point
            else ""
        )
    change = level_change(trend)
    if not change:
        return ""
    said = "rises" if change["shift"]["value"] > 0 else "falls"
    between = " and ".join(compact(change[end]) for end in ("after", "before"))
    unit = "steps" if content["order"] == "training" else "parameters"
    return f"; its level {said} once, between {unit} {between}"


def level_change(trend: dict[str, Any]) -> dict[str, Any] | None:
    """Where a curve goes from one level to another, unless a straight line describes it as well."""
    found = trend.get("change_point")
    return (
        found if found and not found.get("steady") and (found.get("shift") or {}).get("value") is not None else None
    )
