"""English: articles, -s in the third person, possessive 's, a future with `will`."""

from babelscope.treebanks.grammar.grammar import Grammar, person_of, placed
from babelscope.treebanks.grammar.lexicon import Entry
from babelscope.treebanks.grammar.meaning import Clause, Name, NounPhrase, Participant, Pronoun
from babelscope.treebanks.grammar.tokens import Phrase, Token

__all__ = ["English"]

PRONOUNS = {(1, "sg"): "I", (2, "sg"): "you", (1, "pl"): "we", (3, "pl"): "they"}
OWNERS = {(1, "sg"): "my", (2, "sg"): "your", (1, "pl"): "our"}
BE = {"present": {(1, "sg"): "am", (3, "sg"): "is"}, "past": {(1, "sg"): "was", (3, "sg"): "was"}}
NUMBER = {"sg": "Sing", "pl": "Plur"}


def plural(noun: Entry) -> str:
    """The plural of a noun, by rule where the table does not give it."""
    return noun.get("plural") or with_s(noun.word)


def with_s(word: str) -> str:
    """A word with the -s of nouns and of the third person."""
    if word.endswith(("s", "sh", "ch", "x", "o")):
        return word + "es"
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + "s"


def past(verb: Entry) -> str:
    """The past tense of a verb."""
    word = verb.word
    if word.endswith("y") and word[-2] not in "aeiou":
        return verb.get("past") or word[:-1] + "ied"
    return verb.get("past") or word.removesuffix("e") + "ed"


class English(Grammar):
    """British spelling; the words of a clause stand as subject, verb, object, place, manner, time."""

    language = "en"

    def clause(self, clause: Clause, connector: str = "") -> Phrase:
        """Says a clause."""
        subject = self.participant(clause.subject)
        if clause.frame in ("be", "at"):
            auxiliaries, head, rest = self.being(clause)
        else:
            auxiliaries, head = self.verb(clause)
            rest = self.complements(clause, head)
        middle = self.adverbial(clause.frequency, head)
        before = [*subject.under(head, "nsubj").tokens, *auxiliaries[:1], *middle, *auxiliaries[1:]]
        late = [*self.adverbial(clause.spot, head), *self.adverbial(clause.manner, head)]
        return placed([*before, *rest[0]], head, [*rest[1], *late, *self.adverbial(clause.time, head)])

    def verb(self, clause: Clause) -> tuple[list[Token], Token]:
        """The auxiliary of the future, if any, and the verb."""
        entry = self.entry("verbs", clause.predicate)
        if clause.tense == "future":
            head = Token(entry.word, entry.word, "VERB", {"VerbForm": "Inf"})
            return [Token("will", "will", "AUX", {"VerbForm": "Fin"}).under(head, "aux")], head
        features = {"Mood": "Ind", "Tense": "Past" if clause.tense == "past" else "Pres", "VerbForm": "Fin"}
        if clause.tense == "past":
            return [], Token(past(entry), entry.word, "VERB", features)
        if person_of(clause.subject) == (3, "sg"):
            return [], Token(with_s(entry.word), entry.word, "VERB", features | {"Number": "Sing", "Person": "3"})
        return [], Token(entry.word, entry.word, "VERB", features)

    def being(self, clause: Clause) -> tuple[list[Token], Token, tuple[list[Token], list[Token]]]:
        """The forms of `be`, the adjective or place it says, and what stands before and after that."""
        if clause.frame == "be":
            word = self.entry("adjectives", clause.predicate).word
            head = Token(word, word, "ADJ", {"Degree": "Pos"})
            around = (self.adverbial("very" if clause.very else "", head), [])
        else:
            assert clause.place is not None
            place = self.phrase(clause.place)
            head = place.head
            around = (self.adposition(clause.preposition, head) + place.tokens[:-1], [])
        if clause.tense == "future":
            will = Token("will", "will", "AUX", {"VerbForm": "Fin"}).under(head, "aux")
            return [will, Token("be", "be", "AUX", {"VerbForm": "Inf"}).under(head, "cop")], head, around
        who = person_of(clause.subject)
        form = BE[clause.tense].get(who, "were" if clause.tense == "past" else "are")
        features = {"Mood": "Ind", "Tense": "Past" if clause.tense == "past" else "Pres", "VerbForm": "Fin"}
        if form not in ("are", "were"):
            features |= {"Number": "Sing", "Person": str(who[0])}
        return [Token(form, "be", "AUX", features).under(head, "cop")], head, around

    def complements(self, clause: Clause, head: Token) -> tuple[list[Token], list[Token]]:
        """The object and the place."""
        tokens: list[Token] = []
        if clause.object is not None:
            thing = self.participant(clause.object)
            if clause.frame == "go":
                word = self.entry("verbs", clause.predicate).part(1)
                tokens.append(Token(word, word, "ADP").under(thing.head, "case"))
            tokens += thing.under(head, "obl" if clause.frame == "go" else "obj").tokens
        if clause.place is not None:
            place = self.phrase(clause.place).under(head, "obl")
            tokens += [*self.adposition(clause.preposition, place.head), *place.tokens]
        return [], tokens

    def participant(self, who: Participant) -> Phrase:
        """A noun phrase, a name or a subject pronoun."""
        if isinstance(who, NounPhrase):
            return self.phrase(who)
        if isinstance(who, Name):
            return self.named(who, {"Number": "Sing"})
        features = {"Case": "Nom", "Person": str(who.person), "PronType": "Prs"}
        form = PRONOUNS.get((who.person, who.number)) or ("she" if who.gender == "f" else "he")
        if form != "you":
            features["Number"] = NUMBER[who.number]
        if form in ("he", "she"):
            features["Gender"] = "Masc" if form == "he" else "Fem"
        token = Token(form, form, "PRON", features)
        return Phrase([token], token)

    def phrase(self, phrase: NounPhrase) -> Phrase:
        """Determiner, adjective, noun."""
        entry = self.entry("nouns", phrase.concept)
        form = plural(entry) if phrase.number == "pl" else entry.word
        head = Token(form, entry.word, "NOUN", {"Number": NUMBER[phrase.number]})
        before: list[Token] = []
        if phrase.adjective:
            word = self.entry("adjectives", phrase.adjective).word
            before.append(Token(word, word, "ADJ", {"Degree": "Pos"}).under(head, "amod"))
        return placed(self.determiner(phrase, head, (before or [head])[0].form) + before, head, [])

    def determiner(self, phrase: NounPhrase, head: Token, following: str) -> list[Token]:
        """The article, number, demonstrative or owner of a noun."""
        if phrase.determiner == "the":
            return [Token("the", "the", "DET", {"Definite": "Def", "PronType": "Art"}).under(head, "det")]
        if phrase.determiner == "a" and phrase.number == "sg":
            form = "an" if following[0] in "aeiou" else "a"
            return [Token(form, "a", "DET", {"Definite": "Ind", "PronType": "Art"}).under(head, "det")]
        if phrase.determiner == "this":
            form = "this" if phrase.number == "sg" else "these"
            return [
                Token(form, "this", "DET", {"Number": NUMBER[phrase.number], "PronType": "Dem"}).under(head, "det")
            ]
        if phrase.determiner == "count":
            word = self.entry("numbers", str(phrase.count)).word
            return [Token(word, word, "NUM", {"NumForm": "Word", "NumType": "Card"}).under(head, "nummod")]
        owner = phrase.owner
        if isinstance(owner, Pronoun):
            form = OWNERS[owner.person, owner.number]
            features = {"Person": str(owner.person), "Poss": "Yes", "PronType": "Prs"}
            if owner.person != 2:
                features["Number"] = NUMBER[owner.number]
            return [Token(form, form, "PRON", features).under(head, "nmod:poss")]
        if owner is None:
            return []
        holder = self.participant(owner).under(head, "nmod:poss")
        holder.head.space = False
        return [*holder.tokens, Token("'s", "'s", "PART").under(holder.head, "case")]
