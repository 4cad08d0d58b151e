"""Overlap of languages over training, with chance, control, ceiling, excess, and what the probes tell [W24]."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from babelscope.report.colours import THEME
from babelscope.report.drawing import COLUMN, PAGE, Drawing
from babelscope.report.figures.axes import dodge, zero_line
from babelscope.report.figures.point_axis import PointAxis, point_axis
from babelscope.report.figures.probing_levels import paint_estimate, paint_rivals
from babelscope.report.figures.probing_readings import value_of
from babelscope.report.numbers import count, interval, plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["layer_words", "overlap_training", "step_words"]

_COLUMNS = (
    "model", "step", "site", "layer", "k", "overlap", "low", "high", "expected", "control", "ceiling", "excess",
    "excess_low", "excess_high", "nmi", "flag",
)  # fmt: skip
_ACROSS = 3
_HEIGHTS = {"overlap": 1.35, "excess": 0.95, "nmi": 0.75}


def overlap_training(
    training: Sequence[Mapping[str, Any]], k: int, flags: Mapping[str, str] | None = None
) -> list[Drawing]:
    """A figure per model, a column of plots per layer; none where no model has several steps.

    Args:
        training: The curves of an overlap.
        k: Size of the selections.
        flags: What is wrong with the checkpoint of a step; such points lie off the line.
    """
    models: dict[str, list[Mapping[str, Any]]] = {}
    for curve in training:
        if curve["k"] == k and curve["points"]:
            models.setdefault(curve["model"], []).append(curve)
    return [_drawing(curves, k, flags or {}, place) for place, curves in enumerate(models.values())]


def _drawing(curves: list[Mapping[str, Any]], k: int, flags: Mapping[str, str], place: int) -> Drawing:
    shown = _shown(curves)
    rows = [name for name in _HEIGHTS if name == "overlap" or _has(shown, name)]
    return Drawing(
        name="overlap-over-training" + (f"-{place + 1}" if place else ""),
        title=_finding(shown[-1]),
        subtitle=f"Shared neurons of the {k} that tell an attribute best in each of two languages, as a share of "
        f"{k}, mean over attributes (higher: more shared)"
        + ("; excess over different attributes of the same two languages" if "excess" in rows else "")
        + ("; NMI: what the probes tell of the attributes (0: nothing)" if "nmi" in rows else "")
        + ".",
        caption=_caption(curves, shown, flags),
        columns=_COLUMNS,
        rows=tuple(_row(curve, point, flags) for curve in shown for point in curve["points"]),
        size=(COLUMN if len(shown) == 1 else PAGE, 0.75 + sum(_HEIGHTS[name] for name in rows)),
        paint=lambda figure: _paint(figure, shown, rows, flags),
    )


def _shown(curves: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The mean over layers and, while there is room, the layers; the mean is last, and left out of a single layer."""
    layers = [curve for curve in curves if curve["layer"] != "mean"]
    mean = [curve for curve in curves if curve["layer"] == "mean"]
    if len(layers) == 1:
        return layers
    room = _ACROSS - len(mean)
    if len(layers) > room:
        layers = [layers[0], layers[-1]][:room]
    return layers + mean


def _has(curves: Sequence[Mapping[str, Any]], key: str) -> bool:
    return any(value_of(point.get(key)) is not None for curve in curves for point in curve["points"])


def _row(curve: Mapping[str, Any], point: Mapping[str, Any], flags: Mapping[str, str]) -> tuple[Any, ...]:
    overlap, excess = point["overlap"], point.get("excess") or {}
    ends = [tuple(found.get(key) for key in ("value", "low", "high")) for found in (overlap, excess)]
    rivals = tuple(value_of(point.get(key)) for key in ("expected", "control", "ceiling"))
    start = (curve["model"], point["step"], curve.get("site", ""), curve["layer"], curve["k"])
    return (*start, *ends[0], *rivals, *ends[1], point.get("nmi"), flags.get(str(point["step"]), ""))


def _ends(found: Any) -> dict[str, Any]:
    """Low and high of an estimate; of a bare number nothing."""
    return {end: found.get(end) for end in ("low", "high")} if isinstance(found, Mapping) else {}


def step_words(step: Any) -> str:
    """A step in a sentence: "step 3 500", or its name where it is not a number."""
    return f"step {count(int(step))}" if str(step).isdigit() else f"“{step}”"


def layer_words(curve: Mapping[str, Any]) -> str:
    """Which layer a curve is of, or that it is the mean over them."""
    return "mean over layers" if curve["layer"] == "mean" else f"layer {curve['layer']}"


def _silent(point: Mapping[str, Any]) -> bool:
    """Whether the probes of a point tell nothing on average."""
    return point.get("nmi") is not None and point["nmi"] <= 0


def _finding(curve: Mapping[str, Any]) -> str:
    """What became of the overlap from the first step to the last, which may be: nothing."""
    points, change = curve["points"], curve.get("change") or {}
    model = str(curve["model"]).rsplit("/", 1)[-1]
    if len(points) == 1:
        return (
            f"{model}: overlap is {interval(points[0]['overlap'])} at {step_words(points[0]['step'])}, the only one"
        )
    if change.get("value") is None:
        return f"{model}: the probes tell something at fewer than two checkpoints, so that no change can be told"
    between = f"from {step_words(change['from'])} to {step_words(change['to'])}"
    said = f"{interval(change)} {between}, {layer_words(curve)}"
    if change.get("low") is None:
        return f"{model}: overlap changes by {said}; there is no interval"
    if change["low"] > 0:
        return f"{model}: overlap rises over training, by {said}"
    return f"{model}: overlap {'falls' if change['high'] < 0 else 'does not clearly change'} over training ({said})"


def _caption(
    curves: Sequence[Mapping[str, Any]], shown: Sequence[Mapping[str, Any]], flags: Mapping[str, str]
) -> str:
    points = [point for curve in shown for point in curve["points"]]
    parts = [f"n = {plural(len(shown[0]['points']), 'checkpoint')}; bands: 95 %, redrawing languages"]
    named = {"chance": "random neurons", "shuffled": "neurons that probes of shuffled labels select"}
    named |= {"ceiling": "the same language and attribute probed with another seed"}
    keys = {"chance": "expected", "shuffled": "control", "ceiling": "ceiling"}
    parts += [f"{name}: {what}" for name, what in named.items() if _has(shown, keys[name])]
    if any(map(_silent, points)):
        parts.append("hollow: the probes tell nothing on average (NMI at most 0), so that the overlap is noise")
    if any(str(point["step"]) in flags for point in points):
        parts.append("crosses: flagged checkpoints, off the line")
    left = len(curves) - len(shown)
    parts += [f"{plural(left, 'more layer')} in the data of the run"] if left > 0 and len(shown) > 1 else []
    return "; ".join(parts) + "."


@dataclass(frozen=True)
class _Steps:
    """Where steps lie: numbers on a logarithmic axis, names right of them, a gap apart."""

    axis: PointAxis
    names: Sequence[str]

    @property
    def _gap(self) -> float:
        return max(0.12, 0.24 * self.axis.span)

    def place(self, step: Any) -> float:
        if str(step).isdigit():
            return self.axis.place(float(step))
        first = self.axis.place(self.axis.xs[-1]) if self.axis.xs else self.axis.zero
        return first + self._gap * (self.names.index(str(step)) + 1)

    def dress(self, axes: "Axes", inches: float) -> None:
        from matplotlib.ticker import FixedFormatter, FixedLocator

        low, high = self.axis.limits
        extra = self._gap * len(self.names)
        self.axis.dress(axes, inches * (high - low) / (high - low + extra) - 0.35 * bool(self.names), labelled=False)
        if not self.names:
            return
        axes.set_xlim(low, high + extra)
        ticks = list(axes.xaxis.get_majorticklocs())
        said = list(axes.xaxis.get_major_formatter().seq)  # pyright: ignore[reportAttributeAccessIssue]
        axes.xaxis.set_major_locator(FixedLocator([*ticks, *map(self.place, self.names)]))
        axes.xaxis.set_major_formatter(FixedFormatter([*said, *self.names]))


def _steps(curves: Sequence[Mapping[str, Any]]) -> _Steps:
    found = list(dict.fromkeys(str(point["step"]) for curve in curves for point in curve["points"]))
    numbers = [{"x": float(step)} for step in found if step.isdigit()]
    return _Steps(point_axis(numbers, "training"), [step for step in found if not step.isdigit()])


def _paint(
    figure: "Figure", curves: Sequence[Mapping[str, Any]], rows: Sequence[str], flags: Mapping[str, str]
) -> None:
    heights = [_HEIGHTS[name] for name in rows]
    grid = figure.subplots(
        len(rows), len(curves), sharex=True, sharey="row", squeeze=False, height_ratios=heights
    )  # fmt: skip
    steps, labels = _steps(curves), []
    inches = (COLUMN if len(curves) == 1 else PAGE) / len(curves) - 0.6
    for column, curve in enumerate(curves):
        for row, name in enumerate(rows):
            axes = grid[row][column]
            said = _paint_one(axes, curve, name, steps, flags)
            labels += [(axes, said)] if said and column == len(curves) - 1 else []
            axes.margins(y=0.1)
        head = layer_words(curve)
        grid[0][column].set_title(head[0].upper() + head[1:], loc="left", size=7.5, weight="bold", pad=3)
        steps.dress(grid[-1][column], inches)
    for row, name in enumerate(rows):
        grid[row][0].set_ylabel({"nmi": "NMI"}.get(name, name))
    grid[0][0].set_ylim(bottom=0)
    figure.align_ylabels([line[0] for line in grid])
    for axes, said in labels:
        dodge(axes, said, 6.5)
    figure.supxlabel(steps.axis.label, size=7.5, color=THEME["soft"][0])


def _paint_one(
    axes: "Axes", curve: Mapping[str, Any], name: str, steps: _Steps, flags: Mapping[str, str]
) -> list[tuple[float, str, str]]:
    """One measure in one layer; returns what to write right of the axes."""
    known = [point for point in curve["points"] if value_of(point.get(name)) is not None]
    found = [{"value": value_of(point[name]), **_ends(point[name])} for point in known]
    good = [place for place, point in enumerate(known) if str(point["step"]) not in flags]
    at = [steps.place(point["step"]) for point in known]
    labels: list[tuple[float, str, str]] = []
    if name == "overlap":
        labels = paint_rivals(axes, at, known, stub=0.1 * steps.axis.span)
    else:
        zero_line(axes)
    if good:
        hollow = [_silent(known[place]) for place in good]
        paint_estimate(axes, [at[place] for place in good], [found[place] for place in good], hollow)
        said = {"nmi": ""}.get(name, name)
        labels += [(found[good[-1]]["value"], said, THEME["accent"][0])] if name == "overlap" else []
    for place in set(range(len(known))) - set(good):
        axes.plot(
            [at[place]], [found[place]["value"]], marker="X", markersize=5.5, markerfacecolor="none",
            markeredgecolor=THEME["accent"][0], markeredgewidth=0.9, linestyle="none", zorder=5,
        )  # fmt: skip
    return labels
