"""One point of a series and the series: plain values that can be written down, sent elsewhere and compared."""

import re
from dataclasses import dataclass
from typing import Literal

from babelscope.models import ModelRef

__all__ = ["Checkpoint", "Order", "Series", "training_step"]

Order = Literal["training", "scale"]
"""What a series runs along: the training steps of one model, or the sizes of a family."""


@dataclass(frozen=True)
class Checkpoint:
    """One point of a series."""

    ref: ModelRef
    label: str
    """The model column of tables: one label for all checkpoints of a training series."""
    step: str
    """The step column: "1000", "0", or "main" where there is no step."""
    x: float | None
    """Training step, or the number of parameters in a series of sizes; None where only loading tells."""
    made: int | None = None
    """Seed of the untrained model that is made here from the configuration of `ref`, as point zero."""

    @property
    def key(self) -> str:
        """Name of the point that is safe for files, unique in its series: `bloom-s-1000`."""
        spelled = f"{self.label}-{self.step}".replace("/", "--")
        return re.sub(r"[^\w.-]+", "_", spelled).lstrip(".")


@dataclass(frozen=True)
class Series:
    """Checkpoints in the order of what they run along; made by `read_series`."""

    name: str
    order: Order
    checkpoints: tuple[Checkpoint, ...]


def training_step(step: str) -> float | None:
    """The number a step stands for; None for "main" and other names."""
    return float(step) if step.isdecimal() else None
