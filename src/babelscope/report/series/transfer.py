"""What a task learned in one language is worth in others, over a series."""

from collections.abc import Mapping
from typing import Any

from babelscope.report.figures.transfer_gap import gap_training
from babelscope.report.figures.transfer_points import tuned_points
from babelscope.report.figures.transfer_readings import (
    beyond,
    chosen_results,
    headline_result,
    method_words,
    metric_words,
    source_name,
    targets,
)
from babelscope.report.figures.transfer_training import score_training
from babelscope.report.numbers import DASH, interval, significant
from babelscope.report.panels.panel import Facts
from babelscope.report.series.hygiene import point_name
from babelscope.report.series.material import SeriesMaterial
from babelscope.report.table import Table

__all__ = ["facts"]


def facts(material: SeriesMaterial) -> Facts:
    """Scores and gap over training, and every checkpoint in a table, or which command measures them."""
    content = material.content
    points = tuned_points(content)
    if not points:
        reason = "Not measured in this series; `babelscope track` with --stages scan,transfer fills this section."
        return {"figures": [], "reason": reason}
    drawn = (score_training(content), gap_training(content))
    return {
        "figures": [drawing for drawing in drawn if drawing is not None],
        "tables": [_table(content, points)],
        "notes": [] if len(points) > 1 else ["A curve takes two checkpoints whose transfer was measured."],
    }


def _table(content: dict[str, Any], points: list[dict[str, Any]]) -> Table:
    """A row per checkpoint: the source, the mean over the others and the gap, by every method."""
    first = points[-1]["transfer"]
    names = [method_words({"method": method, "layer": "all"}) for method in first["chosen"]]
    source = source_name(points[-1]["transfer"])
    columns = ["Checkpoint"]
    for name in names:
        columns += [f"{name}: {source}", "mean of the others", "gap"]
    columns += ["languages beyond the commonest label", "commonest label"]
    rows = [[point_name(content, point), *_row(point["transfer"], list(first["chosen"]))] for point in points]
    metric = metric_words(first["metric"])
    note = f"{metric[0].upper()}{metric[1:]} with 95 % intervals; each checkpoint's own report has every language."
    return Table("Transfer of every checkpoint", tuple(columns), rows, note)


def _row(transfer: Mapping[str, Any], methods: list[str]) -> list[str]:
    found = {result["method"]: result for result in chosen_results(transfer, transfer["metric"])}
    row: list[str] = []
    for method in methods:
        result = found.get(method)
        row += (
            [DASH] * 3
            if result is None
            else [
                interval(result["languages"][transfer["source"]]),
                interval(result["mean"]),
                interval(result["gap"]),
            ]
        )
    head, others = headline_result(transfer), targets(transfer)
    clear = sum(beyond(head["languages"][code]) for code in others) if head else 0
    floor = significant(head["languages"][transfer["source"]]["majority"]) if head else DASH
    return [*row, f"{clear} of {len(others)}", floor]
