"""Rows of text and label in, examples by language and part out: each with an id, and labels as numbers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from babelscope.errors import CorpusError
from babelscope.languages import name
from babelscope.transfer.examples import Example
from babelscope.transfer.sharing import normalised
from babelscope.transfer.table import Record

__all__ = ["NLI", "examples_of", "labels_of", "nli_records"]

NLI = ("entailment", "neutral", "contradiction")
"""The labels of natural language inference, in the order of XNLI's numbers."""
_SPELLINGS = {**{str(i): label for i, label in enumerate(NLI)}, "contradictory": "contradiction"}
_UNDECIDED = ("", "-", "-1")

Grouped = dict[tuple[str, str], list[Record]]
"""Rows by language and part."""


def nli_records(records: Sequence[Record]) -> tuple[list[Record], int]:
    """Rows with labels as `NLI` spells them, and how many had none, on which annotators did not agree.

    Raises:
        CorpusError: If a label is none of the three, or a row has one text only.
    """
    made: list[Record] = []
    for record in records:
        label = _SPELLINGS.get(record.label, record.label)
        if label not in (*NLI, *_UNDECIDED):
            raise CorpusError(
                f"{record.where}: got the label {record.label!r}; expected {', '.join(NLI)}, or 0, 1, 2"
            )
        if not record.text_b:
            raise CorpusError(f"{record.where} has no hypothesis; nli expects two texts a row (premise, hypothesis)")
        if label in NLI:
            made.append(
                Record(record.language, record.part, record.id, record.text, record.text_b, label, record.where)
            )
    return made, len(records) - len(made)


def labels_of(records: Sequence[Record], source: str) -> tuple[str, ...]:
    """The labels of the source language, numbers by size and names by the alphabet.

    Raises:
        CorpusError: If a row has no label, or a language has one that the source does not.
    """
    seen: dict[str, set[str]] = {}
    for record in records:
        if not record.label:
            raise CorpusError(
                f"{record.where} has no label; expected one in every row: leave out rows whose labels are not public"
            )
        seen.setdefault(record.language, set()).add(record.label)
    known = seen.get(source, set())
    for language, labels in seen.items():
        if labels - known:
            raise CorpusError(
                f"{name(language)} has labels that {name(source)}, the source, does not: {_few(labels - known)}, not "
                f"among {_few(known)}; spell labels alike in all languages, or leave those rows out"
            )
    return tuple(sorted(known, key=lambda label: (not label.isdigit(), int(label) if label.isdigit() else 0, label)))


def examples_of(
    records: Sequence[Record], labels: Sequence[str], source: str
) -> tuple[dict[str, dict[str, list[Example]]], dict[str, Any]]:
    """Examples by language and part, and what was found of their ids.

    Rows without an id are numbered. Where every language has as many rows as the source, equal numbers are taken for
    translations of one another, which is right of parallel data and does no harm to other data. Else each language
    has ids of its own, and rows that repeat another's text are left out of data without parts.

    Args:
        records: The rows.
        labels: The task's.
        source: The language of training.

    Raises:
        CorpusError: If some rows of a language have an id and others have none, or two have the same.
    """
    groups: Grouped = {}
    for record in records:
        groups.setdefault((record.language, record.part), []).append(record)
    place = {label: i for i, label in enumerate(labels)}
    made: dict[str, dict[str, list[Example]]] = {}
    facts: dict[str, Any] = {"numbered": [], "unpaired": [], "repeated": {}}
    for (language, part), rows in groups.items():
        ids, alone = _own_ids(rows, language), False
        if ids is None:
            paired = _has_twin(groups, language, part, source)
            facts["numbered" if paired else "unpaired"].append(f"{language} {part}".strip())
            ids = [f"{part}{i}" if paired else f"{language}-{part}{i}" for i in range(1, len(rows) + 1)]
            alone = not paired and not part
        examples = [Example(key, row.text, row.text_b, place[row.label]) for key, row in zip(ids, rows, strict=True)]
        kept = _unrepeated(examples) if alone else examples
        if len(kept) < len(examples):
            facts["repeated"][language] = len(examples) - len(kept)
        made.setdefault(language, {})[part] = kept
    return made, {key: value for key, value in facts.items() if value}


def _has_twin(groups: Grouped, language: str, part: str, source: str) -> bool:
    """Whether a language has as many rows as the source; of the source, whether another has, if any has this part."""
    length = len(groups.get((source, part), ()))
    others = [len(rows) for (code, own), rows in groups.items() if own == part and code != source]
    return length in others or not others if language == source else len(groups[language, part]) == length


def _own_ids(rows: Sequence[Record], language: str) -> list[str] | None:
    """The ids of the rows of one language and part; None where they have none."""
    ids = [row.id for row in rows]
    if not any(ids):
        return None
    if not all(ids):
        without = next(row for row in rows if not row.id)
        raise CorpusError(f"{without.where} has no id, though other rows have; expected one in every row, or no ids")
    repeated, times = Counter(ids).most_common(1)[0]
    if times > 1:
        raise CorpusError(
            f"id {repeated!r} is on {times} rows of {name(language)}; expected each once per language and split"
        )
    return ids


def _unrepeated(examples: Sequence[Example]) -> list[Example]:
    """The first example of every text."""
    first: dict[str, Example] = {}
    for one in examples:
        first.setdefault(normalised(one), one)
    return list(first.values())


def _few(labels: "set[str] | Mapping[str, Any]") -> str:
    """Some labels, quoted."""
    shown = sorted(labels)
    return ", ".join(map(repr, shown[:6])) + (f" and {len(shown) - 6} more" if len(shown) > 6 else "")
