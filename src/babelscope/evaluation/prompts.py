"""A parallel corpus in, the prompts that a model is to continue out: the first half of each sentence."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import regex

from babelscope.corpus import load_corpus
from babelscope.corpus.fertility import UNSPACED_SCRIPTS
from babelscope.corpus.parallel import ParallelCorpus
from babelscope.errors import CorpusError
from babelscope.languages import script

__all__ = ["Prompt", "first_half", "plan_prompts", "read_prompt_corpus"]

# A space before closing or separating punctuation (French has one) is no place to stop reading.
_BETWEEN_WORDS = regex.compile(r"(?<=\S)\s+(?=[^\s\p{Po}\p{Pe}\p{Pf}\p{Pd}])")


@dataclass(frozen=True)
class Prompt:
    """The beginning of one sentence."""

    language: str
    id: str
    """Id of the sentence in its corpus."""
    text: str


def first_half(sentence: str, language: str) -> str:
    """About half of a sentence's characters, without white space at its end.

    It stops between two words, as near to the middle as possible; in scripts without spaces, and where there is only
    one word, between two characters as people see them (grapheme clusters).

    Args:
        sentence: The text; not blank.
        language: BCP-47 code.
    """
    text = sentence.strip()
    if script(language) not in UNSPACED_SCRIPTS:
        middle = len(text) / 2
        ends = [found.start() for found in _BETWEEN_WORDS.finditer(text)]
        if ends:
            return text[: min(ends, key=lambda end: abs(end - middle))].rstrip()
    graphemes = regex.findall(r"\X", text)
    return "".join(graphemes[: max(1, len(graphemes) // 2)]).rstrip() or text


def read_prompt_corpus(source: str, languages: Sequence[str], known: Iterable[str], n: int) -> ParallelCorpus:
    """The corpus that prompts are taken from; where one language is asked for, another is read along.

    Args:
        source: As for `load_corpus`.
        languages: Whose prompts.
        known: Languages that a companion may be taken from; English if it is there.
        n: Prompts per language.
    """
    others = [code for code in known if code not in languages]
    companion = ([code for code in others if code == "en"] or others)[:1] if len(languages) == 1 else []
    return load_corpus(source, languages=[*languages, *companion], at_most=max(2, n))


def plan_prompts(corpus: ParallelCorpus, languages: Sequence[str], n: int) -> list[Prompt]:
    """The first halves of the first `n` sentences of each language.

    Args:
        corpus: The sentences.
        languages: Whose; in this order.
        n: Prompts per language.

    Raises:
        CorpusError: If the corpus has not that many sentences, or lacks a language.
    """
    if n < 1:
        raise CorpusError(f"need at least 1 prompt per language, got -n {n}")
    if n > corpus.n:
        raise CorpusError(
            f"asked for {n} prompts per language, but {corpus.name!r} has {corpus.n} sentences; "
            f"use -n {corpus.n} or less"
        )
    missing = [code for code in languages if code not in corpus.languages]
    if missing:
        raise CorpusError(
            f"{corpus.name!r} has no prompts in {', '.join(missing)}; it has {', '.join(corpus.languages)}: "
            "name some of those with --langs, or another corpus with --prompts"
        )
    return [Prompt(code, corpus.ids[i], first_half(corpus[code][i], code)) for code in languages for i in range(n)]
