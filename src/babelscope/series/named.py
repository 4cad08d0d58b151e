"""One argument of a command line in, the checkpoints it names out: folders, hub revisions, presets, entries."""

import glob
import re
from dataclasses import replace
from fnmatch import translate
from pathlib import Path

from babelscope.errors import ModelError, unknown_choice
from babelscope.models import ModelRef
from babelscope.models.bundled import BUNDLED, bundled_folders
from babelscope.models.naming import label_of, step_of
from babelscope.series.checkpoints import Checkpoint, training_step
from babelscope.series.declared import Entry
from babelscope.series.hub import matching_revisions
from babelscope.series.local_checkpoints import checkpoints_at, checkpoints_matching, local_checkpoint, looks_local
from babelscope.series.presets import PRESETS, releases_of
from babelscope.series.steps import choose_steps

__all__ = ["named_checkpoints"]


def named_checkpoints(argument: str | Entry, base: ModelRef, *, thin: bool = True) -> list[Checkpoint]:
    """The checkpoints that one argument names.

    Args:
        argument: See `read_series`.
        base: What all checkpoints share.
        thin: Whether a preset of very many checkpoints gives its own choice of them.

    Raises:
        ModelError: If it names nothing.
    """
    if isinstance(argument, Entry):
        return [_declared(argument, base)]
    if argument == BUNDLED:
        return _bundled(base)
    place = Path(argument)
    if place.is_dir():
        return checkpoints_at(place, base)
    if place.is_file():
        raise ModelError(
            f"{argument} is a file; expected a folder with config.json, or one TOML file as the only argument"
        )
    if argument in PRESETS:
        return _preset(argument, base, thin)
    name, at, revision = argument.rpartition("@")
    if at and not looks_local(name):
        return _revisions(name, revision, base)
    if glob.has_magic(argument):
        return checkpoints_matching(argument, base)
    if looks_local(argument) or argument.endswith(".toml"):
        raise ModelError(f"there is no {argument}; expected a folder of checkpoints, a glob or OWNER/NAME@REVISION")
    if "/" not in argument:
        raise ModelError(f"{unknown_choice('preset', argument, [BUNDLED, *PRESETS])}; a hub id is OWNER/NAME")
    return [_on_hub(argument, base.revision, base)]


def _on_hub(name: str, revision: str | None, base: ModelRef) -> Checkpoint:
    step = step_of(name, revision)
    return Checkpoint(replace(base, name=name, revision=revision), label_of(name), step, training_step(step))


def _revisions(name: str, revision: str, base: ModelRef) -> list[Checkpoint]:
    if not name or not revision:
        raise ModelError(f"got {name}@{revision}, expected OWNER/NAME@REVISION")
    if not glob.has_magic(revision):
        return [_on_hub(name, revision, base)]
    return [_on_hub(name, found, base) for found in matching_revisions(name, re.compile(translate(revision)))]


def _bundled(base: ModelRef) -> list[Checkpoint]:
    last, _ = bundled_folders(None)
    steps = sorted(folder.name for folder in last.parent.glob("step*"))
    return [_on_hub(BUNDLED, step, base) for step in steps]


def _preset(name: str, base: ModelRef, thin: bool) -> list[Checkpoint]:
    preset = PRESETS[name]
    ref = replace(base, tokenizer=base.tokenizer or preset.tokenizer)
    training = preset.order == "training"
    points = [
        Checkpoint(
            replace(ref, name=release.repository, revision=release.revision),
            label=name if training else release.repository,
            step=release.step,
            x=training_step(release.step) if training else release.parameters,
        )
        for release in releases_of(preset)
    ]
    if not (thin and preset.steps):
        return points
    return choose_steps(preset.steps)(sorted(points, key=lambda point: point.x or 0))


def _declared(entry: Entry, base: ModelRef) -> Checkpoint:
    ref = replace(base, tokenizer=entry.tokenizer or base.tokenizer)
    if Path(entry.name).is_dir():
        if entry.revision is not None:
            raise ModelError(f"{entry.name} is a folder, which has no revision {entry.revision!r}; leave it out")
        point = local_checkpoint(Path(entry.name), ref)
    elif looks_local(entry.name):
        raise ModelError(f"there is no folder {entry.name}; expected a folder with config.json, or a hub id")
    else:
        point = _on_hub(entry.name, entry.revision, ref)
    step = entry.step or point.step
    return replace(point, label=entry.label or point.label, step=step, x=training_step(step))
