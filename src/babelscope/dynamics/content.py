"""Records of a series' points with their replicates and regions in, the content of track.json out: plain types."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Literal

import numpy as np

from babelscope.dynamics.change_points import ChangePoint, find_change_points
from babelscope.dynamics.curves import Curve, Numbers, make_curves
from babelscope.dynamics.degradation import Degradation, find_degradations
from babelscope.dynamics.hygiene import RULES, Flag, find_flags, untrained
from babelscope.dynamics.lifelines import Lifeline, lifelines
from babelscope.dynamics.trends import ALPHA, Trend, family_sizes, find_trends
from babelscope.dynamics.verdict import verdict
from babelscope.regions import NeuronMask

__all__ = ["track_content"]

PER = {"training": "tenfold of steps", "scale": "tenfold of parameters"}


def track_content(
    *,
    name: str,
    order: Literal["training", "scale"],
    points: Sequence[Mapping[str, Any]],
    replicates: Mapping[str, Numbers],
    regions: Mapping[str, Mapping[str, NeuronMask]],
    facts: Mapping[str, Any],
    include_flagged: bool = False,
    nmi: Mapping[str, float] | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """Everything a series showed [METHODS 5].

    Trends, change points and life-lines use the points that are trained and not flagged.

    Args:
        name: Of the series.
        order: What x is: training steps or parameters.
        points: Records of all points in order of x, those that failed among them.
        replicates: By key: `lrds` and `sads` (level, meaning), and `pairs` (pair, meaning) where there are any.
        regions: By key, region per language; asked for one point after the other.
        facts: Everything else the content says: languages, corpus, versions and so on.
        include_flagged: Use flagged points too.
        nmi: Mean test NMI of selections by key, where probes were trained.
        seed: Of redraws and of the null of change points.
    """
    flags = find_flags(points, nmi)
    done = [point for point in points if point["status"] == "done"]
    trained = [point for point in done if not untrained(point) and point["x"]]
    used = [point["key"] for point in trained if include_flagged or not flags[point["key"]]]
    curves = make_curves(done, replicates, layers=order == "training")
    following = [point["key"] for point in done if point["key"] in used or _started_from(point, flags)]
    alive = lifelines(following, regions) if order == "training" else {}
    to_last = lifelines(following, regions, to_last=True) if order == "training" else {}
    at_trained = [curve.only([point["key"] for point in trained]) for curve in curves]
    content: dict[str, Any] = {
        **facts,
        "name": name,
        "order": order,
        "points": [{**point, "flags": _flags(flags.get(point["key"], ()))} for point in points],
        "trends": _trends(curves, used, done, PER[order], seed),
        "degradations": [_degradation(one) for one in find_degradations(at_trained, flags, used)],
        "lifelines": {language: [_lifeline(one) for one in line] for language, line in alive.items()},
        "lifelines_to_last": {language: [_lifeline(one) for one in line] for language, line in to_last.items()},
        "hygiene": {
            "flagged": [key for key, found in flags.items() if found],
            "failed": [point["key"] for point in points if point["status"] == "failed"],
            "rules": list(RULES.values()),
            "left_out": not include_flagged and any(flags.values()),
        },
    }
    content = _plain(content)
    return content | {"verdict": verdict(content)}


def _started_from(point: Mapping[str, Any], flags: Mapping[str, Sequence[Flag]]) -> bool:
    """Whether training started from these very weights; of an untrained model made here, neurons are others."""
    return point["x"] == 0 and not point["made"] and not flags[point["key"]]


def _flags(flags: Sequence[Flag]) -> list[dict[str, Any]]:
    return [asdict(flag) for flag in flags]


def _trends(
    curves: Sequence[Curve], used: Sequence[str], done: Sequence[Mapping[str, Any]], per: str, seed: int
) -> list[dict[str, Any]]:
    blank = next((point["key"] for point in done if untrained(point)), None)
    at_used = [curve.only(used) for curve in curves]
    kept = [(whole, curve) for whole, curve in zip(curves, at_used, strict=True) if len(curve) >= 2]
    trends = find_trends([curve for _, curve in kept])
    sizes = family_sizes([curve for _, curve in kept])
    return [
        _trend(trend, per)
        | {"untrained": _against(whole, blank, used)}
        | _change_points(find_change_points(curve, level=ALPHA / sizes[curve.family], seed=seed))
        for trend, (whole, curve) in zip(trends, kept, strict=True)
    ]


def _trend(trend: Trend, per: str) -> dict[str, Any]:
    return {**asdict(trend), "layer": trend.layer or "all", "per": per}


def _against(curve: Curve, blank: str | None, used: Sequence[str]) -> dict[str, Any] | None:
    """The untrained point's value, and what the last point used has beyond it."""
    if blank not in curve.keys:
        return None
    start = curve.keys.index(blank)
    end = max(place for place, key in enumerate(curve.keys) if key in used)
    return {"key": blank, "value": float(curve.values[start]), "change": asdict(curve.change(start, end))}


def _change_points(found: Sequence[ChangePoint]) -> dict[str, Any]:
    described = [asdict(change) for change in found]
    return {"change_point": described[0] if described else None, "further_change_points": described[1:]}


def _degradation(one: Degradation) -> dict[str, Any]:
    return {
        "metric": one.metric,
        "language": one.language,
        "layer": one.layer or "all",
        "from": one.start,
        "to": one.end,
        "change": asdict(one.change),
        "explained_by": None if one.explained_by is None else list(one.explained_by),
    }


def _lifeline(one: Lifeline) -> dict[str, Any]:
    fields = asdict(one)
    return {"from": fields.pop("start"), "to": fields.pop("end"), **fields}


def _plain(value: Any) -> Any:
    """JSON's own types alone, None for what is not finite."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value
