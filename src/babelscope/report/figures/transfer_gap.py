"""How far the other languages lie below the one trained on, over training, for each way to learn."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from babelscope.report.colours import THEME
from babelscope.report.drawing import COLUMN, Drawing
from babelscope.report.figures.axes import dodge, zero_line
from babelscope.report.figures.point_axis import PointAxis, point_axis
from babelscope.report.figures.readings import flag_word, place_words
from babelscope.report.figures.transfer_points import (
    TRAINING_COLUMNS,
    Points,
    change_word,
    chosen_of,
    crosses,
    ends_of,
    paint_band,
    paint_flagged,
    placed,
    trusted_points,
    tuned_points,
)
from babelscope.report.figures.transfer_readings import (
    headline_result,
    method_words,
    metric_words,
    over_words,
    source_name,
    targets,
    task_words,
)
from babelscope.report.numbers import interval, plural, significant

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["gap_training"]


def gap_training(content: Mapping[str, Any]) -> Drawing | None:
    """How far the mean over other languages lies below the source, by method; None for fewer than two points.

    Args:
        content: Of track.json.
    """
    points = [point for point in tuned_points(content) if targets(point["transfer"])]
    if len(points) < 2:
        return None
    last = points[-1]["transfer"]
    metric, source = metric_words(last["metric"]), source_name(last)
    axis = point_axis(points, content["order"])
    return Drawing(
        name=f"transfer-gap-over-{'training' if content['order'] == 'training' else 'size'}",
        title=_finding(content, points),
        subtitle=f"{source}'s {metric} minus the mean over the other languages, on {task_words(last)} (lower: more "
        "of what is learned transfers; 0: all).",
        caption=f"Mean over {plural(len(targets(last)), 'language')}; bands: 95 %, "
        f"{over_words(chosen_of(points[-1]))}. Read beside the scores: a model that learns nothing has no gap "
        f"either{crosses(points)}.",
        columns=TRAINING_COLUMNS,
        rows=tuple(_mean_row(content, point, result) for point in points for result in chosen_of(point)),
        size=(COLUMN, 2.3),
        paint=lambda figure: _paint(figure, content, points, axis),
    )


def _mean_row(content: Mapping[str, Any], point: Mapping[str, Any], result: Mapping[str, Any]) -> tuple[Any, ...]:
    cell = {**result["mean"], "gap": result["gap"]}
    return (*placed(point, result), "all", point["x"], *ends_of(cell), flag_word(dict(point)))


def _finding(content: Mapping[str, Any], points: Points) -> str:
    good = trusted_points(content, points)
    if not good:
        return "No checkpoint that can be trusted was fine-tuned"
    gaps = [result["gap"] for point in (good[0], good[-1]) if (result := headline_result(point["transfer"]))]
    first, last = gaps[0], gaps[-1]
    where = [place_words(dict(content), dict(point)) for point in (good[0], good[-1])]
    if len(good) == 1:
        return f"The gap to {source_name(good[0]['transfer'])} is {interval(last)} at {where[0]}"
    word = change_word(first, last).replace("is higher", "is wider").replace("is lower", "is narrower")
    source = source_name(good[-1]["transfer"])
    return f"The gap to {source} {word}: {significant(first['value'])} at {where[0]}, {interval(last)} at {where[1]}"


def _paint(figure: "Figure", content: Mapping[str, Any], points: Points, axis: PointAxis) -> None:
    axes = figure.add_subplot()
    left_out = (content.get("hygiene") or {}).get("left_out", True)
    labels: list[tuple[float, str, str]] = []
    head = points[-1]["transfer"]["headline"]["method"]
    for method in points[-1]["transfer"]["chosen"]:
        colour = THEME["accent"][0] if method == head else THEME["soft"][0]
        found = [(p, r["gap"]) for p in points for r in chosen_of(p) if r["method"] == method and r["gap"]]
        paint_band(axes, [(axis.place(p["x"]), gap) for p, gap in found if not (left_out and p["flags"])], colour)
        paint_flagged(axes, [(axis.place(p["x"]), gap) for p, gap in found if left_out and p["flags"]], colour)
        labels.append((found[-1][1]["value"], method_words({"method": method, "layer": "all"}), colour))
    zero_line(axes)
    axes.margins(y=0.09)
    axis.dress(axes, 2.5)
    axes.set_ylabel("gap")
    dodge(axes, labels)
