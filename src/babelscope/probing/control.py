"""A problem in, the same problem with its labels dealt out anew out: what a probe finds where there is nothing."""

from dataclasses import replace

import numpy as np
from jaxtyping import Int

from babelscope.probing.problem import Problem

__all__ = ["shuffled", "shuffled_labels"]


def shuffled(problem: Problem, seed: int) -> Problem:
    """The problem with labels permuted within train, dev and test: every value keeps its frequency in each of them.

    Args:
        problem: Its language and attribute take part in the draw: parallel treebanks can have as many words in the
            same places, and one permutation for both would pair their labels again.
        seed: Of the permutations.
    """
    whose = f"{problem.language} {problem.attribute}"
    train, dev, test = (
        replace(part, labels=shuffled_labels(part.labels, seed, f"{whose} {name}"))
        for name, part in (("train", problem.train), ("dev", problem.dev), ("test", problem.test))
    )
    return replace(problem, train=train, dev=dev, test=test)


def shuffled_labels(labels: Int[np.ndarray, " word"], seed: int, place: str = "") -> Int[np.ndarray, " word"]:
    """The labels in another order.

    Args:
        labels: Of the words of one split.
        seed: Of the permutation.
        place: Language, attribute and split: words of equal number should not share a permutation.
    """
    return np.random.default_rng([seed, *f"shuffle {place}".encode()]).permutation(labels)
