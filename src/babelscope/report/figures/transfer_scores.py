"""Scores in every language of a model trained on one: dots with intervals, beside always the commonest label."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from babelscope.report.colours import THEME, language_colour, themed_languages
from babelscope.report.drawing import COLUMN, PAGE, Drawing
from babelscope.report.figures.transfer_readings import (
    beyond,
    chosen_results,
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
from babelscope.report.naming import language_name, short_name
from babelscope.report.numbers import count, fixed, interval, plural, significant

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["transfer_finding", "transfer_scores"]

_COLUMNS = (
    "model", "step", "site", "layer", "task", "method", "metric", "language", "score", "low", "high", "majority",
    "gap", "gap_low", "gap_high", "n",
)  # fmt: skip
_MARKERS = ("o", "s", "^", "v")
_LINEAR = "D"
Results = Sequence[Mapping[str, Any]]


def transfer_scores(content: Mapping[str, Any]) -> Drawing | None:
    """A row per language, a plot per metric; None if nothing was learned at all.

    Args:
        content: Of transfer.json.
    """
    by_metric = {metric: chosen_results(content, metric) for metric in content["metrics"]}
    shown = {metric: results for metric, results in by_metric.items() if results}
    if not shown:
        return None
    codes = source_first(content)
    return Drawing(
        name="transfer-by-language",
        title=transfer_finding(content),
        subtitle=f"Scores on {task_words(content)}, trained on {source_name(content)} alone (higher is better); "
        "dashed grey: always the commonest label of the training; dotted: "
        f"{source_name(content)}'s own score.",
        caption=_caption(content, shown[next(iter(shown))]),
        columns=_COLUMNS,
        rows=tuple(_row(content, result, code) for results in shown.values() for result in results for code in codes),
        size=(PAGE if len(shown) > 1 else COLUMN, 1.1 + 0.24 * len(codes)),
        paint=lambda figure: _paint(figure, content, shown, codes),
        colours=themed_languages(codes),
    )


def _row(content: Mapping[str, Any], result: Mapping[str, Any], code: str) -> tuple[Any, ...]:
    cell = result["languages"][code]
    gap = cell.get("gap") or {}
    return (
        content["model"], content["step"], content["site"], result["layer"], content["task"]["name"],
        result["method"], result["metric"], code, *(cell.get(key) for key in ("value", "low", "high", "majority")),
        *(gap.get(key) for key in ("value", "low", "high")), cell["n"],
    )  # fmt: skip


def transfer_finding(content: Mapping[str, Any]) -> str:
    """How many languages the task reaches and how well, or that it was not learned.

    Args:
        content: Of transfer.json.
    """
    result = headline_result(content)
    if result is None:
        return "Nothing was trained"
    own = result["languages"][content["source"]]
    metric = metric_words(result["metric"])
    if not learned(content, result):
        level = significant(own["majority"])
        return (
            f"{source_name(content)} itself was not learned ({metric} {interval(own)}, always the commonest {level})"
        )
    others = {code: result["languages"][code] for code in targets(content)}
    if not others:
        return f"{source_name(content)} is learned: {metric} {interval(own)}; there is no other language"
    clear = sum(beyond(cell) for cell in others.values())
    many = "all" if clear == len(others) else f"{clear or 'none'} of"
    said = f"What {source_name(content)} teaches reaches {many} {plural(len(others), 'other language')}"
    if not clear:
        return f"{said}: {metric} {significant(own['value'])} there, {interval(result['mean'])} on average"
    best, worst = (pick(others, key=lambda code: others[code]["value"]) for pick in (max, min))
    ends = f"best {_named(content, best, others)}, worst {_named(content, worst, others)}"
    return f"{said}: {metric} {interval(result['mean'])} on average" + (f", {ends}" if len(others) > 1 else "")


def _named(content: Mapping[str, Any], code: str, cells: Mapping[str, Any]) -> str:
    return f"{language_name(dict(content), code)} ({significant(cells[code]['value'], 2)})"


def _caption(content: Mapping[str, Any], results: Results) -> str:
    test = [cell["n"] for cell in results[0]["languages"].values()]
    what = "labelled words" if content["task"]["kind"] == "tokens" else "examples"
    ends = count(min(test)) if min(test) == max(test) else f"{count(min(test))} to {count(max(test))}"
    seeds = [f"{method_words(result)}: {seed_words(result)}" for result in results if seed_words(result)]
    parts = [f"n = {ends} {what} per language", *seeds, f"whiskers: 95 %, {over_words(results)}"]
    if any(len(result["seeds"]) > 1 for result in results):
        parts.append("faint: single seeds")
    if any(result["method"] == "linear" for result in results):
        parts.append(f"layer of the linear probe: chosen on {source_name(content)}'s dev set")
    return "; ".join(parts) + "."


def _paint(figure: "Figure", content: Mapping[str, Any], shown: Mapping[str, Results], codes: Sequence[str]) -> None:
    grid = figure.subplots(1, len(shown), sharey=True, squeeze=False)[0]
    for axes, (metric, results) in zip(grid, shown.items(), strict=True):
        _paint_metric(axes, content, results, codes)
        axes.set_xlabel(metric_words(metric))
    names = [
        f"{short_name(dict(content), code)}{' (trained on)' if code == content['source'] else ''}" for code in codes
    ]
    grid[0].set_yticks(range(len(codes)), names)
    grid[0].get_yticklabels()[0].set_fontweight("bold")
    grid[0].set_ylim(len(codes) - 0.4, -0.85)
    results = next(iter(shown.values()))
    if len(results) > 1:
        ink = THEME["ink"][0]
        handles = [
            grid[0].plot([], [], linestyle="none", color=ink, label=method_words(result), **_style(results, place))[0]
            for place, result in enumerate(results)
        ]
        figure.legend(
            handles=handles, loc="outside lower center", ncols=len(results), frameon=False, fontsize=7,
            labelcolor=ink, handletextpad=0.2, columnspacing=1.4,
        )  # fmt: skip


def _style(results: Results, place: int) -> dict[str, Any]:
    """The mark of a method: filled for the one that is spoken of, hollow for what it is set against."""
    marker = _LINEAR if results[place]["method"] == "linear" else _MARKERS[place % len(_MARKERS)]
    size = {"markersize": 3.6 if marker == _LINEAR else 4.4, "markeredgewidth": 1.0}
    return {"marker": marker, **size} | ({} if place == 0 else {"markerfacecolor": "none"})


def _paint_metric(axes: "Axes", content: Mapping[str, Any], results: Results, codes: Sequence[str]) -> None:
    own = results[0]["languages"][content["source"]]
    axes.axvline(own["value"], color=language_colour(content["source"]), linewidth=0.9, dashes=(1, 1.6), zorder=1)
    for row, code in enumerate(codes):
        _majority(axes, row, results[0]["languages"][code]["majority"], named=row == 0)
        for place, result in enumerate(results):
            at = row + 0.3 * (place / max(1, len(results) - 1) - 0.5) if len(results) > 1 else float(row)
            _dot(axes, at, result["languages"][code], language_colour(code), _style(results, place), place == 0)
        axes.annotate(
            fixed(results[0]["languages"][code]["value"], 2), (1.0, row), xycoords=axes.get_yaxis_transform(),
            xytext=(3, 0), textcoords="offset points", va="center", ha="left", size=7, color=THEME["ink"][0],
            annotation_clip=False,
        )  # fmt: skip
    axes.axhline(0.5, color=THEME["line"][0], linewidth=0.6, zorder=0)
    values = [cell.get(end) or 0.0 for r in results for cell in r["languages"].values() for end in ("low", "high")]
    axes.set_xlim(0, min(1.0, max(own["value"], *values) * 1.06) or 1.0)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)


def _majority(axes: "Axes", row: int, level: float, named: bool) -> None:
    soft = THEME["soft"][0]
    axes.plot([level, level], [row - 0.42, row + 0.42], color=soft, linewidth=1.1, dashes=(2.5, 1.5), zorder=2)
    if named:
        axes.annotate(
            "commonest", (level, row - 0.42), xytext=(0, 1), textcoords="offset points", ha="center", va="bottom",
            size=6.5, color=soft, annotation_clip=False,
        )  # fmt: skip


def _dot(
    axes: "Axes", at: float, cell: Mapping[str, Any], colour: str, style: Mapping[str, Any], headline: bool
) -> None:
    if cell.get("low") is not None:
        axes.plot([cell["low"], cell["high"]], [at, at], color=colour, linewidth=1.3 if headline else 0.9, zorder=3)
    singles = [one["value"] for one in cell.get("seeds") or []]
    if len(singles) > 1:
        axes.plot(
            singles, [at] * len(singles), marker="|", markersize=4.5, linestyle="none", color=colour, alpha=0.45,
            zorder=2.5,
        )  # fmt: skip
    axes.plot([cell["value"]], [at], linestyle="none", color=colour, zorder=4, **style)
