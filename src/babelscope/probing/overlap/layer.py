"""The selections of one layer in, overlaps, excess, ceiling and what probes know as matrices over languages out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from babelscope.probing.overlap.bootstrap import language_draws
from babelscope.probing.overlap.selections import ABSENT, Group
from babelscope.probing.overlap.sharing import Sharing, agreement, sharing

__all__ = ["Choices", "Layer"]


@dataclass(frozen=True)
class Choices:
    """What holds for every layer of one table."""

    ks: tuple[int, ...]
    k: int
    """The one that is spoken of."""
    unseen: frozenset[str] = frozenset()
    """Languages the model was not trained on: in no mean."""
    attributes: tuple[str, ...] | None = None
    """Those of the macro average, and whose differing pairs the excess is over; all if not given."""
    incomparable: tuple[Mapping[str, Any], ...] = ()
    """With `attribute`, and `language` or both `language_a` and `language_b`."""
    seed: int = 0
    draws: int = 2000


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer of one checkpoint, ready to be averaged."""

    group: Group
    neurons: int
    choices: Choices
    control: Group | None = None
    """Selections of probes trained on shuffled labels."""

    @cached_property
    def shared(self) -> dict[int, Sharing]:
        """What selections share, by k."""
        return sharing(self.group, self.neurons, self.choices.ks)

    @cached_property
    def seen(self) -> Bool[np.ndarray, " language"]:
        """Languages that count in means."""
        return np.array([code not in self.choices.unseen for code in self.group.languages], dtype=bool)

    @cached_property
    def weights(self) -> Float[np.ndarray, "draw language"]:
        """Draws of the seen languages; unseen ones are never drawn."""
        found = np.zeros((self.choices.draws, len(self.seen)))
        if self.seen.any():
            found[:, self.seen] = language_draws(int(self.seen.sum()), self.choices.draws, self.choices.seed)
        return found

    @property
    def macro_attributes(self) -> tuple[str, ...]:
        """Attributes the macro average is over: of those asked for, those that two seen languages have."""
        asked = self.choices.attributes or self.group.attributes
        return tuple(
            name
            for name in asked
            if name in self.group.attributes and np.isfinite(self.pairs(self.choices.ks[0], name)).any()
        )

    def place(self, attribute: str) -> int:
        """Where an attribute is on its axis."""
        return self.group.attributes.index(attribute)

    def comparable(self, attribute: str) -> Bool[np.ndarray, "language language"]:
        """Which pairs tell the same values apart; the diagonal is False."""
        codes = self.group.languages
        found = ~np.eye(len(codes), dtype=bool)
        for item in self.choices.incomparable:
            if item["attribute"] != attribute:
                continue
            if "language" in item:
                bad = np.array([code == item["language"] for code in codes], dtype=bool)
                found &= ~(bad[:, None] | bad[None, :])
            else:
                both = (item["language_a"], item["language_b"])
                found &= ~np.array([[{a, b} == set(both) for b in codes] for a in codes], dtype=bool)
        return found

    def all_pairs(self, values: np.ndarray, attribute: str) -> Float[np.ndarray, "language language"]:
        """A (language, attribute) x (language, attribute) array's comparable pairs of one attribute; else NaN."""
        place = self.place(attribute)
        return np.where(self.comparable(attribute), values[:, place, :, place], np.nan)

    def pairs(self, k: int, attribute: str) -> Float[np.ndarray, "language language"]:
        """Overlaps of seen languages."""
        return self.seen_only(self.all_pairs(self.shared[k].overlap, attribute))

    def seen_only(self, values: Float[np.ndarray, "language language"]) -> Float[np.ndarray, "language language"]:
        """NaN where a language is unseen."""
        return np.where(self.seen[:, None] & self.seen[None, :], values, np.nan)

    def different(self, k: int) -> Float[np.ndarray, "language language"]:
        """Mean overlap of different attributes, t in one language and u in the other; NaN where there is none."""
        overlap = self.shared[k].overlap
        asked = self.choices.attributes or self.group.attributes
        kept = [self.place(name) for name in asked if name in self.group.attributes]
        cut = overlap[:, kept][:, :, :, kept].transpose(0, 2, 1, 3)
        known = np.isfinite(cut) & ~np.eye(len(kept), dtype=bool)
        count = known.sum((2, 3))
        total = np.where(known, cut, 0.0).sum((2, 3))
        return np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)

    def ceiling(self, k: int) -> Float[np.ndarray, "language attribute"]:
        """Mean agreement of the seeds of one cell: what two languages could share at most. NaN below two seeds."""
        _, languages, attributes, _ = self.group.neurons.shape
        found = np.full((languages, attributes), np.nan)
        for language, attribute in np.ndindex(languages, attributes):
            picks = self.group.neurons[:, language, attribute]
            if (picks[:, 0] != ABSENT).sum() > 1:
                both = agreement(picks, self.neurons, k)
                found[language, attribute] = np.nanmean(both[np.triu_indices(len(picks), 1)])
        return found

    def nmi(self, k: int) -> Float[np.ndarray, "language attribute"]:
        """What probes know of the test words with k neurons, mean over seeds; NaN where the table does not say."""
        values = self.group.nmi[..., k - 1]
        known = np.isfinite(values)
        return np.divide(
            np.where(known, values, 0.0).sum(0),
            known.sum(0),
            out=np.full(values.shape[1:], np.nan),
            where=known.any(0),
        )

    def attribute_nmi(self, k: int, attribute: str) -> float | None:
        """Mean over the seen languages."""
        values = self.nmi(k)[self.seen, self.place(attribute)]
        return float(np.nanmean(values)) if np.isfinite(values).any() else None

    def uninformative(self, k: int, attribute: str) -> tuple[str, ...]:
        """Seen languages whose probes know nothing: test NMI of 0 or less with k neurons."""
        known = self.nmi(k)[:, self.place(attribute)]
        return tuple(
            code
            for code, seen, nmi in zip(self.group.languages, self.seen, known, strict=True)
            if seen and np.isfinite(nmi) and nmi <= 0
        )

    def control_pairs(self, k: int, attribute: str) -> float | None:
        """Mean overlap of the probes of shuffled labels, of the same languages; None where there are none."""
        other = self._controls
        if other is None or attribute not in other.group.attributes:
            return None
        pairs = other.pairs(k, attribute)
        return float(np.nanmean(pairs)) if np.isfinite(pairs).any() else None

    @cached_property
    def _controls(self) -> "Layer | None":
        if self.control is None:
            return None
        same = {name: self.languages_of(name) for name in self.group.attributes}
        return Layer(self.control.only(same), self.neurons, self.choices)

    def languages_of(self, attribute: str) -> Sequence[str]:
        """Seen languages that have it."""
        there = self.group.present[:, :, self.place(attribute)].any(0) & self.seen
        return [code for code, known in zip(self.group.languages, there, strict=True) if known]
