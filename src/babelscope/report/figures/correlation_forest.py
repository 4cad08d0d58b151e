"""Every way of asking whether alignment and transfer go together, with its interval, one below the other."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from babelscope.report.colours import THEME
from babelscope.report.drawing import PAGE, Drawing
from babelscope.report.figures.correlation_axis import RowAxis, correlation_axis
from babelscope.report.figures.correlation_readings import (
    Record,
    apart,
    clear,
    excluded_words,
    method_words,
    model_title,
    of_analysis,
    r_words,
    short_model,
    slug,
    unit_words,
    way_words,
)
from babelscope.report.numbers import join, plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["forest_figures"]

_COLUMNS = (
    "model", "x", "y", "unit", "method", "excluded", "role", "r", "low", "high", "p", "p_holm", "n",
)  # fmt: skip
_ACROSS = 3
_NUDGE = -0.1
"""Between two records of one row and one choice of checkpoints, such as two published ones."""
_EDGE = 1.05
"""Slopes beyond it are drawn there."""
_MARKS = {
    "published": ("D", False, "◇\u00a0as\u00a0published"),
    "none": ("o", False, "○\u00a0all\u00a0checkpoints"),
    "flagged": ("o", True, "●\u00a0without\u00a0flagged\u00a0ones"),
    "early": ("^", True, "▲\u00a0without\u00a0flagged\u00a0and\u00a0early\u00a0ones"),
}
"""Marker, whether it is filled, and words of each choice of checkpoints."""
_OFFSETS = {"published": -0.3, "none": -0.1, "flagged": 0.1, "early": 0.3}
Analyses = Sequence[Mapping[str, Any]]


def forest_figures(content: Mapping[str, Any]) -> list[Drawing]:
    """A figure per measure and score, a column per model, three at most."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for analysis in content["analyses"]:
        if _shown(content, analysis):
            groups.setdefault((analysis["x"], analysis["y"]), []).append(analysis)
    parts = [group[start : start + _ACROSS] for group in groups.values() for start in range(0, len(group), _ACROSS)]
    return [_drawing(content, part, place if len(parts) > 1 else None) for place, part in enumerate(parts)]


def _shown(content: Mapping[str, Any], analysis: Mapping[str, Any]) -> list[Record]:
    """Records with a coefficient; leaving checkpoints out one by one has a figure of its own."""
    return [
        record
        for record in of_analysis(content, analysis)
        if record.get("r") is not None and "leave_one_out" not in record["method"]
    ]


def _drawing(content: Mapping[str, Any], group: Analyses, place: int | None) -> Drawing:
    rows = _rows(content, group)
    first = group[0]
    keys = ("model", "x", "y", "unit", "method")
    ends = ("role", "r", "low", "high", "p", "p_holm", "n")
    name = "every-way" + (f"-{slug(first['x'], first['y'])}-{place}" if place is not None else "")
    return Drawing(
        name=name,
        title=_finding(content, group),
        subtitle=f"Correlation of {first['y_label']} with {first['x_label']}, [−1, 1] (mixed models: slope between "
        f"standardised values); whiskers: 95 %. {_legend(content, group)}.",
        caption=_caption(content, group),
        columns=_COLUMNS,
        rows=tuple(
            (
                *(r.get(key) for key in keys),
                "+".join(map(str, r.get("excluded") or [])),
                *(r.get(key) for key in ends),
            )
            for analysis in group
            for r in _shown(content, analysis)
        ),
        size=(PAGE, 0.6 + rows.inches),
        paint=lambda figure: _paint(figure, content, group, rows),
    )


def _rows(content: Mapping[str, Any], group: Analyses) -> RowAxis:
    """A row per unit and method, both units below a heading of their own."""
    found: dict[str, dict[str, str]] = {"checkpoint": {}, "checkpoint_language": {}}
    for analysis in group:
        for record in _shown(content, analysis):
            found.setdefault(record["unit"], {}).setdefault(record["method"], method_words(record))
    return RowAxis(
        [
            ((f"over {unit_words(unit)}", method), words)
            for unit, methods in found.items()
            for method, words in methods.items()
        ]
    )


def _row_of(record: Record) -> tuple[str, str]:
    return f"over {unit_words(record['unit'])}", record["method"]


def _legend(content: Mapping[str, Any], group: Analyses) -> str:
    """What each marker stands for."""
    used = {_choice(record) for analysis in group for record in _shown(content, analysis)}
    return ", ".join(words for choice, (_, _, words) in _MARKS.items() if choice in used)


def _finding(content: Mapping[str, Any], group: Analyses) -> str:
    """The headline of each model, and how many of all coefficients can be told from 0."""
    every = [record for analysis in group for record in _shown(content, analysis)]
    heads = [record for record in every if record.get("role") == "headline"]
    told = sum(map(clear, every))
    share = f"{told} of {plural(len(every), 'correlation')} can be told from 0"
    if not heads:
        return f"{group[0]['y_label']}: {share}; none was decided on beforehand"
    said = [f"{short_model(record['model'])} {r_words(record)}" for record in heads]
    what = method_words(heads[0])
    what = what[0].lower() + what[1:] if not what.startswith(("Pearson", "Spearman")) else what
    sure = sum(map(clear, heads))
    verdict = (
        "distinguishable from 0" if sure == len(heads)
        else "not distinguishable from 0" if not sure
        else f"distinguishable from 0 in {sure} of {len(heads)} models"
    )  # fmt: skip
    return (
        f"{group[0]['y_label']}, the question decided on beforehand ({what}): {'; '.join(said)}: {verdict}; {share}"
    )


def _caption(content: Mapping[str, Any], group: Analyses) -> str:
    every = [record for analysis in group for record in _shown(content, analysis)]
    ways = dict.fromkeys(way_words(record["interval"]) for record in every if record.get("interval"))
    parts = ["bold and thick: decided on beforehand; the rest is for comparison and not corrected"]
    parts += [f"intervals: {join(list(ways))}"] if ways else []
    left = [
        f"{short_model(analysis['model'])} {excluded_words(record, analysis).removeprefix('without ')}"
        for analysis in apart({"analyses": group})
        for record in [next((r for r in _shown(content, analysis) if _choice(r) == "flagged"), None)]
        if record is not None and record.get("excluded")
    ]
    parts += [f"flagged: {join(left)}"] if left else []
    return "; ".join(parts) + "."


def _choice(record: Record) -> str:
    """Which checkpoints a record is of, or that it is a published choice."""
    if record.get("role") == "as published":
        return "published"
    known = record.get("exclusion")
    return known if known in _MARKS else "flagged" if record.get("excluded") else "none"


def _paint(figure: "Figure", content: Mapping[str, Any], group: Analyses, rows: RowAxis) -> None:
    grid = figure.subplots(1, len(group), squeeze=False, sharey=True)[0]
    place = rows.place()
    for analysis, axes in zip(group, grid, strict=True):
        axes.set_title(model_title(analysis["model"], len(group)), loc="left", size=7.5, weight="bold", pad=4)
        correlation_axis(axes, "correlation")
        _paint_records(axes, _shown(content, analysis), place)
    every = [record for analysis in group for record in _shown(content, analysis)]
    rows.dress(grid[0], {_row_of(record) for record in every if record.get("role") == "headline"})


def _paint_records(axes: "Axes", records: Sequence[Record], place: Mapping[tuple[str, ...], float]) -> None:
    """All whiskers and markers that look alike at once: a page of many single ones takes long to draw."""
    twice = Counter[tuple[tuple[str, ...], str]]()
    heights = []
    for record in records:
        seen = (_row_of(record), _choice(record))
        heights.append(place[seen[0]] + _OFFSETS[seen[1]] + _NUDGE * twice[seen])
        twice[seen] += 1
    for choice in _MARKS:
        for head in (False, True):
            alike = [
                (record, height)
                for record, height in zip(records, heights, strict=True)
                if _choice(record) == choice and (record.get("role") == "headline") == head
            ]
            if alike:
                _paint_alike(axes, alike, choice, head)


def _paint_alike(axes: "Axes", alike: Sequence[tuple[Record, float]], choice: str, head: bool) -> None:
    marker, filled, _ = _MARKS[choice]
    colour = THEME["accent"][0] if head else THEME["ink"][0] if choice == "published" else THEME["null"][0]
    ends = [
        (y, max(-_EDGE, r["low"]), min(_EDGE, r["high"]))
        for r, y in alike
        if r.get("low") is not None and r.get("high") is not None
    ]
    if ends:
        axes.hlines(*zip(*ends, strict=True), color=colour, linewidth=2.0 if head else 0.8, zorder=2)
    axes.plot(
        [max(-_EDGE, min(_EDGE, r["r"])) for r, _ in alike], [y for _, y in alike], marker=marker, color=colour,
        markerfacecolor=colour if filled else "none", markersize=5.4 if head else 3.4, markeredgewidth=0.8,
        linestyle="none", zorder=4 if head else 3, clip_on=False,
    )  # fmt: skip
