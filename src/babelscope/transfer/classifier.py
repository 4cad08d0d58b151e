"""A text decoder in, a module that tells labels at some of its tokens out: decoder, dropout, one linear map."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor, nn

from babelscope.activations import make_batch, plan_batches
from babelscope.models.memory import in_halves
from babelscope.transfer.encoding import Encoded
from babelscope.transfer.examples import NO_LABEL

__all__ = ["Classifier", "Part", "answers", "part_of"]

_TOO_LARGE = "out of memory on a single example; use --dtype bfloat16, --device cpu or --device-map auto"


@dataclass(frozen=True)
class Part:
    """Some examples, padded: all places of all of them in one list."""

    ids: Int[Tensor, "example token"]
    attention: Int[Tensor, "example token"]
    rows: Int[Tensor, " place"]
    """Example of every place."""
    columns: Int[Tensor, " place"]
    """Token of every place."""
    targets: Int[Tensor, " place"]


class Classifier(nn.Module):
    """Hidden states after the last block and its norm, and a linear map of those at the places asked for."""

    def __init__(
        self, backbone: nn.Module, device: torch.device, *, labels: int, dropout: float, half: bool, seed: int
    ) -> None:
        """The head is drawn on the CPU, so that a seed means the same weights everywhere.

        Args:
            backbone: A text decoder without LM head; not copied.
            device: Where it wants its `input_ids`.
            labels: How many there are to tell apart.
            dropout: Before the head.
            half: Whether it computes in bfloat16, its weights being kept in float32.
            seed: Of the head.
        """
        super().__init__()
        self.backbone = backbone
        self.dropout = nn.Dropout(dropout)
        self._device, self._half = device, half
        hidden = self._hidden(torch.zeros((1, 1), dtype=torch.long), torch.ones((1, 1), dtype=torch.long))
        self.head = nn.Linear(hidden.shape[-1], labels)
        with torch.no_grad():
            self.head.weight.normal_(std=hidden.shape[-1] ** -0.5, generator=torch.Generator().manual_seed(seed))
            self.head.bias.zero_()
        self.head.to(hidden.device)
        # Names two places, so that accelerate and the Trainer leave every part where it is.
        self.hf_device_map = {"backbone": str(device), "head": device}

    def forward(self, part: Part) -> Tensor:
        """Logits (place, label) in float32."""
        hidden = self._hidden(part.ids, part.attention)
        chosen = hidden[part.rows.to(hidden.device), part.columns.to(hidden.device)]
        return self.head(self.dropout(chosen.float()))

    def _hidden(self, ids: Tensor, attention: Tensor) -> Tensor:
        ids, attention = ids.to(self._device), attention.to(self._device)
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._half):
            return self.backbone(input_ids=ids, attention_mask=attention, use_cache=False)[0]


def part_of(encoded: Sequence[Encoded], rows: Sequence[int], pad_id: int) -> Part:
    """Pads some examples, on the right.

    Args:
        encoded: All examples.
        rows: Which of them to take.
        pad_id: Any valid id; it is never attended to.
    """
    batch = make_batch([encoded[row].ids.tolist() for row in rows], range(len(rows)), pad_id)
    chosen = [encoded[row] for row in rows]
    return Part(
        ids=batch.ids,
        attention=batch.attention,
        rows=torch.from_numpy(np.repeat(np.arange(len(rows)), [len(one.places) for one in chosen])),
        columns=torch.from_numpy(np.concatenate([one.places for one in chosen]).astype(np.int64)),
        targets=torch.from_numpy(np.concatenate([one.targets for one in chosen]).astype(np.int64)),
    )


def answers(
    classifier: Classifier,
    encoded: Sequence[Encoded],
    pad_id: int,
    budget: int,
) -> list[Int[np.ndarray, " item"]]:
    """The most likely label of every word, or of every text; NO_LABEL of what has no token that was read.

    Dropout is off meanwhile, and gradients are; batches are as long as the budget allows, and do not change what is
    said but in the last digits of the logits.

    Args:
        classifier: Trained.
        encoded: Examples, whose order is kept.
        pad_id: Any valid id.
        budget: Padded tokens per batch.
    """
    found = [np.full(one.size, NO_LABEL, dtype=np.int64) for one in encoded]
    readable = [row for row, one in enumerate(encoded) if len(one.places)]
    modes = [(module, module.training) for module in classifier.modules()]
    classifier.eval()

    def most_likely(rows: Sequence[int]) -> Int[np.ndarray, " place"]:
        return classifier(part_of(encoded, rows, pad_id)).argmax(dim=1).cpu().numpy()

    try:
        # Not inference mode: some decoders keep tensors they compute, which training could not use afterwards.
        with torch.no_grad():
            for batch in plan_batches([len(encoded[row].ids) for row in readable], budget):
                rows = [readable[place] for place in batch]
                for own, told in in_halves(most_likely, rows, _TOO_LARGE):
                    ends = np.cumsum([len(encoded[row].places) for row in own])[:-1]
                    for row, labels in zip(own, np.split(told, ends), strict=True):
                        found[row][encoded[row].items] = labels
    finally:
        for module, training in modes:
            module.training = training
    return found
