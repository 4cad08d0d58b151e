"""The scores over training: a curve each, a table of trends, and where the model gets worse."""

from typing import Any

from babelscope.report.figures.readings import place_words
from babelscope.report.figures.series_curve import series_curve
from babelscope.report.naming import language_name
from babelscope.report.numbers import DASH, compact, count, interval, p_value, significant
from babelscope.report.panels.panel import Facts
from babelscope.report.series.material import SeriesMaterial
from babelscope.report.table import Table

__all__ = ["curves", "facts", "trend_table"]

_NAMES = {"lrds": "LRDS", "sads": "SADS", "sklr": "SKLR", "loss": "Loss"}
_MOST_WORSE = 60


def facts(material: SeriesMaterial) -> Facts:
    """Curves and tables of a training; the reason why not, of a series of sizes."""
    content = material.content
    if content["order"] != "training":
        reason = "These are models of different size; `babelscope track` over checkpoints of one fills this section."
        return {"figures": [], "reason": reason}
    return curves(content)


def curves(content: dict[str, Any]) -> Facts:
    """A curve per score, the trends in a table, and the drops.

    Args:
        content: Of track.json.
    """
    drawn = {measure: series_curve(content, measure) for measure in ("lrds", "sads", "sklr", "loss")}
    figures = [drawing for drawing in drawn.values() if drawing is not None]
    if not figures:
        return {"figures": [], "reason": "No checkpoint could be measured; see the hygiene section for the reasons."}
    tables = [trend_table(content), *_worse_tables(content)]
    missing = [] if drawn["loss"] else ["Held-out loss was not measured in this series."]
    return {"figures": figures, "tables": [table for table in tables if table], "notes": missing}


def trend_table(content: dict[str, Any]) -> Table | None:
    """Trends of the whole model, one row per score; None if none was computed."""
    found = [
        trend
        for trend in content.get("trends") or []
        if trend["language"] == "all" and trend["layer"] == "all" and trend["metric"] in _NAMES
    ]
    if not found:
        return None
    columns = ("Score", "trend", "Kendall's τ", "p", "p (Holm)", f"slope per {found[0]['per']}", "last minus first")
    columns += ("level changes between",)
    notes = list(dict.fromkeys(trend["p_note"] for trend in found if trend.get("p_note")))
    note = (
        f"{found[0]['points']} points. Trend: Mann–Kendall test, corrected for the scores looked at together (Holm); "
        "slope: Theil–Sen; last minus first: paired over meanings where it can be."
    )
    said = [f"{text[0].upper()}{text[1:]}." for text in notes]
    return Table("Trends", columns, [_trend_row(trend) for trend in found], " ".join([note, *said]))


def _trend_row(trend: dict[str, Any]) -> list[Any]:
    slope = {"value": trend.get("slope"), "low": trend.get("slope_low"), "high": trend.get("slope_high")}
    return [
        _NAMES[trend["metric"]],
        {"text": trend["direction"]},
        significant(trend.get("tau"), 2),
        _bare_p(trend.get("p")),
        _bare_p(trend.get("p_holm")),
        interval(slope),
        _change(trend),
        {"text": _change_words(trend.get("change_point"))},
    ]


def _change(trend: dict[str, Any]) -> str:
    """Last minus first; of neurons a whole number, which has no interval."""
    change = trend.get("change") or {}
    return count(change.get("value")) if trend["metric"] == "sklr" else interval(change)


def _bare_p(p: float | None) -> str:
    """A p under a heading that says so."""
    return p_value(p).removeprefix("p").removeprefix("\u00a0=").strip("\u00a0") or DASH


def _change_words(change: dict[str, Any] | None) -> str:
    if not change:
        return "no change found"
    said = f"{compact(change['after'])} and {compact(change['before'])} [{compact(change['low'])}, "
    said += f"{compact(change['high'])}], {p_value(change.get('p'))}"
    return f"{said}; a steady line fits as well" if change.get("steady") else said


def _worse_tables(content: dict[str, Any]) -> list[Table]:
    """Where a score gets worse beyond its interval: the whole model, then on demand languages and layers."""
    found = content.get("degradations") or []
    whole = [one for one in found if one["language"] == "all" and one["layer"] == "all"]
    parts = [one for one in found if one not in whole]
    tables = []
    if whole:
        rows = [_worse_row(content, one)[:1] + _worse_row(content, one)[2:] for one in whole[:_MOST_WORSE]]
        name = "Worse than the checkpoint before, beyond the interval: the whole model"
        tables.append(Table(name, (_WORSE_COLUMNS[0], *_WORSE_COLUMNS[2:]), rows, _left(whole)))
    if parts:
        rows = [_worse_row(content, one) for one in parts[:_MOST_WORSE]]
        name = f"worse than the checkpoint before in single languages or layers ({len(parts)})"
        tables.append(Table(name, _WORSE_COLUMNS, rows, _left(parts), folded=True))
    return tables


def _left(found: list[dict[str, Any]]) -> str:
    return f"{len(found) - _MOST_WORSE} more are in track.json." if len(found) > _MOST_WORSE else ""


def _worse_row(content: dict[str, Any], one: dict[str, Any]) -> list[Any]:
    ends = {point["key"]: point for point in content["points"] if point["key"] in (one["from"], one["to"])}
    where = [] if one["language"] == "all" else [language_name(content, one["language"])]
    where += [] if one["layer"] == "all" else [f"layer {one['layer']}"]
    return [
        _NAMES.get(one["metric"], one["metric"].replace("_", " ").capitalize()),
        {"text": ", ".join(where)},
        *({"text": place_words(content, ends[one[end]])} for end in ("from", "to")),
        interval(one["change"]),
        {"text": "+".join(one["explained_by"]) if one["explained_by"] else "no flag"},
    ]


_WORSE_COLUMNS = ("Score", "where", "from", "to", "change", "explained by")
