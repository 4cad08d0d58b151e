"""What a growing selection of neurons tells of an attribute, beside probes of shuffled labels [S22, W24]."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from babelscope.report.colours import THEME, language_colour, themed_languages
from babelscope.report.drawing import COLUMN, PAGE, Drawing
from babelscope.report.figures.axes import dodge, zero_line
from babelscope.report.figures.probing_readings import (
    SITES,
    cell_of,
    controlled,
    headline_k,
    layers_of,
    level,
    unseen_words,
    value_of,
)
from babelscope.report.naming import language_name
from babelscope.report.numbers import count, plural, significant

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["FLOOR", "LABEL", "cut_off", "curve_height", "information_curves", "spread"]

_COLUMNS = (
    "model", "step", "site", "layer", "language", "attribute", "neurons", "mi_bits", "nmi", "low", "high",
    "nmi_calibrated", "accuracy", "control_nmi", "n_test", "seeds",
)  # fmt: skip
_ACROSS, _MOST_LAYERS, _MOST_NAMED = 3, 3, 14
LABEL = 6.2
"""Points of a language's code beside its line."""
FLOOR = -0.3
"""NMI below which curves are cut off: a probe that is confidently wrong can be arbitrarily far below 0."""


def spread(items: Sequence[Any], most: int) -> list[Any]:
    """At most so many of the items, evenly spaced, with the first and the last."""
    if len(items) <= most:
        return list(items)
    return [items[round(i * (len(items) - 1) / (most - 1))] for i in range(most)]


def curve_height(languages: int) -> float:
    """Inches for a plot beside which so many languages are named."""
    return max(1.5, 0.165 * min(languages, _MOST_NAMED))


def information_curves(content: Mapping[str, Any]) -> list[Drawing]:
    """A plot per attribute and layer, three attributes to a figure; layers evenly spaced where there are many."""
    layers = spread(layers_of(content), _MOST_LAYERS)
    known = {cell["attribute"] for cell in content["cells"]}
    attributes = [attribute for attribute in content["attributes"] if attribute in known]
    chunks = [attributes[i : i + _ACROSS] for i in range(0, len(attributes), _ACROSS)]
    return [_drawing(content, chunk, layers, place) for place, chunk in enumerate(chunks)]


def _drawing(content: Mapping[str, Any], attributes: list[str], layers: list[int], place: int) -> Drawing:
    cells = [cell for cell in content["cells"] if cell["attribute"] in attributes and cell["layer"] in layers]
    codes = list(dict.fromkeys(cell["language"] for cell in cells))
    dotted = unseen_words(content, codes)
    control = any(controlled(cell, k) is not None for cell in cells for k in content["ks"])
    return Drawing(
        name="information-by-neurons" + (f"-{place + 1}" if place else ""),
        title=_finding(content, cells),
        subtitle="Share of an attribute's entropy that the first neurons of a greedy selection tell (NMI on test "
        "words; 0: nothing, 1: all; higher is better), then all neurons; one line per language"
        + (", dashed grey: probes of shuffled labels" if control else "")
        + (f"; dotted: {dotted}, never pre-trained on" if dotted else "")
        + ".",
        caption=_caption(content, cells, layers),
        columns=_COLUMNS,
        rows=tuple(row for cell in cells for row in _rows(content, cell)),
        size=(PAGE if len(attributes) > 1 else COLUMN, 0.4 + curve_height(len(codes)) * len(layers)),
        paint=lambda figure: _paint(figure, content, attributes, layers),
        colours=themed_languages(codes),
    )


def _caption(content: Mapping[str, Any], cells: list[dict[str, Any]], layers: list[int]) -> str:
    tests = [cell["n"]["test"] for cell in cells]
    kept = len(layers) < len(layers_of(content))
    cut = any(point["nmi"] < FLOOR for cell in cells for point in cell["curve"])
    parts = [
        f"n = {count(min(tests))} to {count(max(tests))} test words per line, their lemmas in no other split",
        f"neurons chosen on dev words, read on test words; {content['probe'].replace('_', '-')} probes on "
        f"{SITES.get(content['site'], content['site'])}, mean of {plural(content['seeds'], 'seed')}",
        "whiskers: 95 % interval over test lemmas",
    ]
    parts += [f"layers shown: {', '.join(map(str, layers))}; all are in the run's tables"] if kept else []
    parts += [cut_off()] if cut else []
    return "; ".join(parts) + "."


def cut_off() -> str:
    """What a caption says where a value lies below FLOOR."""
    return f"values below {significant(FLOOR, 1)} are cut off"


def _ranks(content: Mapping[str, Any], cell: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Points of a curve that are drawn: the first ten neurons, then every fifth and those of the tables."""
    return [p for p in cell["curve"] if p["rank"] <= 10 or p["rank"] % 5 == 0 or p["rank"] in content["ks"]]


def _controls(content: Mapping[str, Any], cell: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [point for point in _ranks(content, cell) if point.get("control_nmi") is not None]


def _rows(content: Mapping[str, Any], cell: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    start = (content["model"], content["step"], content["site"], cell["layer"], cell["language"], cell["attribute"])
    end = (cell["n"]["test"], cell["seeds"])
    found = []
    for point in _ranks(content, cell):
        bounds = level(cell, "nmi", point["rank"]) or {}
        keys = ("nmi_calibrated", "accuracy", "control_nmi")
        said = (point["rank"], point.get("mi_bits"), point["nmi"], bounds.get("low"), bounds.get("high"))
        found.append((*start, *said, *(point.get(key) for key in keys), *end))
    every = cell.get("nmi_all") or {}
    if every.get("value") is not None:
        wide = content["neurons"].get(str(cell["layer"]), "all")
        found.append((*start, wide, None, every["value"], every.get("low"), every.get("high"), *[None] * 3, *end))
    return found


def _finding(content: Mapping[str, Any], cells: list[dict[str, Any]]) -> str:
    """In how many seen cells so many neurons tell more than the control's, and where most and least."""
    k, unseen = headline_k(content), set(content.get("unseen") or ())
    seen = [cell for cell in cells if cell["language"] not in unseen] or cells
    scored = [(level(cell, "nmi", k) or {}, cell) for cell in seen]
    scored = [(nmi, cell) for nmi, cell in scored if nmi.get("value") is not None]
    if not scored:
        return f"No probe was read at {k} neurons"
    rivals = [controlled(cell, k) for _, cell in scored]
    clear = sum(
        nmi.get("low") is not None and nmi["low"] > max(0.0, rival or 0.0)
        for (nmi, _), rival in zip(scored, rivals, strict=True)
    )
    against = "what shuffled labels give" if any(rival is not None for rival in rivals) else "nothing"
    many = "all" if clear == len(scored) else f"{clear or 'none'} of"
    said = f"{k} neurons tell more than {against} in {many} {plural(len(scored), 'cell')}"
    ends = [max(scored, key=lambda one: one[0]["value"]), min(scored, key=lambda one: one[0]["value"])]
    best, least = (f"{_named(content, cell)} ({significant(nmi['value'], 2)})" for nmi, cell in ends)
    if len(scored) == 1:
        return f"{said}: {best}"
    return f"{said}: most for {best}, least for {least}"


def _named(content: Mapping[str, Any], cell: Mapping[str, Any]) -> str:
    return f"{cell['attribute']} in {language_name(dict(content), cell['language'])}, layer {cell['layer']}"


def _paint(figure: "Figure", content: Mapping[str, Any], attributes: list[str], layers: list[int]) -> None:
    grid = figure.subplots(len(layers), len(attributes), sharex=True, sharey=True, squeeze=False)
    drawn = []
    for row, layer in enumerate(layers):
        for column, attribute in enumerate(attributes):
            found = (cell_of(content, code, attribute, layer) for code in _order(content))
            cells = [cell for cell in found if cell is not None]
            axes = grid[row][column]
            axes.set_title(f"{attribute}, layer {layer}", loc="left", size=7.5, weight="bold", pad=3)
            zero_line(axes)
            if cells:
                drawn.append((axes, _paint_cells(axes, content, cells, column == len(attributes) - 1)))
            else:
                axes.annotate("no feasible cell", (0.5, 0.5), xycoords="axes fraction", ha="center", size=7)
    _dress(grid[0][0], content)
    for axes, labels in drawn:
        dodge(axes, labels, LABEL)
    soft = THEME["soft"][0]
    figure.supxlabel("neurons selected (log scale)", size=7.5, color=soft)
    figure.supylabel("NMI", size=7.5, color=soft)


def _order(content: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys([*content["languages"], *(content.get("unseen") or [])]))


def _last(content: Mapping[str, Any]) -> int:
    return max(point["rank"] for cell in content["cells"] for point in cell["curve"])


def _beyond(content: Mapping[str, Any]) -> float:
    """Where the value of all neurons is drawn: right of the last selection, whatever their number."""
    return 1.75 * _last(content)


def _paint_cells(
    axes: "Axes", content: Mapping[str, Any], cells: list[dict[str, Any]], named: bool
) -> list[tuple[float, str, str]]:
    """Controls, then the languages; returns what to write right of the axes."""
    grey, labels = THEME["null"][0], []
    for cell in cells:
        shuffled = _controls(content, cell)
        at, values = [p["rank"] for p in shuffled], [p["control_nmi"] for p in shuffled]
        axes.plot(at, values, color=grey, linewidth=0.7, dashes=(3, 2), zorder=1.5, alpha=0.8)
    for place, cell in enumerate(cells):
        labels.append(_paint_cell(axes, content, cell, (place + 0.5) / len(cells) - 0.5))
    tests = [cell["n"]["test"] for cell in cells]
    said = count(tests[0]) if min(tests) == max(tests) else f"{count(min(tests))}–{count(max(tests))}"
    axes.set_title(f"n = {said}", loc="right", size=6.5, color=THEME["soft"][0], pad=3)
    if len(labels) > _MOST_NAMED:
        labels = [max(labels), min(labels)]
    rivals = [points[-1]["control_nmi"] for cell in cells if (points := _controls(content, cell))]
    return [*labels, (max(rivals), "shuffled", THEME["soft"][0])] if rivals and named else labels


def _paint_cell(
    axes: "Axes", content: Mapping[str, Any], cell: Mapping[str, Any], aside: float
) -> tuple[float, str, str]:
    """One language's line, whiskers at the sizes of the tables, and all neurons; whiskers stand side by side."""
    colour = language_colour(cell["language"])
    unseen = cell["language"] in (content.get("unseen") or ())
    points = _ranks(content, cell)
    style = {"color": colour, "linewidth": 1.1, "linestyle": ":" if unseen else "-"}
    axes.plot([p["rank"] for p in points], [p["nmi"] for p in points], zorder=3, **style)
    whiskers = [(k * (1 + 0.14 * aside), level(cell, "nmi", k)) for k in content["ks"]]
    every, end = cell.get("nmi_all"), points[-1]["nmi"]
    at = value_of(every)
    if at is not None:
        x = _beyond(content)
        axes.plot([points[-1]["rank"], x], [end, at], color=colour, linewidth=0.5, linestyle=":", zorder=2)
        axes.plot([x], [at], marker="o", markersize=2.4, color=colour, linestyle="none", zorder=3)
        whiskers.append((x, every))
    ends = [(x, found["low"], found["high"]) for x, found in whiskers if found and found.get("low") is not None]
    if ends:
        axes.vlines(*zip(*ends, strict=True), color=colour, linewidth=0.7, zorder=2.5)
    return end if at is None else at, cell["language"], colour


def _dress(axes: "Axes", content: Mapping[str, Any]) -> None:
    """Limits and ticks of all plots, which share them."""
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

    last = _last(content)
    ticks = [rank for rank in (1, *content["ks"]) if rank <= last]
    every = any(value_of(cell.get("nmi_all")) is not None for cell in content["cells"])
    axes.set_xscale("log")
    axes.set_xlim(0.93, last * (2.0 if every else 1.05))
    axes.xaxis.set_major_locator(FixedLocator([*ticks, *([_beyond(content)] if every else [])]))
    axes.xaxis.set_major_formatter(FixedFormatter([*map(str, ticks), "all"]))
    axes.xaxis.set_minor_locator(NullLocator())
    low, high = axes.get_ylim()
    axes.set_ylim(max(low, FLOOR), min(max(high, 0.1), 1.02))
