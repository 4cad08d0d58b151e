"""How often translations find each other over a series, a line per language, beside the embeddings and chance."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from babelscope.report.colours import THEME, language_colour, themed_languages
from babelscope.report.drawing import COLUMN, PAGE, Drawing
from babelscope.report.figures.axes import dodge
from babelscope.report.figures.point_axis import PointAxis, point_axis
from babelscope.report.figures.readings import flag_word, place_words, points_done, trusted
from babelscope.report.figures.retrieval_readings import POOLED, levels_of
from babelscope.report.numbers import count, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["accuracy_series", "retrieved", "spoken_layer"]

_COLUMNS = (
    "model", "step", "site", "layer", "pooling", "language", "x", "accuracy", "low", "high", "embeddings", "chance",
    "n", "flag",
)  # fmt: skip
_LABEL = 6.2
_MOST_NAMED = 14
Points = Sequence[dict[str, Any]]


def retrieved(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Points whose parallel sentences were compared."""
    return [point for point in points_done(dict(content)) if point.get("retrieval")]


def spoken_layer(content: Mapping[str, Any], pooling: str) -> int:
    """The layer that curves are of: the best one of the last checkpoint that can be trusted, for every point."""
    points = retrieved(content)
    known = {point["key"] for point in trusted(dict(content))}
    last = ([point for point in points if point["key"] in known] or points)[-1]
    return last["retrieval"]["best"][pooling]["layer"]


def accuracy_series(content: Mapping[str, Any]) -> Drawing | None:
    """A plot per pooling; None where no point was measured.

    Args:
        content: Of track.json.
    """
    points = retrieved(content)
    if not points:
        return None
    poolings = points[-1]["retrieval"]["poolings"]
    layers = {pooling: spoken_layer(content, pooling) for pooling in poolings}
    codes = list(dict.fromkeys(code for point in points for code in _level(point, poolings[0], None)["languages"]))
    named = codes if len(codes) <= _MOST_NAMED else []
    said = " and ".join(f"layer {layer} ({POOLED[pooling]})" for pooling, layer in layers.items())
    marks = "; crosses: flagged checkpoints" if any(point["flags"] for point in points) else ""
    return Drawing(
        name="retrieval-over-training" if content["order"] == "training" else "retrieval-over-size",
        title=_finding(content, points, poolings, layers),
        subtitle=f"Share of sentences whose nearest neighbour in another language is their translation, {said}, by "
        "centred cosine (higher: more aligned by meaning); a line per language looked from; black: mean over pairs; "
        "dotted: the embeddings (layer 0); dashed: chance.",
        caption=f"n = {count(points[-1]['retrieval']['sentences'])} sentences × {count(len(codes))} languages; band: "
        f"95 % Wilson interval over sentences; the layer is the best one of the last trusted checkpoint{marks}.",
        columns=_COLUMNS,
        rows=tuple(_rows(points, layers)),
        size=(PAGE if len(poolings) > 1 else COLUMN, max(2.2, 0.5 + 0.125 * len(named))),
        paint=lambda figure: _paint(figure, content, points, codes, layers),
        colours=themed_languages(codes),
    )


def _level(point: Mapping[str, Any], pooling: str, layer: int | None) -> dict[str, Any]:
    """One layer of a point; the nearest to it where models differ in depth, the first if none is asked for."""
    levels = levels_of(point["retrieval"], pooling)
    return min(levels, key=lambda level: abs(level["layer"] - (layer or 0)))


def _embeddings(point: Mapping[str, Any], pooling: str) -> float | None:
    first = _level(point, pooling, 0)
    return first["all"]["accuracy"] if first["layer"] == 0 else None


def _rows(points: Points, layers: Mapping[str, int]) -> list[tuple[Any, ...]]:
    rows = []
    for pooling, wanted in layers.items():
        for point in points:
            level, found = _level(point, pooling, wanted), point["retrieval"]
            place = (point["model"], point["step"], found["site"], level["layer"], pooling)
            for code, one in [("all", level["all"]), *level["languages"].items()]:
                ends = (one[name] for name in ("accuracy", "accuracy_low", "accuracy_high"))
                base = _embeddings(point, pooling) if code == "all" else None
                more = (base, found["chance"], found["sentences"], flag_word(point))
                rows.append((*place, code, point["x"], *ends, *more))
    return rows


def _finding(
    content: Mapping[str, Any], points: Points, poolings: Sequence[str], layers: Mapping[str, int]
) -> str:  # fmt: skip
    """First and last trusted checkpoint, and whether the last is beyond its embeddings."""
    known = {point["key"] for point in trusted(dict(content))}
    good = [point for point in points if point["key"] in known]
    if not good:
        return "Parallel sentences were compared at no checkpoint that can be trusted"
    last = good[-1]
    pooling = max(poolings, key=lambda name: last["retrieval"]["best"][name]["accuracy"])
    ends = [(_level(point, pooling, layers[pooling])["all"], place_words(dict(content), point)) for point in good]
    (first, start), (final, end) = ends[0], ends[-1]
    said = f"{percent(final['accuracy'], 2)} of sentences find their translation at {end}"
    if len(good) > 1:
        apart = final["accuracy_low"] > first["accuracy_high"] or final["accuracy_high"] < first["accuracy_low"]
        more = "" if apart else "not clearly other than "
        said = f"{said}, {more}{percent(first['accuracy'], 2)} at {start}"
    gain = last["retrieval"]["best"][pooling]["gain"]
    if gain is None:
        return said
    clearly = "clearly more" if gain["low"] > 0 else "not clearly more"
    return f"{said}; {clearly} than by the embeddings alone ({percent(_embeddings(last, pooling), 2)})"


def _paint(
    figure: "Figure", content: Mapping[str, Any], points: Points, codes: list[str], layers: Mapping[str, int]
) -> None:
    axis, wide = point_axis(points, content["order"]), len(layers) > 1
    known = {point["key"] for point in trusted(dict(content))} | {p["key"] for p in points if p["x"] <= 0}
    grid = figure.subplots(1, len(layers), sharey=True, squeeze=False)[0]
    labelled = []
    for axes, (pooling, layer) in zip(grid, layers.items(), strict=True):
        labelled.append(_paint_pooling(axes, axis, points, codes, pooling, layer, known))
        axis.dress(axes, (PAGE / 2 if wide else COLUMN) - 0.9)
        if wide:
            axes.set_title(f"{POOLED[pooling]}, layer {layer}", loc="left", size=7.5, weight="bold", pad=3)
    low, high = grid[0].get_ylim()
    grid[0].set_ylim(min(0.0, low), max(high, 3 * points[-1]["retrieval"]["chance"]))
    grid[0].yaxis.set_major_formatter(lambda value, _: percent(value, 2) if value else "0")
    grid[0].set_ylabel("accuracy")
    for axes, labels in zip(grid, labelled, strict=True):
        dodge(axes, labels, _LABEL)


def _paint_pooling(
    axes: "Axes", axis: PointAxis, points: Points, codes: list[str], pooling: str, layer: int, known: set[str]
) -> list[tuple[float, str, str]]:
    """One pooling; returns what is to be written beside its lines."""
    good = [point for point in points if point["key"] in known]
    levels, at = [_level(point, pooling, layer) for point in good], [axis.place(point["x"]) for point in good]
    ink, grey = THEME["ink"][0], THEME["null"][0]
    labels: list[tuple[float, str, str]] = []
    for code in codes:
        line = [(x, level["languages"][code]["accuracy"]) for x, level in zip(at, levels, strict=True)
                if code in level["languages"]]  # fmt: skip
        if line:
            axes.plot(
                *zip(*line, strict=True), color=language_colour(code), linewidth=0.9, marker="o", markersize=1.8
            )
            labels.append((line[-1][1], code, language_colour(code)))
    labels = labels if len(labels) <= _MOST_NAMED else [max(labels), min(labels)]
    for point in points:
        if point["key"] not in known:
            value = _level(point, pooling, layer)["all"]["accuracy"]
            axes.plot(
                [axis.place(point["x"])], [value], marker="X", markersize=5, markerfacecolor="none",
                markeredgecolor=ink, markeredgewidth=0.8, linestyle="none", zorder=5,
            )  # fmt: skip
    chance = points[-1]["retrieval"]["chance"]
    axes.axhline(chance, color=grey, linewidth=1.0, dashes=(4, 2), zorder=1)
    labels.append((chance, "chance", grey))
    if good:
        whole = [level["all"] for level in levels]
        low, high = ([found[f"accuracy_{end}"] for found in whole] for end in ("low", "high"))
        axes.fill_between(at, low, high, color=ink, alpha=0.13, linewidth=0, zorder=2)
        axes.plot(at, [found["accuracy"] for found in whole], color=ink, linewidth=1.6, marker="o", markersize=2.2)
        labels.append((whole[-1]["accuracy"], "mean", ink))
        base = [(x, _embeddings(point, pooling)) for x, point in zip(at, good, strict=True)]
        base = [(x, value) for x, value in base if value is not None]
        if base:
            axes.plot(*zip(*base, strict=True), color=ink, linewidth=1.0, dashes=(1, 1.3), zorder=4)
            labels.append((base[-1][1], "layer 0", ink))
    return labels
