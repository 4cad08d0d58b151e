"""Mean score against mean alignment, a point per checkpoint; flagged ones hollow, the fit with and without them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from babelscope.report.colours import THEME
from babelscope.report.drawing import COLUMN, PAGE, Drawing
from babelscope.report.figures.correlation_axis import chance_line
from babelscope.report.figures.correlation_readings import (
    Record,
    apart,
    clear,
    model_title,
    of_analysis,
    r_words,
    short_model,
    slug,
    step_label,
)
from babelscope.report.figures.point_labels import PointLabel, label_points
from babelscope.report.numbers import join, p_value, plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["averages_figures"]

_COLUMNS = ("model", "x", "y", "step", "mean_x", "mean_y", "flagged")
_ACROSS = 3
Analyses = Sequence[Mapping[str, Any]]


def averages_figures(content: Mapping[str, Any]) -> list[Drawing]:
    """A figure per measure and score, a plot per model."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for analysis in apart(content):
        if len(_points(analysis)) > 1:
            groups.setdefault((analysis["x"], analysis["y"]), []).append(analysis)
    return [_drawing(content, group, len(groups) > 1) for group in groups.values()]


def _points(analysis: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = (analysis.get("averages") or {}).get("points") or []
    return [point for point in found if point.get("x") is not None and point.get("y") is not None]


def _drawing(content: Mapping[str, Any], group: Analyses, several: bool) -> Drawing:
    first = group[0]
    across = min(len(group), _ACROSS)
    down = -(-len(group) // across)
    return Drawing(
        name="means-by-checkpoint" + (f"-{slug(first['x'], first['y'])}" if several else ""),
        title=_finding(content, group),
        subtitle=f"Mean {first['y_label']} against {first['x_label']}, a point per checkpoint, named by its step.",
        caption=_caption(group),
        columns=_COLUMNS,
        rows=tuple(
            (a["model"], a["x"], a["y"], p["step"], p["x"], p["y"], p.get("flagged") or "")
            for a in group
            for p in _points(a)
        ),
        size=(COLUMN if across == 1 else PAGE, 0.35 + 2.35 * down),
        paint=lambda figure: _paint(figure, content, group, (down, across)),
    )


def plain_records(content: Mapping[str, Any], analysis: Mapping[str, Any]) -> tuple[Record | None, Record | None]:
    """Pearson over checkpoints: of all of them, and without the flagged; the second is None where none is flagged."""
    flagged = {str(point["step"]) for point in _points(analysis) if point.get("flagged")}
    found = [r for r in of_analysis(content, analysis) if (r["unit"], r["method"]) == ("checkpoint", "pearson")]
    whole = next((r for r in found if not r.get("excluded")), None)
    kept = next((r for r in found if flagged and set(map(str, r.get("excluded") or [])) == flagged), None)
    return whole, kept


def _finding(content: Mapping[str, Any], group: Analyses) -> str:
    """R of each model with and without flagged checkpoints, and whether it can be told from 0."""
    said: list[str] = []
    told: list[bool] = []
    for analysis in group:
        whole, kept = plain_records(content, analysis)
        shown = kept or whole
        if shown is None or shown.get("r") is None:
            continue
        told.append(clear(shown))
        p = p_value(shown.get("p"))
        said.append(f"{short_model(analysis['model'])} r = {r_words(shown)}" + (f", {p}" if p else ""))
    if not said:
        return f"Means over languages, {group[0]['y_label']}: no correlation could be computed"
    flagged = any(plain_records(content, analysis)[1] is not None for analysis in group)
    head = f"Means over languages, {group[0]['y_label']}{', without flagged checkpoints' if flagged else ''}: "
    if any(told):
        return head + "; ".join(said)
    return head + "; ".join(said) + (": not" if len(said) == 1 else ": none") + " distinguishable from 0"


def _caption(group: Analyses) -> str:
    numbers = [f"{short_model(a['model'])} n = {plural(len(_points(a)), 'checkpoint')}" for a in group]
    parts = [join(numbers), "thin grey: the order of training"]
    reasons: dict[str, list[str]] = {}
    for analysis in group:
        for point in _points(analysis):
            if point.get("flagged"):
                name = f"{short_model(analysis['model'])} {step_label(point['step'])}"
                reasons.setdefault(str(point["flagged"]), []).append(name)
    if reasons:
        parts.append("solid: the fit without flagged checkpoints, dashed: with them")
        parts += [f"hollow: {join(names)} ({reason})" for reason, names in reasons.items()]
    parts += counted_anyway(group)
    return "; ".join(parts) + "."


def counted_anyway(group: Analyses) -> list[str]:
    """Flagged checkpoints that count because the user wants them to; nothing where there are none."""
    names = [
        f"{short_model(analysis['model'])} {step_label(point['step'])}"
        for analysis in group
        for point in _points(analysis)
        if point.get("flag") and not point.get("flagged")
    ]
    return [f"flagged, but counted as asked: {join(names)}"] if names else []


def _paint(figure: "Figure", content: Mapping[str, Any], group: Analyses, shape: tuple[int, int]) -> None:
    grid = figure.subplots(*shape, squeeze=False, sharey=True)
    inches = ((COLUMN if shape[1] == 1 else PAGE) / shape[1] - 0.5, 1.75)
    for place, axes in enumerate(grid.flat):
        if place >= len(group):
            axes.set_visible(False)
            continue
        axes.set_title(model_title(group[place]["model"], shape[1]), loc="left", size=7.5, weight="bold", pad=12)
    for analysis, axes in zip(group, grid.flat, strict=False):
        _paint_one(axes, content, analysis)
    for analysis, axes in zip(group, grid.flat, strict=False):
        axes.margins(x=0.14, y=0.12)
        axes.locator_params(axis="x", nbins=5)
        _name_points(axes, analysis, inches)
    figure.supxlabel(_label(group[0]["x_label"]), size=7.5, color=THEME["soft"][0])
    figure.supylabel(f"mean {group[0]['y_label']}", size=7.5, color=THEME["soft"][0])


def _label(text: str) -> str:
    return text if len(text) <= 70 else text[:69] + "…"


def _name_points(axes: "Axes", analysis: Mapping[str, Any], inches: tuple[float, float]) -> None:
    axes.autoscale_view()
    ink, soft = THEME["ink"][0], THEME["soft"][0]
    points = _points(analysis)
    named = [PointLabel(p["x"], p["y"], step_label(p["step"]), soft if p.get("flagged") else ink) for p in points]
    path = [(p["x"], p["y"]) for p in points if not p.get("flagged")]
    lines = [path, *(list(zip(*ends, strict=True)) for _, _, ends in _fits(analysis))]
    if analysis.get("chance") is not None:
        lines.append([(analysis["chance"], low) for low in axes.get_ylim()])
    label_points(axes, named, inches, lines)


def _paint_one(axes: "Axes", content: Mapping[str, Any], analysis: Mapping[str, Any]) -> None:
    points, accent, grey = _points(analysis), THEME["accent"][0], THEME["null"][0]
    kept = [point for point in points if not point.get("flagged")]
    axes.plot([p["x"] for p in kept], [p["y"] for p in kept], color=THEME["line"][0], linewidth=0.8, zorder=1)
    chance_line(axes, analysis)
    for name, style, ends in _fits(analysis):
        axes.plot(*ends, color=accent if name == "kept" else grey, linewidth=1.2, linestyle=style, zorder=2)
    axes.plot([p["x"] for p in kept], [p["y"] for p in kept], "o", color=accent, markersize=4.2, zorder=4)
    bad = [point for point in points if point.get("flagged")]
    axes.plot(
        [p["x"] for p in bad], [p["y"] for p in bad], "o", markerfacecolor="none", markeredgecolor=accent,
        markersize=4.6, markeredgewidth=1.0, zorder=4,
    )  # fmt: skip
    whole, without = plain_records(content, analysis)
    said = f"r = {r_words(without or whole)}"
    extra = f"; with flagged {r_words({**whole, 'low': None})}" if without is not None and whole is not None else ""
    axes.annotate(
        said + extra, (0.0, 1.0), xycoords="axes fraction", xytext=(0, 3), textcoords="offset points", ha="left",
        va="bottom", size=6.5, color=THEME["soft"][0], annotation_clip=False,
    )  # fmt: skip


def _fits(analysis: Mapping[str, Any]) -> list[tuple[str, Any, tuple[list[float], list[float]]]]:
    """Name, dashes and ends of each line: without the flagged checkpoints, and with them where there are any."""
    points, fits = _points(analysis), analysis["averages"].get("fits") or {}
    kept = [point for point in points if not point.get("flagged")]
    known: list[tuple[str, Any, list[Mapping[str, Any]], Any]] = [
        ("kept", "-", kept, fits.get("kept") or (fits.get("all") if len(kept) == len(points) else None))
    ]
    if len(kept) < len(points):
        known.insert(0, ("all", (0, (4.0, 2.0)), points, fits.get("all")))
    found: list[tuple[str, Any, tuple[list[float], list[float]]]] = []
    for name, style, chosen, fit in known:
        if fit and fit.get("slope") is not None and len(chosen) > 1:
            ends = [min(p["x"] for p in chosen), max(p["x"] for p in chosen)]
            found.append((name, style, (ends, [fit["intercept"] + fit["slope"] * x for x in ends])))
    return found
