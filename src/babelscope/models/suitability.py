"""A configuration in, nothing out: refuses models whose neurons this project does not define."""

from typing import Any

from babelscope.errors import ModelError

__all__ = ["check_suitable"]

# Every name under which published configurations count the experts of a layer.
_EXPERT_COUNTS = (
    "num_experts",
    "num_local_experts",
    "n_routed_experts",
    "num_routed_experts",
    "moe_num_experts",
    "n_experts",
)


def check_suitable(config: Any, name: str) -> None:
    """Refuses encoders, encoder-decoders, models without a causal LM class, and mixtures of experts.

    Args:
        config: The model's configuration, before any weight is read.
        name: What to call the model.

    Raises:
        ModelError: If the model is one of these.
    """
    from transformers.models.auto.modeling_auto import (
        MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
        MODEL_FOR_MASKED_LM_MAPPING_NAMES,
    )

    kind = getattr(config, "model_type", None)
    wanted = "babelscope reads decoder-only language models; choose one of those"
    if getattr(config, "is_encoder_decoder", False):
        raise ModelError(f"{name} is an encoder-decoder model ({kind}); {wanted}")
    if kind in MODEL_FOR_MASKED_LM_MAPPING_NAMES and not getattr(config, "is_decoder", False):
        raise ModelError(f"{name} is an encoder ({kind}), whose tokens see the ones after them; {wanted}")
    own_code = "AutoModelForCausalLM" in (getattr(config, "auto_map", None) or {})
    if kind not in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES and not own_code:
        raise ModelError(f"{name} ({kind}) has no causal language model in transformers; {wanted}")
    text = config.get_text_config()
    for key in _EXPERT_COUNTS:
        count = getattr(text, key, None)
        if isinstance(count, int) and count > 1:
            raise ModelError(
                f"{name} is a mixture of {count} experts ({kind}, {key}={count}): which neurons a token passes "
                "differs from token to token, so its vectors cannot be compared; choose a dense model"
            )
