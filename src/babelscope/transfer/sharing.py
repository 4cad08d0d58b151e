"""Examples in, their ids dealt to train, dev and test out; and every way in which a test could have been seen."""

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from babelscope.errors import CorpusError
from babelscope.transfer.examples import NO_LABEL, Example

__all__ = ["PARTS", "Parts", "deal", "dev_from_train", "first_by_hash", "first_words", "normalised", "shared_out"]

PARTS = ("train", "dev", "test")
_TRAIN, _DEV = 0.7, 0.1

Parts = dict[str, list[Example]]
"""Examples by part: train, dev, test."""


def _rank(seed: int, key: str) -> str:
    """Where an id stands in the order of a seed."""
    return hashlib.sha256(f"{seed}:{key}".encode()).hexdigest()


def deal(ids: Iterable[str], seed: int = 0) -> dict[str, str]:
    """The part of every id: 70 % train, 10 % dev and the rest test, exactly, in the order of their hashes.

    The hash is of the seed and the id alone, so neither the order of the data nor the machine matters.

    Args:
        ids: Of the source language's examples; equal ones count once.
        seed: Of the split.

    Raises:
        CorpusError: If there are too few for every part to have one.
    """
    order = sorted(set(ids), key=lambda key: _rank(seed, key))
    train, dev = round(_TRAIN * len(order)), round(_DEV * len(order))
    if min(train, dev, len(order) - train - dev) < 1:
        raise CorpusError(
            f"{len(order)} sentences are too few to train on 70 %, choose on 10 % and test on 20 %; give at least 10"
        )
    return {key: PARTS[(place >= train) + (place >= train + dev)] for place, key in enumerate(order)}


def shared_out(
    examples: Mapping[str, Sequence[Example]], source: str, seed: int = 0
) -> tuple[dict[str, Parts], list[str]]:
    """Deals examples without a split of their own, so that translations of one sentence never come apart.

    The ids of the source language alone decide: a further target changes no other language's examples. A target keeps
    the ids of the test, and those that the source does not have, which nothing was trained on.

    Args:
        examples: By language.
        source: The language of training.
        seed: Of the split.

    Returns:
        Examples by language and part, and the languages that share no id with the source.
    """
    part = deal((one.id for one in examples[source]), seed)
    made: dict[str, Parts] = {}
    for language, own in examples.items():
        made[language] = {name: [one for one in own if part.get(one.id, "test") == name] for name in PARTS}
    apart = [language for language, own in examples.items() if not any(one.id in part for one in own)]
    return made, apart


def normalised(example: Example) -> str:
    """Text by which equal sentences are known: letter case, spaces and compatible spellings aside."""
    texts = (unicodedata.normalize("NFKC", text).casefold() for text in (example.text, example.text_b))
    return "\n".join(" ".join(text.split()) for text in texts)


def first_by_hash(examples: Sequence[Example], n: int | None, seed: int) -> tuple[Example, ...]:
    """So many of the examples, those whose ids come first in the order of the seed; in the order they had.

    Parallel languages keep the same sentences. All, where `n` is None.
    """
    if n is None or n >= len(examples):
        return tuple(examples)
    kept = set(sorted({one.id for one in examples}, key=lambda key: _rank(seed, key))[:n])
    return tuple(one for one in examples if one.id in kept)


def dev_from_train(parts: Parts, seed: int) -> Parts:
    """The same with a tenth of the training examples, at least one, as its development set."""
    rest = sorted({one.id for one in parts["train"]}, key=lambda key: _rank(seed, key))
    chosen = set(rest[: max(1, round(_DEV * len(rest)))])
    return {
        **parts,
        "train": [one for one in parts["train"] if one.id not in chosen],
        "dev": [one for one in parts["train"] if one.id in chosen],
    }


def first_words(examples: Sequence[Example], most: int) -> tuple[Example, ...]:
    """Examples with so many labels between them at most, at least one; those whose ids come first in hash order."""
    total = sum(_labelled(one) for one in examples)
    if total <= most:
        return tuple(examples)
    kept: set[str] = set()
    for one in sorted(examples, key=lambda one: _rank(0, one.id)):
        most -= _labelled(one)
        if most < 0 and kept:
            break
        kept.add(one.id)
    return tuple(one for one in examples if one.id in kept)


def _labelled(example: Example) -> int:
    return sum(label != NO_LABEL for label in example.gold)
