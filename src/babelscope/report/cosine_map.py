"""A similarity matrix in; out: what a page can hold of it, as bytes, and how to look at it."""

import base64
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

__all__ = ["MOST_ROWS", "CosineMap", "cosine_map", "overview"]

MOST_ROWS = 2000
"""Rows the page holds; beyond that every language keeps the same evenly spaced sentences."""


@dataclass(frozen=True)
class CosineMap:
    """The part of a similarity matrix that is drawn."""

    matrix: Float[np.ndarray, "row row"]
    """Cosines by (language, kept sentence)."""
    languages: int
    kept: tuple[int, ...]
    """Which sentences of the corpus are in it, by position."""
    of: int
    """How many sentences per language there were."""
    low: float
    """Cosine at the dark end of the colour scale."""
    high: float
    """Cosine at the bright end."""

    @property
    def n(self) -> int:
        """Sentences per language that are drawn."""
        return len(self.kept)

    def quantised(self) -> tuple[str, float, float]:
        """Lower triangle, row by row, one byte per cosine, in base64; with the cosines that 0 and 255 stand for."""
        floor, ceiling = float(self.matrix.min()), float(self.matrix.max())
        ceiling = ceiling if ceiling > floor else floor + 1e-6
        rows, columns = np.tril_indices(len(self.matrix))
        levels = np.rint((self.matrix[rows, columns] - floor) / (ceiling - floor) * 255).astype(np.uint8)
        return base64.b64encode(levels.tobytes()).decode(), floor, ceiling


def _evenly(n: int, keep: int) -> tuple[int, ...]:
    return tuple(int(i) for i in np.linspace(0, n - 1, keep).round()) if keep < n else tuple(range(n))


def cosine_map(
    similarity: Float[np.ndarray, "row row"], languages: int, sentences: int, most_rows: int = MOST_ROWS
) -> CosineMap:
    """Picks the sentences to draw and the colour scale.

    The scale runs between percentiles of the cosines across languages, where the translations have to be told from
    the rest; cosines beyond it, mostly within a language, take the end colours.

    Args:
        similarity: Cosines; rows are (language, sentence).
        languages: How many languages.
        sentences: How many sentences per language.
        most_rows: Rows to keep at most.

    Raises:
        ValueError: If the matrix does not have languages × sentences rows and columns.
    """
    rows = languages * sentences
    if similarity.shape != (rows, rows):
        raise ValueError(
            f"the similarity map must be {rows} × {rows} ({languages} languages × {sentences} sentences), "
            f"got {' × '.join(map(str, similarity.shape))}"
        )
    kept = _evenly(sentences, max(2, most_rows // languages))
    index = (np.arange(languages)[:, None] * sentences + np.array(kept)[None, :]).ravel()
    matrix = np.asarray(similarity[np.ix_(index, index)], dtype=np.float32)
    block = np.repeat(np.arange(languages), len(kept))
    meaning = np.tile(np.arange(len(kept)), languages)
    across = matrix[(block[:, None] < block[None, :]) & (meaning[:, None] != meaning[None, :])]
    own = matrix[(block[:, None] < block[None, :]) & (meaning[:, None] == meaning[None, :])]
    low = float(np.percentile(across, 0.5))
    high = float(max(np.percentile(across, 99.5), np.percentile(own, 90)))
    return CosineMap(matrix, languages, kept, sentences, low, high if high > low else low + 1e-6)


def overview(found: CosineMap, pixels: int) -> Float[np.ndarray, "pixel pixel"]:
    """The whole map at a given size, with the translation diagonals at least two pixels wide.

    Averaging would dim a line that is thinner than a pixel, so a pixel that the diagonal of two languages' block
    passes shows the translation's own cosine; every other pixel shows the nearest cell's.
    """
    n, languages = found.n, found.languages
    position = (np.arange(pixels) + 0.5) / pixels * languages
    block = np.minimum(position.astype(int), languages - 1)
    within = (position - block) * n
    cell = np.minimum(within.astype(int), n - 1)
    index = block * n + cell
    image = found.matrix[np.ix_(index, index)].copy()
    reach = max(0.5, languages * n / pixels)
    middle = (within[:, None] + within[None, :]) / 2
    near = (np.abs(within[:, None] - within[None, :]) <= reach) & (block[:, None] != block[None, :])
    own = np.clip(middle.astype(int), 0, n - 1)
    rows, columns = np.nonzero(near)
    image[rows, columns] = found.matrix[block[rows] * n + own[rows, columns], block[columns] * n + own[rows, columns]]
    return image
