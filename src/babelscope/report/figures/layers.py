"""LRDS or SADS by layer, with its band, its null and its untrained baseline [Z25 fig. 3]."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from babelscope.report.colours import THEME
from babelscope.report.drawing import COLUMN, Drawing
from babelscope.report.figures.axes import bounds, dodge, layer_axis, zero_line
from babelscope.report.numbers import interval, plural, significant

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["layer_curve"]

_SAID = {
    "lrds": (
        "LRDS by layer: cosine within a language minus cosine across languages, different meanings "
        "(lower: more language-agnostic)",
        "language labels permuted within each meaning",
    ),
    "sads": (
        "SADS by layer: cosine of translations minus cosine of unrelated sentences in different languages "
        "(higher: more aligned by meaning)",
        "translations shuffled within each language",
    ),
}


def layer_curve(summary: dict[str, Any], score: Literal["lrds", "sads"]) -> Drawing | None:
    """One score against the layer; None if it was not measured by layer."""
    layers = [row for row in summary.get("by_layer") or [] if row.get(score)]
    if not layers:
        return None
    what, null = _SAID[score]
    n, languages = summary["sentences"], len(summary["languages"])
    baseline = any(row[score].get("baseline") for row in layers)
    caption = (
        f"n = {plural(n, 'sentence')} × {plural(languages, 'language')}; band: 95 % jackknife interval over "
        "meanings; "
        f"null: {null}, mean and range of its draws; "
        + ("untrained: same architecture and tokenizer, re-initialised." if baseline else "no untrained baseline.")
    )
    return Drawing(
        name=f"{score}-by-layer",
        title=_finding(layers, score),
        subtitle=what + ".",
        caption=caption,
        columns=_COLUMNS,
        rows=tuple(_row(summary, row, score) for row in layers),
        size=(COLUMN, 2.2),
        paint=lambda figure: _paint(figure, layers, score),
    )


_COLUMNS = (
    "model", "step", "site", "layer", "score", "value", "low", "high",
    "null_mean", "null_low", "null_high", "untrained", "untrained_low", "untrained_high",
    "gain", "gain_low", "gain_high",
)  # fmt: skip


def _row(summary: dict[str, Any], row: dict[str, Any], score: str) -> tuple[Any, ...]:
    found, null, base = row[score], row[score].get("null") or {}, row[score].get("baseline") or {}
    gain = row[score].get("gain") or {}
    return (
        *(summary.get(key, "") for key in ("model", "step", "site")), row["layer"], score,
        found["value"], found.get("low"), found.get("high"), null.get("mean"), null.get("low"), null.get("high"),
        base.get("value"), base.get("low"), base.get("high"),
        gain.get("value"), gain.get("low"), gain.get("high"),
    )  # fmt: skip


def _apart(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two intervals do not touch; unknown intervals do."""
    if any(score.get(end) is None for score in (one, other) for end in ("low", "high")):
        return False
    return one["low"] > other["high"] or other["low"] > one["high"]


def _finding(layers: list[dict[str, Any]], score: Literal["lrds", "sads"]) -> str:
    """What the curve shows, in one sentence that can also say: nothing."""
    top = max(layers, key=lambda row: row[score]["value"])
    low = min(layers, key=lambda row: row[score]["value"])
    if len(layers) == 1:
        return f"{score.upper()} is {interval(top[score])} in the only layer measured"
    if score == "lrds":
        if not _apart(top[score], low[score]):
            return (
                f"LRDS does not differ between layers beyond its intervals "
                f"({significant(low[score]['value'])} to {significant(top[score]['value'])})"
            )
        return (
            f"Languages are least apart in layer {low['layer']} (LRDS {significant(low[score]['value'])}) "
            f"and most in layer {top['layer']} ({significant(top[score]['value'])})"
        )
    above = _above(layers, "null")
    if not above:
        return "In no layer are translations clearly closer than shuffled ones"
    trained = _above(layers, "baseline")
    known = any(row[score].get("baseline") for row in layers)
    where = "every layer" if above == len(layers) else f"{above} of {len(layers)} layers"
    against = f" and the untrained model's in {trained or 'none'}" if known else ""
    peak = f"SADS is highest in layer {top['layer']} ({significant(top[score]['value'])})"
    return f"{peak}; it exceeds its null in {where}{against}"


def _above(layers: Sequence[dict[str, Any]], rival: str) -> int:
    """Layers whose SADS lies above its null, or above its baseline by a paired interval that excludes 0."""
    found = 0
    for row in layers:
        gain = row["sads"].get("gain") if rival == "baseline" else None
        if gain:
            found += gain.get("low") is not None and gain["low"] > 0
            continue
        other = row["sads"].get(rival) or {}
        bound = other.get("high") if other.get("high") is not None else other.get("value")
        low = row["sads"].get("low")
        found += bound is not None and low is not None and low > bound
    return found


def _paint(figure: "Figure", layers: list[dict[str, Any]], score: str) -> None:
    axes: Axes = figure.add_subplot()
    where = [row["layer"] for row in layers]
    labels: list[tuple[float, str, str]] = []
    for rival, dashes, name in (("null", (4, 2), "null"), ("baseline", (1.5, 1.5), "untrained")):
        found = [row[score][rival] for row in layers if row[score].get(rival)]
        if not found:
            continue
        at = [row["layer"] for row in layers if row[score].get(rival)]
        middle = [one["mean" if rival == "null" else "value"] for one in found]
        low = bounds([one.get("low") for one in found], middle)
        high = bounds([one.get("high") for one in found], middle)
        grey = THEME["null"][0]
        axes.fill_between(at, low, high, color=grey, alpha=0.22, linewidth=0)
        axes.plot(at, middle, color=grey, linewidth=1.1, dashes=dashes, marker="o" if len(at) == 1 else None)
        labels.append((middle[-1], name, THEME["soft"][0]))
    value = [row[score]["value"] for row in layers]
    accent = THEME["accent"][0]
    low = bounds([row[score].get("low") for row in layers], value)
    high = bounds([row[score].get("high") for row in layers], value)
    axes.fill_between(where, low, high, color=accent, alpha=0.22, linewidth=0)
    axes.plot(where, value, color=accent, marker="o", markersize=3.2 if len(where) <= 40 else 0)
    labels.append((value[-1], score.upper(), accent))
    zero_line(axes)
    axes.margins(y=0.08)
    layer_axis(axes, where)
    axes.set_ylabel(f"{score.upper()} (difference of cosines)")
    dodge(axes, labels)
