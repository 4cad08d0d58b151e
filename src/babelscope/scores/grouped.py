"""Rows of a matrix and lists of rows in, the sum of each list out: what drawn relabellings need many times over."""

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import embedding_bag

__all__ = ["draw_labels", "grouped_sums", "label_rows"]

WIDTH = 128
"""Columns summed at a time: the rows then stay in cache, which makes the sums three to eight times faster."""


def draw_labels(
    generator: np.random.Generator, draws: int, sentences: int, languages: int
) -> Int[np.ndarray, "draw meaning language"]:
    """Language labels permuted within each meaning: whose sentence gets the label of language a."""
    return generator.permuted(np.tile(np.arange(languages), (draws, sentences, 1)), axis=2)


def label_rows(labels: Int[np.ndarray, "draw meaning language"]) -> Int[Tensor, "draw_language meaning"]:
    """Row (language, sentence) of each meaning's sentence under each drawn label, as int32."""
    draws, sentences, languages = labels.shape
    rows = labels * sentences + np.arange(sentences)[None, :, None]
    return torch.from_numpy(rows.transpose(0, 2, 1).reshape(draws * languages, sentences).astype(np.int32))


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
