"""What is correlated, as arrays, and what is found, one flat record per coefficient.

Two units [W24]: `checkpoint`, where x and y are means over languages, and `checkpoint_language`, where every cell of
checkpoint x language counts. What is missing is NaN. A flagged checkpoint (broken, duplicated, or one that the user
wants out) is never dropped silently: every method is computed without it and with it, and names it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from babelscope.scores import holm

__all__ = ["Averages", "Exclusion", "Pairs", "Record", "Role", "Unit", "with_holm"]

Unit = Literal["checkpoint", "checkpoint_language"]
Role = Literal["headline", "as published", "sensitivity"]
Exclusion = Literal["flagged", "none", "early"]
"""Checkpoints left out: the flagged ones, none at all, or the flagged ones and those before a step."""


@dataclass(frozen=True, eq=False)
class Averages:
    """One x and one y per checkpoint."""

    model: str
    checkpoints: tuple[str, ...]
    x: Float[np.ndarray, " checkpoint"]
    y: Float[np.ndarray, " checkpoint"]
    covariates: Mapping[str, Float[np.ndarray, " checkpoint"]] = field(default_factory=dict)
    flagged: Mapping[str, str] = field(default_factory=dict)
    """Reason by checkpoint."""
    order: Float[np.ndarray, " checkpoint"] | None = None
    """Training steps: infinite for the finished model, NaN where unknown."""
    groups: tuple[str, ...] | None = None
    """Model of each checkpoint where several are pooled: what is compared then lies within one model."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """One x and one y per checkpoint and language."""

    model: str
    checkpoints: tuple[str, ...]
    languages: tuple[str, ...]
    x: Float[np.ndarray, "checkpoint language"]
    y: Float[np.ndarray, "checkpoint language"]
    covariates: Mapping[str, Float[np.ndarray, "checkpoint language"] | Float[np.ndarray, " checkpoint"]] = field(
        default_factory=dict
    )
    """Per checkpoint and language, or per checkpoint alone."""
    flagged: Mapping[str, str] = field(default_factory=dict)
    order: Float[np.ndarray, " checkpoint"] | None = None
    groups: tuple[str, ...] | None = None
    """Model of each checkpoint where several are pooled: `within` then means within model and language."""


@dataclass(frozen=True)
class Record:
    """One coefficient of one model, with what it rests on. None is what is not defined; `note` says why."""

    unit: Unit
    model: str
    x: str
    y: str
    method: str
    """`pearson`, `spearman`, each also `_within` (centred within language) and Pearson's `_between` (means of
    languages); `pearson_partial:a+b` (within language where the unit has languages); `pearson_leave_one_out` and
    `pearson_within_leave_one_out`; `mixed` and `mixed_crossed`, whose r is a standardised slope."""
    r: float | None
    low: float | None
    """95 % interval as `interval` says; of leave-one-out the lowest and highest r."""
    high: float | None
    p: float | None
    """Two-sided, as `test` says."""
    n: int
    """Checkpoints, or cells of checkpoint x language."""
    excluded: tuple[str, ...]
    p_holm: float | None = None
    """Corrected over the headline records of one call."""
    p_parametric: float | None = None
    """As usually printed: every row taken to be independent."""
    interval: str = ""
    test: str = ""
    role: Role = "sensitivity"
    exclusion: Exclusion = "flagged"
    checkpoints: int = 0
    languages: int | None = None
    left_out: Mapping[str, float] | None = None
    """Of leave-one-out: r without each checkpoint."""
    note: str = ""

    def flat(self) -> dict[str, Any]:
        """As JSON has it, in the order of the fields."""
        found = asdict(self)
        found["excluded"] = list(self.excluded)
        found["left_out"] = None if self.left_out is None else dict(self.left_out)
        return found


def with_holm(records: Sequence[Record]) -> list[Record]:
    """The records, p of those with the role `headline` corrected together, by Holm; call it once, on all of a run."""
    family = {i: p for i, one in enumerate(records) if one.role == "headline" and (p := one.p) is not None}
    corrected = dict(zip(family, holm(list(family.values())), strict=True))
    return [replace(one, p_holm=corrected.get(i)) for i, one in enumerate(records)]
