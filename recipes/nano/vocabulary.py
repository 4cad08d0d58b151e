"""Lines of text or a folder in, a byte-level BPE tokenizer out."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from babelscope.errors import BabelscopeError

__all__ = ["encode", "load_tokenizer", "train_tokenizer"]

_SPECIALS: Mapping[str, str] = {"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}


def load_tokenizer(folder: Path) -> Any:
    """The tokenizer that a folder holds.

    Raises:
        BabelscopeError: If it holds none.
    """
    from transformers import AutoTokenizer

    if not (Path(folder) / "tokenizer.json").is_file():
        raise BabelscopeError(f"{folder} has no tokenizer.json; --tokenizer expects a folder that was saved with one")
    return AutoTokenizer.from_pretrained(folder)


def train_tokenizer(lines: Iterable[str], vocabulary: int) -> Any:
    """Byte-level BPE: any text can be spelled, and decodes to itself.

    Args:
        lines: Text of all languages.
        vocabulary: Most entries there will be, special tokens and the 256 bytes included.

    Raises:
        BabelscopeError: If not even the bytes have room.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    least = len(alphabet) + len(_SPECIALS)
    if vocabulary < least:
        raise BabelscopeError(
            f"--vocabulary {vocabulary} has no room for {least} bytes and special tokens; give more"
        )
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=list(_SPECIALS.values()),
        initial_alphabet=alphabet,
        show_progress=False,
    )
    made.train_from_iterator(lines, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=made, clean_up_tokenization_spaces=False, **_SPECIALS)


def encode(tokenizer: Any, text: str) -> np.ndarray:
    """Token ids of a text, without special tokens."""
    return np.array(tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"], dtype=np.int32)
