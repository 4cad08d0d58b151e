"""Averages or pairs in, the cells that have a value of everything out: what every coefficient is computed from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from babelscope.correlation.records import Averages, Pairs

__all__ = ["TRAINING", "Cells", "cells_of", "covariates_of"]

TRAINING = "training"
"""The covariate made of the order of checkpoints: how far training has come, as a rank."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Checkpoint x language tables without the rows that are left out; averages have one column."""

    checkpoints: tuple[str, ...]
    languages: tuple[str, ...]
    x: Float[np.ndarray, "row column"]
    y: Float[np.ndarray, "row column"]
    z: Float[np.ndarray, "row column covariate"]
    groups: Int[np.ndarray, " row"]
    """Model of each row, as a number from 0."""

    @property
    def complete(self) -> Bool[np.ndarray, "row column"]:
        """Where x, y and every covariate are known."""
        return np.isfinite(self.x) & np.isfinite(self.y) & np.isfinite(self.z).all(-1)

    @property
    def blocks(self) -> Int[np.ndarray, "row column"]:
        """Number of the model and language of each cell: what is centred together."""
        return self.groups[:, None] * self.x.shape[1] + np.arange(self.x.shape[1])[None]

    def without_gaps(self) -> "Cells":
        """Only rows and columns with at least one complete cell, whose other cells are NaN throughout."""
        known = self.complete
        rows, columns = np.flatnonzero(known.any(1)), np.flatnonzero(known.any(0))
        place = np.ix_(rows, columns)
        seen = known[place]
        _, groups = np.unique(self.groups[rows], return_inverse=True)
        return Cells(
            tuple(self.checkpoints[i] for i in rows),
            tuple(self.languages[i] for i in columns),
            np.where(seen, self.x[place], np.nan),
            np.where(seen, self.y[place], np.nan),
            np.where(seen[..., None], self.z[place], np.nan),
            groups,
        )


def covariates_of(data: Averages | Pairs) -> dict[str, Float[np.ndarray, "row column"]]:
    """Every covariate as a table, `training` among them where the order of the checkpoints is known."""
    shape = (len(data.checkpoints), len(data.languages) if isinstance(data, Pairs) else 1)
    found = {}
    for name, values in data.covariates.items():
        values = np.asarray(values, dtype=float)
        found[name] = np.broadcast_to(values[:, None] if values.ndim == 1 else values, shape)
    if data.order is not None and not np.isnan(data.order).any():
        ranks = np.unique(data.order, return_inverse=True)[1].astype(float)
        found.setdefault(TRAINING, np.broadcast_to(ranks[:, None], shape))
    return found


def cells_of(data: Averages | Pairs, rows: Sequence[int], covariates: Sequence[str] = ()) -> Cells:
    """The complete cells of some checkpoints.

    Args:
        data: Everything there is.
        rows: Places of the checkpoints.
        covariates: Names of those to hold constant.
    """
    kept = list(rows)
    x, y = (np.asarray(one, dtype=float).reshape(len(data.checkpoints), -1)[kept] for one in (data.x, data.y))
    known = covariates_of(data)
    z = np.stack([known[name][kept] for name in covariates], -1) if covariates else np.empty((*x.shape, 0))
    names = data.groups or (data.model,) * len(data.checkpoints)
    _, groups = np.unique([names[i] for i in kept], return_inverse=True)
    languages = data.languages if isinstance(data, Pairs) else ("all",)
    return Cells(tuple(data.checkpoints[i] for i in kept), languages, x, y, z, groups).without_gaps()
