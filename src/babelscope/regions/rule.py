"""What makes a neuron part of a region: a z-score above a threshold, or a place among the top share."""

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from babelscope.errors import BabelscopeError
from babelscope.regions.zscore import largest_z

__all__ = ["DEFAULT_SHARE", "DEFAULT_THRESHOLD", "RegionRule", "choose_rule"]

DEFAULT_THRESHOLD = 2.0
DEFAULT_SHARE = 0.03


@dataclass(frozen=True)
class RegionRule:
    """How regions are cut out of the z-scores."""

    kind: Literal["threshold", "share"]
    value: float
    """Smallest z-score (exclusive), or the fraction of neurons each language gets."""
    note: str = ""
    """What a reader must know about it; empty if nothing."""

    def __str__(self) -> str:
        return f"z>{self.value:g}" if self.kind == "threshold" else f"top {100 * self.value:.3g}% by z"


def choose_rule(languages: int, threshold: float | None = None, share: float | None = None) -> RegionRule:
    """The rule asked for, or the default: z > 2, or the top 3 % of neurons where z cannot exceed 2.

    Args:
        languages: How many there are; no z-score can exceed sqrt(languages - 1).
        threshold: Smallest z-score, exclusive.
        share: Fraction of all neurons each language gets.

    Raises:
        BabelscopeError: If both are given, or one is out of reach.
    """
    reach = largest_z(languages)
    if threshold is not None and share is not None:
        raise BabelscopeError(f"got both a threshold ({threshold:g}) and a share ({share:g}); give one of them")
    if share is not None:
        if not 0 < share < 1:
            raise BabelscopeError(
                f"a share lies between 0 and 1, got {share:g}; 0.03 takes 3 % of the neurons per language"
            )
        return RegionRule("share", share, _two_language_note(languages))
    if threshold is not None:
        if not threshold > 0:
            raise BabelscopeError(f"a threshold is a positive z-score, got {threshold:g}; 2 is the default")
        if threshold >= reach:
            raise BabelscopeError(
                f"threshold {threshold:g} selects nothing: among {languages} languages no z-score exceeds "
                f"sqrt({languages} - 1) = {reach:.2f}; use a lower --threshold, --share, or more languages"
            )
        return RegionRule("threshold", threshold, _two_language_note(languages))
    if DEFAULT_THRESHOLD < reach:
        return RegionRule("threshold", DEFAULT_THRESHOLD)
    note = (
        f"Among {languages} languages no z-score exceeds {reach:.2f}, so z > {DEFAULT_THRESHOLD:g} would select "
        "nothing; "
        f"each language gets its top {DEFAULT_SHARE:.0%} of neurons by z instead."
    )
    return RegionRule("share", DEFAULT_SHARE, f"{note} {_two_language_note(languages)}".strip())


def _two_language_note(languages: int) -> str:
    if languages > 2:
        return ""
    return "With 2 languages every z-score is -1, 0 or 1, so which neurons are chosen is arbitrary; use at least 3."


def select(z: Float[Tensor, "language neuron"], rule: RegionRule) -> tuple[Tensor, Float[Tensor, " language"]]:
    """Masks by (language, neuron), and the cut each language's z-scores had to exceed.

    With a share, ties go to the lower index, and the cut lies just below the last z-score taken.
    """
    if rule.kind == "threshold":
        return z > rule.value, torch.full((len(z),), rule.value, dtype=torch.float64)
    count = max(1, round(rule.value * z.shape[1]))
    # Rounded, so that scores equal but for the last bits count as ties on every machine.
    ranked = z.double().mul(1e9).round().argsort(dim=1, descending=True, stable=True)[:, :count]
    masks = torch.zeros_like(z, dtype=torch.bool).scatter_(1, ranked, True)
    last = z.double().gather(1, ranked[:, -1:]).squeeze(1)
    # Below the last z-score by more than float32 resolves, in which leave-one-out and null counts are made.
    cuts = (last * (1 - 1e-5)).clamp_min(1e-5)
    return masks & (z > cuts[:, None]), cuts
