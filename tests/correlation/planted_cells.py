"""Tables of checkpoint x language with a known relation, and errors that rows and columns share."""

import numpy as np

from babelscope.correlation.cells import Cells
from babelscope.correlation.records import Pairs


def noise(generator, height, width, shared=1.0):
    """Cells that have something in common with their checkpoint and with their language."""
    rows, columns = generator.normal(size=(height, 1)), generator.normal(size=(1, width))
    return shared * (rows + columns) + generator.normal(size=(height, width))


def names(size, prefix):
    return tuple(f"{prefix}{i}" for i in range(size))


def make_cells(generator, height=7, width=9, *, slope=0.0, confounded=0.0, shared=1.0, covariates=0):
    """Where y is slope times x plus noise, and x and y both follow the covariates; all of the same kind."""
    z = np.stack(
        [noise(generator, height, width, shared) for _ in range(covariates)] or [np.zeros((height, width))], -1
    )
    x = noise(generator, height, width, shared) + confounded * z.sum(-1)
    y = slope * x + noise(generator, height, width, shared) + confounded * z.sum(-1)
    z = z[..., :covariates]
    return Cells(names(height, "c"), names(width, "l"), x, y, z, np.zeros(height, dtype=int))


def make_pairs(cells, **more):
    """The same as given to the public functions."""
    given = {name: cells.z[..., i] for i, name in enumerate(("nmi", "loss")[: cells.z.shape[-1]])}
    return Pairs(
        "m", cells.checkpoints, cells.languages, cells.x, cells.y, {**given, **more.pop("covariates", {})}, **more
    )
