"""A seed in, sentence meanings out: each different, each about things that can happen."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import TypeVar

from babelscope.treebanks.grammar.lexicon import concepts
from babelscope.treebanks.grammar.meaning import Clause, Meaning, Name, NounPhrase, Participant, Pronoun, Tense

__all__ = ["meanings"]

T = TypeVar("T")
SPEAKERS = (Pronoun(1, "sg", "m"), Pronoun(1, "pl", "m"), Pronoun(2, "sg", "m"), Pronoun(2, "sg", "m"))
OTHERS = (Pronoun(3, "sg", "f"), Pronoun(3, "sg", "m"), Pronoun(3, "pl", "f"), Pronoun(3, "pl", "m"))
PRONOUNS = SPEAKERS * 2 + OTHERS
OWNERS = (Pronoun(1, "sg", "m"), Pronoun(1, "pl", "m"), Pronoun(2, "sg", "m"))
TENSES: tuple[Tense, ...] = ("past", "present", "future")
FRAMES = ("act",) * 5 + ("do",) * 3 + ("go", "be", "be", "at")
NOT_COUNTED = ("mass", "single")


def meanings(seed: int) -> Iterator[Meaning]:
    """Meanings without end, never the same twice; the first n of them are the same however many are taken."""
    chooser = _Chooser(Random(seed))
    seen: set[Meaning] = set()
    while True:
        meaning = chooser.sentence()
        if meaning not in seen:
            seen.add(meaning)
            yield meaning


class _Chooser:
    """Draws the parts of a sentence. `Random.random` alone is used: its numbers are the same everywhere."""

    def __init__(self, random: Random):
        self.random = random
        self.kinds = {concept: set(entry.word.split()) for concept, entry in concepts()["nouns"].items()}
        self.verbs = concepts()["verbs"]
        self.frames: dict[str, list[str]] = {}
        for concept, entry in self.verbs.items():
            self.frames.setdefault(entry.word, []).append(concept)

    def one(self, choices: Sequence[T]) -> T:
        return choices[int(self.random.random() * len(choices))]

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def sentence(self) -> Meaning:
        draw = self.random.random()
        if draw < 0.12:
            return self.reported()
        if draw < 0.26:
            return self.reasoned()
        main = self.clause(self.one(TENSES))
        if draw < 0.55:
            while True:
                second = self.clause(main.tense, bare=True)
                if second.subject != main.subject:
                    return Meaning(main, "and", second)
        return Meaning(main)

    def reported(self) -> Meaning:
        """Somebody says, knows or thinks that something happens; in the present, so that tenses need no shift."""
        main = Clause("say", self.somebody("person", counted=False), self.one(self.frames["say"]), "present")
        while True:
            second = self.clause(self.one(TENSES), embedded=True)
            if second.subject != main.subject:
                return Meaning(main, "that", second)

    def reasoned(self) -> Meaning:
        """Somebody does something because of how he or she feels."""
        tense = self.one(TENSES)
        while True:
            main = self.clause(tense, frames=("act", "do", "go"), embedded=True)
            who = main.subject
            if isinstance(who, NounPhrase) and not self.kinds[who.concept] & {"person", "kin"}:
                continue
            gender = self.gender(who)
            known = who if isinstance(who, Pronoun) else Pronoun(3, getattr(who, "number", "sg"), gender)
            feeling = self.one(self.adjectives("feeling"))
            second = Clause("be", known, feeling, tense, very=self.chance(0.3), known=who)
            return Meaning(main, "because", second)

    def clause(
        self,
        tense: Tense,
        *,
        frames: Sequence[str] = FRAMES,
        bare: bool = False,
        embedded: bool = False,
    ) -> Clause:
        frame = self.one(frames)
        clause = getattr(self, f"clause_{frame}")(tense, embedded)
        return clause if bare else self.timed(clause, always=tense != "present" and not embedded)

    def timed(self, clause: Clause, always: bool) -> Clause:
        """With a time or a frequency; the past and the future always get one, for languages without tense."""
        lasting = clause.frame == "be" and clause.predicate not in self.adjectives("passing")
        if clause.tense == "present" and (clause.frame == "at" or lasting):
            return clause
        if clause.tense == "present":
            if self.chance(0.7):
                frequency = self.one(self.adverbs("frequency", "focus", "present"))
                if frequency == "every_day":
                    return replace(clause, time=frequency) if clause.frame in ("act", "do", "go") else clause
                if clause.predicate == "live" or clause.manner:
                    frequency = "also"
                return replace(clause, frequency=frequency)
            return clause
        if always or self.chance(0.5):
            times = self.adverbs(clause.tense)
            if clause.manner or clause.spot or clause.place:
                times = [time for time in times if time not in ("soon", "recently")]
            clause = replace(clause, time=self.one(times))
        if self.chance(0.1):
            clause = replace(clause, frequency="also")
        return clause

    def clause_act(self, tense: Tense, embedded: bool) -> Clause:
        verb = self.one(self.frames["act"])
        subject = self.subject(verb, embedded)
        while True:
            thing = self.thing(self.verbs[verb].part(2))
            if getattr(subject, "concept", None) not in (thing.concept, getattr(thing.owner, "concept", "")):
                return self.around(Clause("act", subject, verb, tense, object=thing))

    def clause_do(self, tense: Tense, embedded: bool) -> Clause:
        verb = self.one(self.frames["do"])
        return self.around(Clause("do", self.subject(verb, embedded), verb, tense))

    def clause_go(self, tense: Tense, embedded: bool) -> Clause:
        verb = self.one(self.frames["go"])
        if verb == "live" and tense != "present":
            verb = "go"
        subject = self.subject(verb, embedded)
        where = self.phrase(self.one(self.nouns(self.verbs[verb].part(2))), ("the", "the", "this"), plain=True)
        return Clause("go", subject, verb, tense, object=replace(where, number="sg"))

    def clause_be(self, tense: Tense, embedded: bool) -> Clause:
        passing = self.adjectives("passing")
        adjective = self.one(passing if tense != "present" else self.adjectives())
        kinds = concepts()["adjectives"][adjective].word
        strong = "colour" not in kinds and self.chance(0.3)
        if "person" in kinds and self.chance(0.25):
            subject: Participant = self.one(PRONOUNS)
        else:
            noun = self.one(self.nouns(kinds.replace("person", "person kin"), "bare"))
            subject = self.phrase(noun, ("the", "the", "this", "of"), plain=True)
        return Clause("be", subject, adjective, tense, very=strong)

    def clause_at(self, tense: Tense, embedded: bool) -> Clause:
        noun = self.one(self.nouns("person kin animal hidden"))
        subject = self.phrase(noun, ("the", "the", "this", "of"), plain=True)
        return self.placed(Clause("at", subject, "", tense))

    def around(self, clause: Clause) -> Clause:
        """With a manner, a place or a spot, or without."""
        manners = self.verbs[clause.predicate].part(3).split()
        if manners and self.chance(0.45):
            return replace(clause, manner=self.one(manners))
        if (
            clause.frame == "do"
            and clause.predicate not in ("fly", "fall")
            or clause.predicate in ("read", "eat", "drink")
        ):
            if self.chance(0.45):
                return self.placed(clause)
            if self.chance(0.3):
                return replace(clause, spot=self.one(self.adverbs("spot")))
        return clause

    def placed(self, clause: Clause) -> Clause:
        preposition = self.one(("in", "in", "near", "behind", "before"))
        noun = self.one(self.nouns({"in": "inside", "near": "landmark shore"}.get(preposition, "landmark")))
        place = replace(self.phrase(noun, ("the", "the", "this"), plain=self.chance(0.6)), number="sg")
        return replace(clause, preposition=preposition, place=place)

    def subject(self, verb: str, embedded: bool) -> Participant:
        kinds = self.verbs[verb].part(1)
        if "person" in kinds.split() and self.chance(0.5):
            return self.one(PRONOUNS)
        return self.somebody(kinds, counted=not embedded)

    def somebody(self, kinds: str, counted: bool) -> Participant:
        if "person" in kinds.split():
            if self.chance(0.2):
                name = self.one(list(concepts()["names"].values()))
                return Name(name.concept, name.word[0])
            kinds += " kin"
        determiners = ("the", "the", "the", "this", "of") + ("count",) * counted
        return self.phrase(self.one(self.nouns(kinds)), determiners)

    def thing(self, kinds: str) -> NounPhrase:
        if "person" in kinds.split():
            kinds += " kin"
        return self.phrase(self.one(self.nouns(kinds)), ("the", "the", "a", "a", "this", "of", "count"))

    def phrase(self, noun: str, determiners: Sequence[str], plain: bool = False) -> NounPhrase:
        """A noun phrase with one of `determiners`, as far as the noun can have it; `plain` means no adjective."""
        kinds = self.kinds[noun]
        determiner = self.one(determiners)
        number = "pl" if self.chance(0.48) and not kinds & set(NOT_COUNTED) else "sg"
        if "kin" in kinds:
            determiner = "of"
        elif determiner == "of" and "thing" not in kinds and "animal" not in kinds:
            determiner = "the"
        if "mass" in kinds:
            determiner = "the" if determiner in ("the", "this", "of") else "mass"
        if determiner == "count" and "single" in kinds or determiner == "a" and "single" in kinds:
            determiner = "the"
        if determiner == "of":
            return NounPhrase(noun, number, "of", owner=self.owner(kinds))
        count = self.one((2, 3, 4, 5, 6, 7, 8, 9, 10)) if determiner == "count" else 0
        adjective = ""
        fitting = self.adjectives(*kinds)
        if fitting and not plain and "bare" not in kinds and count != 2 and self.chance(0.5):
            adjective = self.one(fitting)
        return NounPhrase(noun, "pl" if count else number, determiner, count, adjective)  # type: ignore[arg-type]

    def owner(self, kinds: set[str]) -> Participant:
        if "kin" in kinds or self.chance(0.5):
            return self.one(OWNERS)
        if self.chance(0.3):
            name = self.one(list(concepts()["names"].values()))
            return Name(name.concept, name.word[0])
        return NounPhrase(self.one(self.nouns("person")), "sg", "the")

    def gender(self, who: Participant) -> str:
        if isinstance(who, NounPhrase):
            return "f" if "female" in self.kinds[who.concept] else "m"
        return who.gender

    def nouns(self, kinds: str, without: str = "") -> list[str]:
        wanted, unwanted = set(kinds.split()), set(without.split())
        return [concept for concept, own in self.kinds.items() if own & wanted and not own & unwanted]

    def adjectives(self, *kinds: str) -> list[str]:
        rows = concepts()["adjectives"].values()
        return [row.concept for row in rows if not kinds or set(kinds) & set(row.word.split())]

    def adverbs(self, *kinds: str) -> list[str]:
        return [row.concept for row in concepts()["adverbs"].values() if row.word in kinds]
