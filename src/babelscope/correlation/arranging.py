"""x, y and what is known of checkpoints in, the arrays that are correlated out, model by model."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from babelscope.correlation.background import Background
from babelscope.correlation.matching import common_checkpoints
from babelscope.correlation.measured import Checkpoint, Measured, order_of
from babelscope.correlation.options import CorrelationOptions
from babelscope.correlation.records import Averages, Pairs

__all__ = ["FINISHED", "POOLED", "Arranged", "arrange"]

FINISHED = "final"
"""The step of a released model in published tables."""
POOLED = "all models"
"""What several models together are called."""
_ASKED = "left out as asked"

Data = TypeVar("Data", Averages, Pairs)


@dataclass(frozen=True, eq=False)
class Arranged:
    """One model's x and y, in either unit."""

    model: str
    x: Measured
    y: Measured
    averages: Averages | None
    """None where x or y has no number for all languages together."""
    pairs: Pairs | None
    """None where x or y does not tell languages apart, or they have fewer than two in common."""
    flags: Mapping[str, str] = field(default_factory=dict)
    """Reason by step, shown whether or not they count."""

    def has(self, step: str) -> bool:
        """Whether a checkpoint of this step is among them."""
        data = self.pairs if self.pairs is not None else self.averages
        return data is not None and any(_step(label) == step for label in data.checkpoints)

    def without(self, step: str) -> "Arranged":
        """The same without the checkpoints of one step."""
        averages = None if self.averages is None else _without(self.averages, step)
        pairs = None if self.pairs is None else _without(self.pairs, step)
        return replace(self, averages=averages, pairs=pairs)


def arrange(
    x: Measured,
    y: Measured,
    background: Background,
    options: CorrelationOptions,
    *,
    with_source: bool = False,
) -> list[Arranged]:
    """What can be correlated, one entry per model, and one of all models together where there are several.

    Args:
        x: The alignment measure.
        y: The score.
        background: Flags, covariates and order of checkpoints.
        options: Steps to leave out, the source language.
        with_source: Whether the source language counts in the mean of y, as in [W24]; else y is that of targets.

    Raises:
        BabelscopeError: If x and y have no checkpoint in common.
    """
    both = common_checkpoints(x, y, options)
    models = list(dict.fromkeys(model for model, _ in both))
    groups = [(model, [place for place in both if place[0] == model]) for model in models]
    groups += [(POOLED, both)] if len(models) > 1 else []
    return [_Case(model, places, x, y, background, options, with_source).arranged() for model, places in groups]


@dataclass(frozen=True, eq=False)
class _Case:
    """Some checkpoints, and everything known of them."""

    model: str
    places: Sequence[Checkpoint]
    x: Measured
    y: Measured
    background: Background
    options: CorrelationOptions
    with_source: bool

    def arranged(self) -> Arranged:
        return Arranged(self.model, self.x, self.y, self.averages(), self.pairs(), {**self.hygiene, **self.asked})

    @cached_property
    def several(self) -> bool:
        return len({model for model, _ in self.places}) > 1

    @cached_property
    def labels(self) -> tuple[str, ...]:
        return tuple(" ".join(place) if self.several else place[1] for place in self.places)

    @cached_property
    def hygiene(self) -> dict[str, str]:
        return self._where(lambda place: self.background.flags.get(place))

    @cached_property
    def asked(self) -> dict[str, str]:
        return self._where(lambda place: _ASKED if place[1] in self.options.exclude else None)

    def _where(self, reason: Callable[[Checkpoint], str | None]) -> dict[str, str]:
        found = {label: reason(place) for label, place in zip(self.labels, self.places, strict=True)}
        return {label: told for label, told in found.items() if told}

    def shared(self) -> dict[str, Any]:
        """What either unit says of its checkpoints."""
        order = [self.background.order.get(place, order_of(place[1])) for place in self.places]
        return {
            "model": self.model,
            "checkpoints": self.labels,
            "flagged": self.asked if self.options.include_flagged else {**self.hygiene, **self.asked},
            "order": np.array(order, dtype=float),
            "groups": tuple(model for model, _ in self.places) if self.several else None,
        }

    def averages(self) -> Averages | None:
        x, y = self.overall(self.x), self.mean_score()
        if not (np.isfinite(x) & np.isfinite(y)).any():
            return None
        covariates = {name: self.overall(one) for name, one in self.background.covariates.items()}
        return Averages(x=x, y=y, covariates=_useful(covariates), **self.shared())

    def mean_score(self) -> np.ndarray:
        """Mean over the languages that every checkpoint has; what y says of all together where it has none."""
        each = [set(self.y.by_language.get(place, ())) for place in self.places]
        common = set.intersection(*each) - (set() if self.with_source else {self.options.source})
        if not common:
            return self.overall(self.y)
        return self.table(self.y, sorted(common)).mean(1)

    def pairs(self) -> Pairs | None:
        targets = self.targets()
        if len(targets) < 2:
            return None
        covariates = {
            name: self.table(one, targets) if one.by_language else self.overall(one)
            for name, one in self.background.covariates.items()
        }
        x, y = self.table(self.x, targets), self.table(self.y, targets)
        return Pairs(languages=targets, x=x, y=y, covariates=_useful(covariates), **self.shared())

    def targets(self) -> tuple[str, ...]:
        """Languages that x and y both have at some checkpoint, the source language not among them."""
        of_x, of_y = self.x.by_language, self.y.by_language
        each = [set(of_x.get(place, ())) & set(of_y.get(place, ())) for place in self.places]
        found = set().union(*each) - {self.options.source}
        return tuple(code for code in self.x.languages if code in found)

    def overall(self, one: Measured) -> np.ndarray:
        return np.array([one.overall.get(place, np.nan) for place in self.places], dtype=float)

    def table(self, one: Measured, codes: Sequence[str]) -> np.ndarray:
        rows = [[one.by_language.get(place, {}).get(code, np.nan) for code in codes] for place in self.places]
        return np.array(rows, dtype=float)


def _useful(covariates: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Covariates that are known at more than half of the places: others would decide which points count."""
    return {name: values for name, values in covariates.items() if np.isfinite(values).mean() > 0.5}


def _step(label: str) -> str:
    return label.rpartition(" ")[2]


def _without(data: Data, step: str) -> Data:
    kept = [place for place, label in enumerate(data.checkpoints) if _step(label) != step]
    return replace(
        data,
        checkpoints=tuple(data.checkpoints[place] for place in kept),
        x=data.x[kept],
        y=data.y[kept],
        covariates={name: np.asarray(values)[kept] for name, values in data.covariates.items()},
        order=None if data.order is None else data.order[kept],
        groups=None if data.groups is None else tuple(data.groups[place] for place in kept),
    )
