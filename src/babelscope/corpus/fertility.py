"""A corpus and its token counts in, tokens per word and per character out: what each language costs a tokenizer."""

from collections.abc import Mapping
from typing import TypedDict

from babelscope import languages
from babelscope.corpus.parallel import ParallelCorpus

__all__ = ["UNSPACED_SCRIPTS", "Fertility", "fertility"]

UNSPACED_SCRIPTS = frozenset({"Hans", "Hant", "Hani", "Jpan", "Thai", "Laoo", "Khmr", "Mymr", "Tibt"})
"""Scripts written without spaces between words, where tokens per word mean nothing."""


class Fertility(TypedDict):
    """What the sentences of one language cost."""

    tokens: int
    per_word: float | None
    """Tokens per whitespace-separated word; None for scripts without spaces."""
    per_character: float
    """Tokens per character that is no white space."""


def fertility(corpus: ParallelCorpus, tokens: Mapping[str, int]) -> dict[str, Fertility]:
    """Tokens per word and per character of each language.

    Args:
        corpus: The sentences.
        tokens: Tokens of each language's sentences, specials not counted.
    """
    result: dict[str, Fertility] = {}
    for code in corpus.languages:
        words = [word for text in corpus[code] for word in text.split()]
        spaced = languages.script(code) not in UNSPACED_SCRIPTS
        result[code] = Fertility(
            tokens=tokens[code],
            per_word=tokens[code] / len(words) if spaced else None,
            per_character=tokens[code] / sum(map(len, words)),
        )
    return result
