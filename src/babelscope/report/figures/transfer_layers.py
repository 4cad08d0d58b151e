"""What linear probes of the frozen model reach by layer: the source, the mean of the others, and each of them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from babelscope.report.colours import THEME, language_colour, themed_languages
from babelscope.report.drawing import COLUMN, PAGE, Drawing
from babelscope.report.figures.axes import dodge, layer_axis
from babelscope.report.figures.transfer_readings import (
    beyond,
    metric_words,
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

__all__ = ["transfer_layers"]

_COLUMNS = (
    "model", "step", "site", "layer", "task", "metric", "language", "score", "low", "high", "majority", "n",
)  # fmt: skip
_MOST_NAMED = 10
Results = Sequence[Mapping[str, Any]]


def transfer_layers(content: Mapping[str, Any]) -> Drawing | None:
    """Score against layer, the embeddings at 0; None if fewer than two layers were probed.

    Args:
        content: Of transfer.json.
    """
    found = [r for r in content["results"] if (r["method"], r["metric"]) == ("linear", content["metric"])]
    results = sorted(found, key=lambda result: int(result["layer"]))
    if len(results) < 2:
        return None
    codes, metric = source_first(content), metric_words(content["metric"])
    return Drawing(
        name="transfer-by-layer",
        title=_finding(content, results, metric),
        subtitle=f"{metric[0].upper()}{metric[1:]} on {task_words(content)} of linear probes of the frozen model's "
        f"hidden states, trained on {source_name(content)} alone, by layer (0: the embeddings; higher is better); "
        "dashed grey: always the commonest label of the training, mean over the other languages.",
        caption=f"n = {plural(len(codes), 'language')}; bands: 95 %, over sentences; grey line: mean over "
        "languages other than the one trained on. Seen in the tests themselves, so not how a layer is chosen: "
        f"{source_name(content)}'s dev set does that.",
        columns=_COLUMNS,
        rows=tuple(_row(content, result, code) for result in results for code in [*codes, "mean"]),
        size=(PAGE if len(codes) > 6 else COLUMN, 2.6),
        paint=lambda figure: _paint(figure, content, results, codes, metric),
        colours=themed_languages(codes),
    )


def _row(content: Mapping[str, Any], result: Mapping[str, Any], code: str) -> tuple[Any, ...]:
    cell = result["mean"] if code == "mean" else result["languages"][code]
    return (
        content["model"], content["step"], content["site"], int(result["layer"]), content["task"]["name"],
        result["metric"], code, *(cell.get(key) for key in ("value", "low", "high", "majority", "n")),
    )  # fmt: skip


def _finding(content: Mapping[str, Any], results: Results, metric: str) -> str:
    """Which layer transfers best on average, and whether the layers differ beyond their intervals."""
    if not targets(content):
        best = max(results, key=lambda result: result["languages"][content["source"]]["value"])
        own = best["languages"][content["source"]]
        return f"Layer {best['layer']} tells most: {metric} {interval(own)} in {source_name(content)}"
    best, least = (pick(results, key=lambda result: result["mean"]["value"]) for pick in (max, min))
    if not beyond(best["mean"]):
        return (
            f"No layer tells other languages beyond the commonest label on average: mean {metric} "
            f"{interval(best['mean'])} at most, commonest label {significant(best['mean']['majority'])}"
        )
    if best["mean"].get("low") is None or best["mean"]["low"] <= (least["mean"].get("high") or 1.0):
        ends = f"{significant(least['mean']['value'])} to {significant(best['mean']['value'])}"
        return f"Layers do not differ clearly in what transfers: mean {metric} {ends}"
    return (
        f"Most transfers in layer {best['layer']}: mean {metric} {interval(best['mean'])}, against "
        f"{significant(least['mean']['value'])} in layer {least['layer']}"
    )


def _paint(figure: "Figure", content: Mapping[str, Any], results: Results, codes: Sequence[str], metric: str) -> None:
    axes = figure.add_subplot()
    layers = [int(result["layer"]) for result in results]
    labels: list[tuple[float, str, str]] = []
    grey = THEME["null"][0]
    if len(codes) > 1:
        means = [result["mean"] for result in results]
        _curve(axes, layers, means, THEME["soft"][0], 2.0)
        labels.append((means[-1]["value"], "mean of others", THEME["soft"][0]))
    for code in codes:
        cells, colour = [result["languages"][code] for result in results], language_colour(code)
        own = code == content["source"]
        _curve(axes, layers, cells, colour, 1.9 if own else 1.0)
        if own or len(codes) <= _MOST_NAMED:
            name = short_name(dict(content), code)
            labels.append((cells[-1]["value"], f"{name} (trained on)" if own else name, colour))
    level = results[-1]["mean"]["majority"]
    axes.axhline(level, color=grey, linewidth=1.0, dashes=(4, 2), zorder=1)
    labels.append((level, "commonest label", THEME["soft"][0]))
    axes.set_ylim(bottom=0)
    layer_axis(axes, layers)
    axes.set_ylabel(metric)
    dodge(axes, labels, 6.8)


def _curve(axes: "Axes", at: Sequence[int], cells: Results, colour: str, width: float) -> None:
    values = [cell["value"] for cell in cells]
    low = [cell["value"] if cell.get("low") is None else cell["low"] for cell in cells]
    high = [cell["value"] if cell.get("high") is None else cell["high"] for cell in cells]
    axes.fill_between(at, low, high, color=colour, alpha=0.15, linewidth=0, zorder=2)
    axes.plot(at, values, color=colour, marker="o", markersize=2.6, linewidth=width, zorder=3)
