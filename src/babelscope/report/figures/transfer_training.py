"""What a task learned in one language is worth in others, over training: a small plot per language."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from babelscope.report.colours import THEME, language_colour, themed_languages
from babelscope.report.drawing import COLUMN, PAGE, Drawing
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
    beyond,
    headline_result,
    learned,
    method_words,
    metric_words,
    over_words,
    seed_words,
    source_first,
    source_name,
    targets,
    task_words,
)
from babelscope.report.naming import short_name
from babelscope.report.numbers import interval, plural, significant

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["score_training"]


def score_training(content: Mapping[str, Any]) -> Drawing | None:
    """Score against step, a small plot per language; None where no point was fine-tuned.

    Args:
        content: Of track.json.
    """
    points = tuned_points(content)
    if not points:
        return None
    last = points[-1]["transfer"]
    codes = source_first(last)
    across = min(len(codes), 3 if len(codes) <= 12 else 5)
    shape = (math.ceil(len(codes) / across), across)
    metric, source = metric_words(last["metric"]), source_name(last)
    result = headline_result(last)
    assert result is not None, "a point with results has a headline"
    said = seed_words(result) or "One probe"
    axis = point_axis(points, content["order"])
    return Drawing(
        name=f"transfer-over-{'training' if content['order'] == 'training' else 'size'}",
        title=_finding(content, points),
        subtitle=f"{metric[0].upper()}{metric[1:]} on {task_words(last)}, {method_words(result)}, trained on "
        f"{source} alone (higher is better); thin: {source}; dashed grey: always the commonest label.",
        caption=f"{said} per checkpoint; bands: 95 %, {over_words([result])}; one scale for all{crosses(points)}.",
        columns=TRAINING_COLUMNS,
        rows=tuple(row for point in points for row in _rows(content, point)),
        size=(PAGE if across > 2 else COLUMN, 0.5 + 1.2 * shape[0]),
        paint=lambda figure: _paint(figure, content, points, codes, axis, shape),
        colours=themed_languages(codes),
    )


def _rows(content: Mapping[str, Any], point: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    found = []
    for result in chosen_of(point):
        for code in source_first(point["transfer"]):
            cell = result["languages"][code]
            found.append((*placed(point, result), code, point["x"], *ends_of(cell), flag_word(dict(point))))
    return found


def _finding(content: Mapping[str, Any], points: Points) -> str:
    """Whether the mean over other languages at the last trusted point is beyond that at the first."""
    good = trusted_points(content, points)
    if not good:
        return "No checkpoint that can be trusted was fine-tuned"
    ends = [(point["transfer"], point) for point in (good[0], good[-1])]
    (first, start), (last, end) = ends
    metric, result = metric_words(last["metric"]), headline_result(last)
    assert result is not None, "a point with results has a headline"
    where = place_words(dict(content), dict(end))
    if not learned(last, result):
        return f"At {where} the model does not learn {source_name(last)} itself, so nothing can transfer"
    others = targets(last)
    if not others:
        return f"At {where} {source_name(last)} reaches {metric} {interval(result['languages'][last['source']])}"
    clear = sum(beyond(result["languages"][code]) for code in others)
    many = "all" if clear == len(others) else f"{clear or 'none'} of"
    reach = f"{many} {plural(len(others), 'other language')}"
    before = headline_result(first)
    if len(good) == 1 or before is None:
        return (
            f"At {where} what {source_name(last)} teaches reaches {reach}: mean {metric} {interval(result['mean'])}"
        )
    rise = change_word(before["mean"], result["mean"])
    values = f"{significant(before['mean']['value'])} at {place_words(dict(content), dict(start))}, "
    values += f"{significant(result['mean']['value'])} at {where}"
    return f"Mean {metric} in the other languages {rise}: {values}; at the end it reaches {reach}"


def _paint(
    figure: "Figure", content: Mapping[str, Any], points: Points, codes: Sequence[str], axis: PointAxis,
    shape: tuple[int, int],
) -> None:  # fmt: skip
    grid = figure.subplots(*shape, sharex=True, sharey=True, squeeze=False)
    width = (PAGE if shape[1] > 2 else COLUMN) / shape[1] - 0.25
    source = points[-1]["transfer"]["source"]
    for place, axes in enumerate(grid.flat):
        if place >= len(codes):
            axes.set_visible(False)
            continue
        code = codes[place]
        colour = language_colour(code)
        if code != source:
            _curve(axes, content, points, source, axis, language_colour(source), thin=True)
        _curve(axes, content, points, code, axis, colour)
        _floor(axes, points, code, axis)
        name = short_name(points[-1]["transfer"], code)
        axes.set_title(
            f"{name} (trained on)" if code == source else name, loc="left", size=7.5, weight="bold", color=colour,
            pad=3,
        )  # fmt: skip
        axis.dress(axes, width, labelled=False)
        if place + shape[1] >= len(codes):
            axes.tick_params(axis="x", which="both", labelbottom=True)
    grid[0][0].set_ylim(0, min(1.02, grid[0][0].get_ylim()[1] * 1.04))
    soft = THEME["soft"][0]
    figure.supxlabel(axis.label, size=7.5, color=soft)
    metric = points[-1]["transfer"]["metric"]
    figure.supylabel(metric_words(metric), size=7.5, color=soft)


def _headlines(content: Mapping[str, Any], points: Points) -> list[tuple[Mapping[str, Any], dict[str, Any], bool]]:
    """Each point with its headline result, and whether it may be believed: step 0 stands on the line too."""
    left_out = (content.get("hygiene") or {}).get("left_out", True)
    found = ((point, headline_result(point["transfer"])) for point in points)
    return [(point, r, not (left_out and point["flags"])) for point, r in found if r is not None]


def _curve(
    axes: "Axes", content: Mapping[str, Any], points: Points, code: str, axis: PointAxis, colour: str,
    thin: bool = False,
) -> None:  # fmt: skip
    known = [(p, r["languages"].get(code), good) for p, r, good in _headlines(content, points)]
    line = [(axis.place(p["x"]), cell) for p, cell, good in known if good and cell]
    if thin:
        axes.plot(
            [x for x, _ in line], [c["value"] for _, c in line], color=colour, linewidth=0.7, alpha=0.75, zorder=2
        )
        return
    paint_band(axes, line, colour)
    paint_flagged(axes, [(axis.place(p["x"]), cell) for p, cell, good in known if not good and cell], colour)


def _floor(axes: "Axes", points: Points, code: str, axis: PointAxis) -> None:
    found = headline_result(points[-1]["transfer"])
    if found is not None and code in found["languages"]:
        level = found["languages"][code]["majority"]
        axes.axhline(level, color=THEME["null"][0], linewidth=1.0, dashes=(4, 2), zorder=1)
