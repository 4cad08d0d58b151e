"""What a model is trained and tested on: sentences with a label, or with a label per word, by language and part."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from babelscope.corpus.parallel import CorpusSource
from babelscope.provenance import text_hash
from babelscope.treebanks import ConversionReport, TaggedSentence, Treebank, Word

__all__ = ["NO_LABEL", "Example", "Kind", "TransferTask", "as_treebank"]

Kind = Literal["tokens", "sequence"]
"""What a label is given to: each word, or a whole sentence (or pair of sentences)."""
NO_LABEL = -1
"""Stands where a word has no label; as a prediction, where a word has no token."""


@dataclass(frozen=True)
class Example:
    """One sentence, or one pair of sentences, and what is to be told of it."""

    id: str
    """Shared by translations of one another, where the data says which these are."""
    text: str
    text_b: str = ""
    """Second sentence of a pair; empty where there is none."""
    label: int = NO_LABEL
    """Place in the task's labels; of a task of `tokens` it is not used."""
    spans: tuple[tuple[int, int], ...] = ()
    """First character and the one after the last, in `text`, of every word."""
    labels: tuple[int, ...] = ()
    """Place in the task's labels of every word; `NO_LABEL` where it has none."""

    @property
    def gold(self) -> tuple[int, ...]:
        """What is to be told: one number for every word, or one for the whole."""
        return self.labels if self.spans else (self.label,)

    def joined(self, separator: str = "\n") -> str:
        """What a model reads: the text, or both texts with the separator between."""
        return f"{self.text}{separator}{self.text_b}" if self.text_b else self.text


@dataclass(frozen=True, eq=False)
class TransferTask:
    """What is learnt in one language and tested in all; made by `load_task`."""

    name: str
    """`pos`, `nli`, or the name of a table."""
    kind: Kind
    labels: tuple[str, ...]
    source: str
    """BCP-47 code of the one language there is training in."""
    train: tuple[Example, ...] = field(repr=False)
    """Of the source language, as is `dev`."""
    dev: tuple[Example, ...] = field(repr=False)
    test: Mapping[str, tuple[Example, ...]] = field(repr=False)
    """By language, in the order figures show them, the source among them."""
    report: Mapping[str, Any] = field(repr=False)
    """What was read, left out and counted, in plain JSON types."""
    data: str
    """Where the data came from."""

    @property
    def languages(self) -> tuple[str, ...]:
        """All that are tested."""
        return tuple(self.test)

    @property
    def targets(self) -> tuple[str, ...]:
        """All that are tested but the source."""
        return tuple(language for language in self.test if language != self.source)

    @cached_property
    def hash(self) -> str:
        """16 hex digits over the kind, the labels, and every text, place and label in each part."""
        parts = {"train": self.train, "dev": self.dev, **self.test}
        rows = [
            [part, [[one.id, one.text, one.text_b, one.label, one.spans, one.labels] for one in examples]]
            for part, examples in parts.items()
        ]
        head = (self.name, self.kind, self.source, *self.labels)
        return text_hash(*head, *(json.dumps(row, ensure_ascii=False) for row in rows))


def as_treebank(
    examples: Sequence[Example], language: str, name: str = "transfer", separator: str = "\n"
) -> Treebank:
    """Examples as a treebank, for what reads the words of one (`word_pieces`, `word_vectors`).

    An example with a label for the whole becomes a sentence of one word, which is all of it.

    Args:
        examples: Of a task of either kind.
        language: BCP-47 code.
        name: What errors call it.
        separator: What stands between the two sentences of a pair.
    """
    sentences = tuple(_tagged(one, separator) for one in examples)
    words = sum(len(sentence.words) for sentence in sentences)
    report = ConversionReport(len(sentences), words, 0, 0, 0, 0, {}, {}, {}, {})
    return Treebank(language, name, sentences, CorpusSource(name), report)


def _tagged(example: Example, separator: str) -> TaggedSentence:
    text = example.joined(separator)
    spans = example.spans or ((0, len(text)),)
    return TaggedSentence(example.id, text, tuple(Word(text[a:b], text[a:b], a, b, {}) for a, b in spans))
