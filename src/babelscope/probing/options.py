"""The choices of one probing, checked together before any work starts, and saved with its results."""

from dataclasses import dataclass
from typing import Literal

from babelscope.errors import BabelscopeError, unknown_choice

__all__ = ["PROBES", "ProbeOptions"]

PROBES = ("uniform_size", "half_mask", "poisson", "conditional_poisson", "unmasked", "gaussian")
"""Families of probes: how inputs are hidden in training, or `gaussian`, which is fitted in closed form."""


@dataclass(frozen=True)
class ProbeOptions:
    """What can be chosen about a probing, apart from the model and the treebanks."""

    attributes: tuple[str, ...] = ("POS", "Number", "Gender")
    """What the probes tell of a word."""
    layers: tuple[int, ...] | None = None
    """Layers to probe; by default those half and two thirds of the way up, where [W24] probed BLOOM."""
    site: Literal["hidden", "mlp", "gate"] = "hidden"
    """Which vectors: hidden states (layer 0: the embeddings), or the MLP's neurons."""
    pooling: Literal["mean", "last"] = "mean"
    """A word's vector: the mean over its pieces, or the last of them."""
    glued: bool = False
    """Words read one by one and without the spaces between them, as in the code of [W24]."""
    probe: str = "uniform_size"
    """One of PROBES."""
    covariance: Literal["map", "postmean", "ledoit-wolf"] = "postmean"
    """Of the Gaussian probe."""
    standardise: bool = True
    """Whether vectors are centred and scaled by the training words; hiding an input then means its mean."""
    criterion: Literal["nmi", "accuracy"] = "nmi"
    """What greedy selection maximises on the dev words."""
    ks: tuple[int, ...] | None = None
    """Sizes at which overlaps are reported; the largest is selected. By default 10, 25 and 50, within the layer."""
    seeds: int = 3
    """Probes per cell: each has its own initialisation and its own 90 % of the training lemmas."""
    controls: int = 1
    """Seeds whose probes are trained on shuffled labels too."""
    values: Literal["shared", "own"] = "shared"
    """Values told apart: those that all languages keep, or each language's own."""
    minimum: int = 20
    """Words of a value in train, dev and test, below which it is left out."""
    unseen: tuple[str, ...] = ()
    """Languages the model was not trained on: reported apart, in no mean."""
    edits: bool = False
    """Whether the conversion edits labels by language, as [W24] did."""
    split_seed: int = 0
    """Of the split of lemmas into train, dev and test."""
    batch_tokens: int | None = None
    """Padded tokens per forward pass; chosen by device if not given."""

    KS = (10, 25, 50)

    def __post_init__(self) -> None:
        for kind, got, choices in (
            ("probe", self.probe, PROBES),
            ("site", self.site, ("hidden", "mlp", "gate")),
            ("pooling", self.pooling, ("mean", "last")),
            ("covariance", self.covariance, ("map", "postmean", "ledoit-wolf")),
            ("criterion", self.criterion, ("nmi", "accuracy")),
            ("values", self.values, ("shared", "own")),
        ):
            if got not in choices:
                raise BabelscopeError(unknown_choice(kind, got, choices))
        if not self.attributes:
            raise BabelscopeError("probing needs attributes, got none; name some, such as --attributes POS,Number")
        twice = [name for name in self.attributes if self.attributes.count(name) > 1]
        if twice:
            raise BabelscopeError(f"attribute {twice[0]!r} was asked for twice; name each attribute once")
        if self.seeds < 1:
            raise BabelscopeError(f"probing needs at least 1 seed, got --seeds {self.seeds}")
        if not 0 <= self.controls <= self.seeds:
            raise BabelscopeError(
                f"controls are of the probes' seeds: 0 to {self.seeds} of them, got --controls {self.controls}"
            )
        if self.minimum < 2:
            raise BabelscopeError(f"a value needs at least 2 words in every split, got --minimum {self.minimum}")
        if self.ks is not None and (not self.ks or min(self.ks) < 1):
            raise BabelscopeError(
                f"a selection has 1 neuron or more, got --k {','.join(map(str, self.ks)) or 'none'}"
            )
        if self.batch_tokens is not None and self.batch_tokens < 1:
            raise BabelscopeError(f"a batch needs at least 1 token, got --batch-tokens {self.batch_tokens}")

    def sizes(self, neurons: int) -> tuple[int, ...]:
        """Sizes of selections in a layer of this many neurons, ascending.

        Raises:
            BabelscopeError: If a size that was asked for is larger than the layer.
        """
        if self.ks is not None:
            largest = max(self.ks)
            if largest > neurons:
                raise BabelscopeError(
                    f"cannot select {largest} of {neurons} neurons; give a --k of at most {neurons}"
                )
            return tuple(sorted(set(self.ks)))
        return tuple(k for k in self.KS if k <= neurons) or (neurons,)

    def layers_of(self, blocks: int) -> tuple[int, ...]:
        """The layers to probe in a model of this many blocks, ascending.

        Raises:
            BabelscopeError: If the model does not have one that was asked for.
        """
        if self.layers is None:
            return tuple(sorted({max(1, round(blocks / 2)), max(1, round(blocks * 2 / 3))}))
        lowest = 0 if self.site == "hidden" else 1
        for layer in self.layers:
            if not lowest <= layer <= blocks:
                raise BabelscopeError(
                    f"got layer {layer} in --layers; the site {self.site} has layers {lowest} to {blocks}"
                )
        return tuple(sorted(set(self.layers)))
