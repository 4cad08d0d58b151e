"""Region size or held-out loss of each language over the series, one small plot per language [Z25 fig. 6]."""

import math
from typing import TYPE_CHECKING, Any, Literal

from babelscope.report.colours import THEME, language_colour, themed_languages
from babelscope.report.drawing import COLUMN, PAGE, Drawing
from babelscope.report.figures.axes import dodge
from babelscope.report.figures.point_axis import PointAxis, point_axis
from babelscope.report.figures.readings import (
    place_words,
    points_done,
    reading,
    reading_row,
    trend_of,
    trend_p,
    trusted,
)
from babelscope.report.figures.region_size import clears_null
from babelscope.report.figures.series_curve import SERIES_COLUMNS
from babelscope.report.figures.series_points import paint_points
from babelscope.report.naming import language_name, short_name
from babelscope.report.numbers import count, join, plural, significant

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["series_languages"]

_UNIT = {"region_size": "neurons", "loss": "nats per byte"}


def series_languages(content: dict[str, Any], measure: Literal["region_size", "loss"]) -> Drawing | None:
    """Small multiples on one scale; None if no point has the measure by language."""
    done = points_done(content)
    languages = [code for code in content["languages"] if any(reading(point, measure, code) for point in done)]
    if not languages:
        return None
    axis = point_axis(done, content["order"])
    across = min(len(languages), 3 if len(languages) <= 12 else 5)
    shape = (math.ceil(len(languages) / across), across)
    return Drawing(
        name=f"{measure.replace('_', '-')}-by-language",
        title=_finding(content, measure, languages),
        subtitle=_SUBTITLE[measure],
        caption=_caption(content, measure),
        columns=SERIES_COLUMNS,
        rows=tuple(
            reading_row(content, point, measure, code)
            for code in languages
            for point in done
            if reading(point, measure, code)
        ),
        size=(PAGE if across > 2 else COLUMN, 0.5 + 1.15 * shape[0]),
        paint=lambda figure: _paint(figure, content, measure, languages, axis, shape),
        colours=themed_languages(languages),
    )


_SUBTITLE = {
    "region_size": "Neurons in each language's region; dashed grey: what permuted language labels give.",
    "loss": "Loss on held-out text in nats per byte (lower: the better language model); dotted grey: untrained.",
}


def _caption(content: dict[str, Any], measure: str) -> str:
    flagged = "; crosses: flagged points" if any(point["flags"] for point in points_done(content)) else ""
    if measure == "loss":
        text = (content.get("heldout") or {}).get("name") or "held-out text"
        return f"{text}; band: 95 % interval over segments of text; one scale for all languages{flagged}."
    return (
        f"n = {plural(content['sentences'], 'sentence')} per language; band: 95 % jackknife interval over meanings; "
        f"grey band: 95 % of the null; one scale for all languages{flagged}."
    )


def _finding(content: dict[str, Any], measure: Literal["region_size", "loss"], languages: list[str]) -> str:
    """In how many languages it rises or falls, and which end highest and lowest."""
    measured = trusted(content)
    ends = [(reading(measured[-1], measure, code), code) for code in languages] if measured else []
    known = sorted((found["value"], code) for found, code in ends if found)
    if not known:
        return "No checkpoint that can be trusted was measured language by language"
    show = count if measure == "region_size" else significant
    said = {code: f"{language_name(content, code)} ({show(value)})" for value, code in known}
    noun = "region" if measure == "region_size" else "loss"
    top, low = known[-1][1], known[0][1]
    where = f"at {place_words(content, measured[-1])}"
    last = f"{where}, {said[top]} has the largest {noun} and {said[low]} the smallest"
    if len(known) == 1:
        last = f"{where}, {said[top]}"
    last += _beyond_null(measured[-1], languages) if measure == "region_size" else ""
    trends = [trend_of(content, measure, code) for code in languages]
    if len(measured) < 5 or all(trend_p(trend) is None for trend in trends):
        return f"Too few points to test a trend by language; {last}"
    rises, falls = (sum(trend.get("direction") == way for trend in trends) for way in ("rises", "falls"))
    subject, grow, shrink, shows = _WORDS[measure]
    if not rises and not falls:
        return f"{subject} {shows} no clear trend in any language; {last}"
    parts = [f"{verb} in {_of(n, len(languages))}" for n, verb in ((rises, grow), (falls, shrink)) if n]
    return f"{subject} {join(parts)} languages; {last}"


_WORDS = {"region_size": ("Regions", "grow", "shrink", "show"), "loss": ("Loss", "rises", "falls", "shows")}


def _beyond_null(point: dict[str, Any], languages: list[str]) -> str:
    """How many regions are larger than permuted labels make them."""
    regions = [(point.get("regions") or {}).get(code) or {} for code in languages]
    known = [region for region in regions if region.get("null_mean") is not None]
    if not known:
        return ""
    clear = sum(clears_null(region) for region in known)
    if clear == 1:
        return f"; 1 of {len(known)} exceeds its null"
    return f"; {_of(clear, len(known)) if clear else f'none of {len(known)}'} exceed their null"


def _of(part: int, whole: int) -> str:
    return f"all {whole}" if part == whole else f"{part} of {whole}"


def _paint(
    figure: "Figure", content: dict[str, Any], measure: Literal["region_size", "loss"], languages: list[str],
    axis: PointAxis, shape: tuple[int, int],
) -> None:  # fmt: skip
    grid = figure.subplots(*shape, sharex=True, sharey=True, squeeze=False)
    width = (PAGE if shape[1] > 2 else COLUMN) / shape[1] - 0.25
    named = []
    for place, axes in enumerate(grid.flat):
        if place >= len(languages):
            axes.set_visible(False)
            continue
        code = languages[place]
        labels = paint_points(axes, content, measure, code, axis, language_colour(code), named=place == 0)
        axes.set_title(
            short_name(content, code), loc="left", size=7.5, weight="bold", color=language_colour(code), pad=3
        )
        axes.margins(y=0.08)
        if place + shape[1] >= len(languages):
            axes.tick_params(axis="x", which="both", labelbottom=True)
        named.append((axes, [label for label in labels if label[1] in ("null", "untrained")]))
    for axes, _ in named:
        axis.dress(axes, width, labelled=False)
    if measure == "region_size":
        grid[0][0].set_ylim(bottom=min(0.0, grid[0][0].get_ylim()[0]) if _below(content, languages) else 0.0)
    for place, (axes, labels) in enumerate(named):
        last = place % shape[1] == shape[1] - 1 or place == len(languages) - 1
        if labels and last and place < shape[1]:
            dodge(axes, labels, 6.5)
    soft = THEME["soft"][0]
    figure.supxlabel(axis.label, size=7.5, color=soft)
    figure.supylabel(_UNIT[measure], size=7.5, color=soft)


def _below(content: dict[str, Any], languages: list[str]) -> bool:
    """Whether an estimate lies below 0; counts do not, but a corrected size may."""
    found = [reading(point, "region_size", code) for point in points_done(content) for code in languages]
    return any(one is not None and one["value"] < 0 for one in found)
