"""Final hidden states and the output embedding in, mean next-token loss out, logits formed a few rows at a time."""

from typing import Any

import torch
from torch import Tensor

__all__ = ["HeadLoss"]

_ROWS = 256
_LEAST = 1e-38


class HeadLoss(torch.autograd.Function):
    """Cross entropy in nats per token, with its gradient made on the way.

    In a model this small most of the time goes into the 8,192 logits of every token. Made a few rows at a time they
    stay in the processor's cache, and are made once rather than kept for the backward pass.
    """

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, targets: Tensor) -> Tensor:
        """Mean loss.

        Args:
            ctx: Where the gradients wait.
            hidden: (token, hidden), in the dtype that matrices are to be multiplied in.
            weight: (vocabulary, hidden).
            targets: (token,), the token that follows each.
        """
        low = weight.to(hidden.dtype)
        to_hidden = torch.empty_like(hidden)
        to_weight = torch.zeros_like(weight)
        total = hidden.new_zeros((), dtype=torch.float32)
        for start in range(0, len(targets), _ROWS):
            rows, target = hidden[start : start + _ROWS], targets[start : start + _ROWS, None]
            chances = torch.softmax(rows @ low.T, dim=1, dtype=torch.float32)
            total -= chances.gather(1, target).clamp_min(_LEAST).log().sum()
            slope = chances.scatter_add_(1, target, chances.new_full(target.shape, -1.0)).to(hidden.dtype)
            to_hidden[start : start + _ROWS] = slope @ low
            to_weight += slope.T @ rows
        ctx.save_for_backward(to_hidden.div_(len(targets)), to_weight.div_(len(targets)))
        return total / len(targets)

    @staticmethod
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Tensor, Tensor, None]:
        """The gradients made in `forward`, scaled."""
        to_hidden, to_weight = ctx.saved_tensors
        return to_hidden * upstream[0].to(to_hidden.dtype), to_weight * upstream[0], None
