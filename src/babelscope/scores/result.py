"""What a score is: a value with its interval, its null, its baseline and its signature."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from jaxtyping import Float

__all__ = ["Interval", "Null", "Score"]


@dataclass(frozen=True)
class Null:
    """Where a score lies when there is nothing to find."""

    mean: float
    low: float
    """2.5th percentile of the draws."""
    high: float
    """97.5th percentile of the draws."""


@dataclass(frozen=True)
class Interval:
    """A value between the ends of its 95 % interval; None where there are too few sentences for one."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Score:
    """One number and what a reader needs to believe it."""

    value: float
    low: float | None
    """Lower end of the 95 % interval; None where there are too few sentences for one (fewer than 3)."""
    high: float | None
    n: int
    """Sentences per language it was computed from."""
    null: Null | None = None
    baseline: "Score | None" = None
    """The same score of the untrained model."""
    gain: Interval | None = None
    """Score minus baseline, with the interval of the difference: both models saw the same sentences, so this is
    sharper than comparing two intervals."""
    signature: str = ""
    replicates: Float[np.ndarray, " meaning"] | None = field(default=None, compare=False, repr=False)
    """The score with meaning i left out, for each i; what intervals of differences are made of."""

    def __str__(self) -> str:
        interval = "" if self.low is None or self.high is None else f" [{self.low:.3g}, {self.high:.3g}]"
        return f"{self.value:.3g}{interval}"

    def with_baseline(self, baseline: "Score", gain: Interval) -> "Score":
        """The same score beside that of the untrained model."""
        return replace(self, baseline=baseline, gain=gain)

    def signed(self, signature: str) -> "Score":
        """The same score under a signature."""
        return replace(self, signature=signature)

    def as_dict(self) -> dict[str, Any]:
        """Value, interval, null, baseline and gain as plain JSON types."""
        baseline = self.baseline
        return {
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "null": asdict(self.null) if self.null else None,
            "baseline": {"value": baseline.value, "low": baseline.low, "high": baseline.high} if baseline else None,
            "gain": asdict(self.gain) if self.gain else None,
        }
