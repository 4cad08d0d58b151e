"""All records of a correlation as a table."""

from collections.abc import Mapping
from typing import Any

from babelscope.report.figures.correlation_readings import (
    excluded_words,
    method_words,
    r_words,
    short_model,
    unit_words,
)
from babelscope.report.numbers import DASH, count, decimals, fixed
from babelscope.report.table import Table

__all__ = ["records_table"]

_MOST_ROWS = 400
_COLUMNS = ("Model, score", "over", "method", "checkpoints", "r", "p", "p Holm", "n", "what for")


def records_table(content: Mapping[str, Any]) -> Table | None:
    """A row per record, headlines first; None if there are none."""
    labels = {(a["model"], a["x"], a["y"]): a for a in content["analyses"]}
    order = {"headline": 0, "as published": 1}
    records = sorted(content["records"], key=lambda record: order.get(record.get("role") or "", 2))
    if not records:
        return None
    several = len({record["x"] for record in records}) > 1
    rows = [
        _row(record, several, labels.get((record["model"], record["x"], record["y"])))
        for record in records[:_MOST_ROWS]
    ]
    left = len(records) - len(rows)
    note = (
        "r with its 95 % interval; for mixed models the slope between standardised values, for one checkpoint "
        "left out the lowest and the highest r. p: two-sided, by permutation unless correlation.csv says otherwise; "
        f"Holm: corrected over the headlines. {DASH}: not defined, for the reason in the last column."
    )
    note += f" {left} more rows are in correlation.csv." if left > 0 else ""
    return Table("All correlations", _COLUMNS, rows, note, folded=len(records) > 24)


def _row(record: Mapping[str, Any], several: bool, analysis: Mapping[str, Any] | None) -> list[Any]:
    label = (analysis or {}).get("y_label") or record["y"]
    measure = f", {record['x']}" if several else ""
    return [
        {"text": f"{short_model(record['model'])}, {label}{measure}"},
        {"text": unit_words(record["unit"])},
        {"text": method_words(record)},
        {"text": excluded_words(record, analysis)},
        r_words(record),
        _p(record.get("p")),
        _p(record.get("p_holm")),
        count(record["n"]),
        {"text": ": ".join(filter(None, [record.get("role"), record.get("note")]))},
    ]


def _p(p: float | None) -> str:
    """A p in a column that says so: two digits, or that it is below .001."""
    if p is None:
        return DASH
    return "< .001" if p < 0.001 else fixed(p, decimals(p, 2)).removeprefix("0")
