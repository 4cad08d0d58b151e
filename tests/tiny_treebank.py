"""Treebanks small enough to read, built without a file: words in their sentences, with the values they are given."""

from collections.abc import Mapping, Sequence

from babelscope.corpus.parallel import CorpusSource
from babelscope.treebanks import ConversionReport, TaggedSentence, Treebank, Word

EN = (
    "the|the|POS:DET red|red|POS:ADJ cats|cat|POS:N,Number:PL sleep|sleep|POS:V,Number:PL",
    "a|a|POS:DET cat|cat|POS:N,Number:SG naps|nap|POS:V,Number:SG .|.|",
    "it|it|POS:PRO,Number:SG is|be|POS:V,Number:SG old|old|POS:ADJ",
)
ZH = ("+红|红|POS:ADJ +猫|猫|POS:N +睡|睡|POS:V +。|。|", "+旧|旧|POS:ADJ +书|书|POS:N")


def sentence(marks: str, identity: str) -> TaggedSentence:
    """`form|lemma|Attribute:VALUE,...` by spaces; a plus before a form: no space before it."""
    text, words = "", []
    for mark in marks.split():
        form, lemma, tags = mark.removeprefix("+").split("|")
        if text and not mark.startswith("+"):
            text += " "
        features = dict(tag.split(":") for tag in tags.split(",")) if tags else {}
        words.append(Word(form, lemma, len(text), len(text) + len(form), features))
        text += form
    return TaggedSentence(identity, text, tuple(words))


def treebank(language: str, sentences: Sequence[TaggedSentence]) -> Treebank:
    """A treebank of given sentences."""
    words = sum(len(found.words) for found in sentences)
    report = ConversionReport(len(sentences), words, 0, 0, 0, 0, {}, {}, {}, {})
    return Treebank(language, f"tiny-{language}", tuple(sentences), CorpusSource("test"), report)


def tiny_treebank(language: str = "en") -> Treebank:
    """A few real sentences."""
    marks = {"en": EN, "zh": ZH}[language]
    return treebank(language, [sentence(mark, f"{language}-{i}") for i, mark in enumerate(marks, start=1)])


def drawn_treebank(language: str, attribute: str, lemmas: Mapping[str, int], words: int = 4) -> Treebank:
    """Sentences of one attribute: `words` words of each of so many lemmas of every value."""
    marks = [
        f"{value.lower()}{i}|{value.lower()}{i}|{attribute}:{value}"
        for value, count in lemmas.items()
        for i in range(count)
        for _ in range(words)
    ]
    chunks = [" ".join(marks[start : start + 8]) for start in range(0, len(marks), 8)]
    return treebank(language, [sentence(chunk, str(i)) for i, chunk in enumerate(chunks)])
