"""The content of a forecast in, a table of languages and a verdict in a terminal out."""

from collections.abc import Mapping
from typing import Any

from rich.markup import escape
from rich.table import Table

from babelscope.cli.show import console, plain_table
from babelscope.report.numbers import DASH, fixed

__all__ = ["forecast_table", "show_forecast"]

_WAYS = {"mean": "mean", "baseline": "baseline", "alignment": "alignment", "both": "both"}


def show_forecast(content: Mapping[str, Any]) -> None:
    """A row per language, the errors, what the columns are, and the verdict.

    Args:
        content: What `TransferForecast.content` holds.
    """
    out = console()
    out.print(forecast_table(content))
    known = " and ".join(content["baseline"])
    out.print(f"baseline: {known or 'none'}; alignment: {', '.join(content['features'])}", style="dim", markup=False)
    out.print("each language is predicted from the others; error: mean absolute, lower is better", style="dim")
    for sentence in content["verdict"]:
        out.print(sentence, markup=False)


def forecast_table(content: Mapping[str, Any]) -> Table:
    """Observed and predicted scores, then the error of each prediction.

    Args:
        content: What `TransferForecast.content` holds.
    """
    ways = [way for way in _WAYS if way in content["errors"]]
    title = f"{content['model']} step {content['step']} · {content['y_label']}"
    table = plain_table(title, "language", "observed", *(_WAYS[way] for way in ways))
    for place, one in enumerate(content["targets"]):
        name = content["language_info"][one["language"]]["name"]
        cells = [DASH if one[way] is None else fixed(one[way], 3) for way in ("observed", *ways)]
        table.add_row(escape(f"{name} ({one['language']})"), *cells, end_section=place == len(content["targets"]) - 1)
    errors = [fixed(content["errors"][way]["mae"], 3) for way in ways]
    table.add_row("error", "", *errors, style="bold")
    return table
