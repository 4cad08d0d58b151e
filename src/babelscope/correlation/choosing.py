"""Averages or pairs in, what to compute out: the selections of checkpoints, the methods, and which is the headline.

The headline is fixed beforehand [METHODS 6i]: cells of checkpoint x language, within language, flagged checkpoints
left out, probe NMI and held-out loss held constant as far as they are given.
"""

from collections.abc import Sequence

import numpy as np

from babelscope.correlation.cells import TRAINING, cells_of, covariates_of
from babelscope.correlation.computing import LEAST
from babelscope.correlation.methods import Method
from babelscope.correlation.records import Averages, Exclusion, Pairs
from babelscope.errors import BabelscopeError
from babelscope.report.numbers import plural

__all__ = ["HEADLINE", "check", "headline_covariates", "headline_method", "methods_of", "selected", "selections"]

HEADLINE = ("nmi", "loss")
"""Covariates of the headline."""


def check(data: Averages | Pairs, x: str, y: str) -> None:
    """Refuse what no method can correlate.

    Raises:
        BabelscopeError: If fewer than 3 checkpoints have an x and a y, or x or y is constant.
    """
    cells = cells_of(data, range(len(data.checkpoints)))
    if len(cells.checkpoints) < LEAST:
        raise BabelscopeError(
            f"{data.model}: {plural(len(cells.checkpoints), 'checkpoint')} with both {x} and {y}; a correlation over "
            f"checkpoints needs {LEAST} or more: measure both at further checkpoints"
        )
    for name, values in ((x, cells.x), (y, cells.y)):
        known = values[cells.complete]
        if np.ptp(known) <= 1e-12 * np.abs(known).max():
            raise BabelscopeError(
                f"{data.model}: {name} is {known[0]:.4g} everywhere, at all of "
                f"{plural(len(cells.checkpoints), 'checkpoint')}; what never varies correlates with nothing: "
                "check the column, or choose another measure"
            )


def selections(data: Averages | Pairs, since: float | None) -> list[Exclusion]:
    """Without the flagged checkpoints, with them where any has values, and with late ones only where asked."""
    seen = cells_of(data, range(len(data.checkpoints))).checkpoints
    chosen: list[Exclusion] = ["flagged"]
    if set(seen) & set(data.flagged):
        chosen.append("none")
    if since is not None:
        chosen.append("early")
    return chosen


def selected(data: Averages | Pairs, exclusion: Exclusion, since: float | None) -> list[int]:
    """Places of the checkpoints that a selection keeps; one of unknown step counts as late."""
    order = np.full(len(data.checkpoints), np.nan) if data.order is None else np.asarray(data.order, dtype=float)
    kept = [i for i, name in enumerate(data.checkpoints) if exclusion == "none" or name not in data.flagged]
    return [i for i in kept if not (exclusion == "early" and since is not None and order[i] < since)]


def headline_covariates(data: Averages | Pairs) -> tuple[str, ...]:
    """Those of the headline's covariates that are given; `nmi` and `loss` are what it asks for."""
    return tuple(name for name in HEADLINE if name in data.covariates)


def headline_method(data: Averages | Pairs) -> str:
    """Name of the headline's method."""
    held = headline_covariates(data)
    return f"pearson_partial:{'+'.join(held)}" if held else "pearson_within"


def methods_of(data: Averages | Pairs) -> list[Method]:
    """All that apply, simple ones first."""
    simple = [Method("pearson", "all"), Method("spearman", "all", ranked=True)]
    if isinstance(data, Averages):
        simple = [Method("pearson"), Method("spearman", ranked=True)]
    else:
        simple += [
            Method("pearson_within"),
            Method("spearman_within", ranked=True),
            Method("pearson_between", "between"),
        ]
    return simple + [Method(f"pearson_partial:{'+'.join(held)}", covariates=held) for held in _held(data)]


def _held(data: Averages | Pairs) -> Sequence[tuple[str, ...]]:
    """Each covariate alone, all that were measured together, and those with the progress of training."""
    measured = tuple(dict.fromkeys([*headline_covariates(data), *data.covariates]))
    training = (TRAINING,) if TRAINING in covariates_of(data) and TRAINING not in measured else ()
    together = [measured] if len(measured) > 1 else []
    held = headline_covariates(data)
    sets = [(name,) for name in measured + training] + ([held] if len(held) > 1 else []) + together
    return list(dict.fromkeys(sets + ([measured + training] if measured and training else [])))
