"""A treebank and its split in, its usable words as arrays out: place, lemma, part and the value of each attribute."""

import random
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Int

from babelscope.probing.splits import PARTS, LemmaSplit
from babelscope.probing.values import Counts

if TYPE_CHECKING:
    from babelscope.treebanks import Treebank

__all__ = ["WordTable", "capped", "tabulate"]


@dataclass(frozen=True, eq=False)
class WordTable:
    """The words of one treebank that carry any attribute and have a vector, in its order."""

    places: Int[np.ndarray, "word 2"]
    """Sentence and word within it."""
    lemmas: Int[np.ndarray, " word"]
    """Ids in the split."""
    parts: Int[np.ndarray, " word"]
    """Places in `PARTS`."""
    values: dict[str, list[str | None]]
    """By attribute."""
    unusable: dict[str, int]
    """By attribute, words that carry it and have no vector."""

    def every(self, attribute: str) -> list[str]:
        """The values an attribute has, in alphabetical order."""
        return sorted({value for value in self.values.get(attribute, []) if value is not None})

    def labels(self, attribute: str, values: Sequence[str]) -> Int[np.ndarray, " word"]:
        """Place of each word's value in `values`, -1 where it has none of them."""
        code: dict[str | None, int] = {value: i for i, value in enumerate(values)}
        own = self.values.get(attribute, [])
        return np.array([code.get(value, -1) for value in own] or [-1] * len(self.places), dtype=np.int64)

    def counts(
        self, attribute: str, words: Int[np.ndarray, " chosen"], resamples: Sequence[Bool[np.ndarray, " lemma"]]
    ) -> Counts:
        """Words of each value in each part; in train, the fewest that any resample leaves.

        Args:
            attribute: Which one.
            words: Which words, all of which carry it.
            resamples: The lemmas that each seed keeps.
        """
        every = self.every(attribute)
        labels, parts = self.labels(attribute, every)[words], self.parts[words]
        whole = np.array([np.bincount(labels[parts == code], minlength=len(every)) for code in range(len(PARTS))])
        for kept in resamples:
            left = labels[(parts == 0) & kept[self.lemmas[words]]]
            whole[0] = np.minimum(whole[0], np.bincount(left, minlength=len(every)))
        columns = whole.T.tolist()
        return {value: dict(zip(PARTS, column, strict=True)) for value, column in zip(every, columns, strict=True)}


def tabulate(treebank: "Treebank", split: LemmaSplit, unusable: Collection[tuple[int, int]]) -> WordTable:
    """Collects the words that carry at least one attribute.

    Args:
        treebank: The sentences.
        split: Knows every lemma.
        unusable: Words to leave out, as (sentence, word).
    """
    places, lemmas = [], []
    features = []
    lost: Counter[str] = Counter()
    for s, sentence in enumerate(treebank.sentences):
        for w, word in enumerate(sentence.words):
            if (s, w) in unusable:
                lost.update(word.features.keys())
            elif word.features:
                places.append((s, w))
                lemmas.append(split.ids[word.lemma])
                features.append(word.features)
    ids = np.array(lemmas, dtype=np.int64)
    attributes = sorted({attribute for own in features for attribute in own})
    values = {attribute: [own.get(attribute) for own in features] for attribute in attributes}
    return WordTable(np.array(places, dtype=np.int64).reshape(-1, 2), ids, split.codes[ids], values, dict(lost))


def capped(table: WordTable, attribute: str, caps: Sequence[int], floor: int, seed: int = 0) -> np.ndarray:
    """Words that carry an attribute, at most so many in each part: every value by its share, rare ones a little more.

    Args:
        table: The words of a language.
        attribute: Which one.
        caps: Most words of train, dev and test.
        floor: A value loses no words below this number.
        seed: Of the sample.

    Returns:
        Places in the table, ascending.
    """
    every = table.every(attribute)
    labels = table.labels(attribute, every)
    chosen: list[int] = []
    for code, (part, cap) in enumerate(zip(PARTS, caps, strict=True)):
        groups = [np.flatnonzero((table.parts == code) & (labels == label)).tolist() for label in range(len(every))]
        quotas = _quotas([len(group) for group in groups], cap, floor)
        for value, group, quota in zip(every, groups, quotas, strict=True):
            chosen += random.Random(f"cap {seed} {attribute} {value} {part}").sample(group, quota)
    return np.array(sorted(chosen), dtype=np.int64)


def _quotas(counts: Sequence[int], cap: int, floor: int) -> list[int]:
    """How many of each group to take: `floor` or all, and of what is over by shares, the cap being reached exactly.

    The cap gives way where the floors alone exceed it.
    """
    if sum(counts) <= cap:
        return list(counts)
    base = [min(count, floor) for count in counts]
    over = [count - least for count, least in zip(counts, base, strict=True)]
    room = max(0, cap - sum(base))
    exact = [room * extra / max(1, sum(over)) for extra in over]
    quotas = [least + int(part) for least, part in zip(base, exact, strict=True)]
    by_remainder = sorted(range(len(counts)), key=lambda i: (int(exact[i]) - exact[i], i))
    for i in by_remainder[: room - sum(map(int, exact))]:
        quotas[i] += 1
    return quotas
