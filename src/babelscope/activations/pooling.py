"""Activations of tokens in, one vector per sentence out, under a mask and in float32."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

__all__ = ["last_token", "mean_over_tokens"]


def mean_over_tokens(
    values: Float[Tensor, "sentence token neuron"], own: Bool[Tensor, "sentence token"]
) -> Float[Tensor, "sentence neuron"]:
    """Mean of each sentence's own tokens [Z25 eq. 5], accumulated and returned in float32 whatever came in.

    Args:
        values: Activations of a padded batch, in any floating dtype.
        own: Which positions count. A sentence with none gives NaN.
    """
    count = own.sum(dim=1, keepdim=True)
    if values.dtype == torch.float32 and values.device.type == "cpu":
        # One product reads the activations once and needs no masked copy of them. Not on accelerators, whose
        # products may be allowed to round to fewer digits.
        weights = own.to(torch.float32) / count
        pooled = torch.bmm(weights.unsqueeze(1), values).squeeze(1)
        if torch.isfinite(pooled).all():
            return pooled
        # A padded position may hold NaN, which 0 does not cancel: look again with padding masked out.
    total = values.masked_fill(~own.unsqueeze(-1), 0).sum(dim=1, dtype=torch.float32)
    return total / count


def last_token(
    values: Float[Tensor, "sentence token neuron"], own: Bool[Tensor, "sentence token"]
) -> Float[Tensor, "sentence neuron"]:
    """Each sentence's last own token, in float32: in a causal model, the only one that has read all of it.

    Args:
        values: Activations of a padded batch, in any floating dtype.
        own: Which positions count; at least one of each sentence.
    """
    last = own.shape[1] - 1 - own.flip(1).int().argmax(dim=1)
    return values[torch.arange(len(values), device=values.device), last].float()
