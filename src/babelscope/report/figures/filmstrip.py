"""The similarity map at a few points of a series, side by side on one colour scale [Z25 fig. 2, 8]."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from babelscope.report.colours import THEME
from babelscope.report.cosine_map import CosineMap, overview
from babelscope.report.drawing import PAGE, Drawing
from babelscope.report.figures.readings import flag_word, place_words, reading, trusted
from babelscope.report.numbers import plural, significant

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["filmstrip", "shared_scale"]

_MOST = 6
_PIXELS = 300
_COLUMNS = ("model", "step", "site", "layer", "language_a", "language_b", "x", "sads", "low", "high", "flag")


def shared_scale(found: Sequence[CosineMap]) -> tuple[float, float]:
    """One colour scale for all maps: from the lowest dark end to the highest bright end."""
    return min(one.low for one in found), max(one.high for one in found)


def filmstrip(content: dict[str, Any], found: Sequence[tuple[dict[str, Any], CosineMap]]) -> Drawing:
    """Up to six maps as one picture; its data are the SADS of every pair of languages at every point.

    Args:
        content: Of track.json.
        found: Point records with their maps, in order; at least one.
    """
    step = (len(found) - 1) / max(1, min(_MOST, len(found)) - 1)
    kept = [found[round(i * step)] for i in range(min(_MOST, len(found)))]
    across = min(3, len(kept))
    down = math.ceil(len(kept) / across)
    low, high = shared_scale([one for _, one in found])
    first = found[0][1]
    drawn = f"{first.n} of {plural(first.of, 'sentence')}" if first.n < first.of else plural(first.n, "sentence")
    return Drawing(
        name="similarity-over-series",
        title=_finding(content),
        subtitle="Cosine of the neuron vectors of every two sentences, whole model; each block is a pair of "
        "languages, each diagonal its translations.",
        caption=f"{drawn} per language, the same at every checkpoint; one scale for all maps, {significant(low, 2)} "
        f"to {significant(high, 2)}; cosines beyond it take the end colours; diagonals are drawn at least two pixels "
        "wide.",
        columns=_COLUMNS,
        rows=tuple(row for point in content["points"] if point["status"] == "done" for row in _rows(content, point)),
        size=(PAGE, 0.3 + (2.05 if across == 3 else 2.9) * down),
        paint=lambda figure: _paint(figure, content, kept, (low, high), (down, across)),
    )


def _rows(content: dict[str, Any], point: dict[str, Any]) -> list[tuple[Any, ...]]:
    origin = (point["model"], point["step"], content.get("site", ""), "all")
    pairs = [("all", "all", point.get("sads") or {})]
    pairs += [(pair["language_a"], pair["language_b"], pair["sads"]) for pair in point.get("pairs") or []]
    return [
        (*origin, a, b, point["x"], score.get("value"), score.get("low"), score.get("high"), flag_word(point))
        for a, b, score in pairs
    ]


def _finding(content: dict[str, Any]) -> str:
    """Whether the diagonals stand out more at the end than at the start."""
    measured = [point for point in trusted(content) if reading(point, "sads")]
    if not measured:
        return "No checkpoint that can be trusted has a similarity map"
    ends = [(reading(point, "sads") or {}, place_words(content, point)) for point in (measured[0], measured[-1])]
    (first, start), (last, end) = ends
    told = last["low"] is not None and last["low"] > max(0.0, last["null_high"] or 0.0)
    head = f"At {end} translations are {'closer' if told else 'not clearly closer'} than unrelated sentences"
    head += f" (SADS {significant(last['value'])}"
    return f"{head})" if len(measured) == 1 else f"{head}; {significant(first['value'])} at {start})"


def _paint(
    figure: "Figure", content: dict[str, Any], kept: list[tuple[dict[str, Any], CosineMap]],
    scale: tuple[float, float], shape: tuple[int, int],
) -> None:  # fmt: skip
    grid = figure.subplots(*shape, squeeze=False)
    languages = content["languages"]
    count = len(languages)
    shown: Any = None
    for place, axes in enumerate(grid.flat):
        if place >= len(kept):
            axes.set_visible(False)
            continue
        point, found = kept[place]
        shown = axes.imshow(
            overview(found, _PIXELS), cmap="viridis", vmin=scale[0], vmax=scale[1], interpolation="none",
            extent=(0, count, count, 0), aspect="equal",
        )  # fmt: skip
        for edge in range(1, count):
            axes.axhline(edge, color="white", linewidth=0.5)
            axes.axvline(edge, color="white", linewidth=0.5)
        centres = [i + 0.5 for i in range(count)] if count <= 12 else []
        axes.set_xticks(centres, languages if centres else [], size=5.5)
        axes.set_yticks(centres, languages if centres else [], size=5.5)
        axes.tick_params(length=0, pad=1.5)
        for spine in axes.spines.values():
            spine.set_visible(False)
        flags = " (flagged)" if point["flags"] else ""
        axes.set_title(f"{place_words(content, point)}{flags}", size=7.5, loc="left", pad=3)
    bar = figure.colorbar(shown, ax=grid, shrink=0.8, aspect=32, pad=0.02, extend="both", extendfrac=0.03)
    bar.outline.set_edgecolor(THEME["line"][0])  # pyright: ignore[reportCallIssue, reportAttributeAccessIssue]
    bar.outline.set_linewidth(0.4)  # pyright: ignore[reportCallIssue, reportAttributeAccessIssue]
    bar.set_label("cosine")
