"""The sections of a forecast's page: verdict, predictions, table, warnings, method, citation."""

from typing import Any

from babelscope.report.content_page import ContentPanel, warnings_facts
from babelscope.report.correlation.definitions import OF_FORECAST
from babelscope.report.correlation.method import method_facts
from babelscope.report.figures.correlation_readings import short_model
from babelscope.report.figures.forecast_errors import forecast_errors
from babelscope.report.figures.forecast_predictions import FORECASTS, forecast_predictions, known_errors
from babelscope.report.naming import language_name
from babelscope.report.numbers import interval, p_value, plural, significant
from babelscope.report.panels.panel import Facts
from babelscope.report.panels.repeat import repeated
from babelscope.report.probing.panels import WANG
from babelscope.report.table import Table

__all__ = ["FORECAST_PANELS"]

_ANSWERS = {
    "yes": "alignment improves the forecast",
    "no": "alignment adds nothing",
    "cannot tell": "whether alignment adds anything cannot be told",
}


def verdict_facts(content: dict[str, Any]) -> Facts:
    """The honest sentence, the error with and without alignment, and the languages with their colours."""
    return {
        "sentences": list(content.get("verdict") or []) or ["No verdict was stored with this forecast."],
        "tiles": _tiles(content),
        "languages": [(code, language_name(content, code)) for code in content["languages"]],
        "note": "",
        "figures": [],
    }


def _tiles(content: dict[str, Any]) -> list[dict[str, Any]]:
    errors = known_errors(content)
    tiles = [
        {
            "name": FORECASTS[name][0].upper() + FORECASTS[name][1:],
            "what": "",
            "value": significant(found["mae"], 2),
            "interval": interval({"value": found["mae"], **found}).partition(" ")[2],
            "lines": [("R²", significant(found["r2"], 2))] if found.get("r2") is not None else [],
            "better": "mean absolute error; lower is better",
        }
        for name, found in errors.items()
        if name in ("baseline", "both") or (name == "alignment" and "both" not in errors)
    ]
    difference = content.get("difference") or {}
    if difference.get("value") is not None:
        value, _, ends = interval(difference).partition(" ")
        p = p_value(difference.get("p"))
        tiles.append(
            {
                "name": "Gained by alignment", "what": "", "value": value, "interval": ends or "no interval",
                "lines": [("test", p)] if p else [], "better": _ANSWERS.get(str(content.get("adds")), ""),
            }
        )  # fmt: skip
    return tiles


def forecast_facts(content: dict[str, Any]) -> Facts:
    """Predicted against observed, and how far off each forecast is."""
    figures = [figure for figure in (forecast_predictions(content), forecast_errors(content)) if figure is not None]
    if not figures:
        return {"figures": [], "reason": "No language could be predicted from the others."}
    return {"figures": figures}


def languages_facts(content: dict[str, Any]) -> Facts:
    """A row per target language."""
    targets = content.get("targets") or []
    names = [name for name in FORECASTS if any(target.get(name) is not None for target in targets)]
    if not names:
        return {"figures": [], "reason": "No language could be predicted from the others."}
    rows: list[list[Any]] = [
        [
            {"text": language_name(content, target["language"])},
            significant(target.get("observed")),
            *(significant(target.get(name)) for name in names),
        ]
        for target in targets
    ]
    columns = ("Language", "observed", *(FORECASTS[name] for name in names))
    return {"figures": [], "tables": [Table(f"Observed and predicted {content['y_label']}", columns, rows)]}


def _method_facts(content: dict[str, Any]) -> Facts:
    measured = {
        "model": short_model(content["model"]),
        "step": content.get("step"),
        "score": content["y_label"],
        "scores from": content.get("y_source"),
        "alignment": ", ".join(map(str, content.get("features") or [])),
        "which is": "; ".join(map(str, content.get("meanings") or [])),
        "alignment from": content.get("x_source"),
        "known without it": ", ".join(map(str, content.get("baseline") or [])),
        "shares from": content.get("shares_source"),
        "source language": language_name(content, content["source"]) if content.get("source") else None,
        "target languages": plural(len(content.get("targets") or []), "language"),
        "seed": content.get("seed"),
    }
    return method_facts(content, OF_FORECAST, measured)


def _repeat_facts(content: dict[str, Any]) -> Facts:
    return repeated({"forecast": content}, WANG)


FORECAST_PANELS: tuple[ContentPanel, ...] = (
    ContentPanel("verdict", "Verdict", verdict_facts),
    ContentPanel("forecast", "Predicted and observed", forecast_facts),
    ContentPanel("languages", "By language", languages_facts),
    ContentPanel("warnings", "Warnings", warnings_facts),
    ContentPanel("method", "How this was measured", _method_facts),
    ContentPanel("repeat", "How to repeat and cite", _repeat_facts),
)
