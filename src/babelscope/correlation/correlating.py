"""Averages or pairs in, records out: every method, without the flagged checkpoints, with them, and of late ones only.

Decided elsewhere and shown here: the headline (`choosing`), what each method is (`methods`) and its null
(`relabelling`), how intervals and p are made (`computing`), the mixed models (`mixed`). The headline's p is corrected
over one call of the program by `records.with_holm`, which whoever collects the records calls last.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from babelscope.correlation.cells import Cells, cells_of
from babelscope.correlation.choosing import (
    HEADLINE,
    check,
    headline_covariates,
    headline_method,
    methods_of,
    selected,
    selections,
)
from babelscope.correlation.computing import computed, left_out
from babelscope.correlation.methods import Method
from babelscope.correlation.mixed import MIXED, mixed, require_statsmodels
from babelscope.correlation.records import Averages, Exclusion, Pairs, Record, Role
from babelscope.report.numbers import join

__all__ = ["correlated"]


def correlated(
    data: Averages | Pairs,
    *,
    x: str,
    y: str,
    methods: Sequence[str] | None = None,
    exclusions: Sequence[Exclusion] | None = None,
    since: float | None = None,
    role: Role | None = None,
    seed: int = 0,
) -> list[Record]:
    """Correlations over checkpoints, or over cells of checkpoint x language.

    Of pairs one record has the role `headline` by itself: `pearson_partial` on NMI and loss as far as they are given,
    else `pearson_within`, without the flagged checkpoints.

    Args:
        data: x, y and covariates of each.
        x: Name of the alignment measure.
        y: Name of the score.
        methods: Names of those to compute, as in `Record.method`; all that apply where None.
        exclusions: Which selections of checkpoints; by itself the flagged ones left out, none left out (where any is
            flagged), and only those from `since` on (where given).
        since: Training step from which checkpoints count in the selection `early`.
        role: Of all records; by itself `sensitivity`, except of the headline.
        seed: Of the resamples and permutations.

    Raises:
        BabelscopeError: If fewer than 3 checkpoints have an x and a y, or x or y is constant.
    """
    check(data, x, y)
    if methods is not None and set(methods) & set(MIXED):
        require_statsmodels()
    found = []
    for exclusion in exclusions or selections(data, since):
        rows = selected(data, exclusion, since)
        for method, how in _ways(data):
            if methods is not None and method.name not in methods:
                continue
            cells = cells_of(data, rows, method.covariates)
            found.append(how(_blank(data, method, exclusion, cells, rows, x, y, role), method, cells, seed))
    return found


def _ways(data: Averages | Pairs) -> list[tuple[Method, Callable[[Record, Method, Cells, int], Record]]]:
    """Every method with what computes it: coefficients, those without each checkpoint, mixed models of one model."""
    methods = methods_of(data)
    ways = [(method, computed) for method in methods]
    if isinstance(data, Averages):
        return [*ways, (replace(methods[0], name=f"{methods[0].name}_leave_one_out"), left_out)]
    again = [method for method in methods if method.name in ("pearson_within", headline_method(data))]
    ways += [(replace(method, name=f"{method.name}_leave_one_out"), left_out) for method in again]
    if data.groups is None:
        ways += [(Method(name, covariates=headline_covariates(data)), mixed) for name in MIXED]
    return ways


def _blank(
    data: Averages | Pairs,
    method: Method,
    exclusion: Exclusion,
    cells: Cells,
    rows: Sequence[int],
    x: str,
    y: str,
    role: Role | None,
) -> Record:
    """What a record says before anything is computed."""
    pairs = isinstance(data, Pairs)
    headline = pairs and exclusion == "flagged" and method.name == headline_method(data)
    gaps = [name for i in rows if (name := data.checkpoints[i]) not in cells.checkpoints]
    remarks = [f"no values at {join(gaps)}"] if gaps else []
    if headline and (lacking := [name for name in HEADLINE if name not in data.covariates]):
        remarks.append(f"{join(lacking)} not given, so not held constant")
    return Record(
        unit="checkpoint_language" if pairs else "checkpoint",
        model=data.model,
        x=x,
        y=y,
        method=method.name,
        r=None,
        low=None,
        high=None,
        p=None,
        n=int(cells.complete.sum()),
        excluded=tuple(name for place, name in enumerate(data.checkpoints) if place not in rows),
        role=role or ("headline" if headline else "sensitivity"),
        exclusion=exclusion,
        checkpoints=len(cells.checkpoints),
        languages=len(cells.languages) if pairs else None,
        note="; ".join(remarks),
    )
