"""Records of a series' points in, flags out: which of them are broken or mislabelled uploads rather than results."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from babelscope.report.numbers import plural, significant

__all__ = ["RULES", "Flag", "FlagKind", "find_flags", "untrained"]

FlagKind = Literal["duplicate", "loss", "nmi"]

EXCESS = math.log(3)
"""Nats per token, that is three times the perplexity [METHODS 5]."""

RULES: dict[FlagKind, str] = {
    "duplicate": "weights equal to those of another point",
    "loss": "held-out loss at least ln 3 nats per token (3 × the perplexity) above the lowest of all earlier trained "
    "points in more than half of the languages, or not a number there",
    "nmi": "mean test NMI of its selections of neurons at or below 0, where another trained point's is above",
}
"""What is flagged, in words."""


@dataclass(frozen=True)
class Flag:
    """Why a point is not to be trusted."""

    kind: FlagKind
    message: str


def untrained(point: Mapping[str, Any]) -> bool:
    """Whether a point is an untrained model: made here, or released as step 0."""
    return bool(point.get("made")) or point.get("x") == 0


def find_flags(
    points: Sequence[Mapping[str, Any]], nmi: Mapping[str, float] | None = None
) -> dict[str, tuple[Flag, ...]]:
    """Flags of every measured point, by key; an empty tuple is a clean one [METHODS 5].

    The untrained model is exempt from the rule on losses, on both sides: its loss says nothing about an upload, and
    is no yardstick either, as learning one language first makes a model worse than a blank one at all others. It is
    exempt from the rule on probes too. Nor is a model made here an upload that could be a duplicate; a trained
    point that equals it is. Where probes tell nothing at any trained point, that is the fault of the probes or of
    their treebanks, and no point is flagged for it.

    Args:
        points: Records in order; those that failed are passed over.
        nmi: Mean test NMI of selections by key, where probes were trained.
    """
    done = [point for point in points if point["status"] == "done"]
    twins = {point["key"]: _twins(point, done) for point in done}
    trained = {point["key"] for point in done if not untrained(point)}
    told = {key: value for key, value in (nmi or {}).items() if key in trained and value is not None}
    told = told if any(value > 0 for value in told.values()) else {}
    found = {}
    for place, point in enumerate(done):
        flags = [_duplicate(twins[point["key"]]), _loss(place, done, twins), _nmi(told.get(point["key"]))]
        found[point["key"]] = tuple(flag for flag in flags if flag is not None)
    return found


def _twins(point: Mapping[str, Any], points: Sequence[Mapping[str, Any]]) -> list[str]:
    """Keys of the other points with the same weights; two untrained models may be the same one, made twice."""
    if point.get("made") or not point.get("weights_hash"):
        return []
    return [
        other["key"]
        for other in points
        if other["key"] != point["key"]
        and other.get("weights_hash") == point["weights_hash"]
        and not (untrained(point) and untrained(other))
    ]


def _duplicate(twins: Sequence[str]) -> Flag | None:
    return Flag("duplicate", f"has the same weights as {', '.join(twins)}") if twins else None


def _loss(place: int, points: Sequence[Mapping[str, Any]], twins: Mapping[str, list[str]]) -> Flag | None:
    point = points[place]
    if untrained(point):
        return None
    order = {other["key"]: index for index, other in enumerate(points)}
    # Weights found under two steps were reached by the later of them; before that they are no yardstick.
    earlier = [
        other
        for other in points[:place]
        if not untrained(other) and all(order[twin] < place for twin in twins[other["key"]])
    ]
    excesses = [_excess(loss, language, earlier) for language, loss in (point.get("loss") or {}).items()]
    compared = sorted(excess for excess in excesses if excess is not None)
    over = sum(excess >= EXCESS for excess in compared)
    if 2 * over <= len(compared):
        return None
    median = compared[len(compared) // 2]
    times = f"{significant(math.exp(median))} ×" if median < 700 else "beyond measure"
    return Flag(
        "loss",
        f"has a held-out loss ln 3 or more above the lowest earlier one in {over} of "
        f"{plural(len(compared), 'language')} (perplexity {times} in the middle one)",
    )


def _excess(loss: Mapping[str, Any], language: str, earlier: Sequence[Mapping[str, Any]]) -> float | None:
    """Nats per token above the lowest earlier loss; infinite if not a number, None with nothing to compare with.

    Taken in nats per byte and brought to this point's tokens, so that sizes of a family may differ in tokenizer.
    """
    value = loss.get("nats_per_byte")
    if value is None or not math.isfinite(value):
        return math.inf
    known = [(other.get("loss") or {}).get(language, {}).get("nats_per_byte") for other in earlier]
    known = [one for one in known if one is not None and math.isfinite(one)]
    return (value - min(known)) * loss["bytes"] / loss["tokens"] if known else None


def _nmi(value: float | None) -> Flag | None:
    if value is None or value > 0:
        return None
    return Flag("nmi", f"has probes that tell nothing on average (mean test NMI {significant(value)})")
