"""Curves and flags in, degradations out: steps from one point to the next at which a model got worse beyond doubt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from babelscope.dynamics.curves import Curve
from babelscope.dynamics.hygiene import Flag, FlagKind
from babelscope.dynamics.trends import ALPHA, family_sizes
from babelscope.scores.result import Interval

__all__ = ["Degradation", "find_degradations"]

_WORSE = {"sads": -1, "lrds": 1, "loss": 1}
"""Less aligned by meaning, more bound to a language, worse at predicting text."""


@dataclass(frozen=True)
class Degradation:
    """One step at which a score got worse."""

    metric: str
    language: str
    layer: int | None
    start: str
    """Keys of the points."""
    end: str
    change: Interval
    """Later minus earlier; the interval is wide enough for all steps of curves looked at together (Bonferroni)."""
    explained_by: tuple[FlagKind, ...] | None
    """Flags of the two points; None where both are clean, and hygiene explains nothing."""


def find_degradations(
    curves: Sequence[Curve], flags: Mapping[str, Sequence[Flag]], used: Sequence[str]
) -> list[Degradation]:
    """Steps with a worse SADS, LRDS or loss whose interval excludes 0.

    Two kinds of step are looked at: those between successive points that trends use, and those into or out of a
    flagged point. The way from the untrained model to the first trained point is neither: before a model knows
    anything, SADS shows only what tokens have in common, and training takes that away first [METHODS 2].

    Args:
        curves: At all trained points, flagged or not.
        flags: By key.
        used: Keys of the points that trends use.
    """
    curves = [curve for curve in curves if curve.metric in _WORSE]
    together = family_sizes(curves)
    found = []
    for curve in curves:
        steps = _steps(curve, flags, used)
        confidence = 1 - ALPHA / max(1, len(steps) * together[curve.family])
        for start, end in steps:
            change = curve.change(start, end, confidence)
            if _worse(change, _WORSE[curve.metric]):
                kinds = _kinds(flags, curve.keys[start], curve.keys[end])
                place = (curve.metric, curve.language, curve.layer)
                found.append(Degradation(*place, curve.keys[start], curve.keys[end], change, kinds))
    return found


def _steps(curve: Curve, flags: Mapping[str, Sequence[Flag]], used: Sequence[str]) -> list[tuple[int, int]]:
    kept = [place for place, key in enumerate(curve.keys) if key in used]
    steps = list(zip(kept[:-1], kept[1:], strict=True))
    beside = [
        (place, place + 1)
        for place in range(len(curve) - 1)
        if flags.get(curve.keys[place]) or flags.get(curve.keys[place + 1])
    ]
    return sorted(set(steps) | set(beside))


def _worse(change: Interval, direction: int) -> bool:
    end = change.low if direction > 0 else change.high
    return end is not None and end * direction > 0


def _kinds(flags: Mapping[str, Sequence[Flag]], *keys: str) -> tuple[FlagKind, ...] | None:
    kinds: set[FlagKind] = {flag.kind for key in keys for flag in flags.get(key, ())}
    return tuple(sorted(kinds)) or None
