"""The tables published with [W24] in, x, y and what is known of their checkpoints out: the choices of the paper."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from babelscope.correlation.background import Background
from babelscope.correlation.measured import ALL, Checkpoint, Measured, measured, order_of
from babelscope.correlation.measures import column_values
from babelscope.correlation.options import CorrelationOptions
from babelscope.correlation.overlaps import BY_LANGUAGE, overlap_measure
from babelscope.correlation.reading import Sheet, read_sheet
from babelscope.dynamics.hygiene import find_flags
from babelscope.errors import BabelscopeError
from babelscope.probing.overlap import PRESETS, Selections, overlap, read_selections
from babelscope.report.numbers import join

__all__ = ["Published", "published_w24"]

LAYERS = (12, 16)
"""Theirs are 13 and 17: they number `hidden_states` from 1."""
K = 50
SELECTIONS = ("selections.csv.gz", "selections.csv")
OUTCOMES = {"transfer_xnli.csv": ("accuracy", "XNLI accuracy"), "transfer_pos.csv": ("f1", "POS F1")}
"""Column and name of the score in each table."""
COSINES = "cosine"
NOT_A_LANGUAGE = "code"


@dataclass(frozen=True, eq=False)
class Published:
    """What a preset found."""

    x: Measured
    y: tuple[Measured, ...]
    background: Background
    warnings: list[dict[str, str]] = field(default_factory=list)


def published_w24(x: Path, y: Sequence[Path], options: CorrelationOptions) -> Published:
    """Reads the published tables as the paper did.

    x is the overlap of the 50 selected neurons, macro mean over Gender, Number and POS of their layers 13 and 17; by
    language it is that of POS with English. Given a table of cosines, x is those. Flags come from the selections:
    checkpoints whose probes tell nothing on average, or that look like another's weights.

    Args:
        x: The folder of the tables, the selections, or the table of cosines.
        y: Tables of scores; by default those beside x.
        options: Of which the layers (in our numbers), k and the attributes may differ from the paper's.

    Raises:
        BabelscopeError: If a table is missing.
    """
    folder = x if x.is_dir() else x.parent
    outcomes = [_outcome(path) for path in y or _beside(folder)]
    if options.task:
        outcomes = _named(outcomes, options.task)
    wanted = {place for one in outcomes for place in one.checkpoints}
    selections = _of_layers(read_selections(_selections(x, folder), change=PRESETS["w24"].change), options)
    sheet, content = _overlaps(selections, wanted, options)
    chosen = replace(options, layers=options.layers or LAYERS, k=options.k or K)
    asks = replace(chosen, attributes=options.attributes or PRESETS["w24"].attributes)
    own = overlap_measure(sheet, options.measure if options.measure == "excess" else "overlap", asks)
    if not x.is_dir() and not x.name.startswith("selections"):
        own = _cosines(x, chosen)
    background = Background(
        {"nmi": _nmi(selections, asks)},
        _flags(selections, content, asks),
        {place: order_of(place[1]) for place in wanted},
    )
    kept = [one for one in content["warnings"] if one["kind"] in ("same weights", "broken step")]
    return Published(own, tuple(outcomes), background, kept)


def _selections(x: Path, folder: Path) -> Path:
    if not x.is_dir() and x.name.startswith("selections"):
        return x
    found = next((path for name in SELECTIONS if (path := folder / name).is_file()), None)
    if found is None:
        raise BabelscopeError(f"{folder} has no {SELECTIONS[0]}; --preset w24 needs the published selections as --x")
    return found


def _beside(folder: Path) -> list[Path]:
    found = [folder / name for name in OUTCOMES if (folder / name).is_file()]
    if not found:
        raise BabelscopeError(f"{folder} has neither {' nor '.join(OUTCOMES)}; give a table of scores as --y")
    return found


def _outcome(path: Path) -> Measured:
    sheet = read_sheet(path)
    column, title = OUTCOMES.get(path.name, (None, ""))
    if column is None:
        column = next((name for name in ("accuracy", "f1", "score") if name in sheet.columns), None)
    return column_values(sheet, column, CorrelationOptions(), title=title or path.name.removesuffix(".csv"))


def _named(outcomes: list[Measured], task: str) -> list[Measured]:
    found = [one for one in outcomes if task.lower() in one.name.lower()]
    if not found:
        raise BabelscopeError(f"got task {task!r}, expected one of {', '.join(one.name for one in outcomes)}")
    return found


def _of_layers(selections: Selections, options: CorrelationOptions) -> Selections:
    wanted = options.layers or LAYERS
    there = sorted({group.layer for group in selections.groups})
    missing = [layer for layer in wanted if layer not in there]
    if missing:
        raise BabelscopeError(
            f"{selections.source} has no layer {join(list(map(str, missing)))}; it has {join(list(map(str, there)))} "
            "(numbered from 0, the embeddings)"
        )
    return replace(selections, groups=tuple(group for group in selections.groups if group.layer in wanted))


def _overlaps(
    selections: Selections, wanted: set[Checkpoint], options: CorrelationOptions
) -> tuple[Sheet, dict[str, Any]]:
    preset = PRESETS["w24"]
    found = overlap(selections, preset.neurons, (options.k or K,), attributes=preset.attributes, draws=2)
    rows = [row for row in found.rows() if (row["model"], row["step"]) in wanted]
    if not rows:
        have = ", ".join(dict.fromkeys(group.model for group in selections.groups))
        raise BabelscopeError(f"the scores are about no checkpoint that {selections.source} has ({have})")
    columns = {name: tuple("" if row[name] is None else str(row[name]) for row in rows) for name in rows[0]}
    return Sheet("overlap", columns, selections.source), found.content


def _cosines(path: Path, options: CorrelationOptions) -> Measured:
    sheet = read_sheet(path)
    if COSINES not in sheet.columns:
        raise BabelscopeError(
            f"{path.name} has no column {COSINES}; --preset w24 reads selections or such cosines as x"
        )
    kept = [code for code in set(sheet.columns["language"]) if code != NOT_A_LANGUAGE]
    ours = {**sheet.columns, "layer": tuple(str(int(layer) - 1) for layer in sheet.columns["layer"])}
    sheet = Sheet(sheet.kind, ours, sheet.source).where(language=kept)
    return column_values(sheet, COSINES, options, title="cosine of translations")


def _cells(selections: Selections, options: CorrelationOptions) -> list[tuple[Checkpoint, str, str, float]]:
    """Test NMI of every probe with k neurons: checkpoint, attribute, language, value."""
    found = []
    for group in selections.groups:
        told = group.nmi[0, ..., (options.k or K) - 1]
        for i, j in zip(*np.nonzero(np.isfinite(told)), strict=True):
            found.append(((group.model, group.step), group.attributes[j], group.languages[i], float(told[i, j])))
    return found


def _nmi(selections: Selections, options: CorrelationOptions) -> Measured:
    """Overall the mean over attributes of the means over languages; by language that of POS."""
    by_attribute: dict[tuple[Checkpoint, str], list[float]] = defaultdict(list)
    cells: list[tuple[Checkpoint, str, float]] = []
    for place, attribute, language, value in _cells(selections, options):
        if attribute in (options.attributes or ()):
            by_attribute[place, attribute].append(value)
        if attribute == BY_LANGUAGE:
            cells.append((place, language, value))
    cells += [(place, ALL, float(np.mean(values))) for (place, _), values in by_attribute.items()]
    meaning = f"test NMI with {options.k or K} neurons; overall the mean over attributes, by language that of POS"
    return measured("test NMI of probes", meaning, selections.source, selections.hash, cells)


def _flags(selections: Selections, content: dict[str, Any], options: CorrelationOptions) -> dict[Checkpoint, str]:
    told: dict[Checkpoint, list[float]] = defaultdict(list)
    for place, _, _, value in _cells(selections, options):
        told[place].append(value)
    found: dict[Checkpoint, str] = {}
    for model in dict.fromkeys(place[0] for place in told):
        nmi = {step: float(np.mean(values)) for (name, step), values in told.items() if name == model}
        points = [{"key": step, "status": "done", "x": order_of(step)} for step in nmi]
        for step, flags in find_flags(points, nmi).items():
            if flags:
                found[model, step] = "; ".join(flag.message for flag in flags)
    for one in content["between_steps"]:
        for pair in one["same_weights"]:
            for step, other in (pair["steps"], pair["steps"][::-1]):
                found.setdefault((one["model"], step), f"looks like the same weights as step {other}")
    return found
