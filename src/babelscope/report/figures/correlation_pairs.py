"""Score against alignment, a point per checkpoint and language: as it is, and with each language's mean removed."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from babelscope.report.colours import THEME, language_colour, themed_languages
from babelscope.report.drawing import PAGE, Drawing
from babelscope.report.figures.axes import dodge
from babelscope.report.figures.correlation_axis import chance_line
from babelscope.report.figures.correlation_readings import (
    Record,
    apart,
    clear,
    given_words,
    headline_of,
    of_analysis,
    r_words,
    short_model,
    slug,
)
from babelscope.report.naming import short_name
from babelscope.report.numbers import plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["pairs_figures"]

_COLUMNS = ("model", "x", "y", "step", "language", "value_x", "value_y", "within_x", "within_y", "flagged")


def pairs_figures(content: Mapping[str, Any]) -> list[Drawing]:
    """A figure per model, measure and score."""
    return [_drawing(content, analysis) for analysis in apart(content) if len(_points(analysis)) > 2]


def _points(analysis: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = (analysis.get("pairs") or {}).get("points") or []
    return [point for point in found if point.get("x") is not None and point.get("y") is not None]


def _measure(analysis: Mapping[str, Any]) -> str:
    """What alignment of a single language is, which need not be what is averaged over languages."""
    return analysis.get("x_label_pairs") or analysis["x_label"]


def _codes(content: Mapping[str, Any], analysis: Mapping[str, Any]) -> list[str]:
    known = {point["language"] for point in _points(analysis)}
    return [code for code in content["languages"] if code in known]


def _drawing(content: Mapping[str, Any], analysis: Mapping[str, Any]) -> Drawing:
    keys = ("step", "language", "x", "y", "x_within", "y_within")
    points = _points(analysis)
    return Drawing(
        name=f"languages-{slug(analysis['model'], analysis['x'], analysis['y'])}",
        title=_finding(content, analysis),
        subtitle=f"{analysis['y_label']} against {_measure(analysis)}, a point per checkpoint and language; left: "
        "as they are, a thin line per language; right: each language's own mean removed.",
        caption=_caption(content, analysis),
        columns=_COLUMNS,
        rows=tuple(
            (analysis["model"], analysis["x"], analysis["y"], *(p.get(key) for key in keys), p.get("flagged") or "")
            for p in points
        ),
        size=(PAGE, 2.75),
        paint=lambda figure: _paint(figure, content, analysis),
        colours=themed_languages(_codes(content, analysis)),
    )


def pooled_record(content: Mapping[str, Any], analysis: Mapping[str, Any]) -> Record | None:
    """Pearson over all points, flagged checkpoints left out where any are."""
    return _unflagged(content, analysis, "pearson")


def within_record(content: Mapping[str, Any], analysis: Mapping[str, Any]) -> Record | None:
    """Pearson within languages without covariates, flagged checkpoints left out where any are."""
    return _unflagged(content, analysis, "pearson_within")


def _unflagged(content: Mapping[str, Any], analysis: Mapping[str, Any], method: str) -> Record | None:
    flagged = {str(point["step"]) for point in _points(analysis) if point.get("flagged")}
    found = [r for r in of_analysis(content, analysis) if (r["unit"], r["method"]) == ("checkpoint_language", method)]
    same = (r for r in found if set(map(str, r.get("excluded") or [])) == flagged)
    return next(same, found[0] if found else None)


def _finding(content: Mapping[str, Any], analysis: Mapping[str, Any]) -> str:
    """What is left of the correlation once every language is compared with itself."""
    pooled, within = pooled_record(content, analysis), within_record(content, analysis)
    head = f"{short_model(analysis['model'])}, {analysis['y_label']}"
    if within is None or within.get("r") is None:
        return f"{head}: r = {r_words(pooled)} over all points; within languages it could not be computed"
    over = r_words(pooled and {**pooled, "low": None})
    said = f"{head}: r = {over} over all points, {r_words(within)} within languages"
    said += "" if clear(within) else ", not distinguishable from 0"
    headline = headline_of(content, analysis)
    if headline is not None and headline is not within and headline.get("r") is not None and given_words(headline):
        said += f"; {r_words(headline)} given {given_words(headline)}"
    return said


def _caption(content: Mapping[str, Any], analysis: Mapping[str, Any]) -> str:
    points, within = _points(analysis), within_record(content, analysis)
    codes = _codes(content, analysis)
    steps = dict.fromkeys(point["step"] for point in points)
    parts = [
        f"n = {plural(len(points), 'point')}: {plural(len(steps), 'checkpoint')} × {plural(len(codes), 'language')}"
    ]
    parts[0] += ", where measured" if len(points) < len(steps) * len(codes) else ""
    if any(point.get("flagged") for point in points):
        parts.append("hollow: flagged checkpoints, in no line")
    parts.append("dashed grey: one line through all points; thick: one slope for all languages")
    if within is not None and within.get("interval"):
        parts.append(f"interval of r within languages: {within['interval']}")
    return "; ".join(parts) + "."


def _paint(figure: "Figure", content: Mapping[str, Any], analysis: Mapping[str, Any]) -> None:
    left, right = figure.subplots(1, 2)
    codes = _codes(content, analysis)
    _paint_points(left, analysis, codes, ("x", "y"))
    _paint_points(right, analysis, codes, ("x_within", "y_within"))
    chance_line(left, analysis)
    labels = _paint_lines(left, content, analysis, codes)
    _paint_within(right, analysis, codes)
    for axes in (left, right):
        axes.margins(0.06)
        axes.locator_params(nbins=5)
    _note(left, f"as they are: r = {r_words(pooled_record(content, analysis))}")
    _note(right, f"within languages: r = {r_words(within_record(content, analysis))}")
    left.set_ylabel(analysis["y_label"])
    right.set_ylabel("score minus own mean")
    right.set_xlabel("alignment minus own mean")
    left.set_xlabel(_measure(analysis) if len(_measure(analysis)) <= 44 else "alignment")
    left.autoscale_view()
    dodge(left, labels, 6.5)


def _note(axes: "Axes", text: str) -> None:
    axes.set_title(text, loc="left", size=7.0, weight="bold", pad=4)


def _paint_points(axes: "Axes", analysis: Mapping[str, Any], codes: Sequence[str], keys: tuple[str, str]) -> None:
    for code in codes:
        own = [p for p in _points(analysis) if p["language"] == code and p.get(keys[0]) is not None]
        colour = language_colour(code)
        for flagged in (False, True):
            chosen = [p for p in own if bool(p.get("flagged")) == flagged]
            if not chosen:
                continue
            axes.plot(
                [p[keys[0]] for p in chosen], [p[keys[1]] for p in chosen], "o", markersize=3.2,
                markeredgecolor=colour, markerfacecolor="none" if flagged else colour, markeredgewidth=0.8,
                zorder=2 if flagged else 3,
            )  # fmt: skip


def _ends(points: Sequence[Mapping[str, Any]], key: str) -> tuple[float, float] | None:
    found = [p[key] for p in points if not p.get("flagged") and p.get(key) is not None]
    return (min(found), max(found)) if len(found) > 1 else None


def _paint_lines(
    axes: "Axes", content: Mapping[str, Any], analysis: Mapping[str, Any], codes: Sequence[str]
) -> list[tuple[float, str, str]]:
    """A line per language and one through all; returns what to write right of the axes."""
    pairs, labels = analysis["pairs"], []
    for code in codes:
        own = [p for p in _points(analysis) if p["language"] == code]
        fit, ends, last = (pairs.get("lines") or {}).get(code), _ends(own, "x"), own[-1]["y"]
        if fit and fit.get("slope") is not None and ends is not None:
            heights = [fit["intercept"] + fit["slope"] * x for x in ends]
            axes.plot(ends, heights, color=language_colour(code), linewidth=0.8, alpha=0.9, zorder=2.5)
            last = heights[-1]
        labels.append((last, short_name(dict(content), code), language_colour(code)))
    pooled, ends = pairs.get("pooled"), _ends(_points(analysis), "x")
    if pooled and pooled.get("slope") is not None and ends is not None:
        heights = [pooled["intercept"] + pooled["slope"] * x for x in ends]
        axes.plot(ends, heights, color=THEME["null"][0], linewidth=1.2, dashes=(4.0, 2.0), zorder=1.5)
    return labels


def _paint_within(axes: "Axes", analysis: Mapping[str, Any], codes: Sequence[str]) -> None:
    """Every language's own slope through 0, and the common one with its interval."""
    pairs, line = analysis["pairs"], THEME["line"][0]
    axes.axhline(0, color=line, linewidth=0.8, zorder=0)
    axes.axvline(0, color=line, linewidth=0.8, zorder=0)
    for code in codes:
        fit = (pairs.get("lines") or {}).get(code)
        ends = _ends([p for p in _points(analysis) if p["language"] == code], "x_within")
        if fit and fit.get("slope") is not None and ends is not None:
            heights = [fit["slope"] * x for x in ends]
            axes.plot(ends, heights, color=language_colour(code), linewidth=0.7, alpha=0.8, zorder=2.5)
    common, ends = pairs.get("common") or {}, _ends(_points(analysis), "x_within")
    if common.get("slope") is None or ends is None:
        return
    ink = THEME["ink"][0]
    if common.get("low") is not None and common.get("high") is not None:
        low = [min(common["low"] * x, common["high"] * x) for x in (ends[0], 0.0, ends[1])]
        high = [max(common["low"] * x, common["high"] * x) for x in (ends[0], 0.0, ends[1])]
        axes.fill_between([ends[0], 0.0, ends[1]], low, high, color=ink, alpha=0.12, linewidth=0, zorder=1)
    axes.plot(ends, [common["slope"] * x for x in ends], color=ink, linewidth=2.0, zorder=3.5)
