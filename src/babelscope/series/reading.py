"""What a command line names in, a Series out: checkpoints found, ordered, checked against each other, none loaded."""

import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from babelscope.errors import ModelError, unknown_choice
from babelscope.models import ModelRef
from babelscope.series.checkpoints import Checkpoint, Order, Series, training_step
from babelscope.series.declared import Entry, read_declared
from babelscope.series.named import named_checkpoints
from babelscope.series.same_training import check_same_training
from babelscope.series.steps import StepFilter, choose_steps
from babelscope.series.weights import parameters_in

__all__ = ["Checkpoint", "Order", "Series", "read_series"]

_ORDERS: tuple[Order, ...] = ("training", "scale")


def read_series(
    arguments: Sequence[str | Entry],
    base: ModelRef,
    *,
    order: str | None = None,
    steps: str | StepFilter | None = None,
    point_zero: bool | None = None,
    seed: int = 0,
    label: str | None = None,
) -> Series:
    """Finds the checkpoints that a command line names, and puts them in order; nothing is loaded.

    An argument is a folder of one checkpoint, a folder of such folders (`step01000`, `checkpoint-500`, ...), a glob,
    a hub id with a revision (`OWNER/NAME@REVISION`, where the revision may be a glob too), a name of `PRESETS`,
    `nano` (all steps of the bundled series), or a TOML file of `read_declared`.

    Args:
        arguments: One or more of these.
        base: Tokenizer, dtype, device and whatever else all checkpoints share; its `name` is not used.
        order: `training` or `scale`; found by default: several steps of one model, or one step of several models.
        steps: Which steps of a training series are measured; text is read by `choose_steps`.
        point_zero: Whether a training series starts with the untrained model: the released step 0, whatever `steps`
            says, or else one made here. It does, unless a TOML file says otherwise.
        seed: Of the untrained model that is made here.
        label: The model column of a training series; the models' own name by default. Who gives one means a training.

    Raises:
        ModelError: If nothing is found, a checkpoint is named twice, or they are no series.
        BabelscopeError: If `steps` or a file cannot be understood.
    """
    name = None
    if len(arguments) == 1 and isinstance(arguments[0], str):
        name = arguments[0]
        if name.endswith(".toml"):
            arguments, given = read_declared(name)
            order, label = order or given.get("order"), label or given.get("label")
            steps = steps if steps is not None else given.get("steps")
            point_zero = given.get("point_zero", True) if point_zero is None else point_zero
            base = replace(base, tokenizer=base.tokenizer or given.get("tokenizer"))
            name = given.get("name") or Path(name).stem
    if order is not None and order not in _ORDERS:
        raise ModelError(unknown_choice("order", order, _ORDERS))
    found = [point for argument in arguments for point in named_checkpoints(argument, base, thin=steps is None)]
    if not found:
        raise ModelError(
            "got no checkpoints; name folders, a glob, OWNER/NAME@REVISION, or a preset such as bloom-560m"
        )
    _check_distinct(found)
    kind = order or ("training" if label else _order_of(found))
    if kind == "scale":
        points = _by_size(found, steps)
    else:
        points = _by_step(found, steps, point_zero is not False, seed, label)
    _check_keys(points)
    return Series(_series_name(name, points), kind, tuple(points))


def _order_of(points: Sequence[Checkpoint]) -> Order:
    labels = Counter(point.label for point in points)
    if len(labels) == 1:
        return "training"
    if max(labels.values()) == 1:
        return "scale"
    several = next(label for label, count in labels.items() if count > 1)
    raise ModelError(
        f"got {len(labels)} models ({_some(labels)}), and several checkpoints of {several}; a series is one model "
        "over its training, or one checkpoint each of several models: leave some out, or say --order training if "
        "they are steps of one training"
    )


def _by_step(
    points: Sequence[Checkpoint], steps: str | StepFilter | None, point_zero: bool, seed: int, label: str | None
) -> list[Checkpoint]:
    """A training series: one label, ordered by step, the untrained model first."""
    for point in points:
        if training_step(point.step) is None:
            raise ModelError(
                f"there is no training step in the name of {_spelled(point)}; expected step1000, checkpoint-500 "
                "or the like, or a TOML file that declares its step; models of several sizes need several names"
            )
    steps_seen: dict[float, Checkpoint] = {}
    for point in points:
        x = float(point.step)
        if x in steps_seen:
            raise ModelError(
                f"{_spelled(steps_seen[x])} and {_spelled(point)} are both step {point.step}; leave one out, or "
                "give --order scale if they are different models"
            )
        steps_seen[x] = point
    one = label or _family([point.label for point in points])
    ordered = [replace(steps_seen[x], label=one, x=x) for x in sorted(steps_seen)]
    check_same_training(ordered)
    chosen = ordered
    if steps is not None:
        chosen = (choose_steps(steps) if isinstance(steps, str) else steps)(ordered)
    if not point_zero:
        return chosen
    if ordered[0].x == 0:
        return chosen if chosen[0].x == 0 else [ordered[0], *chosen]
    return [replace(chosen[0], step="0", x=0.0, made=seed), *chosen]


def _by_size(points: Sequence[Checkpoint], steps: str | StepFilter | None) -> list[Checkpoint]:
    """A series of sizes: ordered by parameters where all are known before loading, else as given."""
    if steps is not None:
        raise ModelError(f"--steps chooses steps of one training, and these are several models: {_labels(points)}")
    for label, count in Counter(point.label for point in points).items():
        if count > 1:
            raise ModelError(f"got {count} checkpoints of {label}; a series of sizes has one of each model")
    sized = [replace(point, x=_parameters(point)) for point in points]
    if any(point.x is None for point in sized):
        return sized
    return sorted(sized, key=lambda point: point.x or 0)


def _parameters(point: Checkpoint) -> float | None:
    folder = Path(point.ref.name)
    if folder.is_dir():
        return parameters_in(folder)
    # Of what is not a step, a preset knows the size.
    return point.x if training_step(point.step) is None else None


def _check_distinct(points: Sequence[Checkpoint]) -> None:
    seen: set[tuple[str, str | None]] = set()
    for point in points:
        folder = Path(point.ref.name)
        place = (str(folder.resolve()) if folder.is_dir() else point.ref.name, point.ref.revision)
        if place in seen:
            raise ModelError(f"{_spelled(point)} is given twice; name every checkpoint once")
        seen.add(place)


def _check_keys(points: Sequence[Checkpoint]) -> None:
    keys: dict[str, Checkpoint] = {}
    for point in points:
        other = keys.setdefault(point.key.casefold(), point)
        if other is not point:
            raise ModelError(
                f"{_spelled(other)} and {_spelled(point)} would both be called {point.key}; rename one of them"
            )


def _series_name(name: str | None, points: Sequence[Checkpoint]) -> str:
    folder = name is not None and (Path(name).exists() or re.search(r"[*?\[@]", name))
    return name if name and not folder else _family([point.label for point in points])


def _family(labels: Sequence[str]) -> str:
    """What several names have in common: `bigscience/bloom` of its sizes; the first name if that is nothing."""
    if len(set(labels)) == 1:
        return labels[0]
    common = os.path.commonprefix(list(labels))
    # Not the middle of a word or number.
    common = re.sub(r"[^/_.-]*$", "", common).rstrip("-_./")
    return common or labels[0]


def _labels(points: Sequence[Checkpoint]) -> str:
    return _some(dict.fromkeys(point.label for point in points))


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed if len(listed) <= 4 else [*listed[:3], f"… {len(listed) - 3} more"])


def _spelled(point: Checkpoint) -> str:
    return f"{point.ref.name}@{point.ref.revision}" if point.ref.revision else point.ref.name
