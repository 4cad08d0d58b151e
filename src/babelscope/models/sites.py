"""A model and its architecture row in, the modules whose inputs or outputs are neurons out."""

from dataclasses import dataclass
from typing import Any

from babelscope.errors import ModelError
from babelscope.models.architectures import Architecture

__all__ = ["Sites", "find_sites", "input_device", "text_backbone"]


@dataclass(frozen=True)
class Sites:
    """Modules of one model, one per layer in each tuple."""

    backbone: Any
    blocks: tuple[Any, ...]
    output_projections: tuple[Any, ...]
    activations: tuple[Any, ...]
    multipliers: tuple[Any, ...]
    """Empty where the MLP is not gated or its second projection is unknown."""


def text_backbone(model: Any, row: Architecture | None = None) -> Any:
    """The module that turns token ids into hidden states, without the LM head.

    Args:
        model: A causal LM.
        row: Tells where a multimodal wrapper keeps its text decoder.
    """
    base = model.base_model
    # Some versions of the multimodal wrappers declare no base-model prefix; their base is then under `model`.
    if base is model and hasattr(model, "model"):
        base = model.model
    return base.get_submodule(row.backbone) if row is not None else base


def input_device(backbone: Any) -> Any:
    """Where a backbone wants its `input_ids`.

    Args:
        backbone: A text decoder, perhaps spread over devices or offloaded by accelerate.
    """
    import torch

    embedding = backbone.get_input_embeddings()
    # Offloaded weights are no real tensors; the hook that fetches them knows where they will run.
    place = getattr(getattr(embedding, "_hf_hook", None), "execution_device", None)
    return embedding.weight.device if place is None else torch.device(place)


def find_sites(model: Any, row: Architecture) -> Sites:
    """Follows a row's paths through a model.

    Raises:
        ModelError: If a path leads nowhere, or the number of blocks is not the configuration's.
    """
    kind = row.model_type
    try:
        backbone = text_backbone(model, row)
        blocks = tuple(backbone.get_submodule(row.layers))
        projections = tuple(block.get_submodule(row.output_projection) for block in blocks)
        activations = tuple(block.get_submodule(row.activation) for block in blocks) if row.activation else ()
        multipliers = tuple(block.get_submodule(row.multiplier) for block in blocks) if row.multiplier else ()
    except AttributeError as error:
        raise ModelError(
            f"this model says it is {kind!r} but is not built like one ({error}); "
            "its code may be newer than this package, please report it with the model's name"
        ) from error
    expected = model.config.get_text_config().num_hidden_layers
    if len(blocks) != expected or not blocks:
        raise ModelError(f"expected {expected} blocks in {row.layers!r} as the configuration says, got {len(blocks)}")
    return Sites(backbone, blocks, projections, activations, multipliers)
