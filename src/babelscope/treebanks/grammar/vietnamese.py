"""Vietnamese: no inflection; classifiers, `những` and `các` for many, `đã` and `sẽ` for time."""

from babelscope.treebanks.grammar.grammar import Grammar, placed
from babelscope.treebanks.grammar.lexicon import Entry, concepts
from babelscope.treebanks.grammar.meaning import Clause, Name, NounPhrase, Participant
from babelscope.treebanks.grammar.tokens import Phrase, Token, fixed

__all__ = ["Vietnamese"]

PRONOUNS = {
    (1, "sg"): "tôi|tôi|PRON",
    (2, "sg"): "bạn|bạn|PRON",
    (1, "pl"): "chúng_tôi|chúng_tôi|PRON",
    (3, "pl"): "họ|họ|PRON",
}
SHE, HE = "cô|cô|NOUN ấy|ấy|PRON||det", "anh|anh|NOUN ấy|ấy|PRON||det"


class Vietnamese(Grammar):
    """Time, subject, tense, manner, verb, object, place. Words of several syllables hold spaces, as in UD."""

    language = "vi"
    comma = {"and": ","}

    def clause(self, clause: Clause, connector: str = "") -> Phrase:
        """Says a clause."""
        if clause.frame == "be":
            word = self.entry("adjectives", clause.predicate).word
            head = Token(word, word, "ADJ")
            middle = self.adverbial("very" if clause.very else "", head)
            if "colour" in concepts()["adjectives"][clause.predicate].word:
                middle.append(Token("màu", "màu", "NOUN").under(head, "compound"))
            after: list[Token] = []
        elif clause.frame == "at":
            head = Token("ở", "ở", "VERB")
            middle, after = [], self.place(clause, head)
        else:
            entry = self.entry("verbs", clause.predicate)
            head = Token(entry.word, entry.word, "VERB")
            middle = self.adverbial(clause.manner, head)
            after = [*self.complements(clause, head, entry.get("to")), *self.place(clause, head)]
        before = [*self.adverbial(clause.frequency, head), *self.tense(clause, head), *middle]
        after += self.adverbial(clause.spot, head)
        time = self.adverbial(clause.time, head)
        subject = self.subject(clause).under(head, "nsubj").tokens
        if clause.time == "every_day":
            return placed([*subject, *before], head, [*after, *time])
        return placed([*time, *subject, *before], head, after)

    def subject(self, clause: Clause) -> Phrase:
        """The subject; a pronoun for somebody just named is the kin term that suits him or her."""
        known = clause.known
        if isinstance(known, NounPhrase) and known.number == "sg":
            address = self.entry("nouns", known.concept).get("they")
            if address:
                return fixed(f"{address}|{address}|NOUN ấy|ấy|PRON||det")
        return self.participant(clause.subject)

    def tense(self, clause: Clause, head: Token) -> list[Token]:
        """The mark of the future, or of the past with a verb that says an event."""
        if clause.tense == "future":
            return [Token("sẽ", "sẽ", "ADV").under(head, "advmod")]
        if clause.tense == "past" and clause.frame in ("act", "do", "go"):
            return [Token("đã", "đã", "ADV").under(head, "advmod")]
        return []

    def complements(self, clause: Clause, head: Token, to: str) -> list[Token]:
        """The object, or the place a verb leads to."""
        if clause.object is None:
            return []
        if clause.frame != "go":
            return self.participant(clause.object).under(head, "obj").tokens
        assert isinstance(clause.object, NounPhrase)
        place = self.phrase(clause.object, bare=True).under(head, "obl" if to else "obj")
        return [*([Token(to, to, "ADP").under(place.head, "case")] if to else []), *place.tokens]

    def place(self, clause: Clause, head: Token) -> list[Token]:
        """Where it happens."""
        if clause.place is None:
            return []
        place = self.phrase(clause.place, bare=True).under(head, "obl")
        case = self.adposition(clause.preposition, place.head)
        if clause.frame != "at" and clause.preposition != "in":
            case.insert(0, Token("ở", "ở", "ADP").under(place.head, "case"))
        return [*case, *place.tokens]

    def participant(self, who: Participant) -> Phrase:
        """A noun phrase, a name or a pronoun."""
        if isinstance(who, NounPhrase):
            return self.phrase(who)
        if isinstance(who, Name):
            return self.named(who)
        return fixed(PRONOUNS.get((who.person, who.number)) or (SHE if who.gender == "f" else HE))

    def phrase(self, phrase: NounPhrase, bare: bool = False) -> Phrase:
        """Number, classifier, noun, adjective, demonstrative, owner; `bare` leaves the classifier of `the` out."""
        entry = self.entry("nouns", phrase.concept)
        head = Token(entry.word, entry.word, "NOUN")
        after: list[Token] = []
        if phrase.adjective:
            word = self.entry("adjectives", phrase.adjective).word
            after.append(Token(word, word, "ADJ").under(head, "amod"))
        if phrase.determiner == "this":
            after.append(Token("này", "này", "PRON").under(head, "det"))
        if phrase.owner is not None:
            owner = self.participant(phrase.owner).under(head, "nmod:poss")
            kin = "kin" in concepts()["nouns"][phrase.concept].word.split()
            if not kin or phrase.number == "pl" or entry.part(1):
                after.append(Token("của", "của", "ADP").under(owner.head, "case"))
            after += owner.tokens
        return placed(self.quantity(phrase, entry, head, bare and not after), head, after)

    def quantity(self, phrase: NounPhrase, entry: Entry, head: Token, bare: bool) -> list[Token]:
        """How many, and the classifier."""
        kinds = concepts()["nouns"][phrase.concept].word.split()
        tokens: list[Token] = []
        if phrase.determiner == "count":
            word = self.entry("numbers", str(phrase.count)).word
            tokens = [Token(word, word, "NUM").under(head, "nummod")]
        elif phrase.determiner == "a":
            word, upos = ("một", "NUM") if phrase.number == "sg" else ("vài", "DET")
            tokens = [Token(word, word, upos).under(head, "nummod" if upos == "NUM" else "det")]
        elif phrase.number == "pl":
            people = "person" in kinds or "kin" in kinds
            word = "các" if people and entry.part(1) != "người" else "những"
            tokens = [Token(word, word, "DET").under(head, "det")]
        classifier = entry.part(1)
        if not classifier or bare and phrase.determiner == "the":
            return tokens
        return [*tokens, Token(classifier, classifier, "NOUN").under(head, "clf")]
