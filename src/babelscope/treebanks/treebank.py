"""Sentences whose words carry morphological values, and the account of how the values came about."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from babelscope.corpus.parallel import CorpusSource
from babelscope.provenance import text_hash

__all__ = ["AttributeCounts", "ConversionReport", "TaggedSentence", "Treebank", "Word"]

_TOP = 40


@dataclass(frozen=True)
class Word:
    """One word as it is written: what a vector and a label belong to."""

    form: str
    """As the treebank spells it."""
    lemma: str
    """The casefolded form where the treebank gives no lemma, as it hardly ever does for multiword tokens."""
    start: int
    """Character of the sentence's text at which it begins."""
    end: int
    """Character after its last one."""
    features: Mapping[str, str]
    """Value by attribute, {"POS": "N", "Gender": "FEM"}; attributes without one value are absent."""
    upos: str = ""
    """Universal part of speech as the treebank gives it; empty where it gives none, and for multiword tokens."""


@dataclass(frozen=True)
class TaggedSentence:
    """One sentence, whole as a model reads it, and the words in it."""

    id: str
    text: str
    words: tuple[Word, ...]


@dataclass(frozen=True)
class AttributeCounts:
    """What became of one attribute: each word that carries it is counted once."""

    labelled: int = 0
    """Words with exactly one value."""
    conflicts: int = 0
    """Words whose annotation gives two values of it: left without one."""
    disjunctions: int = 0
    """Words annotated with alternatives (`Case=Acc,Dat`): left without a value."""
    dropped_in_multiword: int = 0
    """Multiword tokens in which several words carry it: left without a value."""


@dataclass(frozen=True)
class ConversionReport:
    """What was read, what was given a value, and what was not."""

    sentences: int
    words: int
    """Words of all sentences; a multiword token counts as one."""
    multiword_tokens: int
    empty_nodes: int
    """Nodes without a surface (ids such as 8.1), which are dropped."""
    lemmaless_words: int
    """Words without a lemma, multiword tokens included; their casefolded form stands in for it."""
    texts_rebuilt: int
    """Sentences whose `# text` is absent or is not spelt by their words: joined from the words instead."""
    attributes: Mapping[str, AttributeCounts]
    conflicting: Mapping[str, int]
    """How often which values met in one word ("POS ADJ/V.PTCP"), most frequent first."""
    unmapped: Mapping[str, int]
    """Items that have no value in the schema ("PronType=Art"), most frequent first."""
    sentences_left_out: Mapping[str, int]
    """Reason -> count."""
    edited: bool = False
    """Whether the edits of the language were applied: asked for, and the language has some."""

    def as_dict(self) -> dict[str, object]:
        """The report as results store it; the longest lists are cut."""
        counts = {
            name: {
                "labelled": row.labelled,
                "conflicts": row.conflicts,
                "disjunctions": row.disjunctions,
                "dropped_in_multiword": row.dropped_in_multiword,
            }
            for name, row in self.attributes.items()
        }
        return {
            "sentences": self.sentences,
            "words": self.words,
            "multiword_tokens": self.multiword_tokens,
            "empty_nodes": self.empty_nodes,
            "lemmaless_words": self.lemmaless_words,
            "texts_rebuilt": self.texts_rebuilt,
            "attributes": counts,
            "conflicting": dict(list(self.conflicting.items())[:_TOP]),
            "unmapped": dict(list(self.unmapped.items())[:_TOP]),
            "sentences_left_out": dict(self.sentences_left_out),
            "edited": self.edited,
        }


@dataclass(frozen=True)
class Treebank:
    """The tagged sentences of one language."""

    language: str
    """BCP-47 code as `languages.canonical` spells it."""
    name: str
    sentences: tuple[TaggedSentence, ...]
    source: CorpusSource
    report: ConversionReport = field(repr=False)

    @cached_property
    def hash(self) -> str:
        """16 hex digits over the language, the texts, the places of the words, their lemmas and their values."""
        rows = [
            [s.text, [[w.form, w.lemma, w.start, w.end, sorted(w.features.items())] for w in s.words]]
            for s in self.sentences
        ]
        return text_hash(self.language, *(json.dumps(row, ensure_ascii=False) for row in rows))
