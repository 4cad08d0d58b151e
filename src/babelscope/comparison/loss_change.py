"""The held-out losses of two points in, their differences out: unpaired, for points keep no losses by segment."""

import math
from collections.abc import Mapping
from typing import Any

from scipy import stats

from babelscope.comparison.difference import Difference, corrected
from babelscope.comparison.run import Run

__all__ = ["UNPAIRED", "loss_changes"]

UNPAIRED = "the interval takes the two losses as independent, so it is wider than a paired one"


def loss_changes(a: Run, b: Run) -> tuple[dict[str, Difference] | None, str]:
    """Nats per byte of held-out text, B minus A: `all` languages (their mean), then each; None with a reason.

    p is that of a normal error with this interval; those of the languages are corrected by Holm.

    A run folder that is no point of a series has no losses: then there is nothing to say, and the reason is empty.
    """
    if a.loss is None or b.loss is None:
        missing = "A" if a.loss is None else "B"
        return None, "" if a.loss is b.loss else f"held-out loss was not compared: {missing} has none"
    for name, losses in (("A", a.loss), ("B", b.loss)):
        if broken := _broken(losses):
            return None, f"held-out loss was not compared: that of {name} is not a number in {', '.join(broken)}"
    one, other = a.loss["languages"], b.loss["languages"]
    bytes_of = [{code: loss["bytes"] for code, loss in losses.items()} for losses in (one, other)]
    if bytes_of[0] != bytes_of[1]:
        return None, "held-out loss was not compared: A and B were measured on different texts"
    each = corrected([_unpaired(_of(one[code]), _of(other[code])) for code in one])
    return {"all": _unpaired(a.loss["mean"], b.loss["mean"]), **dict(zip(one, each, strict=True))}, ""


def _broken(losses: Mapping[str, Any]) -> list[str]:
    return [code for code, loss in losses["languages"].items() if loss["nats_per_byte"] is None]


def _of(loss: Mapping[str, Any]) -> dict[str, Any]:
    return {"value": loss["nats_per_byte"], "low": loss["low"], "high": loss["high"]}


def _unpaired(a: Mapping[str, Any], b: Mapping[str, Any]) -> Difference:
    value = b["value"] - a["value"]
    if a["low"] is None or b["low"] is None:
        return Difference(a["value"], b["value"], value, None, None, None, "lower")
    reach = math.hypot(a["value"] - a["low"], b["value"] - b["low"])
    p = 2 * float(stats.norm.sf(abs(value) / reach * stats.norm.ppf(0.975))) if reach else float(value == 0)
    return Difference(a["value"], b["value"], value, value - reach, value + reach, p, "lower")
