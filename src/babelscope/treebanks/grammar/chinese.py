"""Chinese: measure words, `的`, `了` for what happened, `们` for several people, no spaces."""

from babelscope.treebanks.grammar.grammar import Grammar, placed
from babelscope.treebanks.grammar.lexicon import Entry, concepts
from babelscope.treebanks.grammar.meaning import Clause, Name, NounPhrase, Participant, Pronoun
from babelscope.treebanks.grammar.tokens import Phrase, Token

__all__ = ["Chinese"]

PRONOUNS = {1: "我", 2: "你"}


class Chinese(Grammar):
    """Simplified characters. Time, subject, manner, place, verb, object."""

    language = "zh"
    stop = "。"
    comma = {"and": "，", "because": "，"}

    def clause(self, clause: Clause, connector: str = "") -> Phrase:
        """Says a clause."""
        if clause.frame == "be":
            before, head, after = self.being(clause)
        elif clause.frame == "at":
            head = Token("在", "在", "VERB")
            before, after = [], self.located(clause, head, "obj")
        else:
            entry = self.entry("verbs", clause.predicate)
            head = Token(entry.word, entry.word, "VERB")
            before, after = self.manner(clause, head), self.complements(clause, head, entry)
            if clause.place is not None:
                before += self.located(clause, head, "obl")
        modal = [Token("会", "会", "AUX").under(head, "aux")] if clause.tense == "future" else []
        adverbs = [*self.adverbial(clause.frequency, head), *modal, *self.adverbial(clause.spot, head)]
        subject = self.participant(clause.subject).under(head, "nsubj").tokens
        time = self.adverbial(clause.time, head)
        first = [*subject, *time] if clause.time == "every_day" else [*time, *subject]
        return placed([*first, *adverbs, *before], head, after)

    def being(self, clause: Clause) -> tuple[list[Token], Token, list[Token]]:
        """A quality as predicate: with `很`, a colour with `是` and `的`, an illness as a verb."""
        entry = self.entry("adjectives", clause.predicate)
        head = Token(entry.word, entry.word, "VERB" if "verb" in entry.parts else "ADJ")
        if "verb" in entry.parts:
            ended = [] if clause.tense == "future" or clause.frequency not in ("", "also") else [self.perfect(head)]
            return [], head, ended
        if "colour" in concepts()["adjectives"][clause.predicate].word:
            return (
                [Token("是", "是", "AUX").under(head, "cop")],
                head,
                [Token("的", "的", "PART").under(head, "mark")],
            )
        word = self.adverbial("very", head) if clause.very else [Token("很", "很", "ADV").under(head, "advmod")]
        return word, head, []

    def perfect(self, head: Token) -> Token:
        """`了` after the verb."""
        return Token("了", "了", "AUX", {"Aspect": "Perf"}).under(head, "aux")

    def manner(self, clause: Clause, head: Token) -> list[Token]:
        """How, with `地`."""
        tokens = self.adverbial(clause.manner, head)
        return [*tokens, Token("地", "地", "PART").under(tokens[-1], "mark")] if tokens else []

    def complements(self, clause: Clause, head: Token, entry: Entry) -> list[Token]:
        """`了`, and the object or the place a verb leads to."""
        bare = not (clause.manner or clause.place or clause.spot)
        ended = clause.tense == "past" and (
            clause.frame == "act" or "了" in entry.parts or clause.frame == "do" and bare
        )
        tokens = [self.perfect(head)] if ended else []
        if clause.object is None:
            return tokens
        thing = self.participant(clause.object).under(head, "obj")
        at = entry.get("at")
        if not at:
            return [*tokens, *thing.tokens]
        thing.under(head, "obl")
        inside = Token("里", "里", "ADP").under(thing.head, "case")
        return [Token(at, at, "ADP").under(thing.head, "case"), *thing.tokens, inside]

    def located(self, clause: Clause, head: Token, relation: str) -> list[Token]:
        """A place with its localiser, and `在` before it unless that is the verb."""
        assert clause.place is not None
        place = self.phrase(clause.place).under(head, relation)
        at = [] if relation == "obj" else [Token("在", "在", "ADP").under(place.head, "case")]
        return [*at, *place.tokens, *self.adposition(clause.preposition, place.head)]

    def participant(self, who: Participant) -> Phrase:
        """A noun phrase, a name or a pronoun."""
        if isinstance(who, NounPhrase):
            return self.phrase(who)
        if isinstance(who, Name):
            return self.named(who)
        lemma = PRONOUNS.get(who.person) or ("她" if who.gender == "f" else "他")
        many = who.number == "pl"
        features = {"Person": str(who.person)} | ({"Number": "Plur"} if many else {})
        token = Token(lemma + "们" * many, lemma, "PRON", features)
        return Phrase([token], token)

    def phrase(self, phrase: NounPhrase) -> Phrase:
        """Demonstrative or number, measure word, owner, adjective, noun."""
        entry = self.entry("nouns", phrase.concept)
        kinds = concepts()["nouns"][phrase.concept].word.split()
        people = "person" in kinds or "kin" in kinds
        head = Token(entry.word, entry.word, "NOUN")
        many = phrase.number == "pl" and phrase.determiner in ("the", "of", "this")
        if many and people and phrase.determiner != "this":
            head.form += "们"
            head.features["Number"] = "Plur"
        before = self.quantity(phrase, entry, head, many and not people)
        if phrase.owner is not None:
            before = self.owner(phrase.owner, head, close="kin" in kinds and phrase.number == "sg") + before
        if phrase.adjective:
            before += self.adjective(phrase.adjective, head)
        return placed(before, head, [])

    def adjective(self, concept: str, head: Token) -> list[Token]:
        """An adjective before its noun; longer than one character, or like the noun's first, it takes `的`."""
        entry = self.entry("adjectives", concept)
        word = entry.get("before", entry.word)
        verb = "verb" in entry.parts
        token = Token(word, word, "VERB" if verb else "ADJ").under(head, "acl" if verb else "amod")
        close = len(word) == 1 and word != head.form[0]
        return [token] if close else [token, Token("的", "的", "PART").under(token, "mark")]

    def owner(self, owner: Participant, head: Token, close: bool) -> list[Token]:
        """Whose it is; one's own kin without `的`."""
        holder = self.participant(owner).under(head, "nmod")
        if close and isinstance(owner, Pronoun):
            return holder.tokens
        return [*holder.tokens, Token("的", "的", "PART", {"Case": "Gen"}).under(holder.head, "case")]

    def quantity(self, phrase: NounPhrase, entry: Entry, head: Token, those: bool) -> list[Token]:
        """A number or demonstrative with its measure word, `这些`, `那些` or `一些`."""
        if phrase.determiner in ("mass", "the", "of") and not (those and phrase.determiner == "the"):
            return []
        if phrase.determiner == "a" and phrase.number == "pl":
            return [Token("一些", "一些", "ADJ").under(head, "amod")]
        if phrase.determiner in ("this", "the"):
            form = "这" if phrase.determiner == "this" else "那"
            first = Token(form, form, "DET").under(head, "det")
            if phrase.number == "pl":
                return [first, Token("些", "些", "NOUN").under(first, "clf")]
        else:
            word = "一" if phrase.determiner == "a" else self.entry("numbers", str(phrase.count)).word
            first = Token(word, word, "NUM", {"NumType": "Card"}).under(head, "nummod")
        return [first, Token(entry.part(1, "个"), entry.part(1, "个"), "NOUN").under(first, "clf")]

    def spelled(self, tokens: list[Token]) -> list[Token]:
        """No spaces, no capital letter."""
        for token in tokens:
            token.space = False
        return tokens
