"""A CSV file of selected neurons in, Selections out."""

import csv
import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from babelscope.errors import BabelscopeError
from babelscope.probing.overlap.arranging import DEFAULTS, NEEDED, NUMBER, selections_of_columns
from babelscope.probing.overlap.selections import Selections

__all__ = ["Columns", "read_columns", "read_selections"]

Columns = dict[str, list[str]]
LABELS = "labels"
EXPECTED = "expected a table of selections, .csv or .csv.gz"


def read_selections(
    path: str | Path,
    *,
    probe: str | None = None,
    change: Callable[[Columns], Columns] | None = None,
    labels: str = "true",
) -> Selections:
    """Reads selections.csv, as it is or compressed by gzip.

    Args:
        path: With the columns model, step, layer, language, attribute, rank and neuron at least; without `site` they
            are hidden states, without `seed` one probe each, without `test_nmi` nothing is said of what probes know.
        probe: Take this family of probes only, where the table holds several.
        change: Applied to the columns first, such as a preset for a table of another layout.
        labels: Where the table says what probes were trained on, as information.csv does, the rows to take: `true`,
            or `shuffled` for the controls.

    Raises:
        BabelscopeError: If the file or a column is missing, or a row cannot be right; names the line.
    """
    columns = read_columns(Path(path))
    if LABELS in columns:
        told = zip(columns.pop(LABELS), columns.get("rank", columns[NUMBER]), strict=True)
        # Without a rank, a row of information.csv is about all neurons.
        kept = [index for index, (label, rank) in enumerate(told) if label == labels and rank]
        columns = {name: [cells[index] for index in kept] for name, cells in columns.items()}
    return selections_of_columns(change(columns) if change else columns, Path(path).name, probe=probe)


def read_columns(path: Path) -> Columns:
    """The cells of the columns that overlaps need, as text.

    Raises:
        BabelscopeError: If the file cannot be read, or a row is cut short.
    """
    try:
        with _opened(path) as file:
            rows = csv.reader(file)
            header = [name.strip() for name in next(rows, [])]
            found = list(rows)
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or error
        raise BabelscopeError(f"cannot read {path}: {reason}; {EXPECTED}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise BabelscopeError(f"{path} is not a CSV file in UTF-8 ({error}); {EXPECTED}") from error
    while found and not found[-1]:
        found.pop()
    wrong = next((index for index, row in enumerate(found) if len(row) != len(header)), None)
    if wrong is not None:
        raise BabelscopeError(
            f"{path.name}, line {wrong + 2}: {len(found[wrong])} cells, expected {len(header)} as in the header"
        )
    cells = list(zip(*found, strict=True)) if found else [()] * len(header)
    known = {*NEEDED, *DEFAULTS, LABELS}
    columns: Columns = {
        name: list(map(str, values)) for name, values in zip(header, cells, strict=True) if name in known
    }
    return {**columns, NUMBER: [str(line) for line in range(2, len(found) + 2)]}


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
            yield file
    else:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield file
