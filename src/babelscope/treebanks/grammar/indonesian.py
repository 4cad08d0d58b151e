"""Indonesian: no tense on the verb, plurals by reduplication, counting with classifiers, `itu` for the known."""

from babelscope.treebanks.grammar.grammar import Grammar, placed
from babelscope.treebanks.grammar.lexicon import Entry
from babelscope.treebanks.grammar.meaning import Clause, Name, NounPhrase, Participant, Pronoun
from babelscope.treebanks.grammar.tokens import Phrase, Token

__all__ = ["Indonesian"]

PRONOUNS = {(1, "sg"): "saya", (2, "sg"): "kamu", (3, "sg"): "dia", (1, "pl"): "kami", (3, "pl"): "mereka"}
ONE = {"orang": "seorang", "ekor": "seekor", "buah": "sebuah"}
NUMBER = {"sg": "Sing", "pl": "Plur"}


class Indonesian(Grammar):
    """Time, subject, `akan`, verb, object, manner, place; the past is left to the adverbial of time."""

    language = "id"
    comma = {"and": ","}

    def clause(self, clause: Clause, connector: str = "") -> Phrase:
        """Says a clause."""
        if clause.frame == "be":
            entry = self.entry("adjectives", clause.predicate)
            head = Token(entry.word, entry.word, "ADJ")
            degree, after = self.adverbial("very" if clause.very else "", head), []
        elif clause.frame == "at":
            head = Token("berada", "ada", "VERB", {"Voice": "Act"})
            degree, after = [], []
        else:
            entry = self.entry("verbs", clause.predicate)
            head = Token(entry.word, entry.part(1, entry.word), "VERB", {"Voice": "Act"})
            degree, after = [], self.complements(clause, head)
        before = self.adverbial(clause.frequency, head)
        if clause.tense == "future":
            before.append(Token("akan", "akan", "AUX").under(head, "aux"))
        after += [*self.adverbial(clause.manner, head), *self.place(clause, head), *self.adverbial(clause.spot, head)]
        time = self.adverbial(clause.time, head)
        subject = self.participant(clause.subject).under(head, "nsubj").tokens
        if clause.time == "every_day":
            return placed([*subject, *before, *degree], head, [*after, *time])
        return placed([*time, *subject, *before, *degree], head, after)

    def complements(self, clause: Clause, head: Token) -> list[Token]:
        """The object, or the place a verb leads to."""
        if clause.object is None:
            return []
        if clause.frame != "go":
            return self.participant(clause.object).under(head, "obj").tokens
        assert isinstance(clause.object, NounPhrase)
        place = self.phrase(clause.object, plain=True).under(head, "obl")
        word = self.entry("verbs", clause.predicate).get("to")
        return [Token(word, word, "ADP").under(place.head, "case"), *place.tokens]

    def place(self, clause: Clause, head: Token) -> list[Token]:
        """Where it happens."""
        if clause.place is None:
            return []
        place = self.phrase(clause.place, plain=True).under(head, "obl")
        return [*self.adposition(clause.preposition, place.head), *place.tokens]

    def participant(self, who: Participant) -> Phrase:
        """A noun phrase, a name or a pronoun."""
        if isinstance(who, NounPhrase):
            return self.phrase(who)
        if isinstance(who, Name):
            return self.named(who)
        form = PRONOUNS[who.person, who.number]
        features = {"Number": NUMBER[who.number], "Person": str(who.person), "PronType": "Prs"}
        if form == "kami":
            features["Clusivity"] = "Ex"
        token = Token(form, form, "PRON", features)
        return Phrase([token], token)

    def phrase(self, phrase: NounPhrase, plain: bool = False) -> Phrase:
        """Number and classifier, noun, adjective, owner, demonstrative; `plain` leaves `itu` out."""
        entry = self.entry("nouns", phrase.concept)
        counted = phrase.determiner == "count" or phrase.determiner == "a" and phrase.number == "pl"
        head = self.noun(entry, "" if counted else phrase.number)
        after = [Token(word, word, "NOUN").under(head, "compound") for word in entry.get("tail").split()]
        if phrase.adjective:
            word = self.entry("adjectives", phrase.adjective).word
            after.append(Token(word, word, "ADJ").under(head, "amod"))
        if phrase.owner is not None:
            after += self.owner(phrase.owner, [head, *after][-1], head)
        if phrase.determiner == "this" or phrase.determiner == "the" and not (plain and not phrase.adjective):
            word = "ini" if phrase.determiner == "this" else "itu"
            after.append(Token(word, word, "DET", {"PronType": "Dem"}).under(head, "det"))
        return placed(self.quantity(phrase, entry, head), head, after)

    def noun(self, entry: Entry, number: str) -> Token:
        """A noun, doubled where it is marked as many; without Number where a number or `beberapa` says it."""
        form = f"{entry.word}-{entry.word}" if number == "pl" else entry.word
        return Token(form, entry.word, "NOUN", {"Number": NUMBER[number]} if number else {})

    def owner(self, owner: Participant, last: Token, head: Token) -> list[Token]:
        """Whose it is; the hearer is a suffix."""
        if isinstance(owner, Pronoun) and owner.person == 2:
            last.fused = last.form + "mu"
            features = {"Number": "Sing", "Person": "2", "PronType": "Prs"}
            return [Token("mu", "kamu", "PRON", features).under(head, "nmod:poss")]
        return self.participant(owner).under(head, "nmod:poss").tokens

    def quantity(self, phrase: NounPhrase, entry: Entry, head: Token) -> list[Token]:
        """One, some, or a number with its classifier."""
        classifier = entry.part(1, "buah")
        if phrase.determiner == "a" and phrase.number == "pl":
            return [Token("beberapa", "beberapa", "DET", {"Number": "Plur", "PronType": "Ind"}).under(head, "det")]
        if phrase.determiner == "a":
            features = {"Definite": "Ind", "PronType": "Art"}
            return [Token(ONE[classifier], classifier, "DET", features).under(head, "det")]
        if phrase.determiner != "count":
            return []
        word = self.entry("numbers", str(phrase.count)).word
        number = Token(word, word, "NUM", {"NumType": "Card"}).under(head, "nummod")
        return [number, Token(classifier, classifier, "NOUN").under(number, "clf")]
