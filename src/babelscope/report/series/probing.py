"""What probes tell, and what languages share of it, over a series."""

from typing import Any

from babelscope.report.figures.probing_series import information_series
from babelscope.report.figures.probing_training import layer_words, overlap_training, step_words
from babelscope.report.figures.readings import flag_word
from babelscope.report.numbers import DASH, interval, join, significant
from babelscope.report.panels.panel import Facts
from babelscope.report.series.hygiene import point_name
from babelscope.report.series.material import SeriesMaterial
from babelscope.report.table import Table

__all__ = ["change_table", "facts"]


def facts(material: SeriesMaterial) -> Facts:
    """Overlap and information over training, every size in a table, or which command measures them."""
    content = material.content
    training = content.get("probing_training") or []
    probed = [point for point in content["points"] if point["status"] == "done" and point.get("probing")]
    if not probed:
        command = "`babelscope track` with --stages scan,probe and --treebanks"
        reason = f"Not measured in this series; {command} fills this section."
        return {"figures": [], "reason": reason}
    k = probed[-1]["probing"]["k"]
    figures = [*overlap_training(training, k, _flags(content)), *information_series(content)]
    tables = [change_table(training), _points_table(content, probed)]
    return {
        "sentences": _sentences([curve for curve in training if curve["k"] == k]),
        "figures": figures,
        "tables": [table for table in tables if table is not None],
        "notes": [] if training else [_no_curve(content, bool(_flags(content)))],
    }


def _sentences(curves: list[dict[str, Any]]) -> list[str]:
    """What became of the mean over layers of each model and site, or of its first layer; the table has the others."""
    spoken: dict[tuple[str, str], dict[str, Any]] = {}
    for curve in curves:
        place = (curve["model"], curve.get("site", ""))
        if place not in spoken or curve["layer"] == "mean":
            spoken[place] = curve
    several = len({model for model, _ in spoken})
    said = [(_curve_words(curve, several), curve["verdict"]) for curve in spoken.values() if curve.get("verdict")]
    return [f"{where[0].upper()}{where[1:]}: {verdict}" for where, verdict in said]


def _no_curve(content: dict[str, Any], flagged: bool) -> str:
    if content["order"] == "scale":
        return "Overlap is followed over training only; the table and overlap.csv have that of every size."
    left = "that hygiene does not flag, " if flagged else ""
    return f"Overlap over training takes two checkpoints {left}at which two languages can be compared."


def _flags(content: dict[str, Any]) -> dict[str, str]:
    """What is wrong with the checkpoint of a step, where curves leave such points out."""
    if not (content.get("hygiene") or {}).get("left_out", True):
        return {}
    return {str(point["step"]): flag_word(point) for point in content["points"] if point.get("flags")}


def change_table(training: list[dict[str, Any]]) -> Table | None:
    """What became of overlap and excess in each layer at each size; None without curves.

    Args:
        training: The curves of an overlap.
    """
    rows = [
        [
            {"text": _curve_words(curve, len({one["model"] for one in training}))},
            {"text": _ends(curve)},
            interval(curve.get("change")),
            interval(curve.get("excess_change")),
            {"text": curve.get("verdict") or DASH},
        ]
        for curve in training
    ]
    if not rows:
        return None
    columns = ("Where", "from, to", "change of overlap", "change of excess", "verdict")
    note = "Last minus first checkpoint at which the probes tell something, paired over redrawn languages; 95 %."
    return Table("Overlap over training at every size of selection", columns, rows, note, folded=len(rows) > 12)


def _curve_words(curve: dict[str, Any], models: int) -> str:
    where = layer_words(curve)
    model = f"{str(curve['model']).rsplit('/', 1)[-1]}, " if models > 1 else ""
    return f"{model}{where}, k = {curve['k']}"


def _ends(curve: dict[str, Any]) -> str:
    change = curve.get("change")
    return f"{step_words(change['from'])}, {step_words(change['to'])}" if change else DASH


def _points_table(content: dict[str, Any], probed: list[dict[str, Any]]) -> Table:
    """Macro overlap of every layer at the size that is spoken of, a row per checkpoint."""
    layers = sorted({level["layer"] for point in probed for level in point["probing"].get("overlap") or []})
    columns = ["Checkpoint", "cells", "mean NMI"]
    for layer in layers:
        columns += [f"layer {layer}: overlap", "chance", "excess", "ceiling"]
    rows = []
    for point in probed:
        probing = point["probing"]
        row: list[Any] = [point_name(content, point), str(len(probing["cells"])), significant(probing.get("nmi"), 2)]
        for layer in layers:
            row += _level(probing, layer)
        rows.append(row)
    sizes = join(list(dict.fromkeys(str(point["probing"]["k"]) for point in probed)))
    note = f"With {sizes} neurons; mean over attributes; every checkpoint's own report has more."
    return Table("Probing of every checkpoint", tuple(columns), rows, note)


def _level(probing: dict[str, Any], layer: int) -> list[str]:
    found = (
        level
        for level in probing.get("overlap") or []
        if (level["layer"], level["k"]) == (layer, probing["k"]) and level.get("macro")
    )
    level = next(found, None)
    if level is None:
        return [DASH] * 4
    macro = level["macro"]
    ends = (interval(macro.get("overlap")), significant(level["expected"]))
    return [*ends, interval(macro.get("excess")), interval(macro.get("ceiling"))]
