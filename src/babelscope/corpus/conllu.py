"""A folder of parallel CoNLL-U treebanks in, one ParallelCorpus aligned by `sent_id` out."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from babelscope.corpus.decoding import read_text
from babelscope.corpus.parallel import CorpusSource, ParallelCorpus
from babelscope.errors import CorpusError, MissingExtraError
from babelscope.languages import resolve

__all__ = ["read_conllu", "read_conllu_folder"]

_PLACE = re.compile(r"\d+([-.]\d+)?")


def read_conllu_folder(folder: Path, languages: Sequence[str], name: str = "") -> ParallelCorpus:
    """Reads `<lang>.conllu` (or `<lang>_pud-ud-test.conllu`) for each language and aligns by `sent_id`.

    Args:
        folder: Where the treebanks are.
        languages: The languages to read, in any spelling.
        name: What to call the corpus; the folder's name by default.

    Raises:
        CorpusError: If a language has no file, a file is malformed, or the files share no sentence ids.
    """
    files = conllu_files(folder)
    chosen = resolve(languages, files, str(folder))
    columns = {code: read_conllu(files[spelling]) for code, spelling in chosen.items()}
    shared = set.intersection(*(set(column) for column in columns.values()))
    if len(columns) > 1 and not shared:
        first = {code: next(iter(column)) for code, column in columns.items()}
        raise CorpusError(
            f"{folder}: the treebanks share no sent_id (they begin {first}); expected parallel treebanks such as PUD"
        )
    return ParallelCorpus.from_keyed(name or folder.name, columns, CorpusSource(str(folder)))


def conllu_files(folder: Path) -> dict[str, Path]:
    """The treebanks of a folder by the language part of their names."""
    return {
        path.stem.split("_pud")[0].split("_ud")[0]: path for path in sorted(folder.glob("*.conllu"), reverse=True)
    }


def read_conllu(path: Path) -> dict[str, str]:
    """The sentences of one treebank by `sent_id`: the `# text` line, or the forms joined by `SpaceAfter`.

    Raises:
        CorpusError: If the file is missing, empty, malformed, or a sentence lacks its `sent_id` or repeats one.
    """
    try:
        import conllu
        from conllu.exceptions import ParseException
    except ImportError:
        raise MissingExtraError("conllu", "treebank", "reading CoNLL-U treebanks") from None
    text = read_text(path)
    _check_columns(path, text)
    sentences: dict[str, str] = {}
    try:
        for tokens in conllu.parse(text):
            key = tokens.metadata.get("sent_id")
            if not key:
                raise CorpusError(f"{path}: sentence {len(sentences) + 1} has no `# sent_id`; add one to align by it")
            if key in sentences:
                raise CorpusError(f"{path}: sent_id {key!r} occurs twice; every id must be unique to align by it")
            sentences[key] = tokens.metadata.get("text") or _joined(tokens)
    except ParseException as error:
        raise CorpusError(
            f"{path} is not CoNLL-U after {len(sentences)} sentences ({' '.join(str(error).split())[:120]}); "
            "expected ten tab-separated columns"
        ) from None
    if not sentences:
        raise CorpusError(f"{path} holds no sentences; expected CoNLL-U")
    return sentences


def _check_columns(path: Path, text: str) -> None:
    """Refuses a token line without ten columns or without an id; the parser would take it and leave fields out."""
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        columns = line.strip(" \r").split("\t")
        if len(columns) != 10:
            got = f"{len(columns)} column" + "s" * (len(columns) > 1)
        elif not _PLACE.fullmatch(columns[0]):
            got = f"{columns[0][:40]!r} for an id such as 1, 1-2 or 1.1"
        else:
            continue
        raise CorpusError(f"{path}, line {number}: not CoNLL-U, got {got}; expected ten tab-separated columns")


def _joined(tokens: Any) -> str:
    """The sentence's surface, from its words and their `SpaceAfter=No` marks."""
    parts: list[str] = []
    covered = 0
    for token in tokens:
        place = token["id"]
        if isinstance(place, tuple):
            if place[1] != "-":
                continue
            covered = place[2]
        elif place <= covered:
            continue
        parts.append(token["form"])
        if (token.get("misc") or {}).get("SpaceAfter") != "No":
            parts.append(" ")
    return "".join(parts).strip()
