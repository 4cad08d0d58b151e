"""Sentence vectors in, contributions and z-scores of every neuron out, with all that their nulls need.

Definition [Z25 eq. 10-14]: c[a, d] is what neuron d adds to the mean cosine of two different sentences of
language a; z[a, d] is c standardised over the languages (population standard deviation).
"""

import math

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from babelscope.activations.store import CACHE_BYTES, Activations
from babelscope.scores.grouped import draw_labels, grouped_sums, label_rows

__all__ = ["contributions", "count_above", "largest_z", "leave_one_out_counts", "relabelled_counts", "zscores"]


def largest_z(languages: int) -> float:
    """The largest z-score that any neuron can have among this many languages: sqrt(L - 1)."""
    return math.sqrt(languages - 1)


def contributions(
    block: Float[Tensor, "language sentence neuron"], scale: Float[Tensor, "language sentence"]
) -> Float[Tensor, "language neuron"]:
    """Mean over i != j of x_i,d x_j,d for each language, in float64 [Z25 eq. 11].

    Closed form ((sum x)^2 - sum x^2) / (n (n - 1)): linear in sentences, where the pair mean is quadratic.

    Args:
        block: Activations of some neurons.
        scale: One over the norm of each sentence's *whole-model* vector, in float64.
    """
    n = block.shape[1]
    unit = block.double() * scale.unsqueeze(-1)
    total = unit.sum(1)
    return (total.square() - unit.square_().sum(1)) / (n * (n - 1))


def zscores(contribution: Float[Tensor, "*batch language neuron"]) -> Float[Tensor, "*batch language neuron"]:
    """Standard score over the languages [Z25 eq. 12-14]; 0 where all languages are equal but for rounding."""
    mean = contribution.mean(-2, keepdim=True)
    centred = contribution - mean
    deviation = centred.square().mean(-2, keepdim=True).sqrt()
    return torch.where(deviation > _ROUNDING * mean.abs(), centred / deviation, torch.zeros_like(centred))


_ROUNDING = 16 * torch.finfo(torch.float32).eps
"""Spread over the languages, relative to their mean, below which they are equal but for rounding of float32
activations. One floor for float64 and float32, so that estimate, interval and null leave out the same neurons."""


def count_above(
    contribution: Float[Tensor, "*batch language neuron"], cuts: Float[Tensor, " language"]
) -> Int[Tensor, "*batch language"]:
    """Neurons whose z-score exceeds each language's cut, without dividing; overwrites its argument."""
    languages = contribution.shape[-2]
    mean = contribution.mean(-2, keepdim=True)
    contribution -= mean
    # Not `vector_norm`: over any dimension but the last it is a hundred times slower on a CPU.
    deviation = contribution.square().sum(-2, keepdim=True).div_(languages).sqrt_()
    # Languages that differ by rounding only have no z-score to speak of.
    deviation[deviation <= _ROUNDING * mean.abs()] = torch.inf
    return (contribution > cuts.to(contribution.dtype)[:, None] * deviation).sum(-1)


def _scaled(
    block: Float[Tensor, "language sentence neuron"], weights: Float[Tensor, "language sentence 1"]
) -> Float[Tensor, "language sentence neuron"]:
    """Coordinates of unit vectors, each neuron divided by its largest: z is the same, squares cannot underflow."""
    unit = block * weights
    peak = unit.abs().amax((0, 1))
    return unit / torch.where(peak > 0, peak, torch.ones_like(peak))


def leave_one_out_counts(
    activations: Activations, scale: Float[Tensor, "language sentence"], cuts: Float[Tensor, " language"]
) -> Int[np.ndarray, "sentence layer language"]:
    """Region sizes with meaning i left out in every language, for each i: what the jackknife needs.

    From the totals S and Q of x and x^2, leaving out x gives (S - x)^2 - (Q - x^2) = S^2 - Q + 2 x (x - S);
    the factor 1 / ((n - 1)(n - 2)) cancels in z.
    """
    sentences = activations.sentences
    counts = np.zeros((sentences, activations.n_layers, len(cuts)), dtype=np.int64)
    weights = scale.float().unsqueeze(-1)
    buffer = torch.empty(0)
    for layer in range(1, activations.n_layers + 1):
        for _, block in activations.blocks(layer, limit=CACHE_BYTES):
            unit = _scaled(block, weights)
            total = unit.sum(1, keepdim=True)
            constant = total.square() - unit.square().sum(1, keepdim=True)
            if buffer.shape != unit.shape:
                buffer = torch.empty_like(unit)
            torch.sub(unit, total, out=buffer)
            buffer *= unit
            torch.add(constant, buffer, alpha=2, out=buffer)
            counts[:, layer - 1] += count_above(buffer.transpose(0, 1), cuts).numpy()
    return counts


def relabelled_counts(
    activations: Activations,
    scale: Float[Tensor, "language sentence"],
    cuts: Float[Tensor, " language"],
    draws: int = 20,
    seed: int = 0,
) -> Int[np.ndarray, "draw layer language"]:
    """Region sizes with language labels permuted within each meaning: how large regions are by chance alone."""
    languages, sentences = scale.shape
    rows = label_rows(draw_labels(np.random.default_rng([seed, 3]), draws, sentences, languages))
    weights = scale.float().unsqueeze(-1)
    counts = np.zeros((draws, activations.n_layers, languages), dtype=np.int64)
    for layer in range(1, activations.n_layers + 1):
        for _, block in activations.blocks(layer):
            unit = _scaled(block, weights).flatten(0, 1)
            contribution = grouped_sums(unit, rows).square_()
            contribution -= grouped_sums(unit.square_(), rows)
            contribution = contribution.view(draws, languages, -1)
            counts[:, layer - 1] += count_above(contribution, cuts).numpy()
    return counts
