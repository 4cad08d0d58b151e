"""What probes tell of each attribute over training, a line per language, beside probes of shuffled labels."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from babelscope.report.colours import THEME, language_colour, themed_languages
from babelscope.report.drawing import COLUMN, PAGE, Drawing
from babelscope.report.figures.axes import bounds, dodge, zero_line
from babelscope.report.figures.point_axis import PointAxis, point_axis
from babelscope.report.figures.probing_curve import FLOOR, LABEL, curve_height, cut_off, spread
from babelscope.report.figures.readings import flag_word, place_words, points_done, trusted
from babelscope.report.naming import language_name
from babelscope.report.numbers import count, join, plural, significant

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["information_series"]

_COLUMNS = (
    "model", "step", "site", "layer", "language", "attribute", "x", "k", "nmi", "low", "high", "control_nmi",
    "accuracy", "majority", "n_test", "flag",
)  # fmt: skip
_ACROSS, _MOST_LAYERS, _MOST_NAMED = 3, 3, 14
Cells = dict[tuple[str, int], dict[str, list[tuple[dict[str, Any], dict[str, Any]]]]]
"""Points and their cells by attribute and layer, then language."""


def information_series(content: Mapping[str, Any]) -> list[Drawing]:
    """A plot per attribute and layer, three attributes to a figure; none where no point was probed.

    Args:
        content: Of track.json.
    """
    points = [point for point in points_done(dict(content)) if (point.get("probing") or {}).get("cells")]
    found: Cells = {}
    for point in points:
        for cell in point["probing"]["cells"]:
            if (cell.get("nmi") or {}).get("value") is not None:
                languages = found.setdefault((cell["attribute"], cell["layer"]), {})
                languages.setdefault(cell["language"], []).append((point, cell))
    attributes = list(dict.fromkeys(attribute for attribute, _ in found))
    layers = spread(sorted({layer for _, layer in found}), _MOST_LAYERS)
    chunks = [attributes[i : i + _ACROSS] for i in range(0, len(attributes), _ACROSS)]
    return [_drawing(content, points, found, chunk, layers, place) for place, chunk in enumerate(chunks)]


def _drawing(
    content: Mapping[str, Any], points: list[dict[str, Any]], found: Cells, attributes: list[str],
    layers: list[int], place: int,
) -> Drawing:  # fmt: skip
    shown = {key: cells for key, cells in found.items() if key[0] in attributes and key[1] in layers}
    rows = [row for key, cells in shown.items() for row in _rows(key, cells)]
    codes = list(dict.fromkeys(code for cells in shown.values() for code in cells))
    tests = [row[_COLUMNS.index("n_test")] for row in rows]
    apart = [language_name(dict(content), code) for code in codes if code in _unseen(content)]
    dotted = f"; dotted: {join(apart)}, never pre-trained on" if apart else ""
    marks = "; crosses: flagged checkpoints" if any(point["flags"] for point in points) else ""
    marks += f"; {cut_off()}" if any(row[_COLUMNS.index("nmi")] < FLOOR for row in rows) else ""
    return Drawing(
        name="information-over-training" + (f"-{place + 1}" if place else ""),
        title=_finding(content, shown),
        subtitle=f"Share of an attribute's entropy that {points[-1]['probing']['k']} selected neurons tell (NMI on "
        "test words; 0: nothing, 1: all; higher is better), one line per language; dashed grey: shuffled labels"
        f"{dotted}.",
        caption=f"n = {count(min(tests))} to {count(max(tests))} test words per line, their lemmas in no other "
        f"split; bands: 95 % interval over test lemmas; one scale for all{marks}.",
        columns=_COLUMNS,
        rows=tuple(rows),
        size=(PAGE if len(attributes) > 1 else COLUMN, 0.4 + curve_height(len(codes)) * len(layers)),
        paint=lambda figure: _paint(figure, content, points, shown, attributes, layers),
        colours=themed_languages(codes),
    )


def _rows(key: tuple[str, int], cells: Mapping[str, Sequence[tuple[Any, Any]]]) -> list[tuple[Any, ...]]:
    return [
        (
            point["model"], point["step"], point["probing"].get("site", ""), key[1], code, key[0], point["x"],
            point["probing"]["k"], *(cell["nmi"].get(end) for end in ("value", "low", "high")),
            cell.get("control_nmi"), (cell.get("accuracy") or {}).get("value"), cell.get("majority"),
            cell["n"]["test"], flag_word(point),
        )
        for code, line in cells.items()
        for point, cell in line
    ]  # fmt: skip


def _finding(content: Mapping[str, Any], shown: Cells) -> str:
    """In how many cells the last trusted checkpoint tells more than the control, and where most and least."""
    unseen = _unseen(content)
    known = {point["key"] for point in trusted(dict(content))}
    ends = []
    for (attribute, layer), cells in shown.items():
        for code, line in cells.items():
            if code in unseen:
                continue
            good = [(point, cell) for point, cell in line if point["key"] in known]
            if good:
                ends.append((*good[-1], f"{attribute} in {language_name(dict(content), code)}, layer {layer}"))
    if not ends:
        return "No checkpoint that can be trusted was probed"
    clear = sum(
        cell["nmi"].get("low") is not None and cell["nmi"]["low"] > max(0.0, cell.get("control_nmi") or 0.0)
        for _, cell, _ in ends
    )
    last = max((point for point, _, _ in ends), key=lambda point: point["x"])
    most, least = (pick(ends, key=lambda one: one[1]["nmi"]["value"]) for pick in (max, min))
    many = "all" if clear == len(ends) else f"{clear or 'none'} of"
    said = f"At {place_words(dict(content), last)} the neurons tell more than shuffled labels do in {many} "
    said += f"{plural(len(ends), 'cell')}: most for {most[2]} ({significant(most[1]['nmi']['value'], 2)})"
    return said + (f", least for {least[2]} ({significant(least[1]['nmi']['value'], 2)})" if len(ends) > 1 else "")


def _unseen(content: Mapping[str, Any]) -> set[str]:
    """Languages never pre-trained on, which are reported apart."""
    probings = [point.get("probing") or {} for point in content["points"]]
    return {code for one in (content, *probings) for code in one.get("unseen") or ()}


def _paint(
    figure: "Figure", content: Mapping[str, Any], points: list[dict[str, Any]], shown: Cells,
    attributes: list[str], layers: list[int],
) -> None:  # fmt: skip
    grid = figure.subplots(len(layers), len(attributes), sharex=True, sharey=True, squeeze=False)
    axis = point_axis(points, content["order"])
    known = {point["key"] for point in trusted(dict(content))} | {p["key"] for p in points if p["x"] <= 0}
    labelled, unseen = [], _unseen(content)
    for row, layer in enumerate(layers):
        for column, attribute in enumerate(attributes):
            axes, cells = grid[row][column], shown.get((attribute, layer), {})
            axes.set_title(f"{attribute}, layer {layer}", loc="left", size=7.5, weight="bold", pad=3)
            zero_line(axes)
            labels = [_paint_line(axes, axis, code, line, known, code in unseen) for code, line in cells.items()]
            labels = [label for label in labels if label is not None]
            if labels:
                labels = labels if len(labels) <= _MOST_NAMED else [max(labels), min(labels)]
                labelled.append((axes, labels))
            axis.dress(axes, (PAGE if len(attributes) > 1 else COLUMN) / len(attributes) - 0.5, labelled=False)
    low, high = grid[0][0].get_ylim()
    grid[0][0].set_ylim(max(low, FLOOR), min(max(high, 0.1), 1.02))
    for axes, labels in labelled:
        dodge(axes, labels, LABEL)
    soft = THEME["soft"][0]
    figure.supxlabel(axis.label, size=7.5, color=soft)
    figure.supylabel("NMI", size=7.5, color=soft)


def _paint_line(
    axes: "Axes", axis: PointAxis, code: str, line: Sequence[tuple[Any, Any]], known: set[str], dotted: bool
) -> tuple[float, str, str] | None:
    """One language: its control, its band and line over trusted points, crosses elsewhere."""
    colour, good = language_colour(code), [(p, c) for p, c in line if p["key"] in known]
    shuffled = [(axis.place(p["x"]), c["control_nmi"]) for p, c in good if c.get("control_nmi") is not None]
    axes.plot(
        [x for x, _ in shuffled], [y for _, y in shuffled], color=THEME["null"][0], linewidth=0.7, dashes=(3, 2),
        alpha=0.8, zorder=1.5,
    )  # fmt: skip
    for point, cell in line:
        if point["key"] not in known:
            axes.plot(
                [axis.place(point["x"])], [cell["nmi"]["value"]], marker="X", markersize=4.5, markerfacecolor="none",
                markeredgecolor=colour, markeredgewidth=0.8, linestyle="none", zorder=4,
            )  # fmt: skip
    if not good:
        return None
    at, values = [axis.place(p["x"]) for p, _ in good], [c["nmi"]["value"] for _, c in good]
    low = bounds([c["nmi"].get("low") for _, c in good], values)
    high = bounds([c["nmi"].get("high") for _, c in good], values)
    axes.fill_between(at, low, high, color=colour, alpha=0.1, linewidth=0, zorder=2)
    style = ":" if dotted else "-"
    axes.plot(at, values, color=colour, linewidth=1.1, linestyle=style, marker="o", markersize=2.0, zorder=3)
    return values[-1], code, colour
