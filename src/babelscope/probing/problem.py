"""One question to ask of word vectors: which value of an attribute has this word, in one language?"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Int

from babelscope.probing.splits import LemmaSplit, PartName

__all__ = ["Part", "Problem"]


@dataclass(frozen=True, eq=False)
class Part:
    """The words of one part of a problem, in the order of the treebank."""

    rows: Int[np.ndarray, " word"]
    """Places in `Problems.words` of the language: rows of its word vectors."""
    labels: Int[np.ndarray, " word"]
    """Places in the problem's `values`."""
    lemmas: Int[np.ndarray, " word"]
    """Ids of the words' lemmas in the language's split: the clusters of a bootstrap."""

    def __len__(self) -> int:
        """Words."""
        return len(self.rows)

    def select(self, keep: Bool[np.ndarray, " word"]) -> "Part":
        """Some of the words."""
        return Part(self.rows[keep], self.labels[keep], self.lemmas[keep])


@dataclass(frozen=True, eq=False)
class Problem:
    """Tell the value of one attribute from a word's vector, in one language."""

    language: str
    attribute: str
    values: tuple[str, ...]
    """In alphabetical order; labels count from 0."""
    train: Part
    dev: Part
    test: Part
    split: LemmaSplit

    @property
    def n(self) -> dict[PartName, int]:
        """Words of every part."""
        return {"train": len(self.train), "dev": len(self.dev), "test": len(self.test)}

    @property
    def lemmas(self) -> dict[PartName, int]:
        """Distinct lemmas of every part."""
        return {name: len(np.unique(part.lemmas)) for name, part in self._parts.items()}

    @property
    def counts(self) -> dict[PartName, dict[str, int]]:
        """Words by part and value."""
        return {
            name: dict(zip(self.values, np.bincount(part.labels, minlength=len(self.values)).tolist(), strict=True))
            for name, part in self._parts.items()
        }

    @property
    def majority(self) -> float:
        """Accuracy on the test words, in [0, 1], of always answering what is most frequent in training."""
        answer = np.bincount(self.train.labels, minlength=len(self.values)).argmax()
        return float((self.test.labels == answer).mean())

    @property
    def _parts(self) -> dict[PartName, Part]:
        return {"train": self.train, "dev": self.dev, "test": self.test}

    def resample(self, seed: int) -> "Problem":
        """The problem of one seed: training words of 90 % of the training lemmas, the same dev and test words.

        Args:
            seed: Of the probe; 0 leaves out its tenth as any other does.
        """
        return replace(self, train=self.train.select(self.split.resample(seed)[self.train.lemmas]))
