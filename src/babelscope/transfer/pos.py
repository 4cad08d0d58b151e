"""Treebanks in, sentences with the universal part of speech of each of their words out."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from babelscope.errors import CorpusError
from babelscope.languages import name
from babelscope.transfer.examples import NO_LABEL, Example
from babelscope.transfer.wanted import check_languages
from babelscope.treebanks import Treebank, load_treebanks
from babelscope.treebanks.files import find_treebanks, language_of

__all__ = ["UPOS", "read_pos"]

UPOS = (
    "ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN", "PUNCT", "SCONJ",
    "SYM", "VERB", "X",
)  # fmt: skip
"""Universal Dependencies' 17 parts of speech."""
_PLACE = {tag: place for place, tag in enumerate(UPOS)}


def read_pos(
    places: Sequence[str], source: str, targets: Sequence[str] | None
) -> tuple[dict[str, list[Example]], dict[str, dict[str, Any]]]:
    """The sentences of one or more places of treebanks, with each word's part of speech.

    Args:
        places: As for `load_treebanks`.
        source: The language of training.
        targets: The languages to test; all that are there by default.

    Returns:
        Examples by language, and what was read and left without a label, by language.

    Raises:
        CorpusError: If a language is in no place or in two, or two sentences of a language have one id.
    """
    banks = _load(places, source, targets)
    made: dict[str, list[Example]] = {}
    counted: dict[str, dict[str, Any]] = {}
    for language, bank in banks.items():
        made[language], reasons = _examples(bank)
        counted[language] = {
            "treebank": bank.name,
            "place": bank.source.location,
            "words": sum(len(sentence.words) for sentence in bank.sentences),
            "unlabelled": dict(reasons),
        }
    return made, counted


def _load(places: Sequence[str], source: str, targets: Sequence[str] | None) -> dict[str, Treebank]:
    """The treebanks of all places by language."""
    wanted = None if targets is None else [source, *targets]
    there: set[str] = set()
    banks: dict[str, Treebank] = {}
    for place in places:
        known = _languages(place)
        there |= set(known or ())
        own = wanted if known is None or wanted is None else [code for code in wanted if code in known]
        if own == []:
            continue
        for code, bank in load_treebanks(place, own).items():
            if code in banks:
                first = banks[code].source.location
                raise CorpusError(f"{name(code)} is both in {first} and in {place}; keep one treebank per language")
            banks[code] = bank
    check_languages(there | banks.keys(), source, targets, " + ".join(places))
    return banks


def _languages(place: str) -> list[str] | None:
    """The languages of a place, if that can be told without reading it."""
    if place.startswith("hf:"):
        configs = place.split("@")[0].split(":")[2:]
        named = [language_of(config.strip()) for config in configs[0].split(",")] if configs else []
        return [code for code in named if code] or None
    if place == "grammar":
        from babelscope.treebanks.grammar import LANGUAGES

        return list(LANGUAGES)
    path = Path(place).expanduser()
    if path.is_dir():
        return list(find_treebanks(path)) or None
    named = language_of(path.stem)
    return [named] if named else None


def _examples(bank: Treebank) -> tuple[list[Example], Counter[str]]:
    """A treebank's sentences, and the words left without a label, by reason."""
    reasons: Counter[str] = Counter()
    made = []
    repeated, times = Counter(sentence.id for sentence in bank.sentences).most_common(1)[0]
    if times > 1:
        raise CorpusError(
            f"id {repeated!r} is on {times} sentences of {bank.name} ({bank.language}); expected each to "
            "have a sent_id of its own, by which sentences are split"
        )
    for sentence in bank.sentences:
        labels = [_PLACE.get(word.upos, NO_LABEL) for word in sentence.words]
        for word, label in zip(sentence.words, labels, strict=True):
            if label == NO_LABEL:
                reasons[f"{word.upos} is none of the 17" if word.upos else "multiword token or untagged"] += 1
        spans = tuple((word.start, word.end) for word in sentence.words)
        made.append(Example(sentence.id, sentence.text, spans=spans, labels=tuple(labels)))
    return made, reasons
