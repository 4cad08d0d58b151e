"""How often translations find each other in each layer, a line per language, beside chance and the raw cosine."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from babelscope.report.colours import THEME, language_colour, themed_languages
from babelscope.report.drawing import COLUMN, PAGE, Drawing
from babelscope.report.figures.axes import dodge, layer_axis
from babelscope.report.figures.retrieval_readings import POOLED, beyond_chance, levels_of, measured_words
from babelscope.report.numbers import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["accuracy_by_layer"]

_COLUMNS = (
    "model", "step", "site", "layer", "pooling", "language", "accuracy", "low", "high", "accuracy_raw", "chance", "n",
)  # fmt: skip
_LABEL = 6.2
_MOST_NAMED = 14


def accuracy_by_layer(content: Mapping[str, Any]) -> Drawing:
    """A plot per pooling.

    Args:
        content: Of retrieval.json.
    """
    codes, poolings = content["languages"], content["poolings"]
    named = codes if len(codes) <= _MOST_NAMED else []
    pivot = f" with {content['pivot']}" if content.get("pivot") else ""
    return Drawing(
        name="retrieval-by-layer",
        title=_finding(content),
        subtitle="Share of sentences whose nearest neighbour in another language is their translation, by centred "
        "cosine (higher: more aligned by meaning); a line per language looked from"
        f"{'' if named else ', the two at the ends named'}; black: mean over pairs; dotted: without centring; "
        "dashed: chance.",
        caption=f"{measured_words(content)}; band: 95 % Wilson interval over sentences; centred: each language's "
        f"mean vector removed; mean over the other languages{pivot}; layer 0: the embeddings.",
        columns=_COLUMNS,
        rows=tuple(_rows(content)),
        size=(PAGE if len(poolings) > 1 else COLUMN, max(2.2, 0.5 + 0.125 * len(named))),
        paint=lambda figure: _paint(figure, content),
        colours=themed_languages(codes),
    )


def _rows(content: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (
            *(content[name] for name in ("model", "step", "site")), level["layer"], level["pooling"], code,
            *(found[name] for name in ("accuracy", "accuracy_low", "accuracy_high", "accuracy_raw")),
            content["chance"], content["sentences"],
        )
        for level in content["levels"]
        for code, found in [("all", level["all"]), *level["languages"].items()]
    ]  # fmt: skip


def _finding(content: Mapping[str, Any]) -> str:
    """Where translations find each other most, and whether that is more than in the embeddings."""
    pooling = max(content["poolings"], key=lambda name: content["best"][name]["accuracy"])
    best = content["best"][pooling]
    where = f"layer {best['layer']}" + (f" ({POOLED[pooling]})" if len(content["poolings"]) > 1 else "")
    if not beyond_chance(content, pooling):
        return "In no layer do translations clearly find each other more often than by chance"
    said = f"Translations find each other most often in {where}: {percent(best['accuracy'], 2)} of sentences"
    base, gain = levels_of(content, pooling)[0], best["gain"]
    if gain is None or best["layer"] == 0:
        return said + (", the embeddings" if best["layer"] == 0 else "")
    clearly = "" if gain["low"] > 0 else ", not clearly more than"
    return f"{said}{clearly or ','} {percent(base['all']['accuracy'], 2)} in the embeddings"


def _paint(figure: "Figure", content: Mapping[str, Any]) -> None:
    poolings = content["poolings"]
    grid = figure.subplots(1, len(poolings), sharey=True, squeeze=False)[0]
    labelled = [_paint_pooling(axes, content, pooling) for axes, pooling in zip(grid, poolings, strict=True)]
    low, high = grid[0].get_ylim()
    grid[0].set_ylim(min(0.0, low), max(high, 3 * content["chance"]))
    grid[0].yaxis.set_major_formatter(lambda value, _: percent(value, 2) if value else "0")
    grid[0].set_ylabel("accuracy")
    for axes, labels in zip(grid, labelled, strict=True):
        dodge(axes, labels, _LABEL)


def _paint_pooling(axes: "Axes", content: Mapping[str, Any], pooling: str) -> list[tuple[float, str, str]]:
    """One pooling; returns what is to be written beside its lines."""
    levels = levels_of(content, pooling)
    at, marker = [level["layer"] for level in levels], "o" if len(levels) == 1 else None
    ink, grey, labels = THEME["ink"][0], THEME["null"][0], []
    for code in content["languages"]:
        values = [level["languages"][code]["accuracy"] for level in levels]
        axes.plot(at, values, color=language_colour(code), linewidth=0.9, alpha=0.9, marker=marker, zorder=3)
        labels.append((values[-1], code, language_colour(code)))
    whole = [level["all"] for level in levels]
    low, high = ([found[f"accuracy_{end}"] for found in whole] for end in ("low", "high"))
    axes.fill_between(at, low, high, color=ink, alpha=0.13, linewidth=0, zorder=2)
    axes.plot(at, [found["accuracy"] for found in whole], color=ink, linewidth=1.6, marker=marker, zorder=4)
    raw = [found["accuracy_raw"] for found in whole]
    axes.plot(at, raw, color=ink, linewidth=1.0, dashes=(1, 1.3), marker=marker, zorder=4)
    axes.axhline(content["chance"], color=grey, linewidth=1.0, dashes=(4, 2), zorder=1)
    labels = labels if len(labels) <= _MOST_NAMED else [max(labels), min(labels)]
    layer_axis(axes, at)
    if len(content["poolings"]) > 1:
        axes.set_title(POOLED[pooling], loc="left", size=7.5, weight="bold", pad=3)
    return [*labels, (whole[-1]["accuracy"], "mean", ink), (raw[-1], "raw", ink), (content["chance"], "chance", grey)]
