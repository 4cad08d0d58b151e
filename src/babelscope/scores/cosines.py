"""Activations in, sums of cosines out, layer by layer and for the whole model: all that alignment scores need.

Two routes give the same sums. With the map, every layer's Gram matrix is formed once and everything is read off
it: quadratic in the number of sentences. Without it, sentences meet only the languages' totals, their own
translations, and the meanings of their own small block: linear in the number of sentences.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from babelscope.activations.store import Activations
from babelscope.scores.grouped import draw_labels, grouped_sums, label_rows

__all__ = ["CosineSums", "Permutations", "cosine_sums", "sums_of_map"]

BLOCK_ROWS = 576
"""Without the map, the SADS null shuffles translations within random blocks of about this many sentence vectors."""


def block_meanings(languages: int) -> int:
    """Meanings per block of the SADS null: 64 at up to nine languages, fewer at more, never fewer than 4."""
    return max(4, min(64, BLOCK_ROWS // languages))


@dataclass(frozen=True)
class Permutations:
    """The random draws behind both nulls, made once so that every layer sees the same ones."""

    blocks: list[Int[np.ndarray, " _"]]
    """Meanings by block; one block of all of them with the map."""
    labels: Int[np.ndarray, "draw meaning language"]
    """For each draw and meaning, which language's sentence gets the label of language a."""
    seed: int

    @classmethod
    def draw(cls, languages: int, sentences: int, keep_map: bool, draws: int = 200, seed: int = 0) -> "Permutations":
        """Draws them for a corpus of this shape."""
        generator = np.random.default_rng([seed, 1])
        labels = draw_labels(generator, draws, sentences, languages)
        size = block_meanings(languages)
        if keep_map or sentences <= size:
            blocks = [np.arange(sentences)]
        else:
            blocks = np.array_split(generator.permutation(sentences), -(-sentences // size))
        return cls(blocks, labels, seed)

    @property
    def draws(self) -> int:
        """Draws of each null."""
        return len(self.labels)


@dataclass(frozen=True)
class CosineSums:
    """Sums of cosines within one layer, or over the whole model."""

    layer: int | None
    """From 1; None for the whole model."""
    to_total: Float[np.ndarray, "language meaning language"]
    """Sum over j of the cosine of sentence (a, i) with (b, j), j = i included."""
    translations: Float[np.ndarray, "meaning language language"]
    """Cosine of (a, i) with its translation (b, i)."""
    blocks: list[Float[Tensor, "language _ language _"]]
    """Cosine maps of blocks of meanings, for the SADS null."""
    label_norms: Float[np.ndarray, "draw"]
    """Sum over languages of |total of the unit vectors labelled a|^2 under each drawn labelling."""
    cosines: Float[Tensor, "row row"] | None
    """The whole map, where it was asked for; rows are (language, sentence)."""


def cosine_sums(
    activations: Activations,
    squared_norms: Float[Tensor, "layer language sentence"],
    permutations: Permutations,
    keep_map: bool,
) -> Iterator[CosineSums]:
    """Yields the sums of each layer in turn, then those of the whole model.

    Args:
        activations: Sentence vectors; read once, in blocks.
        squared_norms: Their squared norms within each layer (`Activations.squared_norms`).
        permutations: The draws of both nulls.
        keep_map: Form the full similarity map (quadratic in sentences) and read everything off it.
    """
    whole_scale = squared_norms.sum(0).rsqrt()
    stream: type[_Stream] = _MapStream if keep_map else _LinearStream
    whole = stream(activations, whole_scale, permutations)
    for layer in range(1, activations.n_layers + 1):
        own = stream(activations, squared_norms[layer - 1].rsqrt(), permutations)
        own.add_layer(layer, whole)
        yield own.sums(layer)
    yield whole.sums(None)


def sums_of_map(
    cosines: Float[Tensor, "row row"], permutations: Permutations, layer: int | None = None
) -> CosineSums:
    """All sums read off a full map of cosines, whose rows are (language, sentence), in float64."""
    _, sentences, languages = permutations.labels.shape
    four = cosines.view(languages, sentences, languages, sentences)
    rows = label_rows(permutations.labels)
    single = cosines.float()
    norms = grouped_sums(single, rows).gather(1, rows.long()).sum(1).double().view(-1, languages).sum(1)
    translations = four.diagonal(dim1=1, dim2=3).permute(2, 0, 1)
    return CosineSums(layer, four.sum(-1).numpy(), translations.numpy(), [four], norms.numpy(), single)


class _Stream(ABC):
    """Sums of one level, gathered from the blocks of its layers; `scale` is one over the norm of each vector."""

    def __init__(
        self, activations: Activations, scale: Float[Tensor, "language sentence"], permutations: Permutations
    ) -> None:
        self._activations = activations
        self._scale = scale
        self._permutations = permutations

    @abstractmethod
    def add_layer(self, layer: int, whole: Any) -> None:
        """Reads one layer into these sums and into those of the whole model, a stream of the same kind."""

    @abstractmethod
    def sums(self, layer: int | None) -> CosineSums:
        """What was gathered."""


class _MapStream(_Stream):
    """Quadratic route: one Gram matrix, everything else is read off it."""

    def __init__(
        self, activations: Activations, scale: Float[Tensor, "language sentence"], permutations: Permutations
    ) -> None:
        super().__init__(activations, scale, permutations)
        rows = activations.rows
        self._gram = torch.zeros(rows, rows)

    def add_layer(self, layer: int, whole: Any) -> None:
        languages, sentences = self._scale.shape
        for _, block in self._activations.blocks(layer):
            flat = block.flatten(0, 1)
            # Products are symmetric: each language meets only itself and those after it.
            for a in range(languages):
                start = a * sentences
                self._gram[start : start + sentences, start:] += flat[start : start + sentences] @ flat[start:].T
        for a in range(1, languages):
            start = a * sentences
            self._gram[start : start + sentences, :start] = self._gram[:start, start : start + sentences].T
        if whole._gram.dtype != torch.float64:
            whole._gram = whole._gram.double()
        whole._gram += self._gram

    def sums(self, layer: int | None) -> CosineSums:
        scale = self._scale.flatten()
        cosines = self._gram.double() * scale[:, None] * scale[None, :]
        return sums_of_map(cosines, self._permutations, layer)


class _LinearStream(_Stream):
    """Linear route: totals, translations, block maps and drawn label totals, each by its own products."""

    def __init__(
        self, activations: Activations, scale: Float[Tensor, "language sentence"], permutations: Permutations
    ) -> None:
        super().__init__(activations, scale, permutations)
        languages, sentences = scale.shape
        self._to_total = torch.zeros(languages * sentences, languages, dtype=torch.float64)
        self._translations = torch.zeros(sentences, languages, languages, dtype=torch.float64)
        self._blocks = [torch.zeros(languages * len(block), languages * len(block)) for block in permutations.blocks]
        self._label_norms = torch.zeros(permutations.draws * languages, dtype=torch.float64)
        self._rows = label_rows(permutations.labels)

    def add_layer(self, layer: int, whole: Any) -> None:
        # Products of unscaled vectors serve both levels; they are scaled once a layer, not once a block.
        translations = torch.zeros_like(self._translations)
        maps = [torch.zeros_like(sums) for sums in self._blocks]
        for _, block in self._activations.blocks(layer):
            by_meaning = block.transpose(0, 1)
            translations += torch.bmm(by_meaning, by_meaning.transpose(1, 2))
            for sums, meanings in zip(maps, self._permutations.blocks, strict=True):
                flat = block[:, torch.from_numpy(meanings)].flatten(0, 1)
                sums.addmm_(flat, flat.T)
            for stream in (self, whole):
                stream._add_totals(block)
        for stream in (self, whole):
            stream._add_products(translations, maps)

    def _add_totals(self, block: Tensor) -> None:
        scale = self._scale
        flat = block.flatten(0, 1)
        totals = torch.bmm(scale.float().unsqueeze(1), block).squeeze(1)
        self._to_total += (flat @ totals.T).double() * scale.flatten()[:, None]
        unit = flat * scale.float().flatten()[:, None]
        self._label_norms += torch.linalg.vector_norm(grouped_sums(unit, self._rows), dim=1).double().square()

    def _add_products(self, translations: Tensor, maps: list[Tensor]) -> None:
        by_meaning = self._scale.T
        self._translations += translations * by_meaning[:, :, None] * by_meaning[:, None, :]
        for sums, gram, meanings in zip(self._blocks, maps, self._permutations.blocks, strict=True):
            part = self._scale[:, torch.from_numpy(meanings)].flatten().float()
            sums += gram * part[:, None] * part[None, :]

    def sums(self, layer: int | None) -> CosineSums:
        languages, sentences = self._scale.shape
        sizes = [len(block) for block in self._permutations.blocks]
        return CosineSums(
            layer,
            self._to_total.view(languages, sentences, languages).numpy(),
            self._translations.numpy(),
            [gram.view(languages, size, languages, size) for gram, size in zip(self._blocks, sizes, strict=True)],
            self._label_norms.view(-1, languages).sum(1).numpy(),
            None,
        )
