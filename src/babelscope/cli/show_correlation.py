"""The content of a correlation in, a table per model and score and a verdict in a terminal out."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from babelscope.cli.show import console, plain_table
from babelscope.correlation.roles import WITH_FINISHED
from babelscope.report.numbers import DASH, fixed, p_value

__all__ = ["correlation_table", "show_correlation"]

_UNITS = {"checkpoint": "averages", "checkpoint_language": "languages"}
_EXTRA = {"none": "all", "early": "late"}
_LEGEND = (
    "averages: a point per checkpoint; languages: one per checkpoint and language",
    "r to n: without flagged checkpoints; all: r with them; late: r since --since",
    "bold: decided on beforehand, p corrected by Holm; the rest is for comparison",
)
Record = Mapping[str, Any]


def show_correlation(content: Mapping[str, Any]) -> None:
    """A table per model and score, what its columns are, and the verdict.

    Args:
        content: What `Correlation.content` holds.
    """
    out = console()
    for one in content["analyses"]:
        keys = ("model", "x", "y")
        out.print(correlation_table(one, [r for r in content["records"] if all(r[key] == one[key] for key in keys)]))
    for line in _LEGEND:
        out.print(line, style="dim")
    for sentence in content["verdict"]:
        out.print(sentence, markup=False)


def correlation_table(one: Mapping[str, Any], records: Sequence[Record]) -> Table:
    """The correlations of one model, measure and score: a row per method, checkpoints left out or not side by side.

    Args:
        one: With `model`, `x` and `y`.
        records: Its flat records.
    """
    rows: dict[tuple[str, str], dict[str, Record]] = {}
    for record in records:
        key = record["unit"], _name(record)
        rows.setdefault(key, {}).setdefault(record["exclusion"], record)
    extra = [kind for kind in _EXTRA if any(kind in found for found in rows.values())]
    title = f"{one['model']} · {one['y']} against {one['x']}"
    table = plain_table(title, "", "r", "95 %", "p", "n", *(_EXTRA[kind] for kind in extra))
    previous = ""
    for (unit, name), found in rows.items():
        if unit != previous:
            table.add_row(_UNITS[unit], style="dim")
        clean, previous = found.get("flagged"), unit
        table.add_row(
            f"  {escape(name)}",
            *(_r(clean), escape(_ends(clean)), _p(clean), DASH if clean is None else str(clean["n"])),
            *(_r(found.get(kind)) for kind in extra),
            style="bold" if clean is not None and clean["role"] == "headline" else None,
        )
    return table


def _name(record: Record) -> str:
    """A method in few words; what a paper reports of other checkpoints has a row of its own."""
    whole, left_out, _ = record["method"].partition("_leave_one_out")
    name, _, given = whole.partition(":")
    words = [part for part in name.removeprefix("pearson_").split("_") if part != "partial"]
    words += ["given", given.replace("+", ", ")] if given else []
    said = " ".join(words) + (", one left out" if left_out else "")
    return f"{said}, with final" if record["note"].startswith(WITH_FINISHED) else said


def _r(record: Record | None) -> str:
    return DASH if record is None or record["r"] is None else fixed(record["r"], 2)


def _ends(record: Record | None) -> str:
    if record is None or record["low"] is None or record["high"] is None:
        return DASH
    return f"[{fixed(record['low'], 2)}, {fixed(record['high'], 2)}]"


def _p(record: Record | None) -> str:
    p = None if record is None else record["p_holm"] if record["p_holm"] is not None else record["p"]
    return DASH if p is None else p_value(p).replace("p\u00a0", "").removeprefix("=\u00a0")
