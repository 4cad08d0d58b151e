"""A model's text decoder in, a copy that can be trained out: in float32, or with its matrices in 4 bits."""

import copy
from typing import TYPE_CHECKING, Any

from babelscope.errors import ModelError

if TYPE_CHECKING:
    from torch import nn

    from babelscope.models import LanguageModel

__all__ = ["four_bit_copy", "full_copy"]


def full_copy(model: "LanguageModel") -> "nn.Module":
    """The decoder once more, with float32 weights of its own: half precision cannot hold small updates.

    Args:
        model: On one device; its weights are not touched.

    Raises:
        ModelError: If the model is spread over several devices.
    """
    return _copied(model, "full", {}).float()


def four_bit_copy(model: "LanguageModel") -> tuple["nn.Module", list["nn.Module"]]:
    """The decoder and its blocks once more, the matrices of the blocks in 4 bits, all else in float32.

    Matrices become NF4 with quantised scales, computed with in bfloat16 [Dettmers et al. 2023].

    Args:
        model: On one device; its weights are not touched.

    Raises:
        ModelError: If the model is spread over several devices, or its family has no matrices of torch's own kind.
    """
    from torch import nn

    inside = [module for block in model.blocks for module in block.modules()]
    places = {id(module): _four_bits(module) for module in inside if type(module) is nn.Linear}
    if not places:
        raise ModelError(
            f"the blocks of {model.name} ({model.architecture.model_type}) have no linear maps that could be kept in "
            "4 bits; use --method lora"
        )
    backbone = _copied(model, "qlora", places)
    for weight in backbone.parameters():
        if weight.is_floating_point() and type(weight) is nn.Parameter:
            weight.data = weight.data.float()
    paths = {id(module): path for path, module in model.backbone.named_modules()}
    return backbone.to(model.device), [backbone.get_submodule(paths[id(block)]) for block in model.blocks]


def _copied(model: "LanguageModel", method: str, already: dict[int, Any]) -> "nn.Module":
    """A deep copy, some modules of which were made elsewhere; those are not copied."""
    places = set((getattr(model.model, "hf_device_map", None) or {}).values())
    if len(places) > 1:
        raise ModelError(
            f"{model.name} is spread over {len(places)} devices, where --method {method} needs a copy on one; "
            "use --method lora"
        )
    return copy.deepcopy(model.backbone, dict(already))


def _four_bits(linear: "nn.Linear") -> "nn.Module":
    from importlib import import_module

    import torch

    bnb: Any = import_module("bitsandbytes")
    made = bnb.nn.Linear4bit(
        linear.in_features,
        linear.out_features,
        bias=linear.bias is not None,
        compute_dtype=torch.bfloat16,
        compress_statistics=True,
        quant_type="nf4",
        device="meta",
    )
    made.weight = bnb.nn.Params4bit(
        linear.weight.data.clone(), requires_grad=False, quant_type="nf4", compress_statistics=True
    )
    if linear.bias is not None:
        made.bias = torch.nn.Parameter(linear.bias.data.float().clone(), requires_grad=False)
    # Moved to where they belong, weights are quantised; one by one, so that memory holds one at a time.
    return made.to(linear.weight.device)
