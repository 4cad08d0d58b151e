"""Rows of selected neurons in, Selections out; rows that cannot be right are refused, by number."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from babelscope import languages
from babelscope.errors import BabelscopeError
from babelscope.probing.overlap.selections import ABSENT, Group, Selections, step_order

__all__ = ["DEFAULTS", "NEEDED", "NUMBER", "selections_of_columns", "selections_of_rows"]

NEEDED = ("model", "step", "layer", "language", "attribute", "rank", "neuron")
DEFAULTS = {"site": "hidden", "probe": "", "seed": "0", "test_nmi": "", "test_accuracy": ""}
"""Columns a table may lack, and what their cells then hold."""
NUMBER = "#"
"""Of the line or row that each cell is in."""


def selections_of_rows(rows: Iterable[Mapping[str, Any]], probe: str | None = None) -> Selections:
    """From rows as selections.csv has them; `site`, `probe`, `seed` and the metrics may be missing.

    Args:
        rows: One per selected neuron.
        probe: Take the rows of this family of probes only.

    Raises:
        BabelscopeError: If rows contradict each other or lack something; the message names the row.
    """
    listed = list(rows)
    first = listed[0] if listed else dict.fromkeys(NEEDED)
    names = [name for name in (*NEEDED, *DEFAULTS) if name in first]
    columns = {name: ["" if row[name] is None else str(row[name]) for row in listed] for name in names}
    columns[NUMBER] = [str(number) for number in range(1, len(listed) + 1)]
    return selections_of_columns(columns, "the selections", probe=probe, unit="row")


def selections_of_columns(
    columns: Mapping[str, Sequence[str]],
    source: str,
    *,
    probe: str | None = None,
    unit: str = "line",
) -> Selections:
    """Builds Selections from columns of text.

    Args:
        columns: Cells by column, one per row; in NUMBER, what messages call each of them.
        source: What messages call the table.
        probe: Take the rows of this family of probes only.
        unit: What messages call a row.

    Raises:
        BabelscopeError: If a column or all rows are missing, or a row cannot be right.
    """
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        raise BabelscopeError(
            f"{source} lacks the columns {', '.join(missing)}; expected a table of selections: {', '.join(NEEDED)}"
        )
    count = len(columns["model"])
    table = {name: columns.get(name, [default] * count) for name, default in DEFAULTS.items()}
    table |= {name: columns[name] for name in NEEDED}
    kept, family = _one_probe(table["probe"], probe, source)
    if not len(kept):
        raise BabelscopeError(f"{source} holds no selections; expected one row per selected neuron")
    where = _Where(source, unit, np.array(columns[NUMBER])[kept])
    cells = {name: np.array(values, dtype=str)[kept] for name, values in table.items() if name != "probe"}
    return Selections(_groups(cells, where), family, source)


@dataclass(frozen=True)
class _Where:
    """Says which row a message is about."""

    source: str
    unit: str
    numbers: np.ndarray

    def __call__(self, index: int) -> str:
        return f"{self.source}, {self.unit} {self.numbers[index]}"


def _one_probe(families: Sequence[str], probe: str | None, source: str) -> tuple[np.ndarray, str]:
    found = sorted(set(families))
    if probe is not None and probe not in found:
        raise BabelscopeError(
            f"{source} has no selections of the probe {probe!r}; it has {', '.join(found) or 'none'}"
        )
    if probe is None and len(found) > 1:
        raise BabelscopeError(
            f"{source} mixes selections of several probes ({', '.join(found)}), whose neurons are not to be "
            f"compared; choose one, such as --probe {found[0]}"
        )
    family = probe if probe is not None else (found[0] if found else "")
    return np.flatnonzero(np.array(families, dtype=str) == family), family


def _whole(cells: Mapping[str, np.ndarray], name: str, where: _Where, least: int) -> np.ndarray:
    try:
        numbers = cells[name].astype(np.int64)
    except (ValueError, OverflowError):
        bad = next(i for i, text in enumerate(cells[name]) if not _is(text, int))
        raise BabelscopeError(f"{where(bad)}: {name} is {str(cells[name][bad])!r}, expected a whole number") from None
    if (numbers < least).any():
        bad = int(np.argmax(numbers < least))
        raise BabelscopeError(f"{where(bad)}: {name} is {numbers[bad]}, expected {least} or more")
    return numbers


def _is(text: str, kind: type) -> bool:
    try:
        return np.isfinite(kind(str(text))) and abs(kind(str(text))) < 2**62
    except ValueError:
        return False


def _real(cells: Mapping[str, np.ndarray], name: str, where: _Where) -> np.ndarray:
    text = np.where(np.char.strip(cells[name]) == "", "nan", cells[name])
    try:
        return text.astype(float)
    except ValueError:
        bad = next(i for i, one in enumerate(text) if one != "nan" and not _is(one, float))
        raise BabelscopeError(f"{where(bad)}: {name} is {str(text[bad])!r}, expected a number or nothing") from None


def _groups(cells: Mapping[str, np.ndarray], where: _Where) -> tuple[Group, ...]:
    for name in ("model", "step", "language", "attribute"):
        if (cells[name] == "").any():
            raise BabelscopeError(f"{where(int(np.argmax(cells[name] == '')))}: {name} is empty")
    layer, seed = (_whole(cells, name, where, 0) for name in ("layer", "seed"))
    rank, neuron = _whole(cells, "rank", where, 1), _whole(cells, "neuron", where, 0)
    nmi, accuracy = (_real(cells, name, where) for name in ("test_nmi", "test_accuracy"))
    spellings, spelled = np.unique(cells["language"], return_inverse=True)
    language = np.array([languages.canonical(str(code)) for code in spellings])[spelled]
    place = _codes(cells["model"], cells["site"], layer.astype(str), cells["step"])
    run = _codes(place.astype(str), language, cells["attribute"], seed.astype(str))
    order = np.lexsort((rank, run))
    _check_ranks(run[order], rank[order], neuron[order], order, where)

    first: dict[int, int] = {}
    for row, group in enumerate(place.tolist()):
        first.setdefault(group, row)
    by_place = {group: np.flatnonzero(place == group) for group in first}
    found = [
        _group(by_place[group], cells, row, int(layer[row]), (seed, language, rank, neuron, nmi, accuracy))
        for group, row in first.items()
    ]
    models = list(dict.fromkeys(group.model for group in found))
    return tuple(sorted(found, key=lambda one: (models.index(one.model), one.site, one.layer, step_order(one.step))))


def _codes(*columns: np.ndarray) -> np.ndarray:
    """One number per distinct combination."""
    code = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        values, inverse = np.unique(column, return_inverse=True)
        code = np.unique(code * len(values) + inverse, return_inverse=True)[1]
    return code


def _check_ranks(run: np.ndarray, rank: np.ndarray, neuron: np.ndarray, rows: np.ndarray, where: _Where) -> None:
    """Within each run, ranks are 1, 2, 3, ... and no neuron comes twice; arrays are sorted by run and rank."""
    same = run[1:] == run[:-1]
    twice = same & (rank[1:] == rank[:-1])
    if twice.any():
        bad = int(np.argmax(twice))
        raise BabelscopeError(
            f"{where(rows[bad + 1])}: rank {rank[bad]} of this selection was already given ({where(rows[bad])}); "
            "expected each rank once per model, step, site, layer, language, attribute and seed"
        )
    start = np.r_[True, ~same]
    due = np.arange(len(run)) - np.maximum.accumulate(np.where(start, np.arange(len(run)), 0)) + 1
    if (rank != due).any():
        bad = int(np.argmax(rank != due))
        raise BabelscopeError(
            f"{where(rows[bad])}: rank {rank[bad]} where rank {due[bad]} was due; ranks of a selection are 1, 2, 3 "
            "and so on"
        )
    order = np.lexsort((neuron, run))
    again = (run[order][1:] == run[order][:-1]) & (neuron[order][1:] == neuron[order][:-1])
    if again.any():
        a, b = sorted((rows[order][int(np.argmax(again))], rows[order][int(np.argmax(again)) + 1]))
        raise BabelscopeError(
            f"{where(b)}: neuron {neuron[order][int(np.argmax(again))]} is in this selection already ({where(a)})"
        )


def _group(
    rows: np.ndarray,
    cells: Mapping[str, np.ndarray],
    first: int,
    layer: int,
    columns: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray],
) -> Group:
    seed, language, rank, neuron, nmi, accuracy = (column[rows] for column in columns)
    codes = languages.display_order(set(language.tolist()))
    attributes, attribute = np.unique(cells["attribute"][rows], return_inverse=True)
    seeds, place = np.unique(seed, return_inverse=True)
    spot = {code: index for index, code in enumerate(codes)}
    at = (place, np.array([spot[code] for code in language.tolist()]), attribute, rank - 1)
    shape = (len(seeds), len(codes), len(attributes), int(rank.max()))
    arrays = [np.full(shape, ABSENT, dtype=np.int64), np.full(shape, np.nan), np.full(shape, np.nan)]
    for array, values in zip(arrays, (neuron, nmi, accuracy), strict=True):
        array[at] = values
    model, step, site = (str(cells[name][first]) for name in ("model", "step", "site"))
    return Group(model, step, site, layer, codes, tuple(map(str, attributes)), *arrays)
