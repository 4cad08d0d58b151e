"""Examples in; token ids, the positions a label is read at, and what was cut, out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from jaxtyping import Int

from babelscope.activations import word_pieces
from babelscope.transfer.examples import NO_LABEL, Example, Kind, as_treebank

if TYPE_CHECKING:
    from babelscope.models import LanguageModel

__all__ = ["Encoded", "encode", "joined"]

_AT_A_TIME = 4096
"""Examples tokenised together: lists of Python's integers take ten times the memory of what is kept of them."""


@dataclass(frozen=True, eq=False)
class Encoded:
    """One example as the model reads it."""

    ids: Int[np.ndarray, " token"]
    """Leading specials included."""
    places: Int[np.ndarray, " item"]
    """Positions in `ids` at which something is to be told: one token of every word, or the last of all."""
    items: Int[np.ndarray, " item"]
    """Which of the example's labels belongs to each place; words without a token have no place."""
    targets: Int[np.ndarray, " item"]
    """Those labels; NO_LABEL where there is none."""
    size: int
    """Words of the example, or 1 of a whole text."""
    cut: bool
    """Whether the text was longer than could be read."""

    @property
    def labelled(self) -> "Encoded":
        """The same with only the places that have a label."""
        kept = self.targets != NO_LABEL
        return Encoded(self.ids, self.places[kept], self.items[kept], self.targets[kept], self.size, self.cut)


def joined(example: Example, separator: str) -> str:
    """The text of an example, or its two with the separator between them; without spaces or line breaks at the end.

    Args:
        example: Of a task whose texts are labelled.
        separator: Between the two texts.
    """
    return f"{example.text}{separator}{example.text_b}".rstrip() if example.text_b else example.text.rstrip()


def encode(
    model: "LanguageModel",
    kind: Kind,
    examples: Sequence[Example],
    *,
    longest: int,
    piece: Literal["last", "first"] = "last",
    separator: str = "\n",
) -> list[Encoded]:
    """Tokenises examples, each as a model reads it.

    What is longer than `longest` loses its end where words are labelled, and the words there their places. Where a
    whole text is, it loses its beginning: a causal model tells what it has read at the last token.

    Args:
        model: Whose tokenizer to use.
        kind: Whether words or texts are labelled.
        examples: In any order, which is kept.
        longest: Tokens, specials included.
        piece: Which of a word's tokens is its place.
        separator: Between the two texts of a pair.

    Raises:
        ModelError: If the tokenizer fails, or, where words are labelled, does not say which characters its tokens
            cover.
    """
    found: list[Encoded] = []
    for start in range(0, len(examples), _AT_A_TIME):
        part = examples[start : start + _AT_A_TIME]
        if kind == "tokens":
            found += _words(model, part, longest, piece)
        else:
            found += _texts(model, part, longest, separator)
    return found


def _words(
    model: "LanguageModel", examples: Sequence[Example], longest: int, piece: Literal["last", "first"]
) -> list[Encoded]:
    pieces = word_pieces(model, as_treebank(examples, "und"))
    found = []
    for example, ids, words in zip(examples, pieces.ids, pieces.places, strict=True):
        own = [(places[-1] if piece == "last" else places[0], item) for item, places in enumerate(words) if places]
        kept = [(place, item) for place, item in own if place < longest]
        found.append(
            Encoded(
                ids=np.array(ids[:longest], dtype=np.int32),
                places=np.array([place for place, _ in kept], dtype=np.int32),
                items=np.array([item for _, item in kept], dtype=np.int32),
                targets=np.array([example.labels[item] for _, item in kept], dtype=np.int32),
                size=len(words),
                cut=len(ids) > longest,
            )
        )
    return found


def _texts(model: "LanguageModel", examples: Sequence[Example], longest: int, separator: str) -> list[Encoded]:
    found = []
    for example, ids in zip(examples, model.encode([joined(one, separator) for one in examples]), strict=True):
        cut = len(ids) > longest
        kept = [*ids[: model.special], *ids[len(ids) - longest + model.special :]] if cut else ids
        last = [len(kept) - 1] if len(kept) > model.special else []
        found.append(
            Encoded(
                ids=np.array(kept, dtype=np.int32),
                places=np.array(last, dtype=np.int32),
                items=np.zeros(len(last), dtype=np.int32),
                targets=np.array([example.label] * len(last), dtype=np.int32),
                size=1,
                cut=cut,
            )
        )
    return found
