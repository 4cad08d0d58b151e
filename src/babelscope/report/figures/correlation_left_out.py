"""How much a correlation hangs on single checkpoints: what it is without each of them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from babelscope.report.colours import THEME
from babelscope.report.drawing import PAGE, Drawing
from babelscope.report.figures.correlation_axis import RowAxis, correlation_axis
from babelscope.report.figures.correlation_readings import (
    Record,
    apart,
    given_words,
    method_words,
    model_title,
    of_analysis,
    short_model,
    step_label,
)
from babelscope.report.numbers import fixed, plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["left_out_figure"]

_COLUMNS = ("model", "x", "y", "unit", "method", "excluded", "left_out", "r", "r_with_it")
Row = tuple[Mapping[str, Any], Record, Record | None]


def left_out_figure(content: Mapping[str, Any]) -> Drawing | None:
    """A row per correlation that was repeated without each checkpoint; None if none was."""
    rows = _rows(content)
    if not rows:
        return None
    return Drawing(
        name="one-left-out",
        title=_finding(rows),
        subtitle="Each dot: r without one checkpoint, the extreme ones named; stroke: r with all that the row is of.",
        caption=f"n = {plural(len(rows), 'correlation')}; the further a dot from the stroke, the more hangs on that "
        "checkpoint alone.",
        columns=_COLUMNS,
        rows=tuple(
            (
                analysis["model"], analysis["x"], analysis["y"], record["unit"], record["method"],
                "+".join(map(str, record.get("excluded") or [])), step, r, (whole or {}).get("r"),
            )
            for analysis, record, whole in rows
            for step, r in record["left_out"].items()
        ),
        size=(PAGE, 0.6 + _axis(rows).inches),
        paint=lambda figure: _paint(figure, rows),
    )  # fmt: skip


def _rows(content: Mapping[str, Any]) -> list[Row]:
    """Analysis, the record without each checkpoint, and the record with all of them."""
    rows: list[Row] = []
    for analysis in apart(content):
        records = of_analysis(content, analysis)
        for record in records:
            if record.get("exclusion") == "early" or not _known(record):
                continue
            method = record["method"].replace("_leave_one_out", "")
            same = (
                other
                for other in records
                if (other["unit"], other["method"], other.get("excluded"))
                == (record["unit"], method, record.get("excluded"))
            )
            rows.append((analysis, record, next(same, None)))
    return rows


def _known(record: Record) -> dict[str, float]:
    return {str(step): r for step, r in (record.get("left_out") or {}).items() if r is not None}


def _finding(rows: list[Row]) -> str:
    """The checkpoint whose absence changes a correlation most."""
    moves = [
        (abs(r - whole["r"]), step, r, whole["r"], analysis, record)
        for analysis, record, whole in rows
        if whole is not None and whole.get("r") is not None
        for step, r in _known(record).items()
    ]
    if not moves:
        return "What each correlation is without one checkpoint"
    _, step, r, before, analysis, record = max(moves, key=lambda move: move[0])
    flips = sum(min(_known(record).values()) <= 0 <= max(_known(record).values()) for _, record, _ in rows)
    what = _of(analysis, record)
    turned = f"; {flips} of {plural(len(rows), 'correlation')} change sign with a single checkpoint" if flips else ""
    return f"Without {step_label(step)}, r of {what} goes from {fixed(before, 2)} to {fixed(r, 2)}{turned}"


def _of(analysis: Mapping[str, Any], record: Record) -> str:
    return f"{short_model(analysis['model'])}, {analysis['y_label']}, {_unit(record)}"


def _unit(record: Record) -> str:
    """What the correlation is of, in a few words."""
    if record["unit"] == "checkpoint":
        words = "means over languages"
    else:
        words = "within languages" if "within" in method_words(record) else "all points"
    given = given_words(record)
    return words + (f", given {given}" if given else "")


def _axis(rows: Sequence[Row]) -> RowAxis:
    """A row per score, unit and choice of checkpoints, below its score's heading."""
    return RowAxis(list(dict.fromkeys((key, words) for row in rows for key, words in [_row_of(row)])))


def _row_of(row: Row) -> tuple[tuple[str, ...], str]:
    analysis, record, _ = row
    left = "without flagged" if record.get("excluded") else "all checkpoints"
    head = f"{analysis['y_label']}, {analysis['x']}"
    return (head, _unit(record), left), f"{_unit(record)}; {left}"


def _paint(figure: "Figure", rows: Sequence[Row]) -> None:
    models = list(dict.fromkeys(analysis["model"] for analysis, _, _ in rows))
    grid = figure.subplots(1, len(models), squeeze=False, sharey=True)[0]
    axis = _axis(rows)
    place = axis.place()
    for model, axes in zip(models, grid, strict=True):
        axes.set_title(model_title(model, len(models)), loc="left", size=7.5, weight="bold", pad=4)
        correlation_axis(axes, "r without one checkpoint", room=0.35)
        own = [(place[_row_of(row)[0]], row[1], row[2]) for row in rows if row[0]["model"] == model]
        _paint_rows(axes, own)
    axis.dress(grid[0])


def _paint_rows(axes: "Axes", rows: Sequence[tuple[float, Record, Record | None]]) -> None:
    """Everything that looks alike at once: many single artists take long to draw."""
    known = [(place, _known(record)) for place, record, _ in rows]
    ranges = [(place, min(found.values()), max(found.values())) for place, found in known]
    axes.hlines(*zip(*ranges, strict=True), color=THEME["line"][0], linewidth=1.2, zorder=1)
    strokes = [
        (whole["r"], place - 0.3, place + 0.3)
        for place, _, whole in rows
        if whole is not None and whole.get("r") is not None
    ]
    if strokes:
        axes.vlines(*zip(*strokes, strict=True), color=THEME["ink"][0], linewidth=1.2, zorder=2)
    dots = [(r, place) for place, found in known for r in found.values()]
    axes.plot(*zip(*dots, strict=True), "o", color=THEME["accent"][0], markersize=3.4, alpha=0.85, zorder=3)
    for place, found in known:
        low, high = min(found, key=lambda step: found[step]), max(found, key=lambda step: found[step])
        ends = [(low, -4, "right")] + ([(high, 4, "left")] if high != low else [])
        for step, away, side in ends:
            said = axes.annotate(
                step_label(step), (found[step], place), xytext=(away, 0), textcoords="offset points", ha=side,
                va="center", size=6.2, color=THEME["soft"][0], zorder=4,
            )  # fmt: skip
            said.set_in_layout(False)
