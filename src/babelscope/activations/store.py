"""Sentence vectors of a whole corpus: one block per layer, in memory or in memory-mapped files."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from babelscope.errors import BabelscopeError

__all__ = ["CACHE_BYTES", "Activations"]

BLOCK_BYTES = 12 * 2**20
"""Upper bound on one block handed out by `Activations.blocks`, in bytes of float32: below the size from which
allocators hand memory back to the system at once, so that temporaries of a block's size are reused."""
READ_BYTES = 128 * 2**20
"""How much of a file is read at a time. Its rows are long: narrower pieces would each touch all of its pages."""
CACHE_BYTES = 2 * 2**20
"""Size of blocks for work that is all reading and writing: small enough to stay in a core's cache."""


class Activations:
    """Mean activations by (language, sentence, layer, neuron), float32; layers count from 1.

    A layer is a tensor, or the path of a `.npy` file that is mapped only while a block of it is read,
    so that a model whose vectors exceed memory streams through every score.
    """

    def __init__(self, languages: Sequence[str], layers: Sequence[Tensor | Path]) -> None:
        if not layers:
            raise BabelscopeError("activations need at least one layer, got none")
        self.languages = tuple(languages)
        self._layers = list(layers)
        shapes = [self._shape(layer) for layer in self._layers]
        if any(len(shape) != 3 for shape in shapes) or len({shape[:2] for shape in shapes}) != 1:
            raise BabelscopeError(
                f"every layer must be (language, sentence, neuron) with the same rows, got {shapes}"
            )
        if shapes[0][0] != len(self.languages):
            raise BabelscopeError(f"got {len(self.languages)} languages for blocks of {shapes[0][0]}")
        self.sentences = shapes[0][1]
        self.neurons = tuple(shape[2] for shape in shapes)

    @staticmethod
    def _shape(layer: Tensor | Path) -> tuple[int, ...]:
        return tuple(np.load(layer, mmap_mode="r").shape) if isinstance(layer, Path) else tuple(layer.shape)

    @classmethod
    def from_folder(cls, folder: Path, languages: Sequence[str]) -> "Activations":
        """Maps the `layer_*.npy` files of a folder, in the order of their numbers."""
        files = sorted(Path(folder).glob("layer_*.npy"))
        if not files:
            raise BabelscopeError(f"no layer_*.npy in {folder}; expected a folder of activations")
        return cls(languages, files)

    @property
    def n_layers(self) -> int:
        """Layers with neurons (the embeddings, layer 0, have none)."""
        return len(self._layers)

    @property
    def rows(self) -> int:
        """Languages x sentences."""
        return len(self.languages) * self.sentences

    def block(self, layer: int, start: int = 0, stop: int | None = None) -> Float[Tensor, "language sentence neuron"]:
        """Neurons `start` to `stop` of one layer (from 1) for every sentence, as float32 in memory."""
        if not 1 <= layer <= self.n_layers:
            raise BabelscopeError(f"layer {layer} does not exist; MLP layers run from 1 to {self.n_layers}")
        source = self._layers[layer - 1]
        if isinstance(source, Path):
            # A fresh map per block: dropping it gives its pages back, so they never add up to the whole file.
            mapped = np.load(source, mmap_mode="r")
            return torch.from_numpy(np.array(mapped[:, :, start:stop], dtype=np.float32))
        return source[:, :, start:stop].float()

    def blocks(
        self, layer: int, limit: int = BLOCK_BYTES
    ) -> Iterator[tuple[slice, Float[Tensor, "language sentence neuron"]]]:
        """All neurons of one layer in blocks of at most `limit` bytes, each with its slice of the layer."""
        outer = max(1, READ_BYTES // (4 * self.rows))
        width = max(1, min(limit, READ_BYTES) // (4 * self.rows))
        total = self.neurons[layer - 1]
        for begin in range(0, total, outer):
            wide = self.block(layer, begin, min(begin + outer, total))
            for start in range(0, wide.shape[-1], width):
                part = wide[:, :, start : start + width]
                yield slice(begin + start, begin + start + part.shape[-1]), part

    def squared_norms(self) -> Float[Tensor, "layer language sentence"]:
        """Sum of squares of every sentence vector within each layer, in float64."""
        norms = torch.zeros(self.n_layers, len(self.languages), self.sentences, dtype=torch.float64)
        for layer in range(1, self.n_layers + 1):
            for _, block in self.blocks(layer, limit=CACHE_BYTES):
                norms[layer - 1] += torch.linalg.vector_norm(block, dim=-1, dtype=torch.float64).square()
        return norms
