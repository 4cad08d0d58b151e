"""A table with one sentence per row and lists of words in its columns in, annotated sentences out.

Two layouts are read. In the older one a multiword token is a list item before its words, without a tag or a head, and
nothing says how many words it has: the text does, since it holds the token but not the words. In the newer one the
lists hold words only, and the column `mwt` says which of them are written as one.
"""

import ast
import re
from collections.abc import Mapping, Sequence
from typing import Any

from babelscope.errors import CorpusError
from babelscope.treebanks.sentences import UdSentence, UdWord, next_place

__all__ = ["sentences_of_table"]

_MOST_WORDS = 8
_NO_SPACE = re.compile(r"SpaceAfter(=|['\"]: ['\"])No")
_UNSPELT = "the text does not show which words a multiword token has"


def sentences_of_table(table: Mapping[str, Sequence[Any]], where: str) -> list[UdSentence]:
    """The sentences of a table with the columns of the hub's `universal_dependencies`.

    Args:
        table: Cells by column: `tokens` and `upos`; `text`, `lemmas`, `feats`, `misc`, `head`, `mwt` where present.
        where: What to call it in errors.

    Raises:
        CorpusError: If a column is missing, its lists differ in length, or features cannot be read.
    """
    for column in ("tokens", "upos"):
        if column not in table:
            raise CorpusError(
                f"{where} has no column {column!r}; expected those of a treebank (tokens, upos, feats), got "
                f"{', '.join(table)}"
            )
    made = []
    for i in range(len(table["tokens"])):
        row = {column: cells[i] for column, cells in table.items()}
        key = str(row.get("sent_id") or row.get("idx") or i + 1)
        made.append(_sentence(row, key, f"{where}, row {i + 1}"))
    return made


def _sentence(row: Mapping[str, Any], key: str, where: str) -> UdSentence:
    """One row."""
    text = row.get("text") or ""
    words = _words(row, where)
    if row.get("mwt") is not None:
        return UdSentence(key, text, _merged(words, row["mwt"], where), len(row.get("empty_nodes") or ()))
    heads = row.get("head") or [""] * len(words)
    headless = [head in (None, "None", "_") for head in heads]
    empty = [lone and word.upos != "_" for word, lone in zip(words, headless, strict=True)]
    kept = [word for word, dropped in zip(words, empty, strict=True) if not dropped]
    whole = [word.upos == "_" and ("head" not in row or lone) for word, lone in zip(words, headless, strict=True)]
    whole = [mark for mark, dropped in zip(whole, empty, strict=True) if not dropped]
    lengths = _lengths(kept, whole, text, 0, 0) if any(whole) else {}
    if lengths is None:
        return UdSentence(key, text, (), problem=_UNSPELT)
    made, i = [], 0
    while i < len(kept):
        inside = tuple(kept[i + 1 : i + 1 + lengths.get(i, 0)])
        made.append(_whole(kept[i], inside) if inside else kept[i])
        i += 1 + len(inside)
    return UdSentence(key, text, tuple(made), sum(empty))


def _lengths(words: Sequence[UdWord], whole: Sequence[bool], text: str, i: int, at: int) -> dict[int, int] | None:
    """How many words each multiword token has, such that the rest of the text is spelt; None if it cannot be."""
    while i < len(words):
        place = next_place(text, words[i].form, at)
        if place is None:
            return None
        at = place[1]
        if whole[i]:
            for size in range(2, _MOST_WORDS + 1):
                inside = whole[i + 1 : i + 1 + size]
                if len(inside) < size or any(inside):
                    return None
                rest = _lengths(words, whole, text, i + 1 + size, at)
                if rest is not None:
                    return {i: size, **rest}
            return None
        i += 1
    return {} if not text[at:].strip() else None


def _merged(words: Sequence[UdWord], ranges: Sequence[Mapping[str, Any]], where: str) -> tuple[UdWord, ...]:
    """Surface words, from a list of `{"id": "3-4", "form": "du"}`."""
    made, done = [], 0
    for given in ranges:
        first, _, last = str(given.get("id")).partition("-")
        if not (first.isdigit() and last.isdigit() and done < int(first) < int(last) <= len(words)):
            raise CorpusError(f"{where}: multiword token {given.get('id')!r} is no range of its {len(words)} words")
        inside = tuple(words[int(first) - 1 : int(last)])
        spaced = not _NO_SPACE.search(str(given.get("misc")))
        made += [*words[done : int(first) - 1], UdWord(str(given.get("form")), spaced=spaced, parts=inside)]
        done = int(last)
    return (*made, *words[done:])


def _whole(word: UdWord, parts: tuple[UdWord, ...]) -> UdWord:
    """A multiword token with its words."""
    return UdWord(word.form, word.lemma, spaced=word.spaced, parts=parts)


def _words(row: Mapping[str, Any], where: str) -> list[UdWord]:
    """The items of a row's lists, still one by one."""
    forms = row["tokens"]
    blank = [None] * len(forms)
    columns = [forms, *(row.get(name) or blank for name in ("lemmas", "upos", "feats", "misc"))]
    if len({len(column) for column in columns}) > 1:
        lengths = ", ".join(str(len(column)) for column in columns)
        raise CorpusError(f"{where}: the lists have {lengths} items; expected as many as there are tokens")
    if not all(form and str(form).strip() for form in forms):
        raise CorpusError(f"{where}: a token is empty; expected what is written in the text")
    return [
        UdWord(str(form), lemma or "_", upos or "_", _features(features, where), not _NO_SPACE.search(str(misc)))
        for form, lemma, upos, features, misc in zip(*columns, strict=True)
    ]


def _features(cell: Any, where: str) -> str:
    """Features as CoNLL-U writes them, from that, a dictionary or a dictionary's spelling."""
    if isinstance(cell, str) and cell.startswith("{"):
        try:
            cell = ast.literal_eval(cell)
        except (ValueError, SyntaxError):
            raise _unreadable(cell, where) from None
    if isinstance(cell, Mapping):
        cell = "|".join(f"{name}={value}" for name, value in cell.items() if value)
    if cell in (None, "", "None", "_"):
        return "_"
    if not all(all(item.partition("=")) for item in str(cell).split("|")):
        raise _unreadable(cell, where)
    return str(cell)


def _unreadable(cell: Any, where: str) -> CorpusError:
    return CorpusError(f"{where}: cannot read the features {str(cell)[:60]!r}; expected Name=Value|Name=Value, or _")
