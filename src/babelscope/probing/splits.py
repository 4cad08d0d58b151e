"""A treebank in, its lemmas dealt to train, dev and test out: seeded, hashed, kept for all layers and checkpoints."""

import random
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from jaxtyping import Bool, Int

from babelscope.errors import BabelscopeError, CorpusError
from babelscope.provenance import text_hash

if TYPE_CHECKING:
    from babelscope.treebanks import Treebank

__all__ = ["PARTS", "LemmaSplit", "PartName", "check_split", "split_lemmas"]

PartName = Literal["train", "dev", "test"]
PARTS: tuple[PartName, ...] = get_args(PartName)

_KEPT = 0.9
"""Share of the training lemmas that a seed keeps."""


@dataclass(frozen=True, eq=False)
class LemmaSplit:
    """Which part every lemma of a treebank belongs to; all its words go with it."""

    language: str
    treebank: str
    """Name of the treebank."""
    treebank_hash: str
    seed: int
    shares: tuple[float, float, float]
    lemmas: tuple[str, ...]
    """In code point order; a lemma's place is its id."""
    parts: tuple[PartName, ...]
    """Part of each lemma."""

    @cached_property
    def hash(self) -> str:
        """16 hex digits over language, lemmas and parts: equal splits, equal hashes, however they were made."""
        return text_hash(self.language, *self.lemmas, *self.parts)

    @cached_property
    def ids(self) -> dict[str, int]:
        """Id of each lemma."""
        return {lemma: i for i, lemma in enumerate(self.lemmas)}

    @cached_property
    def codes(self) -> Int[np.ndarray, " lemma"]:
        """Part of each lemma, as its place in `PARTS`."""
        return np.array([PARTS.index(part) for part in self.parts], dtype=np.int64)

    def __getitem__(self, lemma: str) -> PartName:
        """The part of a lemma."""
        return self.parts[self.ids[lemma]]

    def __len__(self) -> int:
        """Lemmas."""
        return len(self.lemmas)

    def resample(self, seed: int) -> Bool[np.ndarray, " lemma"]:
        """Which lemmas a seed keeps: 90 % of the training ones, and all others.

        Args:
            seed: Of a probe. Every seed leaves out its own tenth, 0 too, the same one for all attributes.
        """
        train = np.flatnonzero(self.codes == PARTS.index("train")).tolist()
        random.Random(f"resample {seed}").shuffle(train)
        kept = np.ones(len(self.lemmas), dtype=bool)
        kept[train[round(_KEPT * len(train)) :]] = False
        return kept


def split_lemmas(
    treebank: "Treebank", *, seed: int = 0, shares: tuple[float, float, float] = (0.8, 0.1, 0.1)
) -> LemmaSplit:
    """Deals the lemmas of a treebank to train, dev and test.

    Lemmas are sorted before they are shuffled, so neither the order of files nor the machine matters.

    Args:
        treebank: Its words' lemmas (forms, where it has none).
        seed: Of the shuffle.
        shares: Of the lemmas, for train, dev and test.

    Raises:
        CorpusError: If there are too few lemmas for every part to have one.
        BabelscopeError: If the shares are not positive or do not add up to 1.
    """
    if len(shares) != len(PARTS) or min(shares) <= 0 or abs(sum(shares) - 1) > 1e-9:
        raise BabelscopeError(
            f"shares must be three positive numbers that add up to 1 (train, dev, test), got {shares}"
        )
    lemmas = sorted({word.lemma for sentence in treebank.sentences for word in sentence.words})
    dev, test = (max(1, round(share * len(lemmas))) for share in shares[1:])
    if len(lemmas) - dev - test < 1:
        raise CorpusError(
            f"{treebank.name} ({treebank.language}) has {len(lemmas)} distinct lemmas, too few for train, dev and "
            "test to have one each; use a larger treebank"
        )
    order = list(range(len(lemmas)))
    random.Random(seed).shuffle(order)
    parts: list[PartName] = ["train"] * len(lemmas)
    for lemma in order[:dev]:
        parts[lemma] = "dev"
    for lemma in order[dev : dev + test]:
        parts[lemma] = "test"
    shares = (float(shares[0]), float(shares[1]), float(shares[2]))
    return LemmaSplit(treebank.language, treebank.name, treebank.hash, seed, shares, tuple(lemmas), tuple(parts))


def check_split(split: LemmaSplit, treebank: "Treebank") -> None:
    """Refuses a split that does not know every lemma of a treebank.

    Raises:
        BabelscopeError: If it is of another language or lacks a lemma.
    """
    lacking = {word.lemma for sentence in treebank.sentences for word in sentence.words} - split.ids.keys()
    if split.language != treebank.language or lacking:
        got = f"{len(lacking)} of whose lemmas it lacks" if lacking else "another language"
        raise BabelscopeError(
            f"the split of {split.treebank} ({split.language}) does not fit {treebank.name} ({treebank.language}), "
            f"{got}; make a split of that treebank"
        )
