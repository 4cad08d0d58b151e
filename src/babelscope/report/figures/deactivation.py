"""What an ablation did and read, in the words and on the scale that its figures share."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from babelscope.report.numbers import DASH, count, decimals, fixed, plural, significant

if TYPE_CHECKING:
    from matplotlib.colors import Normalize

__all__ = [
    "LINEAR",
    "change_norm",
    "change_ticks",
    "controls_words",
    "covers_random",
    "increase_text",
    "measured_words",
    "origin",
    "random_cell",
]

LINEAR = 2.0
"""Percent around 0 within which changes are scaled linearly; beyond, by their logarithm."""

_TIED = "\u00a0"
"""A space that no line ends at."""

_WINDOWS = {
    "rolling": "every token scored once, in rolling windows of up to {segment} tokens",
    "paper": "separate windows of {segment} tokens, the first token of each unscored",
}
_MODES = {
    "zero": "set to 0",
    "mean": "set to their mean over a corpus",
    "scale": "multiplied by {factor}",
    "noise": "given Gaussian noise of {factor} × their standard deviation",
}


def measured_words(ablation: dict[str, Any]) -> str:
    """Caption of an ablation's figures: n, text, windows, and what was done to the neurons."""
    segments = [found["segments"] for found in ablation["base"].values()]
    few, most = min(segments), max(segments)
    n = plural(most, "segment") if few == most else f"{count(few)} to {plural(most, 'segment')}"
    windows = _WINDOWS.get(ablation["windows"]) or f"windows {ablation['windows']}"
    windows = windows.format(segment=ablation["segment"])
    factor = significant(ablation["factor"], 2) if ablation.get("factor") is not None else "a factor"
    mode = (_MODES.get(ablation["mode"]) or f"changed by mode {ablation['mode']}").format(factor=factor)
    return f"n = {n} per language of {ablation['text']['name']}; {windows}; neurons {mode} (site {ablation['site']})"


def controls_words(ablation: dict[str, Any]) -> str:
    """What "random" stands for, or that there is none."""
    if not ablation["controls"]:
        return "no random neurons were deactivated"
    sets = plural(ablation["controls"], "random set")
    return f"random: {sets} of neurons per region, as many in every layer as the region has, seed {ablation['seed']}"


def origin(ablation: dict[str, Any]) -> tuple[Any, ...]:
    """Cells under model, step, site and layer."""
    return (*(ablation.get(key, "") for key in ("model", "step", "site")), "all")


def change_norm(reach: float) -> "Normalize":
    """Percent onto [0, 1]: symmetric around 0, linear near it, logarithmic beyond."""
    from matplotlib.colors import AsinhNorm

    return AsinhNorm(linear_width=LINEAR, vmin=-reach, vmax=reach)


def change_ticks(low: float, high: float) -> tuple[list[float], list[str]]:
    """Round percentages between two bounds, on a scale linear near 0 and logarithmic beyond, and their labels."""
    far = max(abs(low), abs(high))
    steps: Sequence[float] = [10.0**power for power in range(1, 9)]
    if far < 300:
        steps = [1, 3, 10, 30] if far < 60 else [3, 10, 30, 100]
    places = sorted({0.0, *steps, *(-step for step in steps)})
    shown = [place for place in places if low <= place <= high]
    return shown, [fixed(place, 0) for place in shown]


def increase_text(value: float | None) -> str:
    """A change in percent for a cell, without its sign for percent: −3.1, 0.42, 22, 309, 1 500."""
    if value is None or not math.isfinite(value):
        return DASH
    if abs(value) >= 1e6:
        mantissa, _, exponent = f"{value:.1e}".partition("e")
        return f"{mantissa}e{int(exponent)}"
    if abs(value) < 0.05:
        return fixed(value, 1)
    places = min(decimals(value, 2), 2)
    return fixed(value, places) if abs(value) < 99.5 else fixed(float(f"{value:.3g}"), 0)


def covers_random(ablation: dict[str, Any], deactivated: str, language: str) -> bool:
    """Whether a cell's interval holds what that region's matched random neurons cost the language."""
    cell = ablation["region"][deactivated]["cells"].get(language) or {}
    random = random_cell(ablation, deactivated, language).get("increase_pct")
    if random is None or cell.get("low") is None or cell.get("high") is None:
        return False
    return cell["low"] <= random <= cell["high"]


def random_cell(ablation: dict[str, Any], deactivated: str, language: str) -> dict[str, Any]:
    """The mean over a region's own controls for one language, or nothing."""
    return ((ablation["random"].get(deactivated) or {}).get("cells") or {}).get(language) or {}
