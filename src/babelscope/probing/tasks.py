"""What is to be trained, and how: one task per probe, one set of options for all of them."""

from dataclasses import dataclass
from typing import get_args

import numpy as np
from jaxtyping import Bool, Float, Int
from torch import Tensor

from babelscope.errors import BabelscopeError, unknown_choice
from babelscope.probing.families import FAMILIES, Sizes

__all__ = ["TrainingOptions", "TrainingTask"]


@dataclass(frozen=True)
class TrainingOptions:
    """How probes are trained. The defaults are chosen by measurement; `released` is what [W24] published."""

    family: str = "uniform_size"
    """How inputs are hidden while training: a name of FAMILIES."""
    sizes: Sizes = "root"
    """How the sizes of subsets are drawn in the family `uniform_size`."""
    tau: float = 1.0
    """Weight of the masks' entropy where they are learnt, in the gradient and in early stopping alike."""
    l1: float = 0.0
    """Penalty on absolute weights."""
    l2: float = 2e-3
    """Penalty on squared weights."""
    rate: float = 0.01
    """Learning rate of Adam, for weights and inclusion scores."""
    decay: bool = True
    """Whether the rate falls to zero along a cosine over the whole training."""
    batch: int = 2048
    """Words per step, of the reference words of a task."""
    draws: int = 1
    """Masks per word and step."""
    steps: int = 300
    """Length of the training, where `epochs` does not say otherwise."""
    epochs: int | None = None
    """Passes over the words, instead of `steps`."""
    every: int = 25
    """Steps between two looks at the held-out words; with `epochs`, each pass ends with one."""
    patience: int = 50
    """Looks without a better one after which a probe stops."""
    validation: float = 0.1
    """Share of a task's groups (lemmas) that is held out for early stopping."""
    baseline: bool = True
    """Whether a value's mean loss is taken off the reward that teaches the inclusion scores."""
    standardise: bool = True
    """Whether neurons are centred and scaled by the training words."""
    seed: int = 0
    """Of the order of words and of the masks, which all probes share."""

    def __post_init__(self) -> None:
        if self.family not in FAMILIES:
            raise BabelscopeError(unknown_choice("probe family", self.family, FAMILIES))
        if self.sizes not in get_args(Sizes):
            raise BabelscopeError(unknown_choice("distribution of sizes", self.sizes, get_args(Sizes)))
        for name in ("batch", "draws", "steps", "every", "patience"):
            if getattr(self, name) < 1:
                raise BabelscopeError(f"training needs {name} of at least 1, got {getattr(self, name)}")
        if not 0 < self.validation < 1:
            raise BabelscopeError(f"the held-out share lies between 0 and 1, got {self.validation}")

    @classmethod
    def released(cls, seed: int = 0) -> "TrainingOptions":
        """The settings of the code released with [S22] and [W24], apart from its bugs.

        Best weights are restored, validation masks are fixed, and the entropy has one weight: the 1 that the released
        gradient used, not the 0.01 that only reached its early stopping. Tasks without `groups` hold out single
        words, as that code did.
        """
        return cls(
            family="poisson",
            l2=0.0,
            decay=False,
            batch=256,
            draws=5,
            epochs=5000,
            baseline=False,
            standardise=False,
            seed=seed,
        )


@dataclass(frozen=True, eq=False)
class TrainingTask:
    """One probe to train: which words, what they are, and what may vary between probes of the same words."""

    vectors: Float[np.ndarray, "word neuron"] | Float[Tensor, "word neuron"]
    """All vectors of a language and layer: one object for all tasks that read them, so that none is copied."""
    rows: Int[np.ndarray, " chosen"]
    """Which of them this probe learns from; none twice."""
    labels: Int[np.ndarray, " chosen"]
    """Value of each of these words, from 0."""
    classes: int
    """How many values there are."""
    groups: Int[np.ndarray, " chosen"] | None = None
    """Lemma of each word: held-out words share none with the others. Without it, words are held out singly."""
    reference: Int[np.ndarray, " reference"] | None = None
    """Rows whose mean and deviation standardise the neurons: the training words before a seed's resample.

    Tasks of the same vectors, reference and number of values are trained on one masked matrix. By default `rows`.
    """
    seed: int = 0
    """Of the initial weights and of the held-out groups."""

    def __post_init__(self) -> None:
        groups = len(self.rows) if self.groups is None else len(self.groups)
        if not len(self.rows) == len(self.labels) == groups:
            raise ValueError(
                f"each word has one label and one group, got {len(self.rows)} rows, {len(self.labels)} labels "
                f"and {groups} groups"
            )
        if len(self.labels) and not 0 <= min(self.labels) <= max(self.labels) < self.classes:
            raise ValueError(f"labels lie in 0..{self.classes - 1}, got {min(self.labels)} to {max(self.labels)}")
        if len(np.unique(self.rows)) < len(self.rows):
            raise ValueError("a word is given twice; each row may be named once")
        if self.reference is not None and not np.isin(self.rows, self.reference).all():
            raise ValueError("some rows are not among the reference rows; expected a subset of them")

    def reference_rows(self) -> Int[np.ndarray, " reference"]:
        """The rows that standardise, ascending."""
        return np.unique(self.rows if self.reference is None else self.reference).astype(np.int64)

    def held_out(self, share: float) -> Bool[np.ndarray, " chosen"]:
        """Which of the words are kept for early stopping: those of a seeded share of the groups.

        Raises:
            BabelscopeError: If there are fewer than two groups.
        """
        groups = np.arange(len(self.rows)) if self.groups is None else np.asarray(self.groups)
        names = np.unique(groups)
        if len(names) < 2:
            raise BabelscopeError(
                f"training holds out lemmas for early stopping and needs at least 2, got {len(names)}; "
                "leave this attribute out"
            )
        order = np.random.default_rng(self.seed).permutation(len(names))
        return np.isin(groups, names[order[: max(1, round(share * len(names)))]])
