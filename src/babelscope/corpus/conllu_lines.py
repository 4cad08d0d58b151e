"""CoNLL-U text in, checked sentences of rows out; whatever is wrong is said with file and line."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import conllu

from babelscope.errors import CorpusError

__all__ = ["ConlluRow", "ConlluSentence", "parse_conllu", "surface"]

_PLACE = re.compile(r"([0-9]+)(?:([-.])([0-9]+))?")
_SPACES = re.compile(" {2,}")
_RAW = {
    name: lambda columns, place: columns[place] for name in ("lemma", "upos", "xpos", "feats", "head", "deps", "misc")
}
"""Columns as they are written: features are checked line by line where they are used."""


class ConlluRow(NamedTuple):
    """One token line: a word (`first` is `last`), a multiword token (a range) or an empty node (`last` is 0)."""

    line: int
    """Line of the file, from 1."""
    first: int
    last: int
    form: str
    lemma: str
    upos: str
    features: str
    spaced: bool
    """Whether a space follows."""

    @property
    def is_empty_node(self) -> bool:
        """Whether it has no surface (ids such as 8.1)."""
        return self.last == 0


class ConlluSentence(NamedTuple):
    """One sentence: its comments of the form `# key = value`, and its rows in order."""

    line: int
    """Line of its first comment or word, from 1."""
    metadata: dict[str, str]
    rows: tuple[ConlluRow, ...]


def parse_conllu(text: str, where: str) -> Iterator[ConlluSentence]:
    """Sentences as the package `conllu` parses them, after the checks it does not make: columns, ids, ranges.

    Args:
        text: The whole file.
        where: What to call it in errors.

    Raises:
        CorpusError: At the first line that is not CoNLL-U; names it.
    """
    lines = text.split("\n")
    blocks = _blocks(lines, where)
    # The package takes two spaces for the end of a column.
    plain = "\n".join(line if line.startswith("#") else _SPACES.sub(" ", line) for line in lines)
    for numbers, tokens in zip(blocks, conllu.parse(plain, field_parsers=_RAW), strict=True):
        rows: list[ConlluRow] = []
        for number, token in zip((n for n in numbers if not lines[n - 1].startswith("#")), tokens, strict=True):
            rows.append(_row(token, number, rows, where))
        if rows:
            _check_ranges(rows, where)
            metadata = {key: value for key, value in tokens.metadata.items() if value is not None}
            yield ConlluSentence(numbers[0], metadata, tuple(rows))


def _blocks(lines: list[str], where: str) -> list[list[int]]:
    """Numbers of the lines of each sentence; raises where one has not ten columns or an id."""
    blocks: list[list[int]] = [[]]
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            blocks.append([])
            continue
        blocks[-1].append(number)
        columns = line.strip(" \r").split("\t")
        if line.startswith("#"):
            continue
        place = _PLACE.fullmatch(columns[0])
        if len(columns) != 10:
            raise _malformed(where, number, f"{len(columns)} column" + "s" * (len(columns) > 1))
        if not place or (place[2] == "-" and int(place[3]) <= int(place[1])):
            raise _malformed(where, number, f"{columns[0][:40]!r} for an id such as 1, 1-2 or 1.1")
    return [block for block in blocks if block]


def _row(token: Mapping[str, Any], number: int, before: list[ConlluRow], where: str) -> ConlluRow:
    """One token line."""
    place = token["id"]
    first, kind, last = (place, "", place) if isinstance(place, int) else place
    due = 1 + max((row.first for row in before if row.first == row.last), default=0)
    if kind != "." and first != due:
        named = f"{first}{kind}{last}" if kind else first
        missing = "is the empty line between two sentences missing?"
        raise _malformed(where, number, f"id {named} where word {due} was due ({missing})")
    # Where the last column is empty, the package leaves it out.
    spaced = "SpaceAfter=No" not in token.get("misc", "").split("|")
    end = 0 if kind == "." else last
    return ConlluRow(number, first, end, token["form"], token["lemma"], token["upos"], token["feats"], spaced)


def _malformed(where: str, number: int, got: str) -> CorpusError:
    return CorpusError(f"{where}, line {number}: not CoNLL-U, got {got}; expected ten tab-separated columns")


def _check_ranges(rows: list[ConlluRow], where: str) -> None:
    """Refuses a multiword token that has no words, or that overlaps the one before."""
    words = max((row.first for row in rows if row.first == row.last), default=0)
    covered = 0
    for row in rows:
        if row.is_empty_node or row.first == row.last:
            continue
        if row.last > words or row.first <= covered:
            raise CorpusError(
                f"{where}, line {row.line}: multiword token {row.first}-{row.last} {row.form!r} covers words "
                f"that another has or that are not there; the sentence has {words}"
            )
        covered = row.last


def surface(rows: tuple[ConlluRow, ...]) -> list[ConlluRow]:
    """The rows that are written: multiword tokens instead of their words, no empty nodes."""
    written: list[ConlluRow] = []
    covered = 0
    for row in rows:
        if row.is_empty_node or row.first == row.last <= covered:
            continue
        covered = max(covered, row.last)
        written.append(row)
    return written
