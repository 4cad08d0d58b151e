"""Numbers of languages or language pairs in, their mean with an interval over languages out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

__all__ = ["DRAWS", "Estimate", "difference", "language_draws", "language_mean", "mean_of", "pair_mean"]

DRAWS = 2000
LEAST = 3
"""Languages below which there is no interval."""
LEVEL = 0.05


@dataclass(frozen=True, eq=False)
class Estimate:
    """A mean, and the same mean in every draw of languages."""

    value: float
    replicates: Float[np.ndarray, " draw"]
    """NaN where a draw leaves nothing to average."""
    languages: int
    """Distinct languages it rests on."""
    n: int
    """Numbers it is the mean of."""

    def ends(self) -> tuple[float | None, float | None]:
        """The 2.5th and 97.5th percentile of the draws; None where languages are too few, fewer than 3."""
        usable = self.replicates[np.isfinite(self.replicates)]
        if self.languages < LEAST or len(usable) < len(self.replicates) / 2:
            return None, None
        low, high = np.quantile(usable, [LEVEL / 2, 1 - LEVEL / 2])
        return float(low), float(high)

    def as_dict(self) -> dict[str, Any]:
        """Value and interval, as plain JSON types."""
        low, high = self.ends()
        return {"value": self.value, "low": low, "high": high}

    def scaled(self, factor: float, shift: float = 0.0) -> "Estimate":
        """Everything times `factor`, plus `shift`."""
        return Estimate(self.value * factor + shift, self.replicates * factor + shift, self.languages, self.n)


def language_draws(languages: int, draws: int = DRAWS, seed: int = 0) -> Float[np.ndarray, "draw language"]:
    """How often each language is drawn, with replacement; the same for the same number of languages.

    Layers and steps with the same languages thus see the same draws, and their differences are paired.
    """
    counts = np.random.default_rng(seed).multinomial(languages, np.full(languages, 1 / languages), size=draws)
    return counts.astype(float)


def pair_mean(
    values: Float[np.ndarray, "language language"], weights: Float[np.ndarray, "draw language"]
) -> Estimate | None:
    """Mean over unordered pairs of different languages; a language drawn twice never pairs with itself.

    Args:
        values: Symmetric; NaN where a pair has none. The diagonal is not looked at.
        weights: Draws of languages.

    Returns:
        None if no pair has a value.
    """
    known = np.isfinite(values) & ~np.eye(len(values), dtype=bool)
    if not known.any():
        return None
    filled = np.where(known, values, 0.0)
    total = ((weights @ filled) * weights).sum(1)
    pairs = ((weights @ known) * weights).sum(1)
    return Estimate(
        float(filled.sum() / known.sum()), _ratio(total, pairs), int(known.any(1).sum()), int(known.sum()) // 2
    )


def language_mean(
    values: Float[np.ndarray, " language"], weights: Float[np.ndarray, "draw language"]
) -> Estimate | None:
    """Mean over languages; NaN where one has no value. None if none has."""
    known = np.isfinite(values)
    if not known.any():
        return None
    replicates = _ratio(weights @ np.where(known, values, 0.0), weights @ known)
    return Estimate(float(values[known].mean()), replicates, int(known.sum()), int(known.sum()))


def mean_of(parts: Sequence[Estimate]) -> Estimate:
    """Unweighted mean of means over the same draws.

    In a draw that leaves one of them nothing to average, it keeps its measured value: dropping it would change what
    the mean is of.
    """
    held = [np.where(np.isfinite(part.replicates), part.replicates, part.value) for part in parts]
    value = float(np.mean([part.value for part in parts]))
    return Estimate(
        value, np.mean(held, axis=0), max(part.languages for part in parts), sum(part.n for part in parts)
    )


def difference(later: Estimate, earlier: Estimate) -> Estimate:
    """Later minus earlier, draw by draw: paired where both saw the same languages."""
    return Estimate(
        later.value - earlier.value,
        later.replicates - earlier.replicates,
        min(later.languages, earlier.languages),
        min(later.n, earlier.n),
    )


def _ratio(total: np.ndarray, count: np.ndarray) -> np.ndarray:
    return np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0)
