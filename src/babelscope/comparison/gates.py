"""Bars for a score in, passed, failed or undecided out: what lets an automatic check refuse a checkpoint."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from babelscope.errors import BabelscopeError, unknown_choice
from babelscope.report.numbers import count, interval

if TYPE_CHECKING:
    from babelscope.comparison.compare import Comparison
    from babelscope.comparison.difference import Difference

__all__ = ["METRICS", "Gate", "Ruling", "parse_gates", "rule"]

_OWN = ("sads", "lrds", "sklr", "gain.sads", "gain.lrds", "loss")
METRICS = (*_OWN, *(f"diff.{name}" for name in _OWN))
"""What a gate may look at: B's own scores, and B minus A."""

Bound = Literal["below", "above"]


@dataclass(frozen=True)
class Gate:
    """One bar that B has to clear."""

    metric: str
    bound: Bound
    """B fails below the bar, or above it."""
    bar: float

    def __str__(self) -> str:
        return f"{self.metric} {'at least' if self.bound == 'below' else 'at most'} {self.bar:g}"


@dataclass(frozen=True)
class Ruling:
    """What became of a gate.

    passed: the whole 95 % interval is on the right side of the bar, or on it. failed: the whole interval is beyond
    it. undecided: the interval covers the bar. Without an interval the value decides.
    """

    gate: Gate
    value: float
    low: float | None
    high: float | None
    outcome: Literal["passed", "failed", "undecided"]
    strict: bool
    """Whether undecided counts as refused."""
    sentences: int | None = None
    """About how many would decide, if the value stayed where it is; None if decided."""

    @property
    def refused(self) -> bool:
        """Whether B is refused."""
        return self.outcome == "failed" or (self.strict and self.outcome == "undecided")

    def __str__(self) -> str:
        found = interval({"value": self.value, "low": self.low, "high": self.high})
        about = "" if self.low is not None else " (no interval: the value decides)"
        what = "B minus A is" if self.gate.metric.startswith("diff.") else "B has"
        return f"gate {self.gate}: {what} {found}{about}: {self._said}"

    @property
    def _said(self) -> str:
        if self.outcome != "undecided":
            return self.outcome
        much = f", about {count(self.sentences)} sentences would tell" if self.sentences else ""
        end = "refused (--strict)" if self.strict else "let through (--strict would refuse)"
        return f"undecided, the interval covers the bar{much}: {end}"

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        rest = {name: value for name, value in asdict(self).items() if name != "gate"}
        return {**asdict(self.gate), **rest, "refused": self.refused, "text": str(self)}


def parse_gates(texts: Iterable[str], bound: Bound) -> list[Gate]:
    """Gates from METRIC=VALUE.

    Raises:
        BabelscopeError: If one is not spelled so, or its metric is unknown.
    """
    return [_parse(text, bound) for text in texts]


def _parse(text: str, bound: Bound) -> Gate:
    metric, separator, number = (part.strip() for part in text.partition("="))
    try:
        bar = float(number)
    except ValueError:
        bar = math.nan
    if not separator or not metric or not math.isfinite(bar):
        raise BabelscopeError(f"got {text!r} in --fail-{bound}, expected METRIC=NUMBER, such as sads=0.04")
    if metric not in METRICS:
        raise BabelscopeError(unknown_choice(f"metric in --fail-{bound}", metric, METRICS))
    return Gate(metric, bound, bar)


def rule(found: "Comparison", gates: Sequence[Gate], strict: bool = False) -> list[Ruling]:
    """Holds B against each gate.

    A checkpoint is refused on evidence: by default only where the whole interval lies beyond the bar, so that noise
    refuses nothing. `strict` asks for evidence the other way round: what is not shown to clear the bar is refused, so
    that too few sentences let nothing through.

    Raises:
        BabelscopeError: If a gate asks for what was not measured.
    """
    return [_rule(found, gate, strict) for gate in gates]


def _rule(found: "Comparison", gate: Gate, strict: bool) -> Ruling:
    value, low, high = _measured(found, gate.metric)
    if low is None or high is None:
        low = high = None
    worst, best = (value, value) if low is None or high is None else (low, high)
    if gate.bound == "above":
        worst, best = best, worst
    clears = worst >= gate.bar if gate.bound == "below" else worst <= gate.bar
    misses = best < gate.bar if gate.bound == "below" else best > gate.bar
    outcome = "passed" if clears else "failed" if misses else "undecided"
    sentences = None
    if outcome == "undecided" and low is not None and value != gate.bar and not gate.metric.endswith("loss"):
        sentences = math.ceil(found.b.summary["sentences"] * ((value - low) / (value - gate.bar)) ** 2)
    return Ruling(gate, value, low, high, outcome, strict, sentences)


def _measured(found: "Comparison", metric: str) -> tuple[float, float | None, float | None]:
    difference, name = metric.startswith("diff."), metric.removeprefix("diff.")
    if name == "sklr":
        return _sklr(found, difference)
    if name == "loss":
        return _loss(found, difference)
    score = name.removeprefix("gain.")
    if difference:
        if name == score:
            return _ends(getattr(found, score))
        if found.gains is None:
            raise _unmeasured(metric, "an untrained model was not measured for both", "scan without --no-baseline")
        return _ends(found.gains[score])
    held = found.b.summary[score] if name == score else found.b.summary[score]["gain"]
    if held is None:
        raise _unmeasured(metric, "B has no untrained model's scores", "scan it without --no-baseline")
    return held["value"], held["low"], held["high"]


def _ends(one: "Difference") -> tuple[float, float | None, float | None]:
    return one.value, one.low, one.high


def _sklr(found: "Comparison", difference: bool) -> tuple[float, None, None]:
    if not difference:
        return float(found.b.summary["sklr"]), None, None
    if found.regions is None:
        raise _unmeasured("diff.sklr", "A's and B's regions were made by different rules", "scan both alike")
    return float(found.regions.sklr.value), None, None


def _loss(found: "Comparison", difference: bool) -> tuple[float, float | None, float | None]:
    if difference and found.loss is not None:
        return _ends(found.loss["all"])
    held = None if difference or found.b.loss is None else found.b.loss["mean"]
    if held and held["value"] is None:
        raise _unmeasured("loss", "B's held-out loss is not a number", "look for what broke B")
    if held:
        return held["value"], held["low"], held["high"]
    which = "A and B have no losses to compare on one held-out text" if difference else "B has no held-out loss"
    raise _unmeasured("diff.loss" if difference else "loss", which, "compare points of `babelscope track`")


def _unmeasured(metric: str, reason: str, remedy: str) -> BabelscopeError:
    return BabelscopeError(f"cannot hold B to a bar of {metric}: {reason}; {remedy}, or drop the gate")
