"""Tagged words and splits of their lemmas in, one classification problem per language and attribute out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from jaxtyping import Int

from babelscope.errors import BabelscopeError, unknown_choice
from babelscope.probing.problem import Part, Problem
from babelscope.probing.splits import PARTS, LemmaSplit, check_split
from babelscope.probing.values import Counts, kept_values, shared_values, shortage
from babelscope.probing.word_table import WordTable, capped, tabulate

if TYPE_CHECKING:
    from babelscope.treebanks import Treebank

__all__ = ["Part", "Problem", "Problems", "ValueChoice", "build_problems", "incomparable_pairs"]

ValueChoice = Literal["shared", "own"]
"""`shared`: only the values that all languages keep. `own`: each language its own, as [W24] did."""

MINIMUM = 20
CAPS = (20_000, 5_000, 5_000)


@dataclass(frozen=True, eq=False)
class Problems:
    """Every feasible problem, the words they need, and what could not be posed."""

    problems: tuple[Problem, ...]
    """Attribute by attribute as asked, language by language within it."""
    words: dict[str, Int[np.ndarray, "word 2"]]
    """By language: sentence and word within it of every word some problem uses; `Part.rows` points in here."""
    wanted: dict[str, tuple[tuple[int, ...], ...]]
    """The same words per sentence, as `word_vectors` takes them; its rows are then those of `words`."""
    infeasible: list[dict[str, str]]
    """language, attribute, reason."""
    incomparable: list[dict[str, str]]
    """attribute, language, reason: languages left out of an attribute since they share too few values."""
    given_up: list[dict[str, Any]]
    """attribute, value, languages: values some language keeps that these do not, so that none uses them."""

    @property
    def not_comparable(self) -> list[dict[str, str]]:
        """Languages left out of an attribute, and pairs that tell other values of it apart."""
        return [*self.incomparable, *incomparable_pairs(self.problems)]

    def of(self, language: str) -> tuple[Problem, ...]:
        """The problems of one language."""
        return tuple(problem for problem in self.problems if problem.language == language)


def build_problems(
    treebanks: "Mapping[str, Treebank]",
    splits: Mapping[str, LemmaSplit],
    attributes: Sequence[str],
    *,
    values: ValueChoice = "shared",
    minimum: int = MINIMUM,
    caps: tuple[int, int, int] = CAPS,
    seeds: Sequence[int] = (0,),
    unusable: Mapping[str, Collection[tuple[int, int]]] | None = None,
) -> Problems:
    """Poses one problem per language and attribute, where there are words enough.

    A value is kept if it has `minimum` words in dev, in test and in what every seed leaves of train. With
    `shared`, an attribute's values are those that every language keeps in which it is feasible. Where these are
    fewer than two, as many languages as possible stay that share two or more (of equally many, those that share
    more values, then those with more test words), and the others are listed as incomparable.

    Args:
        treebanks: By language.
        splits: Of each treebank's lemmas.
        attributes: As the treebanks spell them.
        values: Whether languages must agree on the values.
        minimum: Words a value needs in every part.
        caps: Most words of train, dev and test that are used: a seeded sample, each value by its share, though none
            loses words below twice the minimum.
        seeds: Of the probes that will be trained.
        unusable: By language, words without a vector as (sentence, word); they are left out.

    Raises:
        BabelscopeError: If a choice does not exist or a split does not fit its treebank.
    """
    if values not in get_args(ValueChoice):
        raise BabelscopeError(unknown_choice("choice of values", values, get_args(ValueChoice)))
    if minimum < 1 or min(caps) < 2 * minimum:
        raise BabelscopeError(f"need a minimum of at least 1 and caps of twice the minimum, got {minimum} and {caps}")
    tables = {
        language: _table(treebank, splits, (unusable or {}).get(language, ()))
        for language, treebank in treebanks.items()
    }
    resamples = {language: [splits[language].resample(seed) for seed in seeds] for language in tables}
    gaps = _Gaps([], [], [])
    cells: list[_Cell] = []
    for attribute in attributes:
        words = {language: capped(table, attribute, caps, 2 * minimum) for language, table in tables.items()}
        counts = {name: table.counts(attribute, words[name], resamples[name]) for name, table in tables.items()}
        kept = _kept(attribute, tables, counts, minimum, gaps)
        if values == "shared" and kept:
            kept = _in_common(attribute, kept, counts, gaps)
        cells += [_Cell(language, attribute, own, words[language]) for language, own in kept.items()]
    sentences = {language: len(treebank.sentences) for language, treebank in treebanks.items()}
    return _pose(cells, tables, splits, sentences, gaps)


def incomparable_pairs(problems: Sequence[Problem]) -> list[dict[str, str]]:
    """Pairs of languages whose problems of an attribute tell other values apart: their overlap means nothing.

    Args:
        problems: Of any languages and attributes.

    Returns:
        attribute, language_a, language_b, reason; in the order of the problems.
    """
    return [
        {
            "attribute": one.attribute,
            "language_a": one.language,
            "language_b": other.language,
            "reason": f"{one.language} tells {', '.join(one.values)} apart, "
            f"{other.language} {', '.join(other.values)}",
        }
        for i, one in enumerate(problems)
        for other in problems[i + 1 :]
        if one.attribute == other.attribute and one.values != other.values
    ]


@dataclass(frozen=True)
class _Gaps:
    """What could not be posed, as `Problems` lists it."""

    infeasible: list[dict[str, str]]
    incomparable: list[dict[str, str]]
    given_up: list[dict[str, Any]]


@dataclass(frozen=True, eq=False)
class _Cell:
    """A feasible problem before its words are numbered."""

    language: str
    attribute: str
    values: tuple[str, ...]
    words: Int[np.ndarray, " word"]
    """Places in the language's table, of all values."""


def _table(
    treebank: "Treebank", splits: Mapping[str, LemmaSplit], unusable: Collection[tuple[int, int]]
) -> WordTable:
    if treebank.language not in splits:
        got = ", ".join(splits) or "none"
        raise BabelscopeError(f"no split of lemmas was given for {treebank.language}; got {got}")
    check_split(splits[treebank.language], treebank)
    return tabulate(treebank, splits[treebank.language], unusable)


def _kept(
    attribute: str, tables: Mapping[str, WordTable], counts: Mapping[str, Counts], minimum: int, gaps: _Gaps
) -> dict[str, tuple[str, ...]]:
    """The values of every language in which the attribute is feasible; the others go to the gaps."""
    kept = {language: kept_values(found, minimum) for language, found in counts.items()}
    for language, found in counts.items():
        if len(kept[language]) < 2:
            lost = tables[language].unusable.get(attribute, 0)
            reason = _why(found, lost, minimum)
            gaps.infeasible.append({"language": language, "attribute": attribute, "reason": reason})
    return {language: own for language, own in kept.items() if len(own) >= 2}


def _why(counts: Counts, lost: int, minimum: int) -> str:
    if not counts:
        return f"none of its {lost} words has a vector" if lost else "attribute absent"
    if len(counts) == 1:
        return f"one value only, {next(iter(counts))}"
    return shortage(counts, minimum)


def _in_common(
    attribute: str, kept: Mapping[str, tuple[str, ...]], counts: Mapping[str, Counts], gaps: _Gaps
) -> dict[str, tuple[str, ...]]:
    """The same values for every language; languages and values that this costs go to the gaps."""
    shared, out = shared_values(kept, counts)
    for language, reason in out.items():
        gaps.incomparable.append({"attribute": attribute, "language": language, "reason": reason})
    stay = {language: own for language, own in kept.items() if language not in out}
    for value in sorted({value for own in stay.values() for value in own} - set(shared)):
        lacking = [language for language, own in stay.items() if value not in own]
        gaps.given_up.append({"attribute": attribute, "value": value, "languages": lacking})
    return dict.fromkeys(stay, shared)


def _pose(
    cells: Sequence[_Cell],
    tables: Mapping[str, WordTable],
    splits: Mapping[str, LemmaSplit],
    sentences: Mapping[str, int],
    gaps: _Gaps,
) -> Problems:
    """Numbers the words that some cell uses, and points the cells' parts at them."""
    used = {cell.language: np.zeros(len(tables[cell.language].places), dtype=bool) for cell in cells}
    chosen = []
    for cell in cells:
        labels = tables[cell.language].labels(cell.attribute, cell.values)[cell.words]
        chosen.append((cell.words[labels >= 0], labels[labels >= 0]))
        used[cell.language][chosen[-1][0]] = True
    numbers = {language: np.cumsum(mask) - 1 for language, mask in used.items()}
    problems = []
    for cell, (words, labels) in zip(cells, chosen, strict=True):
        table = tables[cell.language]
        whole = Part(numbers[cell.language][words], labels, table.lemmas[words])
        train, dev, test = (whole.select(table.parts[words] == code) for code in range(len(PARTS)))
        split = splits[cell.language]
        problems.append(Problem(cell.language, cell.attribute, cell.values, train, dev, test, split))
    places = {language: tables[language].places[mask] for language, mask in used.items()}
    wanted = {language: _per_sentence(found, sentences[language]) for language, found in places.items()}
    return Problems(tuple(problems), places, wanted, gaps.infeasible, gaps.incomparable, gaps.given_up)


def _per_sentence(places: Int[np.ndarray, "word 2"], sentences: int) -> tuple[tuple[int, ...], ...]:
    found: list[list[int]] = [[] for _ in range(sentences)]
    for sentence, word in places.tolist():
        found[sentence].append(word)
    return tuple(map(tuple, found))
