"""The content of track.json in, a few sentences out: what changes over the series, and what is not shown to."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from babelscope.dynamics.trends import ALPHA
from babelscope.report.numbers import count, interval, join, p_value, plural, significant

__all__ = ["verdict"]

Decision = Literal["holds", "does not hold", "is not decided"]

NAMES = {"sads": "SADS", "lrds": "LRDS", "sklr": "SKLR", "loss": "held-out loss"}
CLAIMS = {
    "training": (
        ("III", "regions shrink and LRDS falls as training goes on", {"sklr": "falls", "lrds": "falls"}),
        ("IV", "SADS rises as training goes on", {"sads": "rises"}),
    ),
    "scale": (("V", "LRDS falls and SADS rises with scale", {"lrds": "falls", "sads": "rises"}),),
}
"""Observations of [Z25 4.4-4.6], and the directions each one names."""
WORSE = ("sads", "lrds", "loss")
"""Scores of which it is known what is worse."""


def verdict(content: Mapping[str, Any]) -> list[str]:
    """Sentences with numbers on movement, on what [Z25] observe, on hygiene and on degradation; each can say no.

    Args:
        content: With `order`, `points`, `trends`, `degradations` and `hygiene`.
    """
    whole = {
        trend["metric"]: trend
        for trend in content["trends"]
        if trend["language"] == "all" and trend["layer"] == "all"
    }
    said = [_hygiene(content)]
    if not whole:
        return ["Fewer than two clean trained points: nothing can be said about a trend.", *said]
    moved = [_movement(NAMES[metric], trend) for metric, trend in whole.items() if metric in NAMES]
    span = _span(content, next(iter(whole.values())))
    return [
        f"{span} {'; '.join(moved)}.",
        *(_observation(content, whole, *claim) for claim in CLAIMS[content["order"]]),
        *_against_untrained(content, whole.get("sads")),
        *said,
        _degraded(content, [trend for metric, trend in whole.items() if metric in WORSE]),
    ]


def _place(content: Mapping[str, Any], key: str) -> str:
    """What readers call a point: its step, or the model's name where sizes are compared."""
    point = next(point for point in content["points"] if point["key"] == key)
    return f"step {point['step']}" if content["order"] == "training" else point["model"]


def _span(content: Mapping[str, Any], trend: Mapping[str, Any]) -> str:
    first, last = (_place(content, key) for key in (trend["first_key"], trend["last_key"]))
    hygiene = content["hygiene"]
    kind = "point" if hygiene["flagged"] and not hygiene["left_out"] else "clean point"
    return f"From {first} to {last} ({plural(trend['points'], kind)}):"


def _movement(name: str, trend: Mapping[str, Any]) -> str:
    values = f"{significant(trend['first'])} to {significant(trend['last'])}, change {interval(trend['change'])}"
    if trend["metric"] == "sklr":
        values = (
            f"{count(trend['first'])} to {count(trend['last'])} neurons, change {count(trend['change']['value'])}"
        )
    p = f", {p_value(trend['p_holm'])}" if trend["p_holm"] is not None else ""
    return f"{name} {_direction(trend)} ({values}{p})"


def _direction(trend: Mapping[str, Any]) -> str:
    return "shows no clear trend" if trend["direction"] == "no clear trend" else trend["direction"]


def _decision(content: Mapping[str, Any], metric: str, claimed: str, trend: Mapping[str, Any] | None) -> Decision:
    """Against a claim speaks a trend the other way, or a last point that lies beyond the first one the other way."""
    if trend is None:
        return "is not decided"
    low, high = trend["change"]["low"], trend["change"]["high"]
    opposite = low is not None and (high < 0 if claimed == "rises" else low > 0)
    if opposite or trend["direction"] not in (claimed, "no clear trend"):
        return "does not hold"
    if trend["direction"] != claimed or (metric == "sklr" and not _shrinks_beyond_chance(content, trend)):
        return "is not decided"
    return "holds"


def _observation(
    content: Mapping[str, Any],
    whole: Mapping[str, Mapping[str, Any]],
    number: str,
    claim: str,
    claimed: dict[str, str],
) -> str:
    found: dict[str, Decision] = {
        metric: _decision(content, metric, direction, whole.get(metric)) for metric, direction in claimed.items()
    }
    # An observation about two scores holds only if both do, and falls with either.
    decision = max(found.values(), key=["holds", "is not decided", "does not hold"].index)
    details = [_detail(content, metric, found[metric], whole.get(metric)) for metric in claimed]
    return f"Observation {number} of Zeng et al. (2025), that {claim}, {decision}: {'; '.join(details)}."


def _detail(content: Mapping[str, Any], metric: str, decision: Decision, trend: Mapping[str, Any] | None) -> str:
    name = NAMES[metric]
    if trend is None:
        return f"{name} was not measured at two clean points"
    if trend["tau"] is None:
        return f"{name} never changes" + (" (fixed by the rule that selects neurons)" if metric == "sklr" else "")
    said = f"{name} {_direction(trend)}"
    if decision == "does not hold" and trend["direction"] == "no clear trend":
        said = f"{name} ends {'higher' if trend['change']['value'] > 0 else 'lower'} than it starts"
    reasons = [_why_open(trend)] if decision == "is not decided" else []
    reasons += [_beyond_chance(content, trend)] if metric == "sklr" else []
    said += f" ({'; '.join(filter(None, reasons))})" if any(reasons) else ""
    if trend["turn"]:
        turn, down = trend["turn"], trend["turn"]["after"]["value"] < 0
        said += (
            f", {'highest' if down else 'lowest'} at {_place(content, turn['key'])} ({significant(turn['value'])}) "
            f"and {'down' if down else 'up'} from there ({interval(turn['after'])})"
        )
    return said


def _why_open(trend: Mapping[str, Any]) -> str:
    if trend["direction"] == "no clear trend" and trend["p_holm"] is not None and trend["p_holm"] < ALPHA:
        way = "above" if trend["tau"] > 0 else "below"
        return (
            f"in order beyond chance, {p_value(trend['p_holm'])}, but the last point is not clearly {way} the first"
        )
    return trend["p_note"]


def _excess(content: Mapping[str, Any], trend: Mapping[str, Any]) -> list[float]:
    """Regions fill by chance alone, and chance changes as well: the neurons beyond it, at first and at last."""
    sizes = {point["key"]: point["sklr"] for point in content["points"] if point["status"] == "done"}
    return [sizes[trend[end]]["value"] - sizes[trend[end]]["null_mean"] for end in ("first_key", "last_key")]


def _shrinks_beyond_chance(content: Mapping[str, Any], trend: Mapping[str, Any]) -> bool:
    first, last = _excess(content, trend)
    return last < first


def _beyond_chance(content: Mapping[str, Any], trend: Mapping[str, Any]) -> str:
    first, last = map(count, _excess(content, trend))
    only = trend["direction"] == "falls" and not _shrinks_beyond_chance(content, trend)
    return f"beyond chance {first} neurons at first, {last} at last{': what shrinks is chance alone' if only else ''}"


def _against_untrained(content: Mapping[str, Any], trend: Mapping[str, Any] | None) -> list[str]:
    blank = trend["untrained"] if trend else None
    if trend is None or blank is None:
        return []
    change = blank["change"]
    last = _place(content, trend["last_key"])
    said = f"The untrained model's SADS is {significant(blank['value'])}; at {last} SADS is"
    if change["low"] is not None and change["low"] > 0:
        return [f"{said} above that by {interval(change)}."]
    if change["high"] is not None and change["high"] < 0:
        return [f"{said} below that ({interval(change)}): training has not brought back what it first took away."]
    return [f"{said} not clearly different ({interval(change)}), so what training added is not shown."]


def _hygiene(content: Mapping[str, Any]) -> str:
    hygiene, total = content["hygiene"], len(content["points"])
    said = []
    if hygiene["flagged"]:
        kinds = {point["key"]: "+".join(flag["kind"] for flag in point["flags"]) for point in content["points"]}
        named = join([f"{_place(content, key)} ({kinds[key]})" for key in hygiene["flagged"]])
        fate = "left out of trends" if hygiene["left_out"] else "used in trends all the same"
        said.append(f"{len(hygiene['flagged'])} of {plural(total, 'point')} flagged and {fate}: {named}")
    if hygiene["failed"]:
        failed = join([_place(content, key) for key in hygiene["failed"]])
        said.append(f"{len(hygiene['failed'])} of {total} failed: {failed}")
    said = said or [f"None of {plural(total, 'point')} is flagged as broken or mislabelled"]
    if not any(point.get("loss") for point in content["points"]):
        said.append("without held-out losses, a broken point may have gone unnoticed")
    return f"{'; '.join(said)}."


def _degraded(content: Mapping[str, Any], tested: Sequence[Mapping[str, Any]]) -> str:
    found = content["degradations"]
    open_ones = [one for one in found if one["explained_by"] is None]
    explained = len({(one["from"], one["to"]) for one in found}) - len({(o["from"], o["to"]) for o in open_ones})
    said = []
    whole = [one for one in open_ones if one["language"] == "all" and one["layer"] == "all"]
    if whole:
        said.append(f"Worse from one clean point to the next, and explained by no flag: {_steps(content, whole)}")
    elif open_ones:
        steps = plural(len({(one["from"], one["to"]) for one in open_ones}), "step")
        said.append(f"The whole model gets worse at no step between clean points; languages or layers do at {steps}")
    elif any(trend["change"]["low"] is not None for trend in tested):
        said.append("No score gets worse between clean points beyond its interval")
    else:
        said.append("Whether a score gets worse between points cannot be told: there are no intervals")
    if explained:
        said.append(f"flags explain what gets worse at {plural(explained, 'step')} into or out of flagged points")
    return f"{'; '.join(said)}."


def _steps(content: Mapping[str, Any], found: Sequence[Mapping[str, Any]]) -> str:
    return join(
        [
            f"{NAMES[one['metric']]} {'rises' if one['change']['value'] > 0 else 'falls'} "
            f"from {_place(content, one['from'])} to {_place(content, one['to'])} "
            f"({interval(one['change'])})"
            for one in found
        ]
    )
