"""Places in (tables, run folders, folders of a series), sheets out: the columns of each table and what kind it is."""

import csv
import gzip
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from babelscope.errors import BabelscopeError
from babelscope.provenance import text_hash
from babelscope.run_folder import POINTS

__all__ = ["OTHER", "Place", "Sheet", "kind_of", "places_of", "read_sheet", "sheets_in"]

Place = str | Path
OTHER = "other"
"""A table that is none of ours: model, step, language and a column of values."""

_TELLING: dict[str, frozenset[str]] = {
    "selections": frozenset({"attribute", "rank", "neuron"}),
    "overlap": frozenset({"attribute", "language_a", "language_b", "k", "overlap"}),
    "retrieval": frozenset({"pooling", "language", "language_b", "margin"}),
    "transfer": frozenset({"task", "language", "metric", "score", "seed", "source_score", "method"}),
    "scores": frozenset({"metric", "language", "language_b", "value", "null_mean"}),
    "track": frozenset({"metric", "language", "value", "flag"}),
    "evaluation": frozenset({"task", "language", "deactivated", "accuracy"}),
}
"""The columns by which each table of ours is known."""

_SUFFIXES = (".csv", ".csv.gz")


@dataclass(frozen=True)
class Sheet:
    """One table, cells as text."""

    kind: str
    """The name of a table of ours, or OTHER."""
    columns: dict[str, tuple[str, ...]] = field(repr=False)
    source: str
    """What messages call it."""

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    @property
    def hash(self) -> str:
        """16 hex digits that change with any cell."""
        return text_hash(*(part for name, cells in sorted(self.columns.items()) for part in (name, *cells)))

    def rows(self, *names: str) -> Iterator[tuple[str, ...]]:
        """The cells of some columns, row by row."""
        return zip(*(self.columns[name] for name in names), strict=True)

    def where(self, **wanted: Iterable[str]) -> "Sheet":
        """The rows whose cells are among those wanted, column by column."""
        sets = {name: set(values) for name, values in wanted.items()}
        kept = [
            place
            for place in range(len(self))
            if all(self.columns[name][place] in values for name, values in sets.items())
        ]
        cut = {name: tuple(cells[place] for place in kept) for name, cells in self.columns.items()}
        return Sheet(self.kind, cut, self.source)

    def about(self, checkpoints: Container[tuple[str, ...]]) -> "Sheet":
        """The rows about some checkpoints, by model and step; all of them where the table names none."""
        if not {"model", "step"} <= set(self.columns):
            return self
        kept = [place for place, pair in enumerate(self.rows("model", "step")) if pair in checkpoints]
        cut = {name: tuple(cells[place] for place in kept) for name, cells in self.columns.items()}
        return Sheet(self.kind, cut, self.source)


def places_of(given: Place | Sequence[Place] | None) -> list[Path]:
    """One place or several, or none, as a list."""
    listed = [] if given is None else [given] if isinstance(given, str | Path) else list(given)
    return [Path(one) for one in listed]


def kind_of(header: Iterable[str]) -> str:
    """Which table of ours has this header; OTHER if none."""
    there = set(header)
    return next((name for name, needed in _TELLING.items() if needed <= there), OTHER)


def read_sheet(path: Path) -> Sheet:
    """Reads a CSV file, as it is or compressed by gzip.

    Raises:
        BabelscopeError: If it cannot be read, has no rows, or a row is cut short.
    """
    try:
        with _opened(path) as file:
            rows = csv.reader(file)
            header = [name.strip() for name in next(rows, [])]
            found = [row for row in rows if row]
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or error
        raise BabelscopeError(f"cannot read {path}: {reason}; expected a table, .csv or .csv.gz") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise BabelscopeError(f"{path} is not a CSV file in UTF-8 ({error}); expected .csv or .csv.gz") from error
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise BabelscopeError(
            f"{path.name} has the column {', '.join(twice)} more than once; expected different names"
        )
    wrong = next((place for place, row in enumerate(found) if len(row) != len(header)), None)
    if wrong is not None:
        raise BabelscopeError(
            f"{path.name}, row {wrong + 1}: {len(found[wrong])} cells, expected {len(header)} as in the header"
        )
    if not found:
        raise BabelscopeError(f"{path} holds no rows; expected a table with a header and at least one row")
    cells = zip(*found, strict=True)
    return Sheet(kind_of(header), dict(zip(header, map(tuple, cells), strict=True)), path.name)


def sheets_in(places: Sequence[str | Path], kinds: Sequence[str], role: str) -> list[Sheet]:
    """The tables of some places, all of one kind.

    A folder is searched for `<kind>.csv`, first itself, then the points of its series; the first kind found counts.

    Args:
        places: Files or folders.
        kinds: Kinds of tables that are of use, the preferred first.
        role: What they are for, in messages.

    Raises:
        BabelscopeError: If a place holds nothing of use, or places hold different kinds.
    """
    found = [sheet for place in places for sheet in _in_place(Path(place), kinds, role)]
    if not found:
        raise BabelscopeError(f"nothing is given for {role}; expected a table or a folder")
    apart = list(dict.fromkeys(sheet.kind for sheet in found))
    if len(apart) > 1:
        raise BabelscopeError(
            f"{role} mixes tables of {', '.join(apart)}, which cannot be one measure; give tables of one kind"
        )
    return found


def _in_place(place: Path, kinds: Sequence[str], role: str) -> list[Sheet]:
    if not place.is_dir():
        return [read_sheet(place)]
    for kind in (kind for kind in kinds if kind != OTHER):
        there = [place / f"{kind}{suffix}" for suffix in _SUFFIXES if (place / f"{kind}{suffix}").is_file()]
        points = sorted((place / POINTS).glob(f"*/{kind}.csv"))
        if there or points:
            return [read_sheet(path) for path in (there[:1] or points)]
    names = ", ".join(f"{kind}.csv" for kind in kinds if kind != OTHER)
    raise BabelscopeError(f"{place} holds no table for {role}; looked for {names}, there and in {POINTS}/*")


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
            yield file
    else:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield file
