"""Tiny random models, one per architecture row, built from configurations; their tokenizer spells text in bytes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from babelscope.models import LanguageModel, wrap_model

LAYERS, HIDDEN, WIDTH, HEADS = 2, 16, 24, 4
SPECIALS = ("<s>", "</s>", "<pad>")
VOCABULARY = 256 + len(SPECIALS)

_COMMON: Mapping[str, Any] = dict(
    vocab_size=VOCABULARY,
    hidden_size=HIDDEN,
    intermediate_size=WIDTH,
    num_hidden_layers=LAYERS,
    num_attention_heads=HEADS,
    num_key_value_heads=2,
    max_position_embeddings=128,
    bos_token_id=0,
    eos_token_id=1,
    pad_token_id=2,
)
_HEAD_DIM: Mapping[str, Any] = {**_COMMON, "head_dim": 4}
_OWN_WORDS: Mapping[str, Any] = dict(vocab_size=VOCABULARY, bos_token_id=0, eos_token_id=1, pad_token_id=2)
_GPT2 = dict(n_embd=HIDDEN, n_layer=LAYERS, n_head=HEADS, n_inner=WIDTH, n_positions=128)
_FAIRSEQ = dict(ffn_dim=WIDTH, max_position_embeddings=128, pad_token_id=2)
_GEMMA3 = {**_HEAD_DIM, "sliding_window": 16, "layer_types": ["sliding_attention", "full_attention"]}

CONFIGS: dict[str, Mapping[str, Any]] = {
    "bloom": {**_OWN_WORDS, "hidden_size": HIDDEN, "n_layer": LAYERS, "n_head": HEADS, "seq_length": 128},
    "llama": _COMMON,
    "mistral": _COMMON,
    "qwen2": _COMMON,
    "qwen3": _HEAD_DIM,
    "gemma": _HEAD_DIM,
    "gemma2": {**_HEAD_DIM, "query_pre_attn_scalar": 4, "sliding_window": 16},
    "gemma3_text": _GEMMA3,
    "gemma3": {
        "text_config": dict(_GEMMA3),
        "vision_config": dict(
            hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1, image_size=8, patch_size=4
        ),
        "mm_tokens_per_image": 4,
        "boi_token_index": 250,
        "eoi_token_index": 251,
        "image_token_index": 252,
    },
    "olmo": _COMMON,
    "olmo2": _COMMON,
    "cohere": _COMMON,
    "phi3": _COMMON,
    "gpt2": {**_OWN_WORDS, **_GPT2},
    "gpt_neox": _COMMON,
    "opt": {
        **_OWN_WORDS,
        **_FAIRSEQ,
        "hidden_size": HIDDEN,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
    }
    | {"word_embed_proj_dim": HIDDEN},
    "xglm": {**_OWN_WORDS, **_FAIRSEQ, "d_model": HIDDEN, "num_layers": LAYERS, "attention_heads": HEADS},
    "falcon": {**_OWN_WORDS, "hidden_size": HIDDEN, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS}
    | {"ffn_hidden_size": WIDTH, "max_position_embeddings": 128},
    "phi": {**_COMMON, "partial_rotary_factor": 0.5},
}


def tiny_tokenizer() -> Any:
    """A real fast tokenizer of 256 bytes and 3 special tokens: any script tokenises, and decodes to itself."""
    from tokenizers import Tokenizer, decoders, pre_tokenizers
    from tokenizers.models import BPE
    from transformers import PreTrainedTokenizerFast

    symbols = [*SPECIALS, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    tokenizer = Tokenizer(BPE({symbol: i for i, symbol in enumerate(symbols)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=SPECIALS[0],
        eos_token=SPECIALS[1],
        pad_token=SPECIALS[2],
        clean_up_tokenization_spaces=False,
    )


def tiny_network(model_type: str, seed: int = 0, **overrides: Any) -> Any:
    """A random causal LM of transformers; weights are larger than usual, so that small errors cannot hide.

    `overrides` replace entries of the tiny configuration; a type without one is built from them alone.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.for_model(model_type, **{**CONFIGS.get(model_type, {}), **overrides})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
        with torch.no_grad():
            for weight in network.parameters():
                if weight.ndim > 1:
                    weight.normal_(std=0.3)
    return network.eval()


def tiny_model(model_type: str, seed: int = 0, **overrides: Any) -> LanguageModel:
    """A tiny random model of one architecture, ready to be measured."""
    return wrap_model(tiny_network(model_type, seed, **overrides), tiny_tokenizer(), name=f"tiny-{model_type}")


def save_tiny(model_type: str, folder: Path, seed: int = 0, **overrides: Any) -> Path:
    """Writes a tiny model and its tokenizer as `save_pretrained` does."""
    folder = Path(folder)
    tiny_network(model_type, seed, **overrides).save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    return folder
