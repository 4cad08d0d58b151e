"""Token ids in, padded batches under a token budget out: the longest first, neighbours of like length."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Bool, Int
from torch import Tensor

__all__ = ["Batch", "Padding", "make_batch", "plan_batches"]

Padding = Literal["right", "left"]


@dataclass(frozen=True)
class Batch:
    """One padded batch of sentences."""

    rows: Int[Tensor, " sentence"]
    """Index of each sentence in the list that was batched."""
    ids: Int[Tensor, "sentence token"]
    attention: Int[Tensor, "sentence token"]
    """1 on tokens the model may see (specials too), 0 on padding."""
    own: Bool[Tensor, "sentence token"]
    """True on the sentence's own tokens: no padding, no special token. Only these enter a mean."""
    positions: Int[Tensor, "sentence token"]
    """Position of each token within its sentence, whatever the padding side."""

    @property
    def tokens(self) -> int:
        """Tokens that are not padding."""
        return int(self.attention.sum())

    def to(self, device: torch.device | str) -> "Batch":
        """The same batch on another device."""
        moved = (
            part.to(device, non_blocking=True)
            for part in (self.rows, self.ids, self.attention, self.own, self.positions)
        )
        return Batch(*moved)

    def halves(self) -> tuple["Batch", "Batch"]:
        """Two batches of half the sentences each, for when this one did not fit."""
        middle = len(self.rows) // 2
        parts = (self.rows, self.ids, self.attention, self.own, self.positions)
        return Batch(*(part[:middle] for part in parts)), Batch(*(part[middle:] for part in parts))


def plan_batches(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Groups sentences so that no padded batch exceeds `budget` tokens (one sentence always fits).

    Sorted by length, longest first: little padding is paid for, and a batch that exhausts memory does so at once.

    Args:
        lengths: Tokens per sentence, specials included.
        budget: Padded tokens per batch.

    Returns:
        Indices of the sentences of each batch; ties keep their order.
    """
    batches: list[list[int]] = []
    current: list[int] = []
    width = 0
    for i in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if current and width * (len(current) + 1) > budget:
            batches.append(current)
            current = []
        if not current:
            width = lengths[i]
        current.append(i)
    return [*batches, current] if current else batches


def make_batch(
    ids: Sequence[Sequence[int]], rows: Sequence[int], pad_id: int, special: int = 0, padding: Padding = "right"
) -> Batch:
    """Pads the sentences `rows` of `ids` into one batch.

    Args:
        ids: Token ids of all sentences, leading specials included.
        rows: Which of them to take.
        pad_id: Any valid id; it is never attended to and never counted.
        special: How many leading positions of each sentence are special tokens.
        padding: On which side to pad.
    """
    width = max(len(ids[row]) for row in rows)
    shape = (len(rows), width)
    tokens = torch.full(shape, pad_id, dtype=torch.long)
    attention = torch.zeros(shape, dtype=torch.long)
    own = torch.zeros(shape, dtype=torch.bool)
    positions = torch.zeros(shape, dtype=torch.long)
    for k, row in enumerate(rows):
        length = len(ids[row])
        start = 0 if padding == "right" else width - length
        tokens[k, start : start + length] = torch.tensor(ids[row], dtype=torch.long)
        attention[k, start : start + length] = 1
        own[k, start + special : start + length] = True
        positions[k, start : start + length] = torch.arange(length)
    return Batch(torch.tensor(list(rows), dtype=torch.long), tokens, attention, own, positions)
