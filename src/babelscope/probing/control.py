"""A problem in, the same problem with its labels dealt out anew out: what a probe finds where there is nothing."""

from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from jaxtyping import Int

__all__ = ["shuffled", "shuffled_labels"]

Problem = TypeVar("Problem")


def shuffled(problem: Problem, seed: int) -> Problem:
    """The problem with labels permuted within train, dev and test: every value keeps its frequency in each of them.

    Args:
        problem: A frozen dataclass with parts `train`, `dev` and `test`, each with `labels`.
        seed: Of the permutations.
    """
    parts: dict[str, Any] = {}
    for place, name in enumerate(("train", "dev", "test")):
        part = getattr(problem, name)
        parts[name] = replace(part, labels=shuffled_labels(part.labels, seed, place))
    return replace(problem, **parts)  # pyright: ignore[reportArgumentType]


def shuffled_labels(labels: Int[np.ndarray, " word"], seed: int, place: int = 0) -> Int[np.ndarray, " word"]:
    """The labels in another order.

    Args:
        labels: Of the words of one split.
        seed: Of the permutation.
        place: Which split it is: splits of equal size should not share a permutation.
    """
    return np.random.default_rng([seed, place, 0x5EED]).permutation(labels)
