"""What a sentence says, in no language: the dataclasses that every grammar of the package puts into words."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Clause", "Determiner", "Meaning", "Name", "NounPhrase", "Participant", "Pronoun", "Tense"]

Tense = Literal["past", "present", "future"]
Determiner = Literal["the", "a", "this", "count", "mass", "of"]


@dataclass(frozen=True)
class Pronoun:
    """A speaker, a hearer or somebody already known.

    Attributes:
        person: 1, 2 or 3.
        number: `sg` or `pl`.
        gender: `m` or `f`; a mixed or unknown group is `m`.
    """

    person: int
    number: str
    gender: str


@dataclass(frozen=True)
class Name:
    """Somebody's name: the concept, and `m` or `f`."""

    concept: str
    gender: str


@dataclass(frozen=True)
class NounPhrase:
    """A noun with what is said of it.

    Attributes:
        concept: The noun.
        number: `sg` or `pl`.
        determiner: `the`, `a`, `this`, `count` (a number), `mass` (some bread), or `of` (somebody's).
        count: How many, where `determiner` is `count`.
        adjective: A concept, or empty.
        owner: Whose it is, where `determiner` is `of`.
    """

    concept: str
    number: str
    determiner: Determiner
    count: int = 0
    adjective: str = ""
    owner: "Participant | None" = None


Participant = NounPhrase | Name | Pronoun


@dataclass(frozen=True)
class Clause:
    """Who does what, when, where and how.

    Attributes:
        frame: `act` (does something to an object), `do`, `go` (to a place), `be` (an adjective) or `at` (a place).
        subject: Who.
        predicate: The verb, the adjective of `be`, or empty.
        tense: When, as the verb says it.
        object: What or whom `act` is done to; the place of `go`.
        preposition: Of `place`.
        place: Where.
        manner: How; a concept, or empty.
        frequency: How often, or `also`; a concept, or empty.
        time: When, as an adverbial says it; a concept, or empty.
        spot: `here`, `there`, `outside` or empty.
        very: Whether the adjective of `be` is strengthened.
        known: Who the pronoun of the subject stands for, where that was just named: some languages leave it out then.
    """

    frame: str
    subject: Participant
    predicate: str
    tense: Tense
    object: Participant | None = None
    preposition: str = ""
    place: NounPhrase | None = None
    manner: str = ""
    frequency: str = ""
    time: str = ""
    spot: str = ""
    very: bool = False
    known: Participant | None = None


@dataclass(frozen=True)
class Meaning:
    """One sentence: a main clause, and perhaps a second one joined by `and`, `because` or `that`."""

    main: Clause
    connector: str = ""
    second: Clause | None = None
