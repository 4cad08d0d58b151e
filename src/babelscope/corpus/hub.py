"""A dataset on the Hugging Face hub in, one ParallelCorpus out; only what is needed of it is loaded."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from babelscope.corpus.entries import CorpusEntry
from babelscope.corpus.hub_access import HubDataset
from babelscope.corpus.parallel import CorpusSource, ParallelCorpus
from babelscope.corpus.table import corpus_from_table
from babelscope.errors import CorpusError
from babelscope.languages import canonical, resolve

__all__ = ["SOURCE", "cells_of", "read_hub_dataset", "read_hub_entry"]

SOURCE = re.compile(r"hf:(?P<repository>[\w.-]+(?:/[\w.-]+)?)(?::(?P<config>[^@:/]+))?(?:@(?P<revision>\S+))?")
"""How a dataset is written."""


def read_hub_entry(
    entry: CorpusEntry,
    languages: Sequence[str] | None = None,
    split: str | None = None,
    revision: str | None = None,
    token: str | None = None,
) -> ParallelCorpus:
    """Reads a named corpus.

    Args:
        entry: Its row of CORPORA.
        languages: The languages to read; the entry's defaults otherwise.
        split: Part to read instead of the entry's.
        revision: Commit or branch to read instead of the pinned one.
        token: Hub token; by default the library's own (the variable HF_TOKEN, or a saved login).

    Raises:
        CorpusError: If the hub cannot be reached, the set is gated, or it lacks a language, split or column.
        MissingExtraError: If the package `datasets` is not installed.
    """
    hub = HubDataset(entry, split or entry.split or None, revision or entry.revision or None, token)
    chosen = _resolved(hub, languages or entry.defaults)
    source = CorpusSource(f"hf:{entry.repository}", hub.revision or "", entry.licence, hub.split or "")
    if entry.layout == "pair_configs":
        return ParallelCorpus.from_keyed(entry.name, _pairs(hub, chosen), source)
    if entry.layout == "column_per_language":
        return corpus_from_table(entry.name, hub.load(None, list(chosen.values())), None, chosen, source)
    wanted = [column for column in (entry.text_column, entry.id_column) if column]
    tables = {code: hub.load(config, wanted) for code, config in chosen.items()}
    if not entry.id_column:
        columns = {code: table[entry.text_column] for code, table in tables.items()}
        return ParallelCorpus.from_columns(entry.name, columns, source)
    keyed = {code: _keyed(table, entry, chosen[code]) for code, table in tables.items()}
    return ParallelCorpus.from_keyed(entry.name, keyed, source)


def read_hub_dataset(
    source: str,
    languages: Sequence[str] | None = None,
    columns: Mapping[str, str] | None = None,
    split: str | None = None,
    revision: str | None = None,
    token: str | None = None,
) -> ParallelCorpus:
    """Reads any dataset: `hf:OWNER/NAME`, `hf:OWNER/NAME@REVISION`, `hf:OWNER/NAME:CONFIG`.

    Without `columns`, columns (or the fields of a `translation` column) named after languages are taken. With them,
    each language names its column: `english`; `translation.en` for a field inside it; `eng_Latn:text` for the column
    of another configuration, which is how sets with a configuration per language are read. A repository that is still
    a loader script is read from the hub's own conversion of it (`refs/convert/parquet`): no code of it is run.

    Args:
        source: The dataset.
        languages: The languages to read; all that are mapped or found by default.
        columns: Column by language.
        split: Part to read; may be left out if there is only one.
        revision: Commit or branch; wins over the one in `source`.
        token: Hub token; by default the library's own.

    Raises:
        CorpusError: If the source is misspelt, the hub cannot be reached, or a language, split or column is absent.
        MissingExtraError: If the package `datasets` is not installed.
    """
    match = SOURCE.fullmatch(source)
    if match is None:
        raise CorpusError(
            f"cannot read {source!r}; expected hf:OWNER/NAME, hf:OWNER/NAME:CONFIG or hf:OWNER/NAME@REVISION"
        )
    repository, config = match["repository"], match["config"]
    entry = CorpusEntry(
        name=repository.split("/")[-1], title=repository, licence="unknown", how="", layout="column_per_language",
        page=f"https://huggingface.co/datasets/{repository}", spelling="", languages=(), defaults=(),
        repository=repository,
    )  # fmt: skip
    hub = HubDataset(entry, split, revision or match["revision"], token)
    if columns is None:
        table, wanted = _opened(hub.load(config, None)), languages
    else:
        codes = {canonical(language): column for language, column in columns.items()}
        mapping = {code: codes[code] for code in resolve(languages or list(codes), codes, "the column map")}
        table, wanted = _mapped(hub, config, mapping), list(mapping)
    where = CorpusSource(f"hf:{repository}", hub.revision or "", entry.licence, hub.split or "")
    return corpus_from_table(entry.name, table, wanted, None, where)


def _resolved(hub: HubDataset, languages: Sequence[str]) -> dict[str, str]:
    """The set's spellings of the languages: from the table here if it has them, else from the hub itself."""
    entry = hub.entry
    try:
        return resolve(languages, entry.languages, entry.name)
    except CorpusError:
        if entry.layout == "column_per_language" or not _missing(languages, entry):
            raise
    names = hub.configs()
    if entry.layout == "pair_configs":
        names = [entry.pivot, *(name.removeprefix(f"{entry.pivot}-") for name in names)]
    return resolve(languages, names, entry.name)


def _missing(languages: Sequence[str], entry: CorpusEntry) -> bool:
    """Whether some language is valid but not in the entry's own table."""
    known = {canonical(spelling) for spelling in entry.languages} | set(entry.languages)
    return any(language not in known and canonical(language) not in known for language in languages)


def _pairs(hub: HubDataset, chosen: Mapping[str, str]) -> dict[str, dict[str, str | None]]:
    """Columns joined on the pivot's sentence, which each pair repeats; one that occurs twice cannot be used."""
    pivot = hub.entry.pivot
    joined: dict[str, dict[str, str | None]] = {}
    for code, spelling in chosen.items():
        if spelling != pivot:
            table = hub.load(f"{pivot}-{spelling}", [pivot, spelling])
            keys = [(text or "").strip() for text in table[pivot]]
            times = Counter(keys)
            pairs = zip(keys, table[spelling], strict=True)
            joined[code] = {key: text for key, text in pairs if key and times[key] == 1}
    keys = list(dict.fromkeys(key for column in joined.values() for key in column))
    columns = {code: joined.get(code) or {key: key for key in keys} for code in chosen}
    return {code: {str(i + 1): column.get(key) for i, key in enumerate(keys)} for code, column in columns.items()}


def _keyed(table: Mapping[str, Sequence[Any]], entry: CorpusEntry, config: str) -> dict[str, str | None]:
    """Text by id."""
    ids = [str(key) for key in table[entry.id_column]]
    if len(set(ids)) != len(ids):
        twice = Counter(ids).most_common(1)[0][0]
        raise CorpusError(
            f"{entry.repository} ({config}): id {twice!r} occurs twice; cannot align by {entry.id_column!r}"
        )
    return dict(zip(ids, table[entry.text_column], strict=True))


def _opened(table: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The table with the fields of a `translation` column as columns of their own."""
    cells = table.get("translation")
    if not cells or not all(isinstance(cell, dict) for cell in cells):
        return table
    fields = dict.fromkeys(field for cell in cells for field in cell)
    rest = {name: column for name, column in table.items() if name != "translation"}
    return rest | {field: [cell.get(field) for cell in cells] for field in fields}


def _mapped(hub: HubDataset, config: str | None, mapping: Mapping[str, str]) -> dict[str, list[Any]]:
    """One column per language, from `column`, `column.field` or `config:column`."""
    places: dict[str, tuple[str | None, str]] = {}
    for code, place in mapping.items():
        part, colon, column = place.partition(":")
        places[code] = (part, column) if colon else (config, place)
    tables = {part: hub.load(part, None) for part in dict.fromkeys(part for part, _ in places.values())}
    table = {code: cells_of(tables[part], column, hub.entry.repository) for code, (part, column) in places.items()}
    ids = next(iter(tables.values())).get("id") if len(tables) == 1 else None
    return table if ids is None else table | {"sent_id": ids}


def cells_of(table: Mapping[str, list[Any]], column: str, where: str) -> list[Any]:
    """A column of a table, or one field of a column of objects.

    Args:
        table: Cells by column.
        column: `english`, or `translation.en` where no column has that very name.
        where: What to call the table in errors.

    Raises:
        CorpusError: If there is no such column or field.
    """
    head, *fields = [column] if column in table else column.split(".")
    if head not in table:
        raise CorpusError(f"{where} has no column {column!r}; its columns are {', '.join(table)}")
    cells = table[head]
    for field in fields:
        if not all(isinstance(cell, Mapping) and field in cell for cell in cells):
            raise CorpusError(f"{where}: not every row of column {head!r} has a field {field!r}")
        cells = [cell[field] for cell in cells]
    return cells
