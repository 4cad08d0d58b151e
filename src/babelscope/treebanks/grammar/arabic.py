"""Arabic: verb first, `ال`, construct state and suffixes, dual; many things agree as one feminine."""

from babelscope.treebanks.grammar.arabic_forms import (
    accusative,
    adjective_form,
    before_suffix,
    dual,
    imperfect,
    noun_plural,
    perfect,
    sound,
)
from babelscope.treebanks.grammar.grammar import Grammar, placed
from babelscope.treebanks.grammar.lexicon import Entry, concepts
from babelscope.treebanks.grammar.meaning import Clause, Name, NounPhrase, Participant, Pronoun
from babelscope.treebanks.grammar.tokens import Phrase, Token

__all__ = ["Arabic"]

GENDER = {"m": "Masc", "f": "Fem"}
NUMBER = {"sg": "Sing", "du": "Dual", "pl": "Plur"}
FREE = {(1, "sg"): "أنا", (2, "sg"): "أنت", (1, "pl"): "نحن"}
THIRD = {("sg", "m"): "هو", ("sg", "f"): "هي", ("pl", "m"): "هم", ("pl", "f"): "هن"}
SUFFIX = {(1, "sg"): "ي", (2, "sg"): "ك", (1, "pl"): "نا"}
THIRD_SUFFIX = {("sg", "m"): "ه", ("sg", "f"): "ها", ("pl", "m"): "هم", ("pl", "f"): "هن"}
THESE = {("sg", "m"): "هذا", ("sg", "f"): "هذه", ("pl", "m"): "هؤلاء", ("pl", "f"): "هؤلاء"}


class Arabic(Grammar):
    """A main clause begins with its verb, which then is singular; after `أن` the subject comes first."""

    language = "ar"
    comma = {}

    def clause(self, clause: Clause, connector: str = "") -> Phrase:
        """Says a clause."""
        inverted = connector not in ("because", "that")
        verb, head, after = self.predicate(clause, inverted)
        who = clause.subject
        if isinstance(who, Pronoun):
            subject = self.pronoun(clause, inverted, verb)
        else:
            subject = self.participant(who, "Nom" if inverted else "Acc").tokens
        for token in subject:
            if token.head is None:
                token.under(head, "nsubj")
        before = [*verb, *subject] if inverted else [*subject, *verb]
        after = [*after, *self.adverbial(clause.frequency, head), *self.adverbial(clause.time, head)]
        if clause.frame in ("be", "at"):
            place = after.index(head)
            return placed([*before, *after[:place]], head, after[place + 1 :])
        # The verb is the head: what comes after it, subject included, follows it.
        at = before.index(head)
        return placed(before[:at], head, [*before[at + 1 :], *after])

    def predicate(self, clause: Clause, inverted: bool) -> tuple[list[Token], Token, list[Token]]:
        """The verb with its particle, the head, and what follows the subject."""
        person = self.verb_agreement(clause.subject, inverted)
        if clause.frame in ("be", "at"):
            tokens, head = self.being(clause)
            if clause.tense == "present":
                return [], head, tokens
            chain = self.finite(self.entry("copulas", "be"), clause.tense, person, "AUX")
            chain[-1].under(head, "cop")
            return chain, head, tokens
        chain = self.finite(self.entry("verbs", clause.predicate), clause.tense, person, "VERB")
        head = chain[-1]
        after = [*self.complements(clause, head), *self.place(clause, head), *self.adverbial(clause.spot, head)]
        return chain, head, [*after, *self.adverbial(clause.manner, head)]

    def finite(self, entry: Entry, tense: str, who: tuple[int, str, str], upos: str) -> list[Token]:
        """A verb form, after س in the future."""
        person, number, gender = who
        features = {"Number": NUMBER[number], "Person": str(person), "Voice": "Act"}
        if person != 1:
            features["Gender"] = GENDER[gender]
        if tense == "past":
            return [Token(perfect(entry, who), entry.word, upos, {**features, "Aspect": "Perf", "Tense": "Past"})]
        features |= {"Aspect": "Imp", "Mood": "Ind", "Tense": "Fut" if tense == "future" else "Pres"}
        verb = Token(imperfect(entry, who), entry.word, upos, features)
        return [Token("س", "س", "PART", space=False).under(verb, "aux"), verb] if tense == "future" else [verb]

    def being(self, clause: Clause) -> tuple[list[Token], Token]:
        """The adjective or the place that is said of the subject."""
        if clause.frame == "be":
            gender, number = self.agreement(clause.subject)
            head = self.adjective(
                clause.predicate, gender, number, "Nom" if clause.tense == "present" else "Acc", False
            )
            return [head, *self.adverbial("very" if clause.very else "", head)], head
        assert clause.place is not None
        place = self.phrase(clause.place, "Gen")
        return [*self.adposition(clause.preposition, place.head), *place.tokens], place.head

    def pronoun(self, clause: Clause, inverted: bool, verb: list[Token]) -> list[Token]:
        """A pronoun: left out beside a verb, free before a nominal predicate, a suffix of the conjunction."""
        who = clause.subject
        assert isinstance(who, Pronoun)
        if not inverted:
            return [self.person(who, "Acc", suffix=True)]
        return [] if verb else [self.person(who, "Nom", suffix=False)]

    def person(self, who: Pronoun, case: str, suffix: bool) -> Token:
        """A personal pronoun."""
        free = FREE.get((who.person, who.number)) or THIRD[who.number, who.gender]
        bound = SUFFIX.get((who.person, who.number)) or THIRD_SUFFIX[who.number, who.gender]
        features = {"Case": case, "Number": NUMBER[who.number], "Person": str(who.person), "PronType": "Prs"}
        if who.person != 1:
            features["Gender"] = GENDER[who.gender]
        return Token(bound if suffix else free, free, "PRON", features)

    def verb_agreement(self, who: Participant, inverted: bool) -> tuple[int, str, str]:
        """Person, number and gender of a verb: the number of a noun only where that comes first."""
        if isinstance(who, Pronoun):
            return who.person, who.number, who.gender if who.person == 3 else "m"
        gender, number = self.agreement(who)
        if isinstance(who, NounPhrase) and who.determiner == "count":
            gender = self.entry("nouns", who.concept).part(1)
        return 3, "sg" if inverted else number, gender

    def agreement(self, who: Participant) -> tuple[str, str]:
        """Gender and number, as an adjective agrees with them: many things or animals are one she."""
        if not isinstance(who, NounPhrase):
            return who.gender, who.number if isinstance(who, Pronoun) else "sg"
        kinds = concepts()["nouns"][who.concept].word.split()
        if who.number == "pl" and not ("person" in kinds or "kin" in kinds):
            return "f", "sg"
        return self.entry("nouns", who.concept).part(1), who.number

    def complements(self, clause: Clause, head: Token) -> list[Token]:
        """The object, or the place a verb leads to."""
        if clause.object is None:
            return []
        word = self.entry("verbs", clause.predicate).get("to")
        if not word:
            return self.participant(clause.object, "Acc").under(head, "obj").tokens
        thing = self.participant(clause.object, "Gen").under(head, "obl")
        return [Token(word, word, "ADP").under(thing.head, "case"), *thing.tokens]

    def place(self, clause: Clause, head: Token) -> list[Token]:
        """Where it happens."""
        if clause.place is None:
            return []
        place = self.phrase(clause.place, "Gen").under(head, "obl")
        return [*self.adposition(clause.preposition, place.head), *place.tokens]

    def participant(self, who: Participant, case: str) -> Phrase:
        """A noun phrase or a name."""
        if isinstance(who, NounPhrase):
            return self.phrase(who, case)
        assert isinstance(who, Name)
        return self.named(who, {"Case": case, "Gender": GENDER[who.gender], "Number": "Sing"})

    def phrase(self, phrase: NounPhrase, case: str) -> Phrase:
        """Demonstrative or number, noun, suffix or owner, adjective."""
        entry = self.entry("nouns", phrase.concept)
        definite = phrase.determiner in ("the", "this")
        number = "du" if phrase.count == 2 else phrase.number
        own = "Gen" if phrase.count > 2 else case
        features = {"Case": own, "Definite": "Cons" if phrase.owner else "Def" if definite else "Ind"}
        features |= {"Gender": GENDER[entry.part(1)], "Number": NUMBER[number]}
        form = self.noun(entry, number, own, str(features["Definite"]))
        head = Token(form, entry.word, "NOUN", features)
        after: list[Token] = []
        if isinstance(phrase.owner, Pronoun):
            suffix = self.person(phrase.owner, "Gen", suffix=True).under(head, "nmod")
            head.form, head.space = before_suffix(form, own, suffix.form), False
            after = [suffix]
        elif phrase.owner is not None:
            after = self.participant(phrase.owner, "Gen").under(head, "nmod").tokens
        if phrase.adjective:
            gender, agreed = self.agreement(phrase)
            after.append(self.adjective(phrase.adjective, gender, agreed, own, definite).under(head, "amod"))
        return placed(self.determiner(phrase, head, case), head, after)

    def noun(self, entry: Entry, number: str, case: str, state: str) -> str:
        """A noun in its number, case and state."""
        if number == "du":
            return dual(entry.word, case)
        form = noun_plural(entry) if number == "pl" else entry.word
        if number == "pl" and entry.part(2) == "ون":
            form = sound(form, case)
        elif case == "Acc" and state == "Ind":
            form = accusative(form, number == "pl" and ("diptote" in entry.parts or form.endswith("اء")))
        return "ال" + (entry.get("known", form) if number == "sg" else form) if state == "Def" else form

    def determiner(self, phrase: NounPhrase, head: Token, case: str) -> list[Token]:
        """A demonstrative, or a number whose gender is the opposite of the noun's."""
        gender, number = self.agreement(phrase)
        if phrase.determiner == "this":
            features = {"Gender": GENDER[gender], "Number": NUMBER[number], "PronType": "Dem"}
            return [Token(THESE[number, gender], "هذا", "DET", features).under(head, "det")]
        if phrase.count < 3:
            return []
        entry = self.entry("numbers", str(phrase.count))
        form = entry.part(1) if self.entry("nouns", phrase.concept).part(1) == "f" else entry.word
        return [Token(form, entry.word, "NUM", {"Case": case, "NumType": "Card"}).under(head, "nummod")]

    def adjective(self, concept: str, gender: str, number: str, case: str, definite: bool) -> Token:
        """An adjective as it agrees."""
        entry = self.entry("adjectives", concept)
        form = adjective_form(entry, gender, number, case, definite)
        features = {"Case": case, "Definite": "Def" if definite else "Ind"}
        features |= {"Gender": GENDER[gender], "Number": NUMBER[number]}
        return Token("ال" + form if definite else form, entry.word, "ADJ", features)

    def spelled(self, tokens: list[Token]) -> list[Token]:
        """`لأن` and `أن` joined with a pronoun; `إن` after `قال`."""
        for token, following in zip(tokens, tokens[1:], strict=False):
            if token.upos == "SCONJ" and following.upos == "PRON":
                token.space = False
            if token.form == "أن" and token.upos == "SCONJ" and tokens[0].lemma == "قال":
                token.form, token.lemma = "إن", "إن"
        return tokens
