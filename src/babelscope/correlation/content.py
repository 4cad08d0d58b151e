"""What was arranged and found in, the content of the page out: points, lines, records, in plain JSON types."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from babelscope import languages as tongues
from babelscope.correlation.arranging import Arranged
from babelscope.correlation.records import Averages, Pairs
from babelscope.errors import BabelscopeError

__all__ = ["analysis", "described"]

Line = dict[str, float]


def described(codes: Sequence[str]) -> dict[str, dict[str, str]]:
    """Name, script, direction and family of every language; what is no language is called what it is."""
    found = {}
    for code in codes:
        try:
            found[code] = tongues.describe(code)
        except BabelscopeError:
            found[code] = {"name": code, "script": "Zyyy", "direction": "ltr", "family": "other"}
    return found


def analysis(one: Arranged, records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One model's x and y: the points of both units, straight lines through them, and what leaving one out does.

    Args:
        one: The arrays.
        records: Flat records about them.
    """
    return {
        "model": one.model,
        "x": one.x.name,
        "y": one.y.name,
        "x_label": one.x.name,
        "x_label_pairs": f"{one.x.name} {one.x.between}".rstrip(),
        "y_label": one.y.name,
        "chance": one.x.chance.get(one.model),
        "flags": dict(one.flags),
        "averages": None if one.averages is None else _averages(one, one.averages),
        "pairs": None if one.pairs is None else _pairs(one, one.pairs),
        "left_out": [
            {"unit": record["unit"], "method": record["method"], "step": step, "r": r}
            for record in records
            for step, r in (record["left_out"] or {}).items()
        ],
    }


def _averages(one: Arranged, data: Averages) -> dict[str, Any]:
    x, y = np.asarray(data.x, dtype=float), np.asarray(data.y, dtype=float)
    kept = _kept(data)
    points = [
        {**_where(one, data, place), "x": float(x[place]), "y": float(y[place]), "covariates": _known(data, place)}
        for place in np.flatnonzero(np.isfinite(x) & np.isfinite(y)).tolist()
    ]
    return {"points": points, "fits": {"all": _line(x, y), "kept": _line(x[kept], y[kept])}}


def _pairs(one: Arranged, data: Pairs) -> dict[str, Any]:
    x, y = np.asarray(data.x, dtype=float), np.asarray(data.y, dtype=float)
    known = np.isfinite(x) & np.isfinite(y)
    used = known & _kept(data)[:, None]
    x_off, y_off = (_off_mean(values, used) for values in (x, y))
    points = [
        {
            **_where(one, data, row),
            "language": data.languages[column],
            "x": float(x[row, column]),
            "y": float(y[row, column]),
            "x_within": _number(float(x_off[row, column])),
            "y_within": _number(float(y_off[row, column])),
        }
        for row, column in np.argwhere(known).tolist()
    ]
    lines = {code: _line(x[used[:, i], i], y[used[:, i], i]) for i, code in enumerate(data.languages)}
    return {
        "points": points,
        "lines": {code: line for code, line in lines.items() if line is not None},
        "common": _through_zero(x_off[used], y_off[used]),
        "pooled": _line(x[used], y[used]),
    }


def _kept(data: Averages | Pairs) -> np.ndarray:
    return np.array([step not in data.flagged for step in data.checkpoints], dtype=bool)


def _where(one: Arranged, data: Averages | Pairs, place: int) -> dict[str, Any]:
    step = data.checkpoints[place]
    return {
        "step": step,
        "order": None if data.order is None else _number(data.order[place]),
        "flagged": data.flagged.get(step, ""),
        "flag": one.flags.get(step, ""),
    }


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _known(data: Averages, place: int) -> dict[str, float | None]:
    return {name: _number(values[place]) for name, values in data.covariates.items()}


def _off_mean(values: np.ndarray, used: np.ndarray) -> np.ndarray:
    """Minus each language's mean over the checkpoints that count."""
    count = used.sum(0)
    means = np.divide(np.where(used, values, 0.0).sum(0), count, out=np.full(len(count), np.nan), where=count > 0)
    return values - means


def _line(x: np.ndarray, y: np.ndarray) -> Line | None:
    """Least squares; None where x does not vary or there are fewer than two points."""
    known = np.isfinite(x) & np.isfinite(y)
    x, y = x[known], y[known]
    if len(x) < 2 or np.ptp(x) == 0:
        return None
    slope, intercept = np.polyfit(x, y, 1)
    return {"slope": float(slope), "intercept": float(intercept), "n": len(x)}


def _through_zero(x: np.ndarray, y: np.ndarray) -> Line | None:
    """The slope that all languages share, of what is left within them."""
    known = np.isfinite(x) & np.isfinite(y)
    size = float((x[known] ** 2).sum())
    return {"slope": float((x[known] * y[known]).sum() / size)} if size > 0 else None
