"""Accuracy on cloze tasks by language, against chance and against what the choices give away [Z25 Appendix B]."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from babelscope.report.colours import THEME, language_colour, themed_languages
from babelscope.report.drawing import COLUMN, PAGE, Drawing
from babelscope.report.naming import language_name, short_name
from babelscope.report.numbers import MINUS, fixed, percent, plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["cloze_accuracy"]

_COLUMNS = (
    "model", "step", "site", "layer", "task", "language", "deactivated", "kind", "seed", "accuracy", "low", "high",
    "chance", "alone", "difference", "difference_low", "difference_high", "n",
)  # fmt: skip
_MOST_CONTROLS = 3


def cloze_accuracy(evaluation: Mapping[str, Any], family: str) -> Drawing:
    """One family of tasks: a row per language, a plot per deactivated region, the conditions side by side."""
    tasks = _ordered(evaluation, family)
    plots = _plots(evaluation)
    first = _family(evaluation["conditions"][0], family)
    across = min(len(plots), 3)
    down = -(-len(plots) // across)
    slots = 1 if plots == [""] else 2 + min(_MOST_CONTROLS, _draws(evaluation, plots[0]))
    height = 0.55 + (0.14 + 0.075 * slots) * len(tasks) + 0.3
    languages = [task["language"] for task in tasks if task["language"]]
    alone = "; dotted: the choices alone, without the text" if first["alone"] is not None else ""
    regions = "; grey: matched random neurons deactivated" if slots > 2 else ""
    return Drawing(
        name=f"cloze-{family.replace('_', '-')}",
        title=_finding(evaluation, family),
        subtitle=f"Accuracy on {family} by language of the text, in percent (higher: better){regions}.",
        caption=f"n = {plural(first['n'], 'document')} per language; whiskers: 95 % Wilson interval; chance: right "
        f"choices ÷ choices{alone}. The choice of the highest log-likelihood is taken, by lm-eval.",
        columns=_COLUMNS,
        rows=tuple(_rows(evaluation, tasks)),
        size=(COLUMN if across == 1 else PAGE, height * down + 0.2),
        paint=lambda figure: _paint(figure, evaluation, tasks, plots, (down, across)),
        colours=themed_languages([*languages, *(plot for plot in plots if plot)]),
    )


def _ordered(evaluation: Mapping[str, Any], family: str) -> list[dict[str, Any]]:
    place = {code: i for i, code in enumerate(evaluation["languages"])}
    tasks = [task for task in evaluation["tasks"] if task["family"] == family]
    return sorted(tasks, key=lambda task: place.get(task["language"], -1))


def _plots(evaluation: Mapping[str, Any]) -> list[str]:
    return list(evaluation["deactivated"]) or [""]


def _family(condition: Mapping[str, Any], family: str) -> dict[str, Any]:
    return next(one for one in condition["families"] if one["family"] == family)


def _draws(evaluation: Mapping[str, Any], language: str) -> int:
    return sum((one["kind"], one["deactivated"]) == ("random", language) for one in evaluation["conditions"])


def _result(condition: Mapping[str, Any], task: Mapping[str, Any]) -> dict[str, Any]:
    return next(one for one in condition["results"] if one["task"] == task["task"])


def _rows(evaluation: Mapping[str, Any], tasks: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    found = []
    for condition in evaluation["conditions"]:
        for task in tasks:
            result = _result(condition, task)
            change = result["difference"] or {}
            found.append(
                (
                    *(evaluation.get(key, "") for key in ("model", "step", "site")), "all", task["task"],
                    task["language"], condition["deactivated"] or "none", condition["kind"], condition["draw"],
                    *(result[key] for key in ("accuracy", "low", "high", "chance", "alone")),
                    *(change.get(key) for key in ("value", "low", "high")), result["n"],
                )
            )  # fmt: skip
    return found


def _finding(evaluation: Mapping[str, Any], family: str) -> str:
    """What the figure shows; it can say that nothing is told from chance, or from guessing without the text."""
    effects = _effects(evaluation, family)
    return f"{_standing(_family(evaluation['conditions'][0], family))}{'; ' if effects else ''}{effects}"


def _standing(none: Mapping[str, Any]) -> str:
    accuracy, chance, gain = none["accuracy"], none["chance"], none["gain"]
    mean = f"mean {percent(accuracy['value'])}"
    if accuracy["low"] <= chance <= accuracy["high"]:
        return f"Accuracy is not distinguishable from chance ({mean}, chance {percent(chance)})"
    if accuracy["high"] < chance:
        return f"Accuracy is below chance ({mean}, chance {percent(chance)})"
    if gain is not None and (gain["low"] is None or gain["low"] <= 0):
        alone = percent(none["alone"])
        return f"Above chance ({mean}), but no better than the choices alone, without the text ({alone})"
    beyond = f" and above the choices alone ({percent(none['alone'])})" if gain is not None else ""
    return f"Accuracy is above chance ({mean}, chance {percent(chance)}){beyond}"


def _effects(evaluation: Mapping[str, Any], family: str) -> str:
    """Which regions change the mean accuracy more than their controls do."""
    regions = [one for one in evaluation["conditions"] if one["kind"] == "region"]
    clear = []
    for condition in regions:
        found = _family(condition, family)
        both = (found["difference"], found["against_control"])
        if _lies_one_way(both):
            points = fixed(100 * found["difference"]["value"], 1)
            points = points if points.startswith(MINUS) else f"+{points}"
            clear.append(f"{language_name(dict(evaluation), condition['deactivated'])} {points} points")
    if not regions:
        return ""
    if not any(_family(one, family)["against_control"] for one in regions):
        return "no control of the regions was run"
    if not clear:
        return "no region's deactivation changes it beyond its random control"
    return f"deactivated regions change it beyond their controls: {', '.join(clear)}"


def _lies_one_way(estimates: Sequence[Mapping[str, Any] | None]) -> bool:
    """Whether all intervals lie on the same side of 0: a region that costs less than its control goes another way."""
    known = [one for one in estimates if one is not None and one["low"] is not None]
    beyond = all(one["low"] > 0 for one in known) or all(one["high"] < 0 for one in known)
    return len(known) == len(estimates) and beyond


def _paint(
    figure: "Figure",
    evaluation: Mapping[str, Any],
    tasks: list[dict[str, Any]],
    plots: list[str],
    shape: tuple[int, int],
) -> None:
    grid = figure.subplots(*shape, sharex=True, sharey=True, squeeze=False)
    summary = dict(evaluation)
    for place, axes in enumerate(grid.flat):
        if place >= len(plots):
            axes.set_visible(False)
            continue
        _paint_one(axes, evaluation, tasks, plots[place], first=place == 0)
        if place + shape[1] >= len(plots):
            axes.tick_params(axis="x", labelbottom=True)
    axes = grid[0][0]
    axes.set_yticks(range(len(tasks)), [_named(summary, task) for task in tasks])
    axes.set_ylim(len(tasks) - 0.5, -0.62)
    axes.set_xlim(0, 100)
    figure.supxlabel("accuracy (%)", size=7.5, color=THEME["soft"][0])


def _named(summary: dict[str, Any], task: Mapping[str, Any]) -> str:
    return short_name(summary, task["language"]) if task["language"] else task["task"]


def _paint_one(
    axes: "Axes", evaluation: Mapping[str, Any], tasks: list[dict[str, Any]], region: str, first: bool
) -> None:
    grey = THEME["null"][0]
    shown = _conditions(evaluation, region)
    offsets = [0.62 * ((i + 0.5) / len(shown) - 0.5) for i in range(len(shown))]
    for row, task in enumerate(tasks):
        rivals = [("chance", (3, 2)), ("alone", (1, 1))]
        for rival, dashes in rivals:
            value = _result(shown[0], task)[rival]
            if value is not None:
                axes.plot(
                    [100 * value] * 2, [row - 0.5, row + 0.5], color=grey, linewidth=1.1, dashes=dashes, zorder=1
                )
        for offset, condition in zip(offsets, shown, strict=True):
            _whisker(axes, row + offset, _result(condition, task), condition)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    top = _result(shown[0], tasks[0])
    _label_rival(axes, top["chance"], "chance", right=top["alone"] is not None and top["alone"] < top["chance"])
    if top["alone"] is not None:
        _label_rival(axes, top["alone"], "choices alone", right=top["alone"] >= top["chance"])
    if first and region:
        _label_conditions(axes, list(zip(offsets, shown, strict=True)), tasks[0])
    if region:
        name = short_name(dict(evaluation), region)
        axes.set_title(f"without {name}", loc="left", size=7.5, weight="bold", color=language_colour(region), pad=8)


def _label_rival(axes: "Axes", value: float, text: str, right: bool) -> None:
    """A name above a rival's line, on the side where the other rival is not."""
    axes.annotate(
        text, (100 * value, -0.5), xytext=(1 if right else -1, 2), textcoords="offset points", va="bottom", size=6.5,
        ha="left" if right else "right", color=THEME["soft"][0], annotation_clip=False,
    )  # fmt: skip


def _conditions(evaluation: Mapping[str, Any], region: str) -> list[dict[str, Any]]:
    """None, the region, and up to a few of its controls."""
    found = [one for one in evaluation["conditions"] if one["kind"] == "none"]
    own = [one for one in evaluation["conditions"] if region and one["deactivated"] == region]
    return found + own[: 1 + _MOST_CONTROLS]


def _style(condition: Mapping[str, Any]) -> tuple[str, str, str]:
    """Colour, marker and name of a condition."""
    if condition["kind"] == "none":
        return THEME["ink"][0], "o", "intact"
    if condition["kind"] == "region":
        return language_colour(condition["deactivated"]), "s", "region off"
    return THEME["null"][0], "o", "random off"


def _whisker(axes: "Axes", row: float, result: Mapping[str, Any], condition: Mapping[str, Any]) -> None:
    colour, marker, _ = _style(condition)
    value = 100 * result["accuracy"]
    error = [[value - 100 * result["low"]], [100 * result["high"] - value]]
    hollow = "none" if condition["kind"] == "random" else colour
    axes.errorbar(
        value, row, xerr=error, color=colour, marker=marker, markersize=3.4, markerfacecolor=hollow, linewidth=0.9,
        capsize=1.6, zorder=4,
    )  # fmt: skip


def _label_conditions(axes: "Axes", shown: list[tuple[float, dict[str, Any]]], task: Mapping[str, Any]) -> None:
    """Each condition by name, right of its whisker in the first row."""
    named: set[str] = set()
    for offset, condition in shown:
        colour, _, name = _style(condition)
        if name not in named:
            axes.annotate(
                name, (100 * _result(condition, task)["high"], offset), xytext=(3, 0), textcoords="offset points",
                va="center", size=6, color=THEME["soft"][0] if condition["kind"] == "random" else colour,
            )  # fmt: skip
        named.add(name)
