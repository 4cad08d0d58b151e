"""Which neurons serve many attributes and languages: those in the most selections of a layer [W24]."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from babelscope.report.colours import THEME, language_colour, themed_languages
from babelscope.report.drawing import COLUMN, PAGE, Drawing
from babelscope.report.figures.axes import frameless
from babelscope.report.figures.probing_readings import SITES
from babelscope.report.numbers import count, p_value, percent, plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["shared_neurons"]

_COLUMNS = ("model", "step", "site", "layer", "neuron", "selections", "of", "p", "serves", "name", "times")
_PARTS = ("attributes", "languages")
_MOST = 12
_LARGEST = 72.0
"""Area of the largest dot, in square points."""
_ALPHA = 0.05


def shared_neurons(content: Mapping[str, Any], group: Mapping[str, Any]) -> Drawing | None:
    """A row per neuron, a dot per attribute and language it was selected for; None if none were counted.

    Args:
        content: Of an overlap; knows the order of attributes and languages.
        group: One layer of it.
    """
    neurons = list(group.get("neurons_shared") or [])[:_MOST]
    if not neurons:
        return None
    named = dict.fromkeys([*content["attributes"], *(name for one in neurons for name in one["attributes"])])
    served = [name for name in named if any(one["attributes"].get(name) for one in neurons)]
    codes = [code for code in content["languages"] if any(one["languages"].get(code) for one in neurons)]
    columns = len(served) + len(codes)
    of = SITES.get(group.get("site") or "", "neurons")
    return Drawing(
        name=f"shared-neurons-layer-{group['layer']}",
        title=_finding(group, neurons),
        subtitle=f"Neurons of layer {group['layer']} ({of}) in the most selections; area of a dot: in how many of an "
        "attribute's or a language's selections the neuron is (the largest of each kind are of one size).",
        caption=_caption(group, neurons),
        columns=_COLUMNS,
        rows=tuple(_rows(group, neurons, served, codes)),
        size=(COLUMN if columns <= 13 else PAGE, 0.75 + 0.2 * len(neurons)),
        paint=lambda figure: _paint(figure, neurons, served, codes),
        colours=themed_languages(codes),
    )


def _rows(
    group: Mapping[str, Any], neurons: list[dict[str, Any]], served: list[str], codes: list[str]
) -> list[tuple[Any, ...]]:
    start = (group["model"], group["step"], group.get("site", ""), group["layer"])
    found = []
    for one in neurons:
        head = (*start, one["neuron"], one["count"], one["of"], one.get("p"))
        found += [(*head, "attribute", name, one["attributes"].get(name, 0)) for name in served]
        found += [(*head, "language", code, one["languages"].get(code, 0)) for code in codes]
    return found


def _finding(group: Mapping[str, Any], neurons: list[dict[str, Any]]) -> str:
    """How often the most shared neuron is selected, for how many attributes, and whether chance would do it."""
    top = neurons[0]
    said = f"Layer {group['layer']}: neuron {top['neuron']} is in {top['count']:.3g} of {count(top['of'])} selections"
    many = sum(1 for times in top["attributes"].values() if times)
    said += f", for {plural(many, 'attribute')}" if many else ""
    beyond = sum(1 for one in neurons if one.get("p") is not None and one["p"] <= _ALPHA)
    if top.get("p") is None:
        return said
    if not beyond:
        return f"{said}, which chance would do as well ({p_value(top['p'])})"
    several = sum(1 for one in neurons if sum(1 for times in one["attributes"].values() if times) > 1)
    return f"{said}; {several} of the {len(neurons)} most shared serve several attributes"


def _caption(group: Mapping[str, Any], neurons: list[dict[str, Any]]) -> str:
    said = f"n = {plural(neurons[0]['of'], 'selection')} (language × attribute, each the mean of its seeds)"
    said += f", {count(group['neurons'])} neurons; beside each neuron, how many it is in"
    if any(one.get("p") is not None for one in neurons):
        said += "; pale: chance would give a neuron as shared (p above .05)"
    return f"{said}."


def _paint(figure: "Figure", neurons: list[dict[str, Any]], served: list[str], codes: list[str]) -> None:
    from matplotlib.colors import to_rgba

    axes = figure.add_subplot()
    frameless(axes)
    gap = 0.5 if served and codes else 0.0
    places = [float(i) for i in range(len(served))] + [len(served) + gap + i for i in range(len(codes))]
    most = {part: max(times for one in neurons for times in [1, *one[part].values()]) for part in _PARTS}
    largest = [most["attributes"]] * len(served) + [most["languages"]] * len(codes)
    dots: list[tuple[float, int, float, str, float]] = []
    for row, one in enumerate(neurons):
        faint = 0.35 if one.get("p") is not None and one["p"] > _ALPHA else 1.0
        values = [one["attributes"].get(name, 0) for name in served]
        values += [one["languages"].get(code, 0) for code in codes]
        colours = [THEME["ink"][0]] * len(served) + [language_colour(code) for code in codes]
        dots += [
            (x, row, _LARGEST * times / top, colour, faint)
            for x, times, colour, top in zip(places, values, colours, largest, strict=True)
            if times
        ]
        _note(axes, row, one)
    axes.hlines(range(len(neurons)), -0.5, places[-1] + 0.5, color=THEME["line"][0], linewidth=0.5, zorder=0)
    x, y, areas, colours, faint = (list(part) for part in zip(*dots, strict=True))
    axes.scatter(x, y, s=areas, c=list(map(to_rgba, colours, faint)), linewidths=0, zorder=2)
    if gap:
        axes.axvline(len(served) - 0.5 + gap / 2, color=THEME["line"][0], linewidth=0.8, zorder=0)
    axes.set_yticks(range(len(neurons)), [f"{one['neuron']}" for one in neurons])
    axes.set_xticks(places, [*served, *codes])
    for tick in axes.xaxis.get_major_ticks()[: len(served)]:
        tick.label2.set_rotation(90)
    axes.tick_params(axis="x", labeltop=True, labelbottom=False, pad=2)
    axes.set_ylim(len(neurons) - 0.4, -0.6)
    axes.set_xlim(-0.6, places[-1] + 0.6)
    axes.set_ylabel("neuron")


def _note(axes: "Axes", row: int, one: Mapping[str, Any]) -> None:
    """How often it is selected, right of the row."""
    said = f"{one['count']:.3g} ({percent(one['count'] / one['of'], 2)})" if one["of"] else f"{one['count']:.3g}"
    axes.annotate(
        said, (1.0, row), xycoords=axes.get_yaxis_transform(), xytext=(3, 0), textcoords="offset points",
        va="center", ha="left", size=6.5, color=THEME["soft"][0], annotation_clip=False,
    )  # fmt: skip
