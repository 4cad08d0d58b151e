"""What growing shares of a region cost its own language, against as many random neurons; a plot each."""

import math
from typing import TYPE_CHECKING, Any

from babelscope.report.colours import THEME, language_colour, themed_languages
from babelscope.report.drawing import COLUMN, PAGE, Drawing
from babelscope.report.figures.axes import bounds, zero_line
from babelscope.report.figures.deactivation import (
    LINEAR,
    change_ticks,
    controls_words,
    measured_words,
    origin,
)
from babelscope.report.figures.selectivity import is_selective
from babelscope.report.naming import short_name
from babelscope.report.numbers import interval, p_value, percent, significant

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["dose_response"]

_COLUMNS = (
    "model", "step", "site", "layer", "language", "dose", "neurons", "increase_pct", "low", "high",
    "random_pct", "random_low", "random_high", "selectivity", "selectivity_low", "selectivity_high", "p",
)  # fmt: skip


def dose_response(ablation: dict[str, Any]) -> Drawing | None:
    """Small multiples; None if fewer than two shares of the regions were deactivated."""
    doses = ablation.get("doses") or []
    if len(doses) < 2:
        return None
    codes = [code for code in ablation["languages"] if any(code in dose["own_increase_pct"] for dose in doses)]
    if not codes:
        return None
    across = min(len(codes), 3 if len(codes) <= 12 else 5)
    down = math.ceil(len(codes) / across)
    rivals = "; dashed grey: as many random neurons" if any(dose["random_increase_pct"] for dose in doses) else ""
    return Drawing(
        name="dose-response",
        title=_finding(doses),
        subtitle="Increase of the own language's perplexity in percent when a growing share of its region is "
        f"deactivated, neurons with the highest z first{rivals}.",
        caption=f"{measured_words(ablation)}; {controls_words(ablation)}; bands: 95 % paired bootstrap over "
        f"segments; one scale for all languages, logarithmic beyond ±{LINEAR:g}\u00a0%.",
        columns=_COLUMNS,
        rows=tuple(_row(ablation, dose, code) for code in [*codes, "all"] for dose in doses),
        size=(PAGE if across > 2 else COLUMN, 0.55 + 1.15 * down),
        paint=lambda figure: _paint(figure, ablation, codes, (down, across)),
        colours=themed_languages(codes),
    )


def _row(ablation: dict[str, Any], dose: dict[str, Any], code: str) -> tuple[Any, ...]:
    found = dose.get("selectivity") or {}
    score = (found.get("overall") if code == "all" else (found.get("by_language") or {}).get(code)) or {}
    own, random = dose["own_increase_pct"].get(code) or {}, dose["random_increase_pct"].get(code) or {}
    return (
        *origin(ablation), code, dose["dose"], dose["neurons"].get(code),
        *(own.get(key) for key in ("value", "low", "high")), *(random.get(key) for key in ("value", "low", "high")),
        *(score.get(key) for key in ("value", "low", "high", "p")),
    )  # fmt: skip


def _finding(doses: list[dict[str, Any]]) -> str:
    """From which share on regions are selective, or that they never are."""
    scores = [(dose["dose"], (dose.get("selectivity") or {}).get("overall") or {}) for dose in doses]
    known = [(dose, score) for dose, score in scores if score.get("value") is not None]
    if not known:
        return "Without random neurons to compare, the curves do not tell whether regions are selective"
    (first, small), (last, whole) = known[0], known[-1]
    if any(score.get("low") is None for _, score in known):
        ends = f"{significant(small['value'])} to {significant(whole['value'])} nats per token"
        return f"Selectivity goes from {ends}; it has no interval, so nothing follows"
    clear = [dose for dose, score in known if is_selective(score)]
    said = f"{interval(whole)} nats per token at {percent(last, 2)}"
    said += f", {p_value(whole['p'])}" if whole.get("p") is not None else ""
    if not clear:
        return f"No share of the regions is selective beyond matched random neurons ({said})"
    if len(clear) == len(known):
        return (
            f"Regions are selective beyond matched random neurons at every share: {significant(small['value'])} nats "
            f"per token at {percent(first, 2)} of each region, {said.replace(' nats per token', '')}"
        )
    shares = ", ".join(percent(dose, 2) for dose in clear)
    return f"Regions are selective beyond matched random neurons only with {shares} of each deactivated ({said})"


def _paint(figure: "Figure", ablation: dict[str, Any], codes: list[str], shape: tuple[int, int]) -> None:
    grid = figure.subplots(*shape, sharex=True, sharey=True, squeeze=False)
    doses = ablation["doses"]
    for place, axes in enumerate(grid.flat):
        if place >= len(codes):
            axes.set_visible(False)
            continue
        code = codes[place]
        _paint_one(axes, doses, code, named=place == 0)
        name = short_name(ablation, code)
        axes.set_title(name, loc="left", size=7.5, weight="bold", color=language_colour(code), pad=3)
        if place + shape[1] >= len(codes):
            axes.tick_params(axis="x", labelbottom=True)
    _scale(grid[0][0], doses, codes)
    figure.supxlabel("share of the region deactivated (%)", size=7.5, color=THEME["soft"][0])
    grid[shape[0] // 2][0].set_ylabel("increase (%)")


def _scale(axes: "Axes", doses: list[dict[str, Any]], codes: list[str]) -> None:
    """Both axes, which all plots share."""
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

    drawn = [
        value
        for dose in doses
        for found in (dose["own_increase_pct"], dose["random_increase_pct"])
        for code in codes
        for value in (found.get(code) or {}).values()
        if value is not None
    ]
    low, high = min([0.0, *drawn]), max([1.0, *drawn])
    axes.set_yscale("asinh", linear_width=LINEAR)
    axes.set_ylim(low * 1.3 - 0.3, high * 1.3)
    ticks, labels = change_ticks(*axes.get_ylim())
    axes.yaxis.set_major_locator(FixedLocator(ticks))
    axes.yaxis.set_major_formatter(FixedFormatter(labels))
    axes.yaxis.set_minor_locator(NullLocator())
    shares = [100 * dose["dose"] for dose in doses]
    close = min(after - before for before, after in zip(shares, shares[1:], strict=False)) < 12
    axes.set_xticks([0, 50, 100] if close or len(shares) > 5 else shares)
    axes.set_xlim(min(shares) - 6, 106)


def _paint_one(axes: "Axes", doses: list[dict[str, Any]], code: str, named: bool) -> None:
    colour, grey = language_colour(code), THEME["null"][0]
    zero_line(axes)
    random = _curve(doses, "random_increase_pct", code)
    if random:
        at, middle, low, high = random
        axes.fill_between(at, low, high, color=grey, alpha=0.22, linewidth=0)
        axes.plot(at, middle, color=grey, linewidth=1.1, dashes=(4, 2))
        if named:
            above = 8 if middle[-1] < middle[0] else 2
            axes.annotate(
                "random", (at[-1], middle[-1]), xytext=(-1, above), textcoords="offset points", ha="right",
                va="bottom", size=6.5, color=THEME["soft"][0],
            )  # fmt: skip
    own = _curve(doses, "own_increase_pct", code)
    if own:
        at, middle, low, high = own
        axes.fill_between(at, low, high, color=colour, alpha=0.25, linewidth=0)
        axes.plot(at, middle, color=colour, marker="o", markersize=2.6)


def _curve(
    doses: list[dict[str, Any]], kind: str, code: str
) -> tuple[list[float], list[float], list[float], list[float]] | None:
    """Shares in percent, values, and their bounds."""
    found = [(100 * dose["dose"], dose[kind][code]) for dose in doses if dose[kind].get(code)]
    if not found:
        return None
    middle = [one["value"] for _, one in found]
    low, high = (bounds([one.get(end) for _, one in found], middle) for end in ("low", "high"))
    return [at for at, _ in found], middle, low, high
