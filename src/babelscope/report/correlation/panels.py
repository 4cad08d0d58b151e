"""The sections of a correlation's page: verdict, means, languages, every way of asking, single checkpoints, table."""

from collections.abc import Mapping
from typing import Any

from babelscope.report.content_page import ContentPanel, warnings_facts
from babelscope.report.correlation.method import correlation_method
from babelscope.report.correlation.records_table import records_table
from babelscope.report.figures.correlation_averages import averages_figures, plain_records
from babelscope.report.figures.correlation_forest import forest_figures
from babelscope.report.figures.correlation_left_out import left_out_figure
from babelscope.report.figures.correlation_pairs import pairs_figures
from babelscope.report.figures.correlation_readings import (
    Record,
    clear,
    excluded_words,
    headline_of,
    method_words,
    of_analysis,
    r_words,
    short_model,
)
from babelscope.report.naming import language_name
from babelscope.report.numbers import count, p_value, plural
from babelscope.report.panels.panel import Facts
from babelscope.report.panels.repeat import repeated
from babelscope.report.probing.panels import WANG

__all__ = ["CORRELATION_PANELS"]

_MOST_FIGURES = 8


def verdict_facts(content: dict[str, Any]) -> Facts:
    """The honest sentence, a tile per headline, and the languages with their colours."""
    found = [
        (analysis, record)
        for analysis in content["analyses"]
        if (record := headline_of(content, analysis)) is not None
    ]
    return {
        "sentences": list(content.get("verdict") or []) or ["No verdict was stored with this correlation."],
        "tiles": [_tile(content, analysis, record) for analysis, record in found],
        "languages": [(code, language_name(content, code)) for code in content["languages"]],
        "note": _decided(content, [record for _, record in found]),
        "figures": [],
    }


def _decided(content: Mapping[str, Any], heads: list[Record]) -> str:
    if not heads:
        return "No correlation was decided on beforehand, so that all of them are for comparison only."
    corrected = any(record.get("p_holm") is not None for record in heads) and len(heads) > 1
    return (
        f"The large numbers answer the question that was decided on before looking: {method_words(heads[0])}. "
        + (f"Their p values are corrected by Holm for all {len(heads)} of them. " if corrected else "")
        + "All other correlations of this page are there for comparison."
    )


def _tile(content: dict[str, Any], analysis: Mapping[str, Any], record: Record) -> dict[str, Any]:
    """The headline of one model and score beside the published way of asking."""
    value, _, ends = r_words(record).partition(" ")
    lines = [("n", _size(record)), ("checkpoints", excluded_words(record, analysis))]
    p = record.get("p_holm") if record.get("p_holm") is not None else record.get("p")
    if p is not None:
        name, _, size = p_value(p).replace("\u00a0", " ").partition(" ")
        assert name == "p"
        lines.append(("p", size.removeprefix("= ") + (", corrected" if record.get("p_holm") is not None else "")))
    whole, kept = plain_records(content, analysis)
    if whole is not None and whole.get("r") is not None:
        lines.append(("means", r_words(whole) + (f"; {r_words(kept)} without flagged" if kept is not None else "")))
    pooled = next(
        (r for r in of_analysis(content, analysis) if (r["unit"], r["method"]) == ("checkpoint_language", "pearson")),
        None,
    )
    if pooled is not None and pooled.get("r") is not None:
        lines.append(("all points", r_words(pooled)))
    told = "rises with alignment" if record.get("r") is not None and record["r"] > 0 else "falls as alignment rises"
    return {
        "name": short_model(analysis["model"]),
        "what": f"{analysis['y_label']} and {analysis['x']}",
        "value": value,
        "interval": ends or "no interval",
        "lines": lines,
        "better": f"transfer {told}" if clear(record) else "not distinguishable from 0",
    }


def _size(record: Record) -> str:
    """How many points, and of what."""
    if record["unit"] == "checkpoint_language" and record.get("languages") and record.get("checkpoints"):
        return (
            f"{count(record['n'])}: {plural(record['checkpoints'], 'checkpoint')} × {record['languages']} languages"
        )
    return plural(record["n"], "point")


def averages_facts(content: dict[str, Any]) -> Facts:
    """Means over languages, a point per checkpoint."""
    figures = averages_figures(content)
    if not figures:
        return {"figures": [], "reason": "No model has two checkpoints with both alignment and score."}
    return {
        "figures": figures[:_MOST_FIGURES],
        "notes": [
            "Means of a few checkpoints rise together whenever both grow with training, and one broken checkpoint "
            "can make or mend a correlation; the next sections ask what is left.",
            *_more(len(figures)),
        ],
    }


def within_facts(content: dict[str, Any]) -> Facts:
    """A point per checkpoint and language, as they are and within languages."""
    figures = pairs_figures(content)
    if not figures:
        return {"figures": [], "reason": "Alignment or score was not measured language by language."}
    return {
        "figures": figures[:_MOST_FIGURES],
        "notes": [
            "The left plot mixes languages: one that is closer to the source is both aligned better and transferred "
            "to better at every checkpoint. The right plot asks whether a language gains as its own alignment grows.",
            *_more(len(figures)),
        ],
    }


def _more(figures: int) -> list[str]:
    left = figures - _MOST_FIGURES
    return [f"{plural(left, 'more figure')} would fit; correlation.csv has every number."] if left > 0 else []


def ways_facts(content: dict[str, Any]) -> Facts:
    """Every method with every choice of checkpoints."""
    figures = forest_figures(content)
    if not figures:
        return {"figures": [], "reason": "No correlation could be computed; the table says why."}
    return {"figures": figures[:_MOST_FIGURES], "notes": _more(len(figures))}


def left_out_facts(content: dict[str, Any]) -> Facts:
    """What each correlation is without each checkpoint."""
    figure = left_out_figure(content)
    if figure is None:
        return {"figures": [], "reason": "With fewer than four checkpoints none can be left out."}
    return {"figures": [figure]}


def records_facts(content: dict[str, Any]) -> Facts:
    """All records as a table."""
    table = records_table(content)
    if table is None:
        return {"figures": [], "reason": "No correlation was computed."}
    return {"figures": [], "tables": [table]}


def repeat_facts(content: dict[str, Any]) -> Facts:
    """The command, the signature, and what to cite."""
    return repeated({"correlation": content}, WANG)


CORRELATION_PANELS: tuple[ContentPanel, ...] = (
    ContentPanel("verdict", "Verdict", verdict_facts),
    ContentPanel("averages", "Means over languages", averages_facts),
    ContentPanel("within", "Within languages", within_facts),
    ContentPanel("ways", "Every way of asking", ways_facts),
    ContentPanel("left-out", "Without each checkpoint", left_out_facts),
    ContentPanel("records", "All correlations", records_facts),
    ContentPanel("warnings", "Warnings", warnings_facts),
    ContentPanel("method", "How this was measured", correlation_method),
    ContentPanel("repeat", "How to repeat and cite", repeat_facts),
)
