"""A search over subsets of neurons in, those chosen out in order: one at a time, each time the best of all."""

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, Protocol

import numpy as np
import torch
from jaxtyping import Float, Int

__all__ = ["CRITERIA", "Choice", "Criterion", "Said", "Search", "Selection", "choose"]

Criterion = Literal["nmi", "accuracy"]
CRITERIA: dict[str, str] = {
    "nmi": "information gained about the value, as a fraction of its entropy on the dev words; higher is better",
    "accuracy": "fraction of dev words whose value is named, [0, 1]; higher is better",
}

_TIE = 1e-10
"""Qualities this close are a tie, and the lower index wins: sums in another order differ by less."""
_AGAIN = 64
"""Neurons scored again in double precision at a time."""


class Said(NamedTuple):
    """Log-probabilities (nats) of every value for the dev and the test words."""

    dev: Float[torch.Tensor, "word value"]
    test: Float[torch.Tensor, "word value"]


class Search(Protocol):
    """The state of one greedy search: a probe, its words, and the neurons chosen so far."""

    neurons: int
    """How many there are to choose from."""
    error: float
    """How far `qualities` may be from `exact`, relative where the quality is above 1."""

    def qualities(self) -> Float[np.ndarray, " neuron"]:
        """Dev quality of the chosen set with each neuron added; mean log-likelihood (nats) or accuracy."""
        ...

    def exact(self, neurons: Int[np.ndarray, " candidate"]) -> Float[np.ndarray, " candidate"]:
        """The same of a few neurons, in double precision."""
        ...

    def add(self, neuron: int) -> None:
        """Choose a neuron."""
        ...

    def log_probabilities(self) -> Said:
        """With the neurons chosen so far."""
        ...


@dataclass(frozen=True)
class Selection:
    """Neurons in the order they were chosen, and what the probe says of every word after each choice."""

    neurons: Int[np.ndarray, " rank"]
    dev_score: Float[np.ndarray, " rank"]
    """The criterion on the dev words with the neurons up to this rank."""
    runner_up: Float[np.ndarray, " rank"]
    """The same with the second-best neuron at this rank in place of the chosen one; NaN where there was no other."""
    criterion: Criterion
    dev: Float[torch.Tensor, "rank word value"]
    """Log-probabilities (nats) of the dev words with the neurons up to this rank."""
    test: Float[torch.Tensor, "rank word value"]
    dev_all: Float[torch.Tensor, "word value"]
    """The same with all neurons of the probe."""
    test_all: Float[torch.Tensor, "word value"]

    def without_words(self) -> "Selection":
        """The same without what is said of the words: many selections can be kept once they are measured."""
        nothing = {name: getattr(self, name)[..., :0, :].clone() for name in ("dev", "test", "dev_all", "test_all")}
        return replace(self, **nothing)


@dataclass(frozen=True)
class Choice:
    """One step of a search."""

    neuron: int
    quality: float
    runner_up: float
    """Quality with the second-best neuron in place of the chosen one; NaN where there was no other."""
    said: Said
    """With the neurons up to this one."""


def choose(search: Search, k: int) -> list[Choice]:
    """Greedy choice of k neurons: each time the one with the best dev quality beside those already chosen.

    Every neuron is tried at every step: the gain of a neuron can grow when others are chosen, so no bound from an
    earlier step may skip it. Neurons within the rounding error of the best are scored again in double precision, and
    the lowest index wins a tie.

    Args:
        search: An empty search; it holds the chosen neurons afterwards.
        k: How many to choose.
    """
    free = np.ones(search.neurons, dtype=bool)
    choices = []
    for _ in range(k):
        quality = np.where(free, search.qualities(), -np.inf)
        if search.error:
            _sharpen(search, quality)
        pick = int(np.argmax(quality >= quality.max() - _TIE))
        free[pick] = False
        others = float(quality[free].max()) if free.any() else float("nan")
        search.add(pick)
        choices.append(Choice(pick, float(quality[pick]), others, search.log_probabilities()))
    return choices


def _sharpen(search: Search, quality: Float[np.ndarray, " neuron"]) -> None:
    """Score again, in place, whatever could be the best or the second best."""
    best = np.sort(quality[np.isfinite(quality)])[-2:]
    near = np.flatnonzero(quality >= best[0] - 2 * search.error * max(1.0, abs(best[0])))
    for start in range(0, len(near), _AGAIN):
        some = near[start : start + _AGAIN]
        quality[some] = search.exact(some)
