"""What one trained classifier answers: a label for every test example, or for every word of it, by language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Int

__all__ = ["WHOLE", "Predictions"]

WHOLE = "all"
"""The layer of a classifier that reads the whole model."""


@dataclass(frozen=True, eq=False)
class Predictions:
    """The answers of one classifier, trained with one seed."""

    method: str
    """`lora`, `full`, `qlora`, or `linear`."""
    layer: str
    """`WHOLE` for a fine-tuned model; the number of the layer, "3", for a probe of frozen vectors."""
    seed: int
    dev_score: float
    """Accuracy on the source language's development set, [0, 1], by which the model was chosen."""
    test: Mapping[str, Sequence[Int[np.ndarray, " word"]]] = field(repr=False)
    """By language, for each example of the task's test in its order: the place in the task's labels of the answer for
    every word, or of the one answer for the whole. -1 where a word has no token: counted as wrong."""
    details: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """How it was trained, in plain JSON types: steps, learning rate, loss, seconds, words without a token."""
