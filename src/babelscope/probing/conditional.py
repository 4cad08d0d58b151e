"""Inclusion scores of neurons in, subsets of a fixed size out: the conditional Poisson distribution, in log space.

A subset C of the D neurons has weight exp(w·C); given its size k its probability is exp(w·C - A(k)), where A(k) is
the log of the summed weights of all subsets of that size. All functions take the scores of many probes at once.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

__all__ = ["sample_subsets", "size_entropies", "size_tables"]

_NOTHING = -1e30
"""Log weight of no subset at all: finite, because the gradient of logaddexp(-inf, -inf) is not a number."""


def size_tables(scores: Float[Tensor, "probe neuron"]) -> Float[Tensor, "probe neuron_plus_1 size"]:
    """Log weight of all subsets of the first d neurons that have k members, for d = 0..D and k = 0..D.

    Differentiable: the gradient of the last row by the scores is the probability that each neuron is in a subset of
    each size.

    Args:
        scores: w, one row per probe; float64, because the tables span hundreds of orders of magnitude.
    """
    probes, neurons = scores.shape
    row = scores.new_full((probes, neurons + 1), _NOTHING)
    row[:, 0] = 0.0
    edge = scores.new_full((probes, 1), _NOTHING)
    rows = [row]
    for neuron in range(neurons):
        taken = torch.cat([edge, row[:, :-1] + scores[:, neuron, None]], dim=1)
        row = torch.logaddexp(row, taken)
        rows.append(row)
    return torch.stack(rows, dim=1)


def size_entropies(
    scores: Float[Tensor, "probe neuron"], tables: Float[Tensor, "probe neuron_plus_1 size"]
) -> Float[Tensor, "probe size"]:
    """Entropy of the subsets of each size 0..D, nats.

    H(k) = A(k) - E[w·C]; the expectation is built up along the same recursion as the tables, as a mean of two means
    at each neuron, which loses no digits.
    """
    expected = torch.zeros_like(tables[:, 0])
    for neuron in range(scores.shape[1]):
        score = scores[:, neuron, None]
        chance = (score + tables[:, neuron, :-1] - tables[:, neuron + 1, 1:]).exp()
        with_it = chance * (expected[:, :-1] + score) + (1 - chance) * expected[:, 1:]
        expected = torch.cat([expected[:, :1], with_it], dim=1)
    return tables[:, -1] - expected


def sample_subsets(
    scores: Float[Tensor, "probe neuron"],
    tables: Float[Tensor, "probe neuron_plus_1 size"],
    sizes: Int[Tensor, " draw"],
    uniform: Float[Tensor, "draw neuron"],
) -> Bool[Tensor, "probe draw neuron"]:
    """One subset of each asked size per probe: neurons are decided from the last to the first.

    Args:
        scores: w.
        tables: Of `size_tables`.
        sizes: Members of each draw, 0..D; the same for every probe.
        uniform: The randomness, in [0, 1); the same for every probe, so that no probe depends on its neighbours.
    """
    probes, neurons = scores.shape
    left = sizes.expand(probes, -1).contiguous()
    members = torch.zeros(probes, *uniform.shape, dtype=torch.bool, device=scores.device)
    for neuron in range(neurons - 1, -1, -1):
        with_it = tables[:, neuron].gather(1, (left - 1).clamp_(min=0)) + scores[:, neuron, None]
        chance = (with_it - tables[:, neuron + 1].gather(1, left)).exp()
        # The two certain cases are spelt out: rounding must neither overfill a subset nor leave it short.
        taken = ((uniform[:, neuron] < chance) & (left > 0)) | (left > neuron)
        members[:, :, neuron] = taken
        left = left - taken.long()
    return members
