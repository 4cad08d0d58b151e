"""A tokenizer and text in, token ids out; a tokenizer that loses all text is told from one that changes some."""

import unicodedata
from collections.abc import Sequence
from typing import Any

from babelscope.errors import ModelError

__all__ = ["check_tokenizer_reads", "comes_back", "token_ids"]

_ENOUGH = 0.1
"""Share of a sentence's letter pairs below which decoding gave nothing back: unknown-token marks share a few."""

# One phrase per script: a tokenizer made for one language need not know the letters of another.
_PHRASES = (
    "Это очень маленькая книга.",
    "Αυτό είναι ένα μικρό βιβλίο.",
    "هذا كتاب صغير في البيت.",
    "זה ספר קטן בבית.",
    "यह एक छोटी किताब है।",
    "এটি একটি ছোট বই।",
    "இது ஒரு சிறிய புத்தகம்.",
    "นี่คือหนังสือเล่มเล็ก",
    "这是一本小书。",
    "これは小さな本です。",
    "이것은 작은 책입니다.",
    "ይህ ትንሽ መጽሐፍ ነው።",
)


def token_ids(tokenizer: Any, sentences: Sequence[str], name: str) -> list[list[int]]:
    """Token ids of each sentence, without any special token.

    Args:
        tokenizer: A Hugging Face tokenizer.
        sentences: The text; not empty.
        name: What to call the model in errors.

    Raises:
        ModelError: If the tokenizer fails on them.
    """
    try:
        return tokenizer(list(sentences), add_special_tokens=False, verbose=False)["input_ids"]
    # The tokenizers library raises bare exceptions.
    except Exception as error:
        reason = " ".join(str(error).split()).rstrip(".;") or type(error).__name__
        raise ModelError(
            f"the tokenizer of {name} cannot encode the text ({reason[:240]}); "
            "name the tokenizer this model was trained with (--tokenizer)"
        ) from error


def check_tokenizer_reads(tokenizer: Any, sentence: str, name: str) -> list[int]:
    """Token ids of a sentence, from a tokenizer that gives back some of it or of a phrase in another script.

    Args:
        tokenizer: A Hugging Face tokenizer.
        sentence: What to try first.
        name: What to call the model in errors.

    Raises:
        ModelError: If nothing comes back of any: every text would then look the same.
    """
    ids = token_ids(tokenizer, [sentence], name)[0]
    if not comes_back(sentence, tokenizer.decode(ids, skip_special_tokens=True)):
        others = token_ids(tokenizer, _PHRASES, name)
        if not any(
            comes_back(phrase, tokenizer.decode(own, skip_special_tokens=True))
            for phrase, own in zip(_PHRASES, others, strict=True)
        ):
            raise ModelError(
                f"the tokenizer of {name} knows no text: nothing of a plain sentence comes back from its "
                f"{len(ids)} tokens; name the tokenizer this model was trained with (--tokenizer)"
            )
    return ids


def comes_back(sentence: str, decoded: str) -> bool:
    """Tells whether a good part of a sentence is still in what its tokens decode to.

    Case, accents, spaces and punctuation do not count: normal tokenizers may change those.

    Args:
        sentence: What was encoded.
        decoded: What came back.
    """
    wanted = _pairs(sentence)
    return not wanted or len(wanted & _pairs(decoded)) >= _ENOUGH * len(wanted)


def _pairs(text: str) -> set[str]:
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text).casefold() if letter.isalnum())
    return {plain[i : i + 2] for i in range(max(len(plain) - 1, min(len(plain), 1)))}
