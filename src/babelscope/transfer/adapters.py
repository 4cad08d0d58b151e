"""A text decoder in; for the length of a block it has low-rank adapters, and is as before afterwards."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from babelscope.errors import ModelError
from babelscope.transfer.options import TransferOptions

if TYPE_CHECKING:
    from torch import nn
    from transformers import PreTrainedModel

__all__ = ["adapted", "targets_of"]

_ATTENTION = ("attn", "attention")


def targets_of(backbone: "nn.Module", kind: str, blocks: Sequence["nn.Module"]) -> list[str]:
    """Names of the linear maps that get an adapter: those peft names for the family, or else all in the attention.

    Args:
        backbone: The text decoder.
        kind: Its `model_type`.
        blocks: Its blocks.

    Raises:
        ModelError: If peft names none and no module is called an attention.
    """
    from peft.utils.constants import TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING

    there = _linear_names(blocks)
    named = TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING.get(kind, ())
    # Some families have a pattern over whole paths instead, which other paths of ours need not match.
    chosen = [] if isinstance(named, str) else sorted(name for name in named if name in there.values())
    if not chosen:
        inside = {name for path, name in there.items() if any(sign in path.lower() for sign in _ATTENTION)}
        chosen = sorted(inside)
    if not chosen:
        raise ModelError(
            f"no attention was found in model type {kind!r}, whose linear maps are called "
            f"{', '.join(sorted(set(there.values())))}; name some of those with --lora-targets"
        )
    return chosen


@contextmanager
def adapted(
    backbone: "nn.Module", kind: str, blocks: Sequence["nn.Module"], options: TransferOptions
) -> Iterator[list[str]]:
    """Adapters on some linear maps, which alone can be trained meanwhile; yields the names of those maps.

    Args:
        backbone: The text decoder; its weights are not changed, and all that was trainable is so again afterwards.
        kind: Its `model_type`.
        blocks: Its blocks.
        options: Rank and the like.

    Raises:
        ModelError: If there is no such linear map.
    """
    from peft import LoraConfig, inject_adapter_in_model

    targets = list(options.lora_targets or targets_of(backbone, kind, blocks))
    there = _linear_names(blocks)
    missing = [name for name in targets if name not in there.values()]
    if missing:
        raise ModelError(
            f"no linear map of the model is called {missing[0]!r}; choose --lora-targets from: "
            f"{', '.join(sorted(set(there.values())))}"
        )
    config = LoraConfig(
        r=options.lora_rank,
        lora_alpha=options.lora_alpha,
        lora_dropout=options.lora_dropout,
        target_modules=targets,
        fan_in_fan_out=_is_transposed(blocks, targets),
        bias="none",
    )
    before = [(weight, weight.requires_grad, weight.grad) for weight in backbone.parameters()]
    own = set(vars(backbone))
    embedding: Any = cast("PreTrainedModel", backbone).get_input_embeddings()
    hooks = set(embedding._forward_hooks)
    try:
        inject_adapter_in_model(config, backbone)
        yield targets
    finally:
        _remove(backbone)
        # peft puts one there where activations are computed twice.
        for hook in set(embedding._forward_hooks) - hooks:
            del embedding._forward_hooks[hook]
        for name in set(vars(backbone)) - own:
            delattr(backbone, name)
        for weight, trainable, gradient in before:
            weight.requires_grad_(trainable)
            weight.grad = gradient


def _remove(backbone: "nn.Module") -> None:
    from peft.tuners.tuners_utils import BaseTunerLayer

    wrapped = [(path, module) for path, module in backbone.named_modules() if isinstance(module, BaseTunerLayer)]
    for path, module in wrapped:
        parent, _, name = path.rpartition(".")
        original: Any = module.get_base_layer()
        setattr(backbone.get_submodule(parent), name, original)


def _linear_names(blocks: Sequence["nn.Module"]) -> dict[str, str]:
    """Name of every linear map in the first block, by its path there."""
    from torch import nn
    from transformers.pytorch_utils import Conv1D

    return {
        path: path.rpartition(".")[2]
        for path, module in blocks[0].named_modules()
        if isinstance(module, (nn.Linear, Conv1D))
    }


def _is_transposed(blocks: Sequence["nn.Module"], targets: Sequence[str]) -> bool:
    from transformers.pytorch_utils import Conv1D

    modules = dict(blocks[0].named_modules())
    return any(isinstance(modules[path], Conv1D) for path, name in _linear_names(blocks).items() if name in targets)
