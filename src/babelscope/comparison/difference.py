"""Two values and their replicates in, their paired difference out: interval, p, and which is better."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from babelscope.scores import Score, holm, jackknife_p, paired_difference

__all__ = ["RESOLUTION", "Difference", "Outcome", "corrected", "paired"]

Outcome = Literal["better", "worse", "not distinguishable", "no interval"]

RESOLUTION = 1e-6
"""Differences of cosines up to this are rounding: other threads or batches give as much."""

LEVEL = 0.05


@dataclass(frozen=True)
class Difference:
    """B minus A of one score."""

    a: float
    b: float
    value: float
    low: float | None
    """Lower end of the 95 % interval of the difference; None where there are too few sentences (fewer than 3)."""
    high: float | None
    p: float | None
    """Two-sided; None where there is no test."""
    better: Literal["higher", "lower"]
    p_holm: float | None = None
    """Corrected for its family of tests (all layers, or all pairs, of one score); None for a single test."""

    @property
    def outcome(self) -> Outcome:
        """What may be said of B at the 5 % level, after correction where several were tested."""
        if self.low is None or self.high is None:
            return "no interval"
        clear = self.low > 0 or self.high < 0 if self.p_holm is None else self.p_holm < LEVEL
        if not clear or abs(self.value) <= RESOLUTION:
            return "not distinguishable"
        return "better" if (self.value > 0) == (self.better == "higher") else "worse"

    def as_dict(self) -> dict[str, Any]:
        """The fields and the outcome, as plain JSON types."""
        return {**asdict(self), "outcome": self.outcome}


def paired(
    a: float,
    b: float,
    left_a: Float[np.ndarray, " meaning"] | None,
    left_b: Float[np.ndarray, " meaning"] | None,
    better: Literal["higher", "lower"],
) -> Difference:
    """B minus A with the jackknife over the meanings both saw: leaving one out of both keeps what they share out.

    Args:
        a: A's score on all meanings.
        b: B's.
        left_a: A's score without meaning i, for each i; None where it was not kept.
        left_b: B's, meanings in the same order.
        better: Which direction of the score is better.
    """
    n = 0 if left_a is None else len(left_a)
    found = paired_difference(_score(b, n, left_b), _score(a, n, left_a))
    p = None if found.low is None or left_a is None or left_b is None else jackknife_p(found.value, left_b - left_a)
    return Difference(a, b, found.value, found.low, found.high, p, better)


def _score(value: float, n: int, left_out: Float[np.ndarray, " meaning"] | None) -> Score:
    return Score(value, None, None, n, replicates=left_out)


def corrected(family: Sequence[Difference]) -> list[Difference]:
    """The same differences, p corrected by Holm: the chance of any false claim in the family is at most 5 %."""
    tested = {index: one.p for index, one in enumerate(family) if one.p is not None}
    known = dict(zip(tested, holm(list(tested.values())), strict=True))
    return [replace(one, p_holm=known.get(index)) for index, one in enumerate(family)]
