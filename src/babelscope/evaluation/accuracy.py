"""Right and wrong answers in, accuracy with its interval and paired differences of accuracies out."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

__all__ = [
    "Change", "Estimate", "accuracy_estimate", "change", "difference_estimate", "mean_estimate", "standard_error",
    "wilson",
]  # fmt: skip


@dataclass(frozen=True)
class Estimate:
    """A number and its 95 % interval; None where there is too little to compute it."""

    value: float
    low: float | None
    high: float | None

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Change:
    """Accuracy under an intervention minus accuracy without, on the same documents: [-1, 1]."""

    value: float
    low: float
    high: float
    p: float
    """Two-sided exact p of McNemar's test: documents gained against documents lost."""
    gained: int
    """Documents right only under the intervention."""
    lost: int
    """Documents right only without."""

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON."""
        return asdict(self)


def wilson(right: float, n: int) -> tuple[float, float]:
    """Wilson's 95 % score interval of a proportion: inside [0, 1], and wide even where all or none are right."""
    z = _z()
    centre, spread = right + z * z / 2, z * math.sqrt(right * (n - right) / n + z * z / 4)
    return max(0.0, (centre - spread) / (n + z * z)), min(1.0, (centre + spread) / (n + z * z))


def standard_error(right: int, n: int) -> float | None:
    """Of a proportion, from the sample standard deviation, as lm-eval gives it; None for one document."""
    return math.sqrt(right * (n - right) / n / n / (n - 1)) if n > 1 else None


def change(without: Sequence[int], under: Sequence[int]) -> Change:
    """Paired difference of two proportions with Newcombe's interval (1998, method 10, which builds on Wilson's).

    Args:
        without: 1 for each document that is right without the intervention, else 0.
        under: The same documents under the intervention.
    """
    from scipy.stats import binomtest

    a, b = np.asarray(under, dtype=int), np.asarray(without, dtype=int)
    n = len(a)
    both, gained, lost = int((a & b).sum()), int((a & ~b & 1).sum()), int((b & ~a & 1).sum())
    neither = n - both - gained - lost
    value = (gained - lost) / n
    (low_a, high_a), (low_b, high_b) = wilson(both + gained, n), wilson(both + lost, n)
    phi = _correlation(both, gained, lost, neither)
    share_a, share_b = (both + gained) / n, (both + lost) / n
    below = _length(share_a - low_a, high_b - share_b, phi)
    above = _length(high_a - share_a, share_b - low_b, phi)
    p = float(binomtest(gained, gained + lost).pvalue) if gained + lost else 1.0
    return Change(value, max(-1.0, value - below), min(1.0, value + above), p, gained, lost)


def mean_estimate(values: Float[np.ndarray, "task document"]) -> Estimate:
    """Mean over tasks that ask the same documents, with a t interval over documents.

    Answers to one story in several languages are not independent, so the story is the unit. Where all documents have
    the same mean, or there is one, there is no interval.
    """
    documents = values.mean(0)
    n, mean = len(documents), float(documents.mean())
    if n < 2 or not documents.std():
        return Estimate(mean, None, None)
    from scipy.stats import t

    half = float(t.ppf(0.975, n - 1)) * float(documents.std(ddof=1)) / math.sqrt(n)
    return Estimate(mean, mean - half, mean + half)


def accuracy_estimate(right: Float[np.ndarray, "task document"]) -> Estimate:
    """Mean accuracy of tasks that ask the same documents, within [0, 1] and always with an interval.

    One task's is Wilson's; so is that of several where all documents fare alike, on the documents. No mean over
    tasks varies more from document to document than a single right or wrong answer does.
    """
    found, n = mean_estimate(right), right.shape[1]
    if len(right) == 1 or found.low is None or found.high is None:
        return Estimate(found.value, *wilson(found.value * n, n))
    return Estimate(found.value, max(0.0, found.low), min(1.0, found.high))


def difference_estimate(
    under: Float[np.ndarray, "task document"], other: Float[np.ndarray, "task document"]
) -> Estimate:
    """Mean difference of accuracies: Newcombe's interval for a single task's answers, else a t interval."""
    if len(under) == 1 and np.isin([under, other], (0, 1)).all():
        found = change(other[0].astype(int).tolist(), under[0].astype(int).tolist())
        return Estimate(found.value, found.low, found.high)
    return mean_estimate(under - other)


def _z() -> float:
    from scipy.stats import norm

    return float(norm.ppf(0.975))


def _correlation(both: int, gained: int, lost: int, neither: int) -> float:
    """Phi with the continuity correction of method 10."""
    margins = (both + gained) * (lost + neither) * (both + lost) * (gained + neither)
    if not margins:
        return 0.0
    product = both * neither - gained * lost
    if product > 0:
        product = max(product - (both + gained + lost + neither) / 2, 0)
    return product / math.sqrt(margins)


def _length(one: float, other: float, phi: float) -> float:
    return math.sqrt(max(0.0, one * one - 2 * phi * one * other + other * other))
