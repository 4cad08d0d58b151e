"""Cells (checkpoint, language, value) in, what one quantity is at each checkpoint out: overall and by language."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from babelscope import languages
from babelscope.correlation.options import CorrelationOptions
from babelscope.errors import BabelscopeError, CorpusError
from babelscope.probing.overlap.selections import step_order

__all__ = [
    "ALL",
    "Checkpoint",
    "Measured",
    "check_source",
    "language_of",
    "measured",
    "number_of",
    "order_of",
    "place_order",
]

Checkpoint = tuple[str, str]
"""Model and step."""
ALL = "all"


@dataclass(frozen=True, eq=False)
class Measured:
    """One quantity at some checkpoints: an alignment measure, a score, or what both may go back to."""

    name: str
    """Short, for an axis."""
    meaning: str
    """How it was taken from the table, in one line."""
    source: str
    hash: str
    overall: Mapping[Checkpoint, float] = field(default_factory=dict)
    """Of all languages together."""
    by_language: Mapping[Checkpoint, Mapping[str, float]] = field(default_factory=dict)
    chance: Mapping[str, float] = field(default_factory=dict)
    """What it is on average if nothing is there, by model, where that is known."""
    between: str = ""
    """Of an alignment of two languages: which other language, in words that follow the name."""

    @property
    def checkpoints(self) -> tuple[Checkpoint, ...]:
        """All of them, by model, then step."""
        return tuple(sorted({*self.overall, *self.by_language}, key=place_order))

    @property
    def languages(self) -> tuple[str, ...]:
        """All of them, in display order; what is no language comes last."""
        codes = {code for values in self.by_language.values() for code in values}
        known = {code for code in codes if language_of(code) == code and _is_language(code)}
        return (*languages.display_order(known), *sorted(codes - known))


def measured(
    name: str,
    meaning: str,
    source: str,
    hash_: str,
    cells: Iterable[tuple[Checkpoint, str, float]],
    chance: Mapping[str, float] | None = None,
    between: str = "",
) -> Measured:
    """Averages cells of the same checkpoint and language; those of the language `all` are about all of them.

    Where a checkpoint has none of these, its mean over languages takes their place.
    """
    found: dict[Checkpoint, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for checkpoint, language, value in cells:
        found[checkpoint][language].append(value)
    means = {
        checkpoint: {language: sum(values) / len(values) for language, values in of.items()}
        for checkpoint, of in found.items()
    }
    by_language = {
        checkpoint: {language: value for language, value in of.items() if language != ALL}
        for checkpoint, of in means.items()
    }
    overall = {
        checkpoint: of[ALL] if ALL in of else sum(by_language[checkpoint].values()) / len(by_language[checkpoint])
        for checkpoint, of in means.items()
    }
    by_language = {checkpoint: of for checkpoint, of in by_language.items() if of}
    return Measured(name, meaning, source, hash_, overall, by_language, chance or {}, between)


def place_order(checkpoint: Checkpoint) -> tuple[str, tuple[int, int, str]]:
    """By model, then step: numbers ascending, then names such as `final`."""
    return checkpoint[0], step_order(checkpoint[1])


def order_of(step: str) -> float:
    """A step as a number: infinite for a finished model, NaN where it is a name that does not tell."""
    if step.isdecimal():
        return float(step)
    return float("inf") if step in ("final", "main") else float("nan")


def check_source(table: str, texts: Iterable[str], options: CorrelationOptions) -> None:
    """Refuses pairs of languages of which none has the source language, where those are asked for."""
    there = {language_of(text) for text in texts if text} - {ALL}
    if there and options.partners == "source" and options.source not in there:
        raise BabelscopeError(
            f"{table} has no pair with the source language {options.source}; it has {', '.join(sorted(there))}: give "
            "another --source, or correlate the mean over all pairs with --partners all"
        )


@lru_cache(maxsize=4096)
def language_of(text: str) -> str:
    """The code of a language as this project spells it; what is no language (`code`, `all`) stays as it is."""
    try:
        return languages.canonical(text)
    except CorpusError:
        return text


def _is_language(code: str) -> bool:
    try:
        languages.canonical(code)
    except CorpusError:
        return False
    return True


def number_of(text: str, what: str, source: str, row: int) -> float | None:
    """A cell as a number; None if it is empty or `nan`.

    Raises:
        BabelscopeError: If it is neither.
    """
    if not text.strip():
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.inf
    if math.isinf(value):
        raise BabelscopeError(f"{source}, row {row + 1}: {what} is {text!r}, expected a number")
    return None if math.isnan(value) else value
