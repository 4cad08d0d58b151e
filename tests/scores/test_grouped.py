"""Sums of listed rows equal the product with a matrix of zeros and ones."""

import pytest
import torch

from babelscope.scores.grouped import grouped_sums


@pytest.mark.parametrize("neurons", [1, 255, 256, 700])
def test_sums_equal_the_product_with_indicators(neurons):
    generator = torch.Generator().manual_seed(neurons)
    values = torch.randn(30, neurons, generator=generator)
    groups = torch.stack([torch.randperm(30, generator=generator)[:7] for _ in range(11)])
    indicators = torch.zeros(11, 30).scatter_(1, groups, 1.0)
    torch.testing.assert_close(grouped_sums(values, groups.int()), indicators @ values, atol=1e-5, rtol=1e-5)


def test_a_row_listed_twice_counts_twice():
    assert grouped_sums(torch.eye(3), torch.tensor([[0, 0, 2]], dtype=torch.int32)).tolist() == [[2.0, 0.0, 1.0]]
