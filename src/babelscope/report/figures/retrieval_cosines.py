"""Mean cosine of translations and of unrelated sentences in each layer, as vectors are and centred."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from babelscope.report.colours import THEME
from babelscope.report.drawing import PAGE, Drawing
from babelscope.report.figures.axes import bounds, dodge, layer_axis, zero_line
from babelscope.report.figures.retrieval_readings import POOLED, best_level, levels_of, measured_words, score
from babelscope.report.numbers import interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["cosines_by_layer"]

_COLUMNS = (
    "model",
    "step",
    "site",
    "layer",
    "pooling",
    "vectors",
    "cosine",
    "unrelated",
    "margin",
    "low",
    "high",
    "n",
)
_KINDS = (("", "as they are"), ("centred_", "centred"))


def cosines_by_layer(content: Mapping[str, Any]) -> Drawing:
    """A row of plots per pooling: vectors as they are, and without each language's mean.

    Args:
        content: Of retrieval.json.
    """
    return Drawing(
        name="translations-by-layer",
        title=_finding(content),
        subtitle="Mean cosine of translations (solid) and of sentences that are no translations (dashed), vectors as "
        "they are and without each language's mean vector; the shaded gap is the margin (wider: more aligned by "
        "meaning; none: chance).",
        caption=f"{measured_words(content)}; whiskers: 95 % jackknife interval of the margin over sentences, drawn "
        "at translations; layer 0: the embeddings.",
        columns=_COLUMNS,
        rows=tuple(_rows(content)),
        size=(PAGE, 0.4 + 1.75 * len(content["poolings"])),
        paint=lambda figure: _paint(figure, content),
    )


def _rows(content: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (
            *(content[name] for name in ("model", "step", "site")), level["layer"], level["pooling"], kind,
            *(level["all"][f"{prefix}{name}"] for name in ("cosine", "unrelated", "margin", "margin_low")),
            level["all"][f"{prefix}margin_high"], content["sentences"],
        )
        for level in content["levels"]
        for prefix, kind in _KINDS
    ]  # fmt: skip


def _finding(content: Mapping[str, Any]) -> str:
    """The margin in the layer where translations find each other most."""
    pooling = max(content["poolings"], key=lambda name: content["best"][name]["accuracy"])
    level = best_level(content, pooling)
    raw, middle = (score(level["all"], f"{prefix}margin") for prefix, _ in _KINDS)
    if middle["low"] is None or middle["low"] <= 0:
        return f"In layer {level['layer']} translations are not clearly closer than unrelated sentences"
    return (
        f"In layer {level['layer']} translations are closer than unrelated sentences by {interval(raw)}, centred by "
        f"{interval(middle)}"
    )


def _paint(figure: "Figure", content: Mapping[str, Any]) -> None:
    poolings = content["poolings"]
    grid = figure.subplots(len(poolings), 2, sharex=True, squeeze=False)
    for row, pooling in zip(grid, poolings, strict=True):
        for axes, (prefix, kind) in zip(row, _KINDS, strict=True):
            title = kind if len(poolings) == 1 else f"{POOLED[pooling]}, {kind}"
            axes.set_title(title, loc="left", size=7.5, weight="bold", pad=3)
            _paint_kind(axes, levels_of(content, pooling), prefix)
    for axes in grid[-1]:
        axes.set_xlabel("layer")
    figure.supylabel("mean cosine", size=7.5, color=THEME["soft"][0])


def _paint_kind(axes: "Axes", levels: list[dict[str, Any]], prefix: str) -> None:
    at, marker = [level["layer"] for level in levels], "o" if len(levels) == 1 else None
    accent, grey = THEME["accent"][0], THEME["null"][0]
    cosine, unrelated = ([level["all"][f"{prefix}{name}"] for level in levels] for name in ("cosine", "unrelated"))
    margins = [score(level["all"], f"{prefix}margin") for level in levels]
    values = [margin["value"] for margin in margins]
    low = bounds([margin["low"] for margin in margins], values)
    high = bounds([margin["high"] for margin in margins], values)
    zero_line(axes)
    axes.fill_between(at, unrelated, cosine, color=accent, alpha=0.12, linewidth=0)
    axes.plot(at, unrelated, color=grey, linewidth=1.1, dashes=(4, 2), marker=marker)
    reach = [[v - a for v, a in zip(values, low, strict=True)], [b - v for v, b in zip(values, high, strict=True)]]
    axes.errorbar(at, cosine, yerr=reach, color=accent, linewidth=1.5, elinewidth=0.9, marker="o", markersize=2.2)
    axes.margins(y=0.1)
    layer_axis(axes, at, label="")
    dodge(axes, [(cosine[-1], "translations", accent), (unrelated[-1], "unrelated", THEME["soft"][0])], 6.5)
