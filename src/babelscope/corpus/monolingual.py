"""A hub dataset and a column per language in, the first documents of each as one text out; nothing is aligned."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from babelscope.corpus.entries import CorpusEntry
from babelscope.corpus.hub import SOURCE, cells_of
from babelscope.corpus.hub_access import HubDataset
from babelscope.corpus.parallel import CorpusSource
from babelscope.errors import CorpusError
from babelscope.languages import canonical, resolve

__all__ = ["BLANK_LINE", "MONOLINGUAL", "MonolingualEntry", "read_documents"]

BLANK_LINE = "\n\n"
"""What stands between two sentences or documents of one stream."""


@dataclass(frozen=True)
class MonolingualEntry:
    """One set of documents that can be named on the command line: every language has its own, none are aligned."""

    name: str
    """What to type after --text."""
    title: str
    """What it is, in a few words."""
    licence: str
    """SPDX identifier."""
    repository: str
    """Dataset on the Hugging Face hub."""
    split: str
    """Part read by default."""
    column: str
    """Column with the document."""
    configurations: Mapping[str, str]
    """Its configuration for each language, by canonical code."""
    defaults: tuple[str, ...]
    """Languages read when none are asked for."""


MONOLINGUAL: dict[str, MonolingualEntry] = {
    "xlsum": MonolingualEntry(
        name="xlsum",
        title="XL-Sum: BBC news articles",
        licence="CC-BY-NC-SA-4.0",
        repository="csebuetnlp/xlsum",
        split="validation",
        column="text",
        configurations={
            "am": "amharic", "ar": "arabic", "az": "azerbaijani", "bn": "bengali", "cy": "welsh", "en": "english",
            "es": "spanish", "fa": "persian", "fr": "french", "gd": "scottish_gaelic", "gu": "gujarati",
            "ha": "hausa", "hi": "hindi", "id": "indonesian", "ig": "igbo", "ja": "japanese", "ko": "korean",
            "ky": "kyrgyz", "mr": "marathi", "my": "burmese", "ne": "nepali", "om": "oromo", "pa": "punjabi",
            "pcm": "pidgin", "ps": "pashto", "pt": "portuguese", "rn": "kirundi", "ru": "russian", "si": "sinhala",
            "so": "somali", "sr": "serbian_cyrillic", "sr-Latn": "serbian_latin", "sw": "swahili", "ta": "tamil",
            "te": "telugu", "th": "thai", "ti": "tigrinya", "tr": "turkish", "uk": "ukrainian", "ur": "urdu",
            "uz": "uzbek", "vi": "vietnamese", "yo": "yoruba", "zh": "chinese_simplified",
            "zh-Hant": "chinese_traditional",
        },
        defaults=("ar", "en", "es", "fr", "hi", "id", "pt", "vi", "zh"),
    ),
}  # fmt: skip


def read_documents(
    source: str,
    languages: Sequence[str] | None = None,
    columns: Mapping[str, str] | None = None,
    documents: int = 500,
    offset: int = 0,
    split: str | None = None,
    revision: str | None = None,
    token: str | None = None,
) -> tuple[str, dict[str, str], CorpusSource]:
    """Reads one text per language: the first documents of its column, joined by a blank line.

    Args:
        source: A name in MONOLINGUAL, or `hf:OWNER/NAME`, with `:CONFIG` and `@REVISION` where needed.
        languages: The languages to read; by default an entry's defaults, or all that are mapped.
        columns: Column by language, for `hf:` sources: `text_en`, `english:text` for the column of a configuration,
            `translation.en` for a field inside a column.
        documents: Documents (rows) per language; fewer where there are fewer. Empty ones count but add nothing.
        offset: Documents to skip first.
        split: Part to read; may be left out if there is only one, and for an entry.
        revision: Commit or branch; wins over the one in `source`. By default the newest.
        token: Hub token; by default the library's own.

    Returns:
        What to call the set, text by language, and where it came from.

    Raises:
        CorpusError: If the source is misspelt, the hub cannot be reached, or a language, split or column is absent.
        MissingExtraError: If the package `datasets` is not installed.
    """
    places: dict[str, tuple[str | None, str]] = {}
    if source in MONOLINGUAL:
        entry = MONOLINGUAL[source]
        if columns:
            raise CorpusError(f"text {source!r} has no columns to map; columns are for tables and hf: datasets")
        for code, known in resolve(languages or entry.defaults, entry.configurations, f"text {source!r}").items():
            places[code] = (entry.configurations[known], entry.column)
        repository, split, licence = entry.repository, split or entry.split, entry.licence
    else:
        match = SOURCE.fullmatch(source)
        if match is None:
            raise CorpusError(
                f"cannot read {source!r}; expected hf:OWNER/NAME, hf:OWNER/NAME:CONFIG or hf:OWNER/NAME@REVISION"
            )
        codes = {canonical(language): column for language, column in (columns or {}).items()}
        for code in resolve(languages or list(codes), codes, "the column map"):
            part, colon, column = codes[code].partition(":")
            places[code] = (part, column) if colon else (match["config"], codes[code])
        repository, revision, licence = match["repository"], revision or match["revision"], "unknown"
    split, rows = _sliced(split, documents, offset)
    hub = HubDataset(_described(repository, licence), split, revision or None, token)
    texts = _joined(hub, places, rows)
    cut = hub.split if rows.stop is None else f"({hub.split})[{rows.start}:{rows.stop}]"
    origin = CorpusSource(f"hf:{repository}", hub.revision or "", licence, cut or "")
    return source if source in MONOLINGUAL else repository.split("/")[-1], texts, origin


def _described(repository: str, licence: str) -> CorpusEntry:
    """The repository, as far as `HubDataset` needs it."""
    return CorpusEntry(
        name=repository.split("/")[-1], title=repository, licence=licence, how="", layout="config_per_language",
        page=f"https://huggingface.co/datasets/{repository}", spelling="", languages=(), defaults=(),
        repository=repository,
    )  # fmt: skip


def _sliced(split: str | None, documents: int, offset: int) -> tuple[str | None, slice]:
    """The split to load and the rows to keep of it.

    A plain split is cut in the library's own notation, so that no more of it is held. One left out, or with a slice
    or a sum in it, is loaded whole and cut after.
    """
    if split is not None and re.fullmatch(r"\w+(\.\w+)*", split):
        return f"{split}[{offset}:{offset + documents}]", slice(None)
    return split, slice(offset, offset + documents)


def _joined(hub: HubDataset, places: Mapping[str, tuple[str | None, str]], rows: slice) -> dict[str, str]:
    """The documents of each place, joined; every configuration is loaded once."""
    wanted: dict[str | None, list[str]] = {}
    for config, column in places.values():
        wanted.setdefault(config, []).append(column)
    # a dotted name may be a column or a field of one: only the whole table can tell
    tables = {part: hub.load(part, None if "." in "".join(names) else names) for part, names in wanted.items()}
    where = hub.entry.repository
    cells = {code: cells_of(tables[config], column, where)[rows] for code, (config, column) in places.items()}
    for code, column in cells.items():
        wrong = next((cell for cell in column if cell is not None and not isinstance(cell, str)), None)
        if wrong is not None:
            kind, place = type(wrong).__name__, places[code][1]
            raise CorpusError(f"{where}: column {place!r} holds {kind} {str(wrong)[:40]!r}; expected text")
    return {code: BLANK_LINE.join(cell for cell in column if cell and cell.strip()) for code, column in cells.items()}
