"""Rows of a matrix and lists of rows in, the sum of each list out: what drawn relabellings need many times over."""

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import embedding_bag

__all__ = ["grouped_sums"]

WIDTH = 128
"""Columns summed at a time: the rows then stay in cache, which makes the sums three to eight times faster."""


def grouped_sums(
    values: Float[Tensor, "row neuron"], groups: Int[Tensor, "group member"]
) -> Float[Tensor, "group neuron"]:
    """Sum of the rows of each group; the cost grows with the members, not with the square of the rows.

    Args:
        values: Whatever is summed.
        groups: Indices of rows, as int32.
    """
    result = torch.empty(len(groups), values.shape[1])
    for start in range(0, values.shape[1], WIDTH):
        columns = slice(start, start + WIDTH)
        result[:, columns] = embedding_bag(groups, values[:, columns].contiguous(), mode="sum")
    return result
