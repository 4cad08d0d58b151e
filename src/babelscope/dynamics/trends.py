"""Curves in, trends out: whether each rises or falls with the logarithm of steps or parameters, and by how much."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import permutations
from math import factorial
from typing import Literal

import numpy as np
from jaxtyping import Float
from scipy import stats

from babelscope.dynamics.curves import Curve
from babelscope.report.numbers import decimals, fixed, plural
from babelscope.scores import holm
from babelscope.scores.result import Interval

__all__ = [
    "ALPHA",
    "ENOUGH_POINTS",
    "Direction",
    "Trend",
    "Turn",
    "family_sizes",
    "find_trends",
    "mann_kendall",
]

Direction = Literal["rises", "falls", "no clear trend"]

ALPHA = 0.05
ENOUGH_POINTS = 5
"""Fewer cannot be put in an order that has p below .05: of k points all in order, p is 2 / k!."""
_ALL_ORDERS = 8
"""Points up to which all orders are listed where values are tied."""


@dataclass(frozen=True)
class Turn:
    """A point that a curve goes to and comes back from, both beyond their intervals: what no single trend describes.

    The intervals are wide enough for having looked at every point in between (Bonferroni).
    """

    key: str
    value: float
    before: Interval
    """The point minus the first one."""
    after: Interval
    """The last one minus the point."""


@dataclass(frozen=True)
class Trend:
    """Whether one curve rises or falls from point to point."""

    metric: str
    language: str
    layer: int | None
    points: int
    tau: float | None
    """Kendall's, [-1, 1]: 1 if every later value is higher. None where the value never changes."""
    p: float | None
    """Of the Mann-Kendall test, two-sided."""
    p_holm: float | None
    """The same, corrected by Holm for the curves it is looked at together with."""
    tests: int
    """Curves it is looked at together with, itself included; 0 where there is nothing to test."""
    p_note: str
    slope: float | None
    """Theil-Sen: median change per tenfold of steps or parameters."""
    slope_low: float | None
    """95 %, by Sen's method; None with fewer than 5 points, or almost all of them tied."""
    slope_high: float | None
    direction: Direction
    first_key: str
    last_key: str
    first: float
    last: float
    change: Interval
    """Last minus first; paired over meanings where replicates exist, and without interval for sizes of regions."""
    turn: Turn | None
    """Where the curve turns back between first and last, if it provably does."""


def find_trends(curves: Sequence[Curve]) -> list[Trend]:
    """Mann-Kendall test and Theil-Sen slope of every curve, against log10 of x.

    A direction is claimed where p, after Holm's correction over the curves of its family, is below .05, and the last
    point lies beyond the first one that way: where both are paired over meanings, beyond the interval. Points near
    each other err alike, so that a curve which only drifts is often in order: of constant series of 14 points whose
    errors keep 0.8 of themselves from one to the next, 39 % have p below .05, and 5 % a direction.

    The curves of one metric over the languages are a family, those over the layers another. A whole-model curve is
    tested by itself: what to expect of each was said beforehand [Z25 4.4-4.6], and where an observation names two of
    them both have to be shown, which needs no correction. Points of one training run are one run: nothing here says
    that another seed would give the same.

    Args:
        curves: At the points to be used, all with x above 0; those with fewer than 2 points are left out.
    """
    curves = [curve for curve in curves if len(curve) >= 2]
    tests = [mann_kendall(curve.x, curve.values) for curve in curves]
    corrected: dict[int, tuple[float, int]] = {}
    for family in family_sizes(curves):
        members = [i for i, curve in enumerate(curves) if curve.family == family]
        known = {i: p for i in members if (p := tests[i][1]) is not None}
        for i, p in zip(known, holm(list(known.values())), strict=True):
            corrected[i] = p, len(known)
    return [_trend(curve, *tests[i], *corrected.get(i, (None, 0))) for i, curve in enumerate(curves)]


def family_sizes(curves: Sequence[Curve]) -> dict[tuple[str, str], int]:
    """How many curves are looked at together."""
    return dict(Counter(curve.family for curve in curves))


def _trend(curve: Curve, tau: float | None, p: float | None, corrected: float | None, tests: int) -> Trend:
    slope, low, high = _slope(curve)
    direction: Direction = "no clear trend"
    if tau is not None and corrected is not None and corrected < ALPHA and curve.sign() == np.sign(tau):
        direction = "rises" if tau > 0 else "falls"
    return Trend(
        curve.metric,
        curve.language,
        curve.layer,
        len(curve),
        tau,
        p,
        corrected,
        tests,
        _note(len(curve), tests, p),
        slope,
        low,
        high,
        direction,
        curve.keys[0],
        curve.keys[-1],
        float(curve.values[0]),
        float(curve.values[-1]),
        curve.change(0, len(curve) - 1),
        _turn(curve),
    )


def _turn(curve: Curve) -> Turn | None:
    """The point between first and last with the largest way back."""
    turns = []
    for place in range(1, len(curve) - 1):
        confidence = 1 - ALPHA / (2 * (len(curve) - 2))
        before, after = curve.change(0, place, confidence), curve.change(place, len(curve) - 1, confidence)
        if _sign(before) * _sign(after) < 0:
            turns.append(Turn(curve.keys[place], float(curve.values[place]), before, after))
    return max(turns, key=lambda turn: min(abs(turn.before.value), abs(turn.after.value)), default=None)


def _sign(change: Interval) -> int:
    """Of a change whose interval excludes 0; otherwise 0."""
    if change.low is None or change.high is None:
        return 0
    return int(change.low > 0) - int(change.high < 0)


def _note(points: int, tests: int, p: float | None) -> str:
    if p is None:
        return "the value never changes"
    floor = min(1.0, 2 / factorial(points))
    if floor >= ALPHA:
        return f"of {plural(points, 'point')} p is {_least(floor)} at the least: no trend can be shown"
    if tests * floor >= ALPHA:
        return (
            f"of {plural(points, 'point')} p is {_least(floor)} at the least, and {_least(min(1.0, tests * floor))} "
            f"when corrected for {tests} curves: no trend can be shown"
        )
    return ""


def _least(p: float) -> str:
    return fixed(p, decimals(p, 2)).removeprefix("0")


def _slope(curve: Curve) -> tuple[float | None, float | None, float | None]:
    x = np.log10(curve.x)
    if len(set(x.tolist())) < 2:
        return None, None, None
    # With almost all values tied, the variance Sen's method starts from is below 0, and there is no interval.
    with np.errstate(invalid="ignore"):
        slope, _, low, high = np.asarray(stats.theilslopes(curve.values, x), dtype=float).tolist()
    return (
        (slope, low, high) if len(curve) >= ENOUGH_POINTS and np.isfinite([low, high]).all() else (slope, None, None)
    )


def mann_kendall(
    x: Float[np.ndarray, " point"], values: Float[np.ndarray, " point"]
) -> tuple[float | None, float | None]:
    """Kendall's tau of the values against x, and its two-sided p; (None, None) if the values never change.

    Where x never does, as with two models of one size, there is no order to find: (0, 1).

    By `scipy.stats.kendalltau`: exact without ties up to 33 points, else a normal approximation that allows for ties.
    With ties among 8 points or fewer that is too rough, and all orders are listed instead.
    """
    if len(set(values.tolist())) < 2:
        return None, None
    if len(set(x.tolist())) < 2:
        return 0.0, 1.0
    tau, p = np.asarray(stats.kendalltau(x, values), dtype=float).tolist()
    tied = len(set(values.tolist())) < len(values) or len(set(x.tolist())) < len(x)
    if tied and len(values) <= _ALL_ORDERS:
        p = _listed(x, values)
    return tau, min(1.0, p)


def _listed(x: np.ndarray, values: np.ndarray) -> float:
    """Share of all orders of the values that agree or disagree with x as much as theirs."""
    first, second = np.triu_indices(len(x), 1)
    signs = np.sign(x[second] - x[first])
    ranks = stats.rankdata(values, "dense")
    orders = ranks[_orders(len(x))]
    agreements = np.sign(orders[:, second] - orders[:, first]) @ signs
    observed = np.sign(ranks[second] - ranks[first]) @ signs
    return float((np.abs(agreements) >= abs(observed) - 0.5).mean())


@cache
def _orders(points: int) -> np.ndarray:
    return np.array(list(permutations(range(points))))
