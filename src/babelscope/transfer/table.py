"""A table of labelled text in, one record per row out: which language, which part, which text, which label."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from babelscope.corpus.hub import cells_of
from babelscope.errors import CorpusError, unknown_choice
from babelscope.languages import canonical

__all__ = ["PART_NAMES", "ROLES", "Record", "records_of"]

ROLES: dict[str, tuple[str, ...]] = {
    "language": ("language", "lang"),
    "text": ("text", "sentence", "premise", "sentence1"),
    "text_b": ("text_b", "hypothesis", "hypo", "sentence2"),
    "label": ("label", "gold_label"),
    "split": ("split", "part", "set"),
    "id": ("id", "sent_id", "pair_id", "pairID"),
}
"""What a column can be for, and the names by which it is known."""
PART_NAMES: dict[str, str] = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("dev", "valid", "val", "validation", "development"), "dev"),
    **dict.fromkeys(("test", "testing"), "test"),
}
"""Part by the names it has in data."""


@dataclass(frozen=True)
class Record:
    """One row."""

    language: str
    """BCP-47 code."""
    part: str
    """`train`, `dev` or `test`; empty where the data has no parts."""
    id: str
    """Empty where the data gives none."""
    text: str
    text_b: str
    """Empty where the table has one text a row."""
    label: str
    """Empty where the row has none."""
    where: str
    """How errors call the row."""


def records_of(
    table: Mapping[str, Sequence[Any]],
    where: str,
    *,
    language: str = "",
    part: str = "",
    columns: Mapping[str, str] | None = None,
) -> list[Record]:
    """The rows of a table.

    Args:
        table: Cells by column.
        where: What to call it in errors.
        language: Of all rows, where no column says it.
        part: Of all rows, where no column says it.
        columns: Column by role, for columns that are not called as in `ROLES`.

    Raises:
        CorpusError: If a column is missing, or a cell has no text, no language or no known part.
    """
    places = _places(table, where, columns or {}, language)
    count = len(next(iter(table.values()), []))
    cells = {
        role: cells_of({name: list(table[name]) for name in table}, column, where) for role, column in places.items()
    }
    codes: dict[Any, str] = {}
    made = []
    for i in range(count):
        row = {role: own[i] for role, own in cells.items()}
        here = f"{where}, row {i + 1}"
        given = row.get("language", language)
        if given not in codes:
            codes[given] = canonical(given)
        own_part = _part(row["split"], here) if "split" in row else part
        text = _text(row["text"], places["text"], here)
        text_b = _text(row["text_b"], places["text_b"], here) if "text_b" in row else ""
        key = "" if row.get("id") is None else str(row["id"]).strip()
        made.append(Record(codes[given], own_part, key, text, text_b, _label(row["label"], here), here))
    return made


def _places(
    table: Mapping[str, Sequence[Any]], where: str, columns: Mapping[str, str], language: str
) -> dict[str, str]:
    """Column by role."""
    there = ", ".join(table) or "none"
    for role, column in columns.items():
        if role not in ROLES:
            raise CorpusError(unknown_choice("role of a column", role, ROLES))
        if column not in table and column.split(".")[0] not in table:
            raise CorpusError(f"{where} has no column {column!r} (for {role}); its columns are {there}")
    found = dict(columns)
    for role, names in ROLES.items():
        column = next((name for name in names if name in table), None)
        if column is not None:
            found.setdefault(role, column)
    needed = ["text", "label", *([] if language else ["language"])]
    for role in needed:
        if role not in found:
            names = " or ".join(ROLES[role])
            raise CorpusError(
                f"{where} has no column of the {role} (expected {names}); its columns are {there}: "
                f"map one with --columns {role}=NAME"
            )
    return found


def _part(cell: Any, where: str) -> str:
    name = str(cell).strip().lower()
    if name not in PART_NAMES:
        raise CorpusError(f"{where}: got the split {cell!r}; expected train, dev (or validation) or test")
    return PART_NAMES[name]


def _text(cell: Any, column: str, where: str) -> str:
    if not isinstance(cell, str) or not cell.strip():
        got = f"{type(cell).__name__} {str(cell)[:40]!r}" if cell is not None and cell != "" else "nothing"
        raise CorpusError(f"{where}: column {column!r} holds {got}; expected text: leave such rows out")
    return cell.strip()


def _label(cell: Any, where: str) -> str:
    if cell is None or isinstance(cell, str):
        return (cell or "").strip()
    if isinstance(cell, int) or (isinstance(cell, float) and cell.is_integer()):
        return str(int(cell))
    raise CorpusError(
        f"{where}: the label is {type(cell).__name__} {str(cell)[:40]!r}; expected a name or whole number"
    )
