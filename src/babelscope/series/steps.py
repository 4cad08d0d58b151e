"""The spelling of --steps in, a filter of a training series out."""

import math
import re
from collections.abc import Callable, Sequence

from babelscope.errors import BabelscopeError
from babelscope.series.checkpoints import Checkpoint

__all__ = ["StepFilter", "choose_steps"]

StepFilter = Callable[[Sequence[Checkpoint]], list[Checkpoint]]
"""Checkpoints in the order of their steps in, those to measure out."""

_RANGE = re.compile(r"(\d*):(\d*)(?::(\d+))?")


def choose_steps(text: str) -> StepFilter:
    """Reads which steps of a series are measured.

    Parts are separated by commas, and what any of them names is measured:

    - `1000` is that step; `first` and `last` are the ends of what there is.
    - `1000:50000` is every step from the one to the other, both included; either end may be left out, `:` is all.
    - `1000:50000:5` is every fifth of these, from the first one on.
    - `log:12` is twelve steps spread evenly over the logarithm of the step, the first and the last among them.

    Args:
        text: Such as `0,1000:,` or `log:20`.

    Raises:
        BabelscopeError: If it is not of this form; of the filter, if a step is asked for that the series lacks.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        raise _malformed(text)
    choices = [_part(part, text) for part in parts]

    def choose(checkpoints: Sequence[Checkpoint]) -> list[Checkpoint]:
        chosen = {checkpoint.step for choice in choices for checkpoint in choice(checkpoints)}
        if not chosen:
            raise BabelscopeError(f"--steps {text} leaves none of the steps {_listed(checkpoints)}")
        return [checkpoint for checkpoint in checkpoints if checkpoint.step in chosen]

    return choose


def _part(part: str, text: str) -> StepFilter:
    if part in ("first", "last"):
        return lambda points: [points[0 if part == "first" else -1]]
    if part.isdecimal():
        return lambda points: [_at(points, int(part))]
    found = _RANGE.fullmatch(part)
    if found:
        low, high = float(found[1] or 0), float(found[2] or math.inf)
        every = int(found[3] or 1)
        if every < 1 or low > high:
            raise _malformed(text)
        return lambda points: [point for point in points if low <= _step(point) <= high][::every]
    kind, _, count = part.partition(":")
    if kind == "log" and count.isdecimal() and int(count) > 0:
        return lambda points: _spread(points, int(count))
    raise _malformed(text)


def _malformed(text: str) -> BabelscopeError:
    return BabelscopeError(
        f"got {text!r} in --steps; expected steps such as 0,1000,last, a range such as 1000:50000 or 1000:50000:5 "
        "(every fifth), or log:12 (twelve, evenly spread over the logarithm)"
    )


def _step(checkpoint: Checkpoint) -> float:
    return math.nan if checkpoint.x is None else checkpoint.x


def _at(checkpoints: Sequence[Checkpoint], step: int) -> Checkpoint:
    for checkpoint in checkpoints:
        if checkpoint.x == step:
            return checkpoint
    raise BabelscopeError(f"there is no step {step} in the series; its steps are {_listed(checkpoints)}")


def _listed(checkpoints: Sequence[Checkpoint]) -> str:
    steps = [checkpoint.step for checkpoint in checkpoints]
    return ", ".join(steps if len(steps) <= 16 else [*steps[:8], "…", *steps[-7:]])


def _spread(checkpoints: Sequence[Checkpoint], count: int) -> list[Checkpoint]:
    """`count` checkpoints, each the nearest free one to an even grid over log(1 + step)."""
    if count >= len(checkpoints):
        return list(checkpoints)
    places = [math.log1p(_step(checkpoint)) for checkpoint in checkpoints]
    low, high = places[0], places[-1]
    wanted = [low + (high - low) * i / max(count - 1, 1) for i in range(count)] if count > 1 else [high]
    free = set(range(len(checkpoints)))
    taken = []
    # The ends first: a crowded grid must not push them out.
    for place in sorted(wanted, key=lambda value: min(value - low, high - value)):
        nearest = min(free, key=lambda i: (abs(places[i] - place), i))
        free.remove(nearest)
        taken.append(nearest)
    return [checkpoints[i] for i in sorted(taken)]
