"""Rows in, a CSV file of a known schema out; and back."""

import csv
import math
from collections.abc import Iterable, Mapping
from pathlib import Path

from babelscope.errors import BabelscopeError
from babelscope.storage import atomic_path
from babelscope.tables.schema import Cell, Table, table_named

__all__ = ["read_csv", "write_csv"]


def write_csv(path: Path, table: str, rows: Iterable[Mapping[str, Cell]]) -> Path:
    """Writes a table whole or not at all; None and NaN become empty cells.

    Raises:
        BabelscopeError: If a row lacks a column or has one the schema does not know.
    """
    header = table_named(table).header
    with atomic_path(path) as aside, aside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        for row in rows:
            if set(row) != set(header):
                odd = sorted(set(row) ^ set(header))
                raise BabelscopeError(f"a row of {table} has other columns than its schema: {', '.join(odd)}")
            writer.writerow([_cell(row[name]) for name in header])
    return Path(path)


def _cell(value: Cell) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return repr(float(value)) if isinstance(value, float) else str(value)


def read_csv(path: Path, table: str) -> list[dict[str, Cell]]:
    """Reads a table that `write_csv` wrote, cells converted by the schema; empty numbers are None.

    Raises:
        BabelscopeError: If the file is missing, lacks a column, or a cell is no number where one is due.
    """
    schema = table_named(table)
    try:
        with Path(path).open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in schema.header if name not in (reader.fieldnames or [])]
            if missing:
                raise BabelscopeError(f"{path} lacks the columns {', '.join(missing)}; expected a {table} table")
            return [_convert(row, schema, path, reader.line_num) for row in reader]
    except OSError as error:
        raise BabelscopeError(f"cannot read {path}: {error.strerror}; expected a {table} table") from error


def _convert(row: Mapping[str, str], schema: Table, path: Path, line: int) -> dict[str, Cell]:
    result: dict[str, Cell] = {}
    for column in schema.columns:
        text = row[column.name]
        try:
            if column.kind == "text":
                result[column.name] = text
            elif not text:
                result[column.name] = None
            else:
                result[column.name] = int(text) if column.kind == "integer" else float(text)
        except ValueError as error:
            raise BabelscopeError(
                f"{path}, line {line}: {column.name} is {text!r}, expected {column.kind}"
            ) from error
    return result
