"""Facts about model families, one row each: where a block's neurons are, and what its tokenizer must add."""

from dataclasses import dataclass, replace
from typing import Literal

__all__ = ["ARCHITECTURES", "Architecture"]


@dataclass(frozen=True)
class Architecture:
    """Where the neurons of one model family are."""

    model_type: str
    """The `model_type` of its Hugging Face configuration."""
    layers: str
    """Path from the text backbone to the list of blocks ("h", "layers")."""
    output_projection: str
    """Path from a block to the MLP's output projection; its *input* is the neuron vector (site `mlp`)."""
    activation: str
    """Path from a block to the activation module; its *output* is the site `gate`. Empty: none was found."""
    gated: bool
    """Whether the MLP multiplies act(gate) by a second projection."""
    special_tokens: Literal["none", "bos"] = "none"
    """`bos` only where the model breaks without it; a BOS position never enters a mean."""
    backbone: str = ""
    """Path from the causal LM's base model to the text decoder; empty if they are the same."""
    allowed_unexpected: tuple[str, ...] = ()
    """Patterns of checkpoint keys that may be left unused (a vision tower, an old buffer)."""
    tried: Literal["config", "released"] = "config"
    """Whether the row was tried on a model built from a configuration only, or on released weights."""
    multiplier: str = ""
    """Where gated: path from a block to the projection whose last columns multiply act(gate)."""
    default_context: int = 2048
    """Longest input in tokens where the configuration names none."""
    attention: str = ""
    """Attention implementation the family needs; empty leaves the choice to transformers."""
    logit_softcap: str = ""
    """Name in the configuration of the bound c that logits are squashed to by c tanh(x / c); empty: none."""
    logit_factor: str = ""
    """Name in the configuration of what logits are multiplied by; empty: nothing."""
    detected: bool = False
    """Whether the row was worked out from the model's structure rather than written down here."""


# Buffers that older releases stored and newer code computes: no weight is lost with them.
_ROTARY = r"rotary_emb\.inv_freq$"
_MASKS = r"\.(attn|attention|self_attention)\.(masked_)?bias$"
_VISION = (r"^(model\.)?vision_tower\.", r"^(model\.)?multi_modal_projector\.")

_SWIGLU = Architecture(
    "llama",
    layers="layers",
    output_projection="mlp.down_proj",
    activation="mlp.act_fn",
    gated=True,
    multiplier="mlp.up_proj",
    allowed_unexpected=(_ROTARY,),
)
_GEMMA = replace(_SWIGLU, model_type="gemma", special_tokens="bos")
_CAPPED = replace(_GEMMA, logit_softcap="final_logit_softcapping")

ARCHITECTURES: dict[str, Architecture] = {
    row.model_type: row
    for row in (
        # Tried on the BLOOM series this project trained (`bloom-s`, `bloom-xs`), which has BLOOM's code and shapes.
        Architecture(
            "bloom",
            layers="h",
            output_projection="mlp.dense_4h_to_h",
            activation="mlp.gelu_impl",
            gated=False,
            allowed_unexpected=(_MASKS, r"\.scale_mask_softmax\.causal_mask$"),
            tried="released",
        ),
        _SWIGLU,
        replace(_SWIGLU, model_type="mistral"),
        replace(_SWIGLU, model_type="qwen2"),
        replace(_SWIGLU, model_type="qwen3"),
        _GEMMA,
        # SDPA has no soft-capping of attention logits, which gemma2 was trained with.
        replace(_CAPPED, model_type="gemma2", attention="eager"),
        replace(_CAPPED, model_type="gemma3_text", allowed_unexpected=(_ROTARY, *_VISION)),
        replace(_CAPPED, model_type="gemma3", backbone="language_model"),
        replace(_SWIGLU, model_type="olmo"),
        replace(_SWIGLU, model_type="olmo2"),
        replace(_SWIGLU, model_type="cohere", logit_factor="logit_scale"),
        # One matrix makes both halves: the gate first, then the multiplier.
        Architecture(
            "phi3",
            layers="layers",
            output_projection="mlp.down_proj",
            activation="mlp.activation_fn",
            gated=True,
            multiplier="mlp.gate_up_proj",
            allowed_unexpected=(_ROTARY,),
        ),
        Architecture(
            "gpt2",
            layers="h",
            output_projection="mlp.c_proj",
            activation="mlp.act",
            gated=False,
            allowed_unexpected=(_MASKS,),
        ),
        Architecture(
            "gpt_neox",
            layers="layers",
            output_projection="mlp.dense_4h_to_h",
            activation="mlp.act",
            gated=False,
            allowed_unexpected=(_ROTARY, _MASKS),
        ),
        Architecture(
            "opt", layers="decoder.layers", output_projection="fc2", activation="activation_fn", gated=False
        ),
        Architecture(
            "xglm",
            layers="layers",
            output_projection="fc2",
            activation="activation_fn",
            gated=False,
            allowed_unexpected=(r"embed_positions\.weights$",),
        ),
        Architecture(
            "falcon",
            layers="h",
            output_projection="mlp.dense_4h_to_h",
            activation="mlp.act",
            gated=False,
            allowed_unexpected=(r"rotary\.inv_freq$", _ROTARY),
        ),
        Architecture(
            "phi",
            layers="layers",
            output_projection="mlp.fc2",
            activation="mlp.activation_fn",
            gated=False,
            allowed_unexpected=(_ROTARY,),
        ),
    )
}
