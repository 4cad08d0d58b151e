"""The table of sizes and architectures: a row in, the configuration of an untrained model out."""

from dataclasses import dataclass
from typing import Any

__all__ = ["ARCHITECTURES", "CHECKPOINTS", "SIZES", "Size", "checkpoints_up_to", "configuration"]


@dataclass(frozen=True)
class Size:
    """Shape of a model; input and output embeddings are one matrix."""

    layers: int
    hidden: int
    heads: int
    rate: float
    """Peak learning rate of AdamW."""


SIZES: dict[str, Size] = {
    "xxs": Size(layers=4, hidden=48, heads=4, rate=1.2e-2),  # 0.5 M parameters with a vocabulary of 8,192
    "xs": Size(layers=4, hidden=96, heads=4, rate=8e-3),  # 1.2 M
    "s": Size(layers=6, hidden=192, heads=6, rate=5e-3),  # 4.2 M
}

ARCHITECTURES = ("bloom", "llama")

CHECKPOINTS = (0, 8, 16, 32, 64, 128, 256, 512, 750, 1000, 1500, 2000, 2750, 3500)
"""Steps that are kept: about evenly spaced in log step, from the untrained model on."""


def checkpoints_up_to(steps: int) -> tuple[int, ...]:
    """The steps to keep of a run of another length: those of `CHECKPOINTS` that it reaches, and its last."""
    return (*(step for step in CHECKPOINTS if step < steps), steps)


def configuration(architecture: str, size: Size, tokenizer: Any, context: int) -> Any:
    """The configuration of one model.

    Args:
        architecture: `bloom` (ALiBi, GELU, four times hidden in the MLP) or `llama` (RoPE, SwiGLU, 8/3 times hidden).
        size: A row of `SIZES`.
        tokenizer: Gives the size of the vocabulary and the special tokens.
        context: Longest input, in tokens.
    """
    from transformers import AutoConfig

    shared = {
        "vocab_size": len(tokenizer),
        "hidden_size": size.hidden,
        "tie_word_embeddings": True,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    if architecture == "bloom":
        own: dict[str, Any] = {"n_layer": size.layers, "n_head": size.heads, "seq_length": context}
    else:
        own = {
            "num_hidden_layers": size.layers,
            "num_attention_heads": size.heads,
            "intermediate_size": 8 * size.hidden // 3,
            "max_position_embeddings": context,
        }
    return AutoConfig.for_model(architecture, **shared, **own)
