"""Sentence vectors of one layer in; how close translations are and whether they find each other, by pair, out."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

__all__ = ["Closeness", "Units", "centred", "closeness", "neighbours", "unit_vectors"]

ROWS = 1024
"""Sentences whose cosines with all of another language are formed at a time."""
ROUNDING = 1e-6
"""A vector that differs from a mean by no more than this share of its length does not differ from it."""
TIE = 1e-6
"""Cosines closer to each other than this are a tie: float32 cannot tell them apart."""


@dataclass(frozen=True, eq=False)
class Units:
    """Sentence vectors of one layer, each scaled to length 1."""

    vectors: Float[Tensor, "language sentence neuron"]
    """Zero where there is no direction."""
    directed: Bool[Tensor, "language sentence"]
    """Whether a vector has a direction at all: what does not differ from its language's mean has none."""
    lengths: Float[Tensor, "language sentence"]
    """Before scaling."""
    centred: bool
    """Whether each language's mean was removed."""


@dataclass(frozen=True, eq=False)
class Closeness:
    """Mean cosines of one layer, for each pair of languages."""

    cosine: Float[np.ndarray, "language language"]
    """Of translations, [-1, 1]."""
    unrelated: Float[np.ndarray, "language language"]
    """Of sentences that are no translations of each other, [-1, 1]."""
    left_out: Float[np.ndarray, "sentence language language"]
    """The margin without sentence i, for each i; NaN for two sentences."""

    @property
    def margin(self) -> Float[np.ndarray, "language language"]:
        """Translations minus unrelated sentences, [-2, 2]; higher is closer, and 0 is chance."""
        return self.cosine - self.unrelated


def unit_vectors(vectors: Float[Tensor, "language sentence neuron"]) -> Units:
    """Vectors as they are, scaled to length 1."""
    lengths = torch.linalg.vector_norm(vectors, dim=-1)
    return _scaled(vectors, lengths, lengths > 0, centred=False)


def centred(vectors: Float[Tensor, "language sentence neuron"]) -> Units:
    """Vectors minus the mean of their language's sentences, scaled to length 1.

    What all sentences of a language share, such as the language itself, is gone. A vector that equals the mean up
    to rounding has no direction.
    """
    moved = vectors - vectors.mean(dim=1, keepdim=True, dtype=torch.float64).to(vectors.dtype)
    lengths = torch.linalg.vector_norm(moved, dim=-1)
    return _scaled(moved, lengths, lengths > ROUNDING * torch.linalg.vector_norm(vectors, dim=-1), centred=True)


def _scaled(vectors: Tensor, lengths: Tensor, directed: Tensor, centred: bool) -> Units:
    return Units(vectors * _inverse(lengths, directed).unsqueeze(-1), directed, lengths, centred)


def _inverse(lengths: Tensor, directed: Tensor) -> Tensor:
    return torch.where(directed, lengths, torch.ones_like(lengths)).reciprocal() * directed


def closeness(units: Units) -> Closeness:
    """Mean cosine of translations and of unrelated sentences, for all pairs of languages at once.

    Linear in the number of sentences: each meets its translations and the languages' totals. Leaving sentence i out
    subtracts its own row of each sum; of centred vectors it also moves the mean, which is followed to first order.
    """
    vectors = units.vectors
    languages, n, _ = vectors.shape
    by_sentence = vectors.transpose(0, 1)
    own = torch.bmm(by_sentence, by_sentence.transpose(1, 2)).double()  # (sentence, language, language)
    totals = vectors.sum(dim=1, dtype=torch.float64).to(vectors.dtype)
    # (sentence, its language, the other's total)
    rows = (vectors.flatten(0, 1) @ totals.T).view(languages, n, languages).transpose(0, 1).double()
    total, diagonal = rows.sum(0), own.sum(0)
    cosine, unrelated = diagonal / n, (total - diagonal) / (n * (n - 1))
    if n < 3:
        return Closeness(cosine.numpy(), unrelated.numpy(), np.full((n, languages, languages), np.nan))
    left_diagonal = diagonal - own
    left_total = total - rows - rows.transpose(1, 2) + own
    left_out = left_diagonal / (n - 1) - (left_total - left_diagonal) / ((n - 1) * (n - 2))
    if units.centred:
        left_out += _moved_mean(units, own, rows, totals) / (n - 1)
    return Closeness(cosine.numpy(), unrelated.numpy(), left_out.numpy())


def _moved_mean(
    units: Units,
    own: Float[Tensor, "sentence language language"],
    rows: Float[Tensor, "sentence language language"],
    totals: Float[Tensor, "language neuron"],
) -> Float[Tensor, "sentence language language"]:
    """What leaving a sentence out does to each margin by moving the means that were removed, times n - 1.

    Without sentence i the mean of language a moves by -x_i / (n - 1), where x_i is the centred vector; all of a's
    vectors move the other way, along which the margin changes by its gradient, summed over them.
    """
    vectors, n = units.vectors, units.vectors.shape[1]
    inverse = _inverse(units.lengths, units.directed)
    related, others = 1 / n + 1 / (n * (n - 1)), 1 / (n * (n - 1))
    radial = (inverse.T.unsqueeze(-1) * (related * own - others * rows)).to(vectors.dtype)
    gradient = related * torch.einsum("ak,bkd->abd", inverse, vectors)
    gradient -= torch.einsum("kab,akd->abd", radial, vectors)
    gradient -= others * inverse.sum(1)[:, None, None] * totals
    one = torch.einsum("abd,aid->iab", gradient, vectors * units.lengths.unsqueeze(-1)).double()
    return one + one.transpose(1, 2)


def neighbours(units: Units, pairs: Iterable[tuple[int, int]]) -> Bool[np.ndarray, "language language sentence"]:
    """Whether each sentence's nearest neighbour in another language is its translation.

    Entry [a, b, i] says whether sentence i of language a is closer to its translation than to any other sentence of
    b; a tie is a miss. Chance is 1 / n. One product of two languages' vectors serves both directions, and no map of
    cosines is kept.

    Args:
        units: Vectors of length 1.
        pairs: Which two languages to look at, by their indices; entries of others stay False.
    """
    vectors, directed = units.vectors, units.directed.numpy()
    languages, n, _ = vectors.shape
    found = np.zeros((languages, languages, n), dtype=bool)
    buffer = vectors.new_empty(min(ROWS, n), n)
    for a, b in pairs:
        own, in_b, in_a = _largest(vectors[a], vectors[b], buffer)
        alive = directed[a] & directed[b]
        found[a, b] = (own > in_b + TIE).numpy() & alive
        found[b, a] = (own > in_a + TIE).numpy() & alive
    return found


def _largest(
    one: Float[Tensor, "sentence neuron"], other: Float[Tensor, "sentence neuron"], buffer: Tensor
) -> tuple[Float[Tensor, " sentence"], Float[Tensor, " sentence"], Float[Tensor, " sentence"]]:
    """Cosine of each translation, and the largest other cosine that its sentence has in `other`, and that it has."""
    n = len(one)
    own, in_other = one.new_empty(n), one.new_empty(n)
    in_one = one.new_full((n,), -torch.inf)
    for start in range(0, n, len(buffer)):
        stop = min(start + len(buffer), n)
        cosines = torch.mm(one[start:stop], other.T, out=buffer[: stop - start])
        diagonal = cosines.diagonal(offset=start)
        own[start:stop] = diagonal
        diagonal.fill_(-torch.inf)
        in_other[start:stop] = cosines.amax(1)
        in_one = torch.maximum(in_one, cosines.amax(0))
    return own, in_other, in_one
