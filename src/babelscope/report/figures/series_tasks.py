"""Selectivity of regions, and accuracy on tasks, over a series [Z25 fig. 4, 7]."""

import math
from typing import TYPE_CHECKING, Any

from babelscope.report.colours import THEME, language_colour, themed_languages
from babelscope.report.drawing import COLUMN, PAGE, Drawing
from babelscope.report.figures.axes import dodge, zero_line
from babelscope.report.figures.point_axis import PointAxis, point_axis
from babelscope.report.figures.readings import place_words, points_done, reading, reading_row, trusted
from babelscope.report.figures.series_curve import SERIES_COLUMNS
from babelscope.report.figures.series_points import paint_points
from babelscope.report.naming import short_name
from babelscope.report.numbers import interval, percent, plural

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["accuracy_curves", "selectivity_curve"]


def selectivity_curve(content: dict[str, Any]) -> Drawing | None:
    """Selectivity of all regions together; None if nothing was deactivated."""
    points = [point for point in points_done(content) if reading(point, "selectivity")]
    if not points:
        return None
    axis = point_axis(points, content["order"])
    return Drawing(
        name="selectivity-over-series",
        title=_selective(content, points),
        subtitle="Selectivity in nats per token: what deactivating a region adds to its own language's loss beyond "
        "that of others, minus the same for matched random neurons; 0: not selective.",
        caption="Band: 95 %, over texts and over the luck of a random draw; the regions are each "
        "checkpoint's own; its own report has them one by one.",
        columns=SERIES_COLUMNS,
        rows=tuple(reading_row(content, point, "selectivity", "all") for point in points),
        size=(COLUMN, 2.3),
        paint=lambda figure: _paint_selectivity(figure, content, axis),
    )


def _selective(content: dict[str, Any], points: list[dict[str, Any]]) -> str:
    """At how many trusted points regions matter to their own languages, and how much at the last."""
    measured = [(p, reading(p, "selectivity") or {}) for p in trusted(content) if p in points]
    if not measured:
        return "Regions were deactivated at no checkpoint that can be trusted"
    clear = sum(found["low"] is not None and found["low"] > 0 for _, found in measured)
    last, found = measured[-1]
    said = f"{interval(found)} nats per token at {place_words(content, last)}"
    if not clear:
        return f"Regions are selective beyond random neurons at no checkpoint ({said})"
    where = (
        "at every checkpoint" if clear == len(measured) else f"at {clear} of {plural(len(measured), 'checkpoint')}"
    )
    return f"Regions are selective beyond random neurons {where}; {said}"


def _paint_selectivity(figure: "Figure", content: dict[str, Any], axis: PointAxis) -> None:
    axes = figure.add_subplot()
    labels = paint_points(axes, content, "selectivity", "all", axis, THEME["accent"][0])
    zero_line(axes)
    axes.margins(y=0.09)
    axis.dress(axes, 2.5)
    axes.set_ylabel("selectivity (nats per token)")
    if labels:
        dodge(axes, labels)


def accuracy_curves(content: dict[str, Any]) -> Drawing | None:
    """Accuracy on each task, one small plot per task; None if none was run."""
    done = points_done(content)
    tasks = {task["task"]: task["language"] for point in done for task in point.get("evaluation") or []}
    if not tasks:
        return None
    axis = point_axis([point for point in done if point.get("evaluation")], content["order"])
    across = min(len(tasks), 3 if len(tasks) <= 12 else 5)
    shape = (math.ceil(len(tasks) / across), across)
    return Drawing(
        name="accuracy-by-task",
        title=_accurate(content, tasks),
        subtitle="Share of items answered rightly, in percent (higher is better); dashed grey: chance.",
        caption="Band: 95 % interval over items; one scale for all tasks.",
        columns=SERIES_COLUMNS,
        rows=tuple(
            reading_row(content, point, "accuracy", task)
            for task in tasks
            for point in done
            if reading(point, "accuracy", task)
        ),
        size=(PAGE if across > 2 else COLUMN, 0.5 + 1.15 * shape[0]),
        paint=lambda figure: _paint_accuracy(figure, content, tasks, axis, shape),
        colours=themed_languages(list(dict.fromkeys(tasks.values()))),
    )


def _accurate(content: dict[str, Any], tasks: dict[str, str]) -> str:
    """On how many tasks the last trusted point is above chance."""
    measured = [point for point in trusted(content) if point.get("evaluation")]
    if not measured:
        return "No checkpoint that can be trusted was evaluated"
    last = measured[-1]
    found = [one for task in tasks if (one := reading(last, "accuracy", task)) is not None]
    known = [one for one in found if one["low"] is not None and one["null_mean"] is not None]
    above = sum(one["low"] > one["null_mean"] for one in known)
    best = max((one["value"] for one in found), default=0.0)
    where = f"At {place_words(content, last)}"
    if not above:
        return f"{where} accuracy is above chance on none of {plural(len(known), 'task')}"
    return f"{where} accuracy is above chance on {above} of {plural(len(known), 'task')}, at best {percent(best)}"


def _paint_accuracy(
    figure: "Figure", content: dict[str, Any], tasks: dict[str, str], axis: PointAxis, shape: tuple[int, int]
) -> None:
    from matplotlib.ticker import PercentFormatter

    grid = figure.subplots(*shape, sharex=True, sharey=True, squeeze=False)
    width = (PAGE if shape[1] > 2 else COLUMN) / shape[1] - 0.25
    shared = len(set(tasks.values())) < len(tasks)
    for place, axes in enumerate(grid.flat):
        if place >= len(tasks):
            axes.set_visible(False)
            continue
        task, code = list(tasks.items())[place]
        colour = language_colour(code)
        paint_points(axes, content, "accuracy", task, axis, colour, named=place == 0)
        name = task if shared else short_name(content, code)
        axes.set_title(name, loc="left", size=7.5, weight="bold", color=colour, pad=3)
        axes.margins(y=0.08)
        axis.dress(axes, width, labelled=False)
        if place + shape[1] >= len(tasks):
            axes.tick_params(axis="x", which="both", labelbottom=True)
    grid[0][0].yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    soft = THEME["soft"][0]
    figure.supxlabel(axis.label, size=7.5, color=soft)
    figure.supylabel("accuracy", size=7.5, color=soft)
