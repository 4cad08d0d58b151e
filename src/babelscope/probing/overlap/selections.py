"""What was selected: arrays of neurons by model, step, site and layer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from babelscope import languages
from babelscope.provenance import text_hash

__all__ = ["ABSENT", "Group", "Selections", "step_order"]

ABSENT = -1
"""In the place of a neuron, where there is no selection or it is shorter."""


@dataclass(frozen=True, eq=False)
class Group:
    """All selections of one layer of one checkpoint."""

    model: str
    step: str
    site: str
    layer: int
    languages: tuple[str, ...]
    """In display order; those with a selection here."""
    attributes: tuple[str, ...]
    neurons: Int[np.ndarray, "seed language attribute rank"]
    """ABSENT where there is none."""
    nmi: Float[np.ndarray, "seed language attribute rank"]
    """On test words, of the first `rank` neurons; NaN where unknown."""
    accuracy: Float[np.ndarray, "seed language attribute rank"]

    @property
    def title(self) -> str:
        """What messages call it."""
        return f"{self.model} step {self.step} {self.site} layer {self.layer}"

    @property
    def present(self) -> np.ndarray:
        """[seed, language, attribute]: whether there is a selection."""
        return self.neurons[..., 0] != ABSENT

    def only(self, kept: Mapping[str, Iterable[str]]) -> "Group":
        """The same with the selections of some languages for each attribute; others are taken out."""
        wanted = np.array(
            [[code in set(kept.get(attribute, ())) for attribute in self.attributes] for code in self.languages]
        )
        neurons = np.where(wanted[None, :, :, None], self.neurons, ABSENT)
        rows, columns = (np.flatnonzero(wanted.any(axis)).tolist() for axis in (1, 0))
        cut = np.ix_(range(len(neurons)), rows, columns, range(neurons.shape[-1]))
        return replace(
            self,
            languages=tuple(self.languages[i] for i in rows),
            attributes=tuple(self.attributes[i] for i in columns),
            neurons=neurons[cut],
            nmi=self.nmi[cut],
            accuracy=self.accuracy[cut],
        )


@dataclass(frozen=True, eq=False)
class Selections:
    """Selected neurons of any number of models, steps, sites and layers."""

    groups: tuple[Group, ...]
    """By model, site and layer in the order they came, each by step."""
    probe: str = ""
    """Family of the probes; empty where the table does not say."""
    source: str = ""

    @property
    def languages(self) -> tuple[str, ...]:
        """All of them, in display order."""
        return languages.display_order({code for group in self.groups for code in group.languages})

    @property
    def attributes(self) -> tuple[str, ...]:
        """All of them, by name."""
        return tuple(sorted({name for group in self.groups for name in group.attributes}))

    @property
    def hash(self) -> str:
        """16 hex digits that change with any selection, not with the order of rows or with metrics."""
        parts = [
            (*map(str, (group.model, group.step, group.site, group.layer)), *group.languages, *group.attributes)
            + (np.ascontiguousarray(group.neurons, dtype="<i8").tobytes().hex(),)
            for group in sorted(self.groups, key=lambda one: (one.model, one.step, one.site, one.layer))
        ]
        return text_hash(*(part for group in parts for part in group))


def step_order(step: str) -> tuple[int, int, str]:
    """Numbers first, ascending; then names such as `final`."""
    return (0, int(step), "") if step.isdecimal() else (1, 0, step)
