"""A table with one column per language (TSV, CSV, JSONL, Parquet) in, one ParallelCorpus out."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from babelscope.corpus.decoding import read_lines, read_text
from babelscope.corpus.parallel import CorpusSource, ParallelCorpus
from babelscope.errors import CorpusError, MissingExtraError, unknown_choice
from babelscope.languages import canonical, resolve

__all__ = ["TABLE_SUFFIXES", "corpus_from_table", "is_prose", "language_columns", "read_columns", "read_table"]

Table = dict[str, list[Any]]
TABLE_SUFFIXES = (".tsv", ".csv", ".jsonl", ".parquet")
_ID_COLUMNS = ("id", "sent_id")


def read_table(
    path: Path,
    languages: Sequence[str] | None = None,
    columns: Mapping[str, str] | None = None,
    name: str = "",
) -> ParallelCorpus:
    """Reads a table file whose first row (or whose keys) names the columns.

    A TSV's cells are taken as they are, a CSV's may be quoted (RFC 4180); JSONL has one object per line. A column
    `id` or `sent_id` names the rows if its cells are all different.

    Args:
        path: A file ending in .tsv, .csv, .jsonl or .parquet.
        languages: The languages to read; all that the columns name by default.
        columns: Column by language, where the columns are not named after their languages.
        name: What to call the corpus; the file's name by default.

    Raises:
        CorpusError: If the file is missing or malformed (names file and line), or lacks a language or column.
    """
    return corpus_from_table(name or path.stem, read_columns(path), languages, columns, CorpusSource(str(path)))


def read_columns(path: Path) -> Table:
    """The cells of a table file by column, whatever the columns are for.

    Args:
        path: As for `read_table`.

    Raises:
        CorpusError: If the file is missing or malformed (names file and line).
    """
    readers = {".tsv": _read_tsv, ".csv": _read_csv, ".jsonl": _read_jsonl, ".parquet": _read_parquet}
    if path.suffix.lower() not in readers:
        raise CorpusError(unknown_choice("table format", path.suffix, readers))
    if not path.is_file():
        raise CorpusError(f"no file {path}; check the path")
    return readers[path.suffix.lower()](path)


def corpus_from_table(
    name: str,
    table: Mapping[str, Sequence[Any]],
    languages: Sequence[str] | None,
    columns: Mapping[str, str] | None,
    source: CorpusSource,
) -> ParallelCorpus:
    """Aligns the language columns of a table that is already in memory.

    Args:
        name: What to call the corpus.
        table: Cells by column name.
        languages: The languages to take; all there are by default.
        columns: Column by language; by default a column is named after its language.
        source: Where the table came from.

    Raises:
        CorpusError: If a language or column is not there, or a cell is neither text nor missing.
    """
    chosen = _chosen(table, languages, columns, source.location)
    text = {code: _texts(table[column], column, source.location) for code, column in chosen.items()}
    return ParallelCorpus.from_columns(name, text, source, _ids(table, chosen))


def language_columns(table: Mapping[str, Sequence[Any]]) -> dict[str, str]:
    """The columns of a table that hold sentences of a language, by canonical code.

    A name alone does not decide: `id` may be Indonesian or a number, `url` and `key` are language codes too. A column
    counts if its name is a language and most of its cells read like sentences.
    """
    found: dict[str, str] = {}
    for column in sorted(table, key=lambda column: (len(column), column)):
        try:
            code = canonical(column)
        except CorpusError:
            continue
        if is_prose(table[column]):
            found.setdefault(code, column)
    return {code: column for column in table for code, kept in found.items() if kept == column}


def is_prose(cells: Sequence[Any]) -> bool:
    """Whether most filled cells look like sentences: text with white space or with letters beyond ASCII."""
    filled = [cell for cell in cells if cell is not None and cell != ""]
    prose = [
        isinstance(cell, str) and (len(cell.split()) > 1 or any(c.isalpha() and not c.isascii() for c in cell))
        for cell in filled
    ]
    return 2 * sum(prose) > len(filled)


def _chosen(
    table: Mapping[str, Sequence[Any]],
    languages: Sequence[str] | None,
    columns: Mapping[str, str] | None,
    where: str,
) -> dict[str, str]:
    """Column by canonical code, for the languages asked for."""
    there = ", ".join(table) or "none"
    if columns is not None:
        for language, column in columns.items():
            if column not in table:
                raise CorpusError(f"{where} has no column {column!r} (for {language!r}); its columns are {there}")
        mapped: dict[str, str] = {}
        for language, column in columns.items():
            if mapped.setdefault(canonical(language), column) != column:
                raise CorpusError(f"columns: {canonical(language)} given twice; map each language to one column")
        return {code: mapped[code] for code in resolve(languages or list(mapped), mapped, where)}
    if languages is not None:
        return resolve(languages, table, where)
    found = language_columns(table)
    if len(found) < 2:
        raise CorpusError(
            f"{where} has {len(found)} columns that are named after a language and hold sentences, need at least 2; "
            f"its columns are {there}: map them with --columns en=NAME,fr=NAME"
        )
    return found


def _texts(cells: Sequence[Any], column: str, where: str) -> list[str | None]:
    """The cells of a language column."""
    for row, cell in enumerate(cells):
        if cell is not None and not isinstance(cell, str):
            raise CorpusError(
                f"{where}, row {row + 1}: column {column!r} holds {type(cell).__name__} {str(cell)[:40]!r}; "
                "expected text, or nothing where a sentence is missing"
            )
    return list(cells)


def _ids(table: Mapping[str, Sequence[Any]], chosen: Mapping[str, str]) -> list[str] | None:
    """The rows' own ids, if a column holds them and all differ."""
    for column in _ID_COLUMNS:
        if column in table and column not in chosen.values():
            ids = [str(cell) for cell in table[column] if cell not in (None, "")]
            if len(ids) == len(table[column]) == len(set(ids)):
                return ids
    return None


def _from_rows(path: Path, rows: list[tuple[int, list[str]]]) -> Table:
    """Columns from rows with their line numbers, the first of which is the header."""
    if len(rows) < 2:
        raise CorpusError(f"{path} has no rows under its header; expected one row per sentence")
    header = [cell.strip() for cell in rows[0][1]]
    if len(set(header)) != len(header):
        raise CorpusError(f"{path}, line {rows[0][0]}: column names must differ, got {', '.join(header)}")
    for line, row in rows[1:]:
        if len(row) != len(header):
            raise CorpusError(
                f"{path}, line {line}: got {len(row)} cells, expected {len(header)} ({', '.join(header)}); "
                "check separators and quotes"
            )
    return {column: [row[i] for _, row in rows[1:]] for i, column in enumerate(header)}


def _read_tsv(path: Path) -> Table:
    rows = [(i + 1, line.split("\t")) for i, line in enumerate(read_lines(path)) if line]
    return _from_rows(path, rows)


def _read_csv(path: Path) -> Table:
    text = read_text(path)
    reader = csv.reader((line + "\n" for line in text.split("\n")), strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        for row in reader:
            if row:
                rows.append((reader.line_num, row))
    except csv.Error as error:
        raise CorpusError(
            f"{path}, line {reader.line_num}: not a CSV row ({error}); "
            f"expected cells of at most {csv.field_size_limit()} characters with quotes closed"
        ) from None
    return _from_rows(path, rows)


def _read_jsonl(path: Path) -> Table:
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise CorpusError(f"{path}, line {number}: not JSON ({error}); expected one object per line") from None
        if not isinstance(row, dict):
            raise CorpusError(
                f"{path}, line {number}: got {type(row).__name__}, expected an object with a text per language"
            )
        rows.append(row)
    names = list(dict.fromkeys(key for row in rows for key in row))
    return {column: [row.get(column) for row in rows] for column in names}


def _read_parquet(path: Path) -> Table:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingExtraError("pyarrow", "tables", "reading Parquet tables") from None
    try:
        return pyarrow.parquet.read_table(path).to_pydict()
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())[:160]
        raise CorpusError(
            f"{path} is not a readable Parquet file ({reason}); expected a column per language"
        ) from None
