"""Columns of text in, one ParallelCorpus out: languages x aligned sentences, without gaps."""

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from numbers import Integral

from babelscope.errors import CorpusError

__all__ = ["CorpusSource", "CorpusWarning", "ParallelCorpus", "check_whole"]


@dataclass(frozen=True)
class CorpusSource:
    """Where a corpus came from."""

    location: str
    """Folder, file or hub id."""
    revision: str = ""
    """Commit or branch of the hub's copy; empty for files."""
    licence: str = "unknown"
    """SPDX identifier or the publisher's words."""
    split: str = ""
    """Part of the set that was read, where it has parts."""


@dataclass(frozen=True)
class CorpusWarning:
    """One suspicion about the text: what kind, how often, and a few examples."""

    kind: str
    """One of: dropped, duplicate, identical, script, length, truncated."""
    message: str
    """One sentence with the count in it."""
    count: int
    examples: tuple[tuple[str, str, str], ...] = ()
    """Up to three of (language, sentence id, text)."""


@dataclass(frozen=True)
class ParallelCorpus:
    """Languages x sentences, aligned: sentence i means the same in every language, and none is empty."""

    name: str
    languages: tuple[str, ...]
    """BCP-47 codes as `languages.canonical` spells them."""
    sentences: tuple[tuple[str, ...], ...]
    """Text by (language, sentence)."""
    ids: tuple[str, ...]
    """One id per sentence, shared by all languages (line number, verse, sent_id)."""
    source: CorpusSource
    dropped: int = 0
    """Sentences left out because at least one language lacked them."""
    warnings: tuple[CorpusWarning, ...] = field(default=())

    def __post_init__(self) -> None:
        if len(self.languages) < 2:
            got = ", ".join(self.languages) or "none"
            raise CorpusError(f"need at least 2 languages to compare, got {got}; name more with --langs")
        if len(set(self.languages)) != len(self.languages):
            raise CorpusError(f"each language may appear once, got {', '.join(self.languages)}")
        lengths = {language: len(column) for language, column in zip(self.languages, self.sentences, strict=True)}
        if len(set(lengths.values())) != 1:
            raise CorpusError(f"languages must have the same number of sentences, got {lengths}")
        if len(self.ids) != self.n:
            raise CorpusError(f"need one id per sentence, got {len(self.ids)} ids for {self.n} sentences")
        if self.n < 2:
            raise CorpusError(f"need at least 2 sentences per language, got {self.n} in {self.name!r}")

    @classmethod
    def from_columns(
        cls,
        name: str,
        columns: Mapping[str, Sequence[str | None]],
        source: CorpusSource,
        ids: Sequence[str] | None = None,
    ) -> "ParallelCorpus":
        """Aligns columns of text, dropping from all languages what any of them lacks.

        Args:
            name: What to call the corpus in tables.
            columns: Text by language code; None or blank marks a missing sentence.
            source: Where it came from.
            ids: One id per row; by default the row number, from 1.

        Raises:
            CorpusError: If the columns differ in length, or fewer than two languages or whole rows remain.
        """
        lengths = {language: len(column) for language, column in columns.items()}
        if len(set(lengths.values())) > 1:
            counts = ", ".join(f"{language} {length}" for language, length in lengths.items())
            raise CorpusError(
                f"{name}: languages must have the same number of lines, got {counts}; "
                "align the files first (keep an empty line where a sentence is missing)"
            )
        rows = list(zip(*columns.values(), strict=True))
        keys = list(ids) if ids is not None else [str(i + 1) for i in range(len(rows))]
        _check_unicode(name, columns, keys)
        whole = [i for i, row in enumerate(rows) if not any(_is_blank(text) for text in row)]
        dropped = len(rows) - len(whole)
        warnings = _dropped(columns, keys, whole) if dropped else ()
        if len(columns) >= 2 and len(whole) < 2 and dropped:
            worst = max(columns, key=lambda language: sum(map(_is_blank, columns[language])))
            raise CorpusError(
                f"{name}: need at least 2 sentences that every language has, got {len(whole)} of {len(rows)}; "
                f"{worst!r} lacks {sum(map(_is_blank, columns[worst]))} of them: leave it out or align the text"
            )
        sentences = tuple(tuple((column[i] or "").strip() for i in whole) for column in columns.values())
        return cls(name, tuple(columns), sentences, tuple(keys[i] for i in whole), source, dropped, warnings)

    @classmethod
    def from_keyed(
        cls, name: str, columns: Mapping[str, Mapping[str, str | None]], source: CorpusSource
    ) -> "ParallelCorpus":
        """Aligns sentences by an id they share (verse, sent_id); a sentence some language lacks is dropped from all.

        Args:
            name: What to call the corpus in tables.
            columns: Text by id, by language code. The order is the first language's, then the others' extra ids.
            source: Where it came from.

        Raises:
            CorpusError: If fewer than two languages are given or fewer than two ids are shared by all.
        """
        keys = list(dict.fromkeys(key for column in columns.values() for key in column))
        rows = {language: [column.get(key) for key in keys] for language, column in columns.items()}
        return cls.from_columns(name, rows, source, keys)

    @property
    def n(self) -> int:
        """Sentences per language."""
        return len(self.sentences[0]) if self.sentences else 0

    @property
    def hash(self) -> str:
        """First 16 hex digits of a SHA-256 over languages and text; equal text, equal hash, in any language order."""
        digest = hashlib.sha256()
        for language, column in sorted(zip(self.languages, self.sentences, strict=True)):
            digest.update(f"\x1d{language}".encode())
            for text in column:
                digest.update(f"\x1e{text}".encode())
        return digest.hexdigest()[:16]

    def __getitem__(self, language: str) -> tuple[str, ...]:
        """The sentences of one language."""
        if language not in self.languages:
            raise KeyError(f"{language!r} is not in this corpus; it has {', '.join(self.languages)}")
        return self.sentences[self.languages.index(language)]

    def reorder(self, languages: Sequence[str]) -> "ParallelCorpus":
        """The same corpus with its languages in another order."""
        return replace(self, languages=tuple(languages), sentences=tuple(self[language] for language in languages))

    def select(self, n: int | None = None, offset: int = 0, seed: int | None = None) -> "ParallelCorpus":
        """Some of the sentences, the same ones in every language.

        Args:
            n: How many; all that follow `offset` by default.
            offset: How many to skip first (of the shuffled order, where `seed` is given).
            seed: Shuffle with it before taking; None keeps the corpus' order.

        Raises:
            CorpusError: If there are not that many, or fewer than two.
        """
        check_whole(offset, n=n)
        order = list(range(self.n))
        if seed is not None:
            random.Random(seed).shuffle(order)
        if offset < 0 or offset >= self.n:
            raise CorpusError(f"--offset {offset} lies outside the corpus, which has {self.n} whole sentences")
        if self.n - offset < 2:
            raise CorpusError(
                f"--offset {offset} leaves {self.n - offset} of the {self.n} whole sentences of {self.name!r}; "
                f"at least 2 sentences must follow the offset: use --offset {self.n - 2} or less"
            )
        if n is not None and n > self.n - offset:
            raise CorpusError(
                f"asked for {n} sentences from offset {offset}, but {self.name!r} has {self.n} whole ones; "
                f"use -n {self.n - offset} or less"
            )
        if n is not None and n < 2:
            raise CorpusError(f"need at least 2 sentences per language, got -n {n}")
        picked = order[offset : None if n is None else offset + n]
        sentences = tuple(tuple(column[i] for i in picked) for column in self.sentences)
        return replace(self, sentences=sentences, ids=tuple(self.ids[i] for i in picked))


def check_whole(offset: int, **counts: int | None) -> None:
    """Refuses an offset or counts that are not whole numbers; a count may be None, where it was not given.

    Args:
        offset: How many sentences to skip.
        counts: How many to take, by the name of the argument.

    Raises:
        CorpusError: If one is of another type.
    """
    given = {"offset": offset} | {argument: value for argument, value in counts.items() if value is not None}
    for argument, value in given.items():
        if isinstance(value, bool) or not isinstance(value, Integral):
            raise CorpusError(
                f"{argument} must be a whole number, got {value!r} ({type(value).__name__}); pass an int"
            )


def _is_blank(text: str | None) -> bool:
    """Whether there is nothing to read: missing, white space, or only invisible characters."""
    return text is None or not any(character.isprintable() and not character.isspace() for character in text)


def _check_unicode(name: str, columns: Mapping[str, Sequence[str | None]], keys: Sequence[str]) -> None:
    """Refuses half surrogate pairs, which JSON can smuggle in and no tokenizer can encode."""
    for language, column in columns.items():
        for key, text in zip(keys, column, strict=True):
            try:
                (text or "").encode()
            except UnicodeEncodeError as error:
                raise CorpusError(
                    f"{name}: sentence {key!r} of {language!r} is not valid Unicode (lone surrogate "
                    f"U+{ord(error.object[error.start]):04X}); expected whole characters: export it again as UTF-8"
                ) from None


def _dropped(
    columns: Mapping[str, Sequence[str | None]], keys: Sequence[str], whole: Sequence[int]
) -> tuple[CorpusWarning, ...]:
    """The warning that some sentences were left out, with how many each language lacks."""
    kept = set(whole)
    lost = [i for i in range(len(keys)) if i not in kept]
    lacks = {language: sum(_is_blank(column[i]) for i in lost) for language, column in columns.items()}
    who = ", ".join(f"{language} {count}" for language, count in lacks.items() if count)
    examples = tuple(
        (next(language for language, column in columns.items() if _is_blank(column[i])), keys[i], "")
        for i in lost[:3]
    )
    message = (
        f"{len(lost)} of {len(keys)} sentences are missing or empty in some language "
        f"and were left out of all (lacking: {who})"
    )
    return (CorpusWarning("dropped", message, len(lost), examples),)
