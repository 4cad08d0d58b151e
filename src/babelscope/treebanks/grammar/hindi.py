"""Hindi: direct and oblique case, postpositions, agreement with the subject or, where that takes `ने`, the object."""

from dataclasses import dataclass, replace

from babelscope.treebanks.grammar.grammar import Grammar, placed
from babelscope.treebanks.grammar.hindi_forms import (
    OBLIQUE,
    adjective_form,
    future_form,
    habitual_form,
    noun_form,
    perfective_form,
    pronoun_forms,
)
from babelscope.treebanks.grammar.lexicon import concepts
from babelscope.treebanks.grammar.meaning import Clause, Name, NounPhrase, Participant, Pronoun
from babelscope.treebanks.grammar.tokens import Phrase, Token, fixed

__all__ = ["Hindi"]

GENDER = {"m": "Masc", "f": "Fem"}
NUMBER = {"sg": "Sing", "pl": "Plur"}
PRESENT = {(1, "sg"): "हूँ", (2, "pl"): "हो", (3, "sg"): "है"}
PAST = {("m", "sg"): "था", ("m", "pl"): "थे", ("f", "sg"): "थी", ("f", "pl"): "थीं"}
SELF = Pronoun(0, "sg", "m")
"""The owner of what is the subject's own: अपना, whoever that is."""
OWNERS = {
    (0, "sg"): ("अपना", "अपना"),
    (1, "sg"): ("मैं", "मेरा"),
    (2, "sg"): ("तुम", "तुम्हारा"),
    (1, "pl"): ("हम", "हमारा"),
}


@dataclass(frozen=True)
class Agreement:
    """What a verb agrees with: person, number and gender. Somebody honoured, and `तुम`, count as many."""

    person: int
    number: str
    gender: str


class Hindi(Grammar):
    """Time, subject, place, manner, object, verb, auxiliary. `तुम` for the hearer."""

    language = "hi"
    stop = "।"
    comma = {"because": ","}

    def clause(self, clause: Clause, connector: str = "") -> Phrase:
        """Says a clause."""
        if isinstance(clause.known, NounPhrase) and "honoured" in self.entry("nouns", clause.known.concept).parts:
            clause = replace(clause, subject=Pronoun(3, "pl", "m"))
        if isinstance(clause.object, NounPhrase) and clause.object.owner == clause.subject:
            clause = replace(clause, object=replace(clause.object, owner=SELF))
        who = self.agreement(clause.subject)
        entry = self.words["verbs"].get(clause.predicate) if clause.frame not in ("be", "at") else None
        ergative = entry is not None and clause.tense == "past" and "ने" in entry.parts
        if entry is None:
            head, middle, after = self.being(clause, who)
        else:
            if ergative:
                who = self.object_agreement(clause)
            head, after = self.verb(entry.word, clause.tense, who)
            middle = [
                *self.place(clause, head),
                *self.adverbial(clause.spot, head),
                *self.adverbial(clause.manner, head),
            ]
            middle += self.complements(clause, head)
            if entry.get("with"):
                middle.append(fixed(entry.get("with")).under(head, "compound").head)
        subject = self.participant(clause.subject, "erg" if ergative else "direct")
        subject.under(head, "nsubj")
        frequency = self.adverbial(clause.frequency, head)
        time = self.adverbial(clause.time, head)
        if clause.time == "every_day":
            return placed([*subject.tokens, *time, *frequency, *middle], head, after)
        return placed([*time, *subject.tokens, *frequency, *middle], head, after)

    def verb(self, infinitive: str, tense: str, who: Agreement) -> tuple[Token, list[Token]]:
        """The verb, and the auxiliary of the habitual present."""
        stem = infinitive.removesuffix("ना")
        agreeing = {"Gender": GENDER[who.gender], "Number": NUMBER[who.number]}
        if tense == "present":
            form = habitual_form(stem, who.gender, who.number)
            head = Token(form, infinitive, "VERB", {"Aspect": "Imp", **agreeing})
            return head, [self.auxiliary("present", who).under(head, "aux")]
        finite = {**agreeing, "Mood": "Ind", "VerbForm": "Fin"}
        if tense == "past":
            form = perfective_form(stem, who.gender, who.number)
            return Token(form, infinitive, "VERB", {**finite, "Aspect": "Perf", "Tense": "Past"}), []
        form = future_form(stem, who.person, who.number, who.gender)
        return Token(form, infinitive, "VERB", {**finite, "Person": str(who.person), "Tense": "Fut"}), []

    def auxiliary(self, tense: str, who: Agreement) -> Token:
        """A form of होना."""
        features = {"Mood": "Ind", "Number": NUMBER[who.number], "VerbForm": "Fin"}
        if tense == "present":
            form = PRESENT.get((who.person, who.number), "हैं")
            return Token(form, "है", "AUX", features | {"Person": str(who.person), "Tense": "Pres"})
        features["Gender"] = GENDER[who.gender]
        if tense == "past":
            return Token(PAST[who.gender, who.number], "था", "AUX", features | {"Tense": "Past"})
        form = future_form("हो", who.person, who.number, who.gender)
        return Token(form, "होना", "AUX", features | {"Person": str(who.person), "Tense": "Fut"})

    def being(self, clause: Clause, who: Agreement) -> tuple[Token, list[Token], list[Token]]:
        """An adjective or a place, and the copula after it."""
        if clause.frame == "at":
            assert clause.place is not None
            place = self.phrase(clause.place, "oblique")
            head = place.head
            middle = place.tokens[:-1]
            after = self.adposition(clause.preposition, head)
        else:
            head, *after = self.adjective(clause.predicate, who.gender, who.number, "direct")
            middle = self.adverbial("very" if clause.very else "", head)
        copula = self.auxiliary(clause.tense, who)
        if clause.tense != "present" or clause.frequency in ("", "also"):
            return head, middle, [*after, copula.under(head, "cop")]
        # What is so as a rule, rather than now, takes the habitual: होता है.
        habit = {"Aspect": "Imp", "Gender": GENDER[who.gender], "Number": NUMBER[who.number]}
        often = Token(habitual_form("हो", who.gender, who.number), "होना", "AUX", habit)
        return head, middle, [*after, often.under(head, "cop"), copula.under(head, "aux")]

    def complements(self, clause: Clause, head: Token) -> list[Token]:
        """The object, with को where it is a person or a known animal, or the place a verb leads to."""
        if clause.object is None:
            return []
        if clause.frame == "go":
            place = self.participant(clause.object, "oblique").under(head, "obl")
            word = self.entry("verbs", clause.predicate).get("at")
            return [*place.tokens, *([Token(word, word, "ADP").under(place.head, "case")] if word else [])]
        if not self.marked(clause.object):
            return self.participant(clause.object, "direct").under(head, "obj").tokens
        thing = self.participant(clause.object, "oblique").under(head, "obj")
        return [*thing.tokens, Token("को", "को", "ADP", {"Case": "Acc"}).under(thing.head, "case")]

    def marked(self, thing: Participant) -> bool:
        """Whether an object takes को."""
        if not isinstance(thing, NounPhrase):
            return True
        kinds = concepts()["nouns"][thing.concept].word.split()
        return "person" in kinds or "kin" in kinds or "animal" in kinds and thing.determiner not in ("a", "count")

    def place(self, clause: Clause, head: Token) -> list[Token]:
        """Where it happens."""
        if clause.place is None:
            return []
        place = self.phrase(clause.place, "oblique").under(head, "obl")
        return [*place.tokens, *self.adposition(clause.preposition, place.head)]

    def agreement(self, who: Participant) -> Agreement:
        """What the verb takes from a subject, or an adjective from what it describes."""
        if isinstance(who, Pronoun):
            return Agreement(who.person, "pl" if who.person == 2 else who.number, who.gender)
        if isinstance(who, Name):
            return Agreement(3, "sg", who.gender)
        entry = self.entry("nouns", who.concept)
        honoured = "honoured" in entry.parts
        return Agreement(3, "pl" if honoured else who.number, entry.part(1))

    def object_agreement(self, clause: Clause) -> Agreement:
        """What the verb takes from an object: nothing from one with को."""
        if clause.object is None or self.marked(clause.object):
            return Agreement(3, "sg", "m")
        return self.agreement(clause.object)

    def participant(self, who: Participant, case: str) -> Phrase:
        """A noun phrase, a name or a pronoun; the case `erg` is the oblique with ने."""
        if isinstance(who, Pronoun):
            lemma, direct, ergative = pronoun_forms(who.person, who.number)
            features = {"Case": "Erg" if case == "erg" else "Nom", "Person": str(who.person), "PronType": "Prs"}
            features["Number"] = NUMBER["pl" if who.person == 2 else who.number]
            token = Token(ergative if case == "erg" else direct, lemma, "PRON", features)
            return Phrase([token], token)
        if isinstance(who, Name):
            made = self.named(who, {"Case": OBLIQUE[case], "Gender": GENDER[who.gender], "Number": "Sing"})
        else:
            made = self.phrase(who, "direct" if case == "direct" else "oblique")
        if case == "erg":
            made.tokens.append(Token("ने", "ने", "ADP", {"Case": "Erg"}).under(made.head, "case"))
        return made

    def phrase(self, phrase: NounPhrase, case: str) -> Phrase:
        """Owner, demonstrative or number, adjective, noun."""
        entry = self.entry("nouns", phrase.concept)
        gender = entry.part(1)
        features = {"Case": OBLIQUE[case], "Gender": GENDER[gender], "Number": NUMBER[phrase.number]}
        head = Token(noun_form(entry, phrase.number, case), entry.word, "NOUN", features)
        before = self.determiner(phrase, head, case)
        if phrase.adjective:
            first, *rest = self.adjective(phrase.adjective, gender, phrase.number, case)
            before += [first.under(head, "amod"), *rest]
        return placed(before, head, [])

    def determiner(self, phrase: NounPhrase, head: Token, case: str) -> list[Token]:
        """What stands before a noun; the known and the indefinite plural have nothing."""
        if phrase.determiner == "count":
            word = self.entry("numbers", str(phrase.count)).word
            return [Token(word, word, "NUM", {"NumType": "Card"}).under(head, "nummod")]
        if phrase.determiner == "a" and phrase.number == "sg":
            return [Token("एक", "एक", "DET", {"Definite": "Ind", "Number": "Sing"}).under(head, "det")]
        if phrase.determiner == "this":
            direct, oblique = ("यह", "इस") if phrase.number == "sg" else ("ये", "इन")
            features = {"Case": OBLIQUE[case], "Number": NUMBER[phrase.number], "PronType": "Dem"}
            return [Token(direct if case == "direct" else oblique, "यह", "DET", features).under(head, "det")]
        if phrase.owner is None:
            return []
        agreed = self.agreement(phrase)
        if isinstance(phrase.owner, Pronoun):
            lemma, form = OWNERS[phrase.owner.person, phrase.owner.number]
            who = {"Reflex": "Yes"} if phrase.owner == SELF else {"Person": str(phrase.owner.person)}
            features = {**who, "Poss": "Yes", "PronType": "Prs"}
            token = Token(adjective_form(form, agreed.gender, agreed.number, case), lemma, "PRON", features)
            token.features |= {
                "Gender": GENDER[agreed.gender],
                "Number": NUMBER[agreed.number],
                "Case": OBLIQUE[case],
            }
            return [token.under(head, "nmod:poss")]
        owner = self.participant(phrase.owner, "oblique").under(head, "nmod:poss")
        features = {"Case": "Gen", "Gender": GENDER[agreed.gender], "Number": NUMBER[agreed.number]}
        form = adjective_form("का", agreed.gender, agreed.number, case)
        return [*owner.tokens, Token(form, "का", "ADP", features).under(owner.head, "case")]

    def adjective(self, concept: str, gender: str, number: str, case: str) -> list[Token]:
        """An adjective as it agrees, with हुआ after a participle."""
        entry = self.entry("adjectives", concept)
        features = {"Gender": GENDER[gender], "Number": NUMBER[number]}
        if entry.word[-1] != "ा" or "fixed" in entry.parts:
            return [Token(entry.word, entry.word, "ADJ")]
        features["Case"] = OBLIQUE[case]
        head = Token(adjective_form(entry.word, gender, number, case), entry.word, "ADJ", features)
        if "हुआ" not in entry.parts:
            return [head]
        form = adjective_form("हुआ", gender, number, case)
        return [head, Token(form, "होना", "AUX", dict(features)).under(head, "aux")]
