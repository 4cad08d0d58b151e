"""A corpus and its token counts in, tokens per word and per character out: what each language costs a tokenizer."""

from collections.abc import Mapping

from babelscope import languages
from babelscope.corpus.parallel import ParallelCorpus

__all__ = ["UNSPACED_SCRIPTS", "fertility"]

UNSPACED_SCRIPTS = frozenset({"Hans", "Hant", "Hani", "Jpan", "Thai", "Laoo", "Khmr", "Mymr", "Tibt"})
"""Scripts written without spaces between words, where tokens per word mean nothing."""


def fertility(corpus: ParallelCorpus, tokens: Mapping[str, int]) -> dict[str, dict[str, float | int | None]]:
    """Tokens, tokens per whitespace-separated word (None for unspaced scripts) and per character, by language.

    Args:
        corpus: The sentences.
        tokens: Tokens of each language's sentences, specials not counted.
    """
    result: dict[str, dict[str, float | int | None]] = {}
    for code in corpus.languages:
        words = sum(len(text.split()) for text in corpus[code])
        characters = sum(len(text) for text in corpus[code])
        spaced = languages.script(code) not in UNSPACED_SCRIPTS
        result[code] = {
            "tokens": tokens[code],
            "per_word": tokens[code] / words if spaced else None,
            "per_character": tokens[code] / characters,
        }
    return result
