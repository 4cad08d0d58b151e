"""Activations of a batch in, the mean over each word's tokens out."""

from collections.abc import Callable, Mapping, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from babelscope.activations.batching import Batch

__all__ = ["Spans", "WordMeans"]

Spans = Mapping[int, Sequence[tuple[int, Sequence[int]]]]
"""By sentence: of every word that is wanted, its row among all vectors and the places of its tokens."""


class WordMeans:
    """Reducer: the mean over each word's tokens, per layer; only these vectors leave the device."""

    def __init__(
        self,
        spans: Spans,
        layers: Sequence[int],
        write: Callable[[int, Tensor, Tensor], None],
    ) -> None:
        """Takes, by sentence, the row of each of its words and the tokens to average.

        Args:
            spans: Sentence -> (row, indices of tokens) of every word that is wanted of it.
            layers: The layers that will come.
            write: Called as write(layer's place in `layers` from 1, rows, vectors) after each batch.
        """
        self.words = {sentence: [row for row, _ in words] for sentence, words in spans.items()}
        self._spans = spans
        self._layers = list(layers)
        self._write = write
        self._pending: list[tuple[int, Float[Tensor, "word neuron"]]] = []
        self._places: tuple[Tensor, Tensor] | None = None

    def update(self, layer: int, values: Tensor, batch: Batch) -> None:
        """Pools one layer where it is."""
        if self._places is None:
            self._places = self._find(batch)
        tokens, starts = (part.to(values.device) for part in self._places)
        # Reads the tokens of words only: what padding holds, NaN or not, is never touched.
        means = torch.nn.functional.embedding_bag(tokens, values.flatten(0, 1).float(), starts, mode="mean")
        self._pending.append((self._layers.index(layer) + 1, means))

    def _find(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Indices, among all places of the batch, of the words' tokens; and where each word's begin among them."""
        width = batch.ids.shape[1]
        first = batch.attention.argmax(dim=1).tolist()
        tokens: list[int] = []
        starts: list[int] = []
        for k, sentence in enumerate(batch.rows.tolist()):
            for _, places in self._spans[sentence]:
                starts.append(len(tokens))
                tokens.extend(k * width + first[k] + place for place in places)
        return torch.tensor(tokens), torch.tensor(starts)

    def finish(self, batch: Batch) -> None:
        """Moves the batch's vectors off the device and writes them."""
        rows = torch.tensor([row for sentence in batch.rows.tolist() for row in self.words[sentence]])
        for place, vectors in self._pending:
            self._write(place, rows, vectors.cpu())
        self.discard()

    def discard(self) -> None:
        """Forgets the vectors of a failed batch."""
        self._pending.clear()
        self._places = None
