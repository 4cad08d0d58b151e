"""The numbers of every checkpoint in one table, each linked to its own report."""

from typing import Any

from babelscope.report.figures.readings import flag_word
from babelscope.report.numbers import DASH, compact, interval
from babelscope.report.panels.panel import Facts
from babelscope.report.series.hygiene import point_name
from babelscope.report.series.material import SeriesMaterial
from babelscope.report.table import Table

__all__ = ["facts"]


def facts(material: SeriesMaterial) -> Facts:
    """A row per measured checkpoint, as papers print them."""
    content = material.content
    done = [point for point in content["points"] if point["status"] == "done"]
    if not done:
        return {"figures": [], "reason": "No checkpoint could be measured."}
    ablated = any(point.get("ablation") for point in done)
    columns = ("Checkpoint", "parameters", "LRDS", "SADS", "SKLR", "loss (nats per byte)")
    columns += (("selectivity",) if ablated else ()) + ("flags",)
    rows = [_row(content, point, ablated) for point in done]
    note = "Values with 95 % intervals; each checkpoint's name leads to its own report, with map, layers and pairs."
    return {"figures": [], "tables": [Table("Scores of all checkpoints", columns, rows, note)]}


def _row(content: dict[str, Any], point: dict[str, Any], ablated: bool) -> list[Any]:
    numbers = [interval(point.get(score)) for score in ("lrds", "sads", "sklr", "loss_mean")]
    if ablated:
        numbers.append(interval((point.get("ablation") or {}).get("selectivity")))
    return [
        point_name(content, point),
        compact(point.get("parameters")),
        *numbers,
        {"text": flag_word(point) or DASH},
    ]
