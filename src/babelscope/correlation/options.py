"""What can be chosen about a correlation."""

from dataclasses import dataclass
from typing import Literal, get_args

from babelscope.errors import BabelscopeError, unknown_choice

__all__ = ["CorrelationOptions", "Partners", "Scale"]

Scale = Literal["score", "gap", "ratio"]
Partners = Literal["source", "all"]


@dataclass(frozen=True)
class CorrelationOptions:
    """How x and y are taken from their tables, and which checkpoints count."""

    measure: str | None = None
    """Of x: overlap, excess, sads, lrds, a column of retrieval.csv, a metric of track.csv, or any table's column."""
    score: Scale = "score"
    """Of y: as it is, as a gap (score minus the source language's), or as a ratio to the source language's."""
    metric: str | None = None
    """Of y: accuracy, macro_f1, a metric of track.csv, or any table's column; several are joined by commas."""
    method: str | None = None
    """Of transfer.csv: lora, full, qlora or linear; by default the first of these that is there."""
    task: str | None = None
    """Of y: one task; by default each by itself."""
    layers: tuple[int, ...] | None = None
    """Of x, averaged; by default the whole model where the table has it, else all layers but the embeddings."""
    source: str = "en"
    """The language that models were trained on for the task."""
    partners: Partners = "source"
    """Of an alignment between two languages: with the source language, or the mean with all others."""
    pooling: str = "mean"
    """Of retrieval.csv: mean or last."""
    attributes: tuple[str, ...] | None = None
    """Of overlap.csv: those of the macro average; by default all."""
    k: int | None = None
    """Of overlap.csv: size of selections; by default the one nearest to a twentieth of the layer."""
    model: str | None = None
    """Only this one's checkpoints."""
    exclude: tuple[str, ...] = ()
    """Steps to leave out, beside the flagged ones."""
    include_flagged: bool = False
    """Whether flagged checkpoints count in the headline."""
    since: float | None = None
    """Also show every correlation without the checkpoints before this step."""
    seed: int = 0
    """Of permutations and of the bootstrap."""

    def __post_init__(self) -> None:
        """Checks what can be checked without a table.

        Raises:
            BabelscopeError: If a choice is not one there is.
        """
        for kind, got, choices in (("score", self.score, Scale), ("partners", self.partners, Partners)):
            if got not in get_args(choices):
                raise BabelscopeError(unknown_choice(kind, got, get_args(choices)))
        if self.layers is not None and (not self.layers or min(self.layers) < 0):
            raise BabelscopeError(f"got layers {list(self.layers)}, expected numbers of layers from 0, such as 3,4")
        if self.since is not None and not self.since > 0:
            raise BabelscopeError(f"got since {self.since}, expected a training step above 0")
