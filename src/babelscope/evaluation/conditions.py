"""Regions in, the conditions of an experiment out: nothing deactivated, each region, its matched random controls."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from babelscope.errors import BabelscopeError
from babelscope.interventions import MODES, Mode, NeuronStatistics, deactivate
from babelscope.provenance import text_hash
from babelscope.regions import NeuronMask, Regions, matched_random

if TYPE_CHECKING:
    from babelscope.models import LanguageModel

__all__ = ["Condition", "Intervention", "plan_conditions", "top_by_z"]

Kind = Literal["none", "region", "random"]


@dataclass(frozen=True, eq=False)
class Condition:
    """One state of the model that something is measured in."""

    kind: Kind
    """`none`: the model as it is; `region`: a language's region is deactivated; `random`: a control of it is."""
    deactivated: str = ""
    """Language whose region, or whose region's control, is deactivated; empty for none."""
    draw: int | None = None
    """Number of the control, from 0."""
    dose: float = 1.0
    """Fraction of the region that is deactivated, its neurons ranked by z."""
    mask: NeuronMask | None = None

    @property
    def key(self) -> str:
        """Name within the experiment, fit for a file: `none`, `region-fr`, `random-fr-0`, `region-fr-dose0.5`."""
        parts = [self.kind, self.deactivated, "" if self.draw is None else str(self.draw)]
        parts.append("" if self.dose == 1 else f"dose{self.dose:g}")
        return "-".join(part for part in parts if part)

    @property
    def neurons(self) -> int:
        """Number of deactivated neurons."""
        return 0 if self.mask is None else self.mask.size

    @property
    def share(self) -> float:
        """Fraction of the model's neurons that are deactivated, [0, 1]."""
        return 0.0 if self.mask is None else self.mask.share

    def __str__(self) -> str:
        """In words, for messages and progress."""
        if self.kind == "none":
            return "nothing deactivated"
        dose = "" if self.dose == 1 else f"{self.dose:.0%} of "
        if self.kind == "region":
            return f"{dose}the region of {self.deactivated} deactivated"
        return f"random control {self.draw} of {dose}the region of {self.deactivated}"


@dataclass(frozen=True, eq=False)
class Intervention:
    """How a condition's neurons are changed; the same for all conditions of an experiment."""

    mode: Mode = "zero"
    site: Literal["mlp", "gate"] = "mlp"
    factor: float | None = None
    statistics: NeuronStatistics | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.mode in MODES and self.mode in ("mean", "noise") and self.statistics is None:
            raise BabelscopeError(
                f"mode {self.mode} needs the neurons' statistics over a corpus, got none; give a run folder that "
                "holds its sentences, or use mode zero"
            )

    def key(self, condition: Condition) -> str:
        """Hash over everything about a condition that its numbers depend on; empty for `none`."""
        if condition.mask is None:
            return ""
        statistics = "" if self.statistics is None else self.statistics.hash
        seed = str(self.seed) if self.mode == "noise" else ""
        return text_hash(condition.mask.hash, self.mode, self.site, str(self.factor), statistics, seed)

    @contextmanager
    def apply(self, model: "LanguageModel", condition: Condition) -> Iterator[None]:
        """Runs the block under a condition; nothing is installed for `none`."""
        if condition.mask is None:
            yield
            return
        options: dict[str, Any] = {"site": self.site, "factor": self.factor, "statistics": self.statistics}
        with deactivate(model, condition.mask, self.mode, seed=self.seed, **options):
            yield


def plan_conditions(
    regions: Regions,
    languages: Sequence[str] | None = None,
    *,
    controls: int = 1,
    seed: int = 0,
    doses: Sequence[float] = (1.0,),
) -> list[Condition]:
    """None, then each region, then its controls, dose by dose; the full regions come first.

    Controls are random sets with as many neurons in every layer as the region (or its dose) has there.

    Args:
        regions: By language.
        languages: Whose regions; all by default.
        controls: Random sets per region and dose.
        seed: Of the controls, together with language, draw and dose: a control does not depend on what else is run.
        doses: Fractions of each region, (0, 1].

    Raises:
        BabelscopeError: If there is no region of a language, or an empty one, or a number is out of range.
    """
    if controls < 0:
        raise BabelscopeError(f"the number of controls is 0 or more, got {controls}")
    if seed < 0:
        raise BabelscopeError(f"a seed is 0 or more, got {seed}")
    wrong = [dose for dose in doses if not 0 < dose <= 1]
    if wrong:
        raise BabelscopeError(f"a dose is a fraction of a region, above 0 and at most 1; got {wrong[0]:g}")
    chosen = list(languages if languages is not None else regions)
    for language in chosen:
        if language not in regions.masks:
            raise BabelscopeError(f"there is no region of {language!r}; there are regions of {', '.join(regions)}")
        if not regions[language].size:
            raise BabelscopeError(
                f"the region of {language} is empty, so there is nothing to deactivate; leave {language} out, or "
                "scan again with a lower threshold or with --share"
            )
    found = [Condition("none")]
    for dose in sorted({*doses, 1.0}, reverse=True):
        for language in chosen:
            mask = top_by_z(regions, language, dose)
            found.append(Condition("region", language, None, dose, mask))
            for draw in range(controls):
                drawn = matched_random(mask, seed, draw, language, *([] if dose == 1 else [f"{dose:g}"]))
                found.append(Condition("random", language, draw, dose, drawn))
    return found


def top_by_z(regions: Regions, language: str, dose: float) -> NeuronMask:
    """The neurons of a region with the highest z: a fraction of it, at least one neuron; ties to the lower index."""
    mask = regions[language]
    if dose == 1:
        return mask
    inside = np.flatnonzero(mask.flat)
    z = regions.z[list(regions).index(language)][inside]
    kept = inside[np.argsort(-z, kind="stable")[: max(1, round(dose * len(inside)))]]
    flat = np.zeros(len(mask.flat), dtype=bool)
    flat[kept] = True
    return NeuronMask.of_flat(flat, mask.neurons)
