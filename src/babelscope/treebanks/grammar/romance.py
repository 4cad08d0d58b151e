"""What French, Portuguese and Spanish share: agreement in gender and number, order, and contraction with articles."""

from abc import abstractmethod
from collections.abc import Mapping

from babelscope.treebanks.grammar.grammar import Grammar, capitalise, person_of, placed
from babelscope.treebanks.grammar.lexicon import concepts
from babelscope.treebanks.grammar.meaning import Clause, Name, NounPhrase, Participant, Pronoun
from babelscope.treebanks.grammar.tokens import Phrase, Token

__all__ = ["Romance"]

Features = dict[str, str]
GENDER = {"m": "Masc", "f": "Fem"}
NUMBER = {"sg": "Sing", "pl": "Plur"}
TENSE = {"past": "Past", "present": "Pres", "future": "Fut", "imperfect": "Imp"}


class Romance(Grammar):
    """Time first, then subject, verb, object, manner, place.

    Attributes:
        articles: Definite and indefinite ones and demonstratives, each masculine and feminine singular, then plural;
            each row begins with its lemma.
        owners: Possessives by person and number of the owner, in the same way.
        pronouns: Subject pronouns by person, number and gender: form and lemma.
        fusions: Spelling of an adposition together with the article after it.
        early: The frequency adverbs stand before the verb rather than after it.
        dropped: The persons whose pronouns are left out.
        drops_known: The pronoun of somebody just named is left out too.
        time_comma: A comma follows an adverbial of time that opens the sentence.
    """

    articles: Mapping[str, tuple[str, ...]] = {}
    owners: Mapping[tuple[int, str], tuple[str, ...]] = {}
    pronouns: Mapping[tuple[int, str, str], tuple[str, str]] = {}
    dropped: tuple[int, ...] = ()
    drops_known = True
    fusions: Mapping[tuple[str, str], str] = {}
    early = True
    time_comma = False

    def __init__(self) -> None:
        super().__init__()
        self.verbs = {entry.word: entry for entry in [*self.words["verbs"].values(), *self.words["copulas"].values()]}

    def clause(self, clause: Clause, connector: str = "") -> Phrase:
        """Says a clause."""
        chain, head, after = self.predicate(clause)
        subject = self.subject(clause)
        for token in subject.tokens and [subject.head]:
            token.under(head, "nsubj")
        frequency = self.adverbial(clause.frequency, head)
        before = [*subject.tokens, *frequency, *chain] if self.early else [*subject.tokens, *chain[:1]]
        after = [*self.adverbial(clause.manner, head), *after]
        if clause.manner and not chain and not self.early:
            # Before an adverb of manner, "aussi" would say as slowly rather than slowly too.
            after, frequency = [*after, *frequency], []
        if clause.place is not None and clause.frame != "at":
            place = self.phrase(clause.place).under(head, "obl")
            after += [*self.adposition(clause.preposition, place.head), *place.tokens]
        after += self.adverbial(clause.spot, head)
        time = self.adverbial(clause.time, head)
        if connector or clause.time == "every_day":
            after += time
        elif time:
            before = self.opened(time) + before
        if not self.early:
            return self.late(before, chain[1:], frequency, head, after, len(chain))
        return placed(before, head, after)

    def late(
        self,
        before: list[Token],
        chain: list[Token],
        frequency: list[Token],
        head: Token,
        after: list[Token],
        count: int,
    ) -> Phrase:
        """A clause whose frequency adverb follows its first verb."""
        if count:
            return placed([*before, *frequency, *chain], head, after)
        return placed(before, head, [*frequency, *after])

    def opened(self, time: list[Token]) -> list[Token]:
        """An adverbial of time at the beginning of a sentence."""
        if not self.time_comma:
            return time
        time[-1].space = False
        head = next(token for token in time if token.head not in time)
        assert head.head is not None
        return [*time, Token(",", ",", "PUNCT").under(head.head, "punct")]

    def predicate(self, clause: Clause) -> tuple[list[Token], Token, list[Token]]:
        """The auxiliaries and modifiers before the head, the head, and its object."""
        if clause.frame in ("be", "at"):
            return self.being(clause)
        chain, head = self.verb(clause)
        for token in chain:
            token.under(head, "aux")
        return chain, head, self.thing(clause, head)

    def verb(self, clause: Clause) -> tuple[list[Token], Token]:
        """The auxiliaries and the verb, as they agree with the subject."""
        lemma = self.entry("verbs", clause.predicate).word
        return [], self.finite(lemma, clause.tense, clause.subject, "VERB")

    def finite(self, lemma: str, tense: str, who: Participant, upos: str) -> Token:
        """One finite form."""
        person, number = self.grammatical_person(who)
        features = {"Mood": "Ind", "Number": NUMBER[number], "Person": str(person), "Tense": TENSE[tense]}
        return Token(self.form(lemma, tense, (person, number)), lemma, upos, features | {"VerbForm": "Fin"})

    @abstractmethod
    def form(self, lemma: str, tense: str, who: tuple[int, str]) -> str:
        """The verb form for a person and number."""

    def grammatical_person(self, who: Participant) -> tuple[int, str]:
        """Person and number of the verb."""
        return person_of(who)

    def being(self, clause: Clause) -> tuple[list[Token], Token, list[Token]]:
        """A copula with an adjective or a place."""
        tense = "imperfect" if clause.tense == "past" else clause.tense
        if clause.frame == "be":
            head = self.adjective(clause.predicate, *self.agreement(clause.subject))
            chain = self.adverbial("very" if clause.very else "", head)
            rest: list[Token] = []
        else:
            assert clause.place is not None
            place = self.phrase(clause.place)
            head, at = place.head, place.tokens.index(place.head)
            chain, rest = self.adposition(clause.preposition, head) + place.tokens[:at], place.tokens[at + 1 :]
        copula = self.finite(self.copula(clause), tense, clause.subject, "AUX").under(head, "cop")
        return [copula, *chain], head, rest

    def copula(self, clause: Clause) -> str:
        """Which verb is `be` here."""
        passing = clause.frame == "at" or "passing" in concepts()["adjectives"][clause.predicate].word
        return "estar" if passing else "ser"

    def thing(self, clause: Clause, head: Token) -> list[Token]:
        """The object of the verb, or the place it leads to."""
        if clause.object is None:
            return []
        thing = self.participant(clause.object)
        if clause.frame == "go":
            entry = self.entry("verbs", clause.predicate)
            word = self.goal(clause.object, entry.part(1))
            return [Token(word, word, "ADP").under(thing.head, "case"), *thing.under(head, "obl").tokens]
        return [*self.object_case(clause.object, thing.head), *thing.under(head, "obj").tokens]

    def goal(self, place: Participant, word: str) -> str:
        """The adposition of a verb of movement, unless the place has its own."""
        return self.entry("nouns", place.concept).get("goal", word) if isinstance(place, NounPhrase) else word

    def object_case(self, thing: Participant, head: Token) -> list[Token]:
        """An adposition before a direct object, where the language has one."""
        return []

    def subject(self, clause: Clause) -> Phrase:
        """The subject, or no words where its pronoun is left out."""
        who = clause.subject
        if isinstance(who, Pronoun) and (who.person in self.dropped or clause.known is not None and self.drops_known):
            return Phrase([], Token("", "", "PRON"))
        return self.participant(who)

    def agreement(self, who: Participant) -> tuple[str, str]:
        """Gender and number, as an adjective agrees with them."""
        if isinstance(who, NounPhrase):
            return self.entry("nouns", who.concept).part(1), who.number
        return who.gender, who.number if isinstance(who, Pronoun) else "sg"

    def participant(self, who: Participant) -> Phrase:
        """A noun phrase, a name or a subject pronoun."""
        if isinstance(who, NounPhrase):
            return self.phrase(who)
        if isinstance(who, Name):
            return self.named(who, self.features(who.gender, "sg"))
        form, lemma = self.pronouns[who.person, who.number, who.gender if who.person == 3 else ""]
        person, number = self.grammatical_person(who)
        features = {"Case": "Nom", "Number": NUMBER[number], "Person": str(person), "PronType": "Prs"}
        if who.person == 3:
            features["Gender"] = GENDER[who.gender]
        token = Token(form, lemma, "PRON", features)
        return Phrase([token], token)

    def features(self, gender: str, number: str, **more: str) -> Features:
        """Gender and number as features, and more."""
        return {"Gender": GENDER[gender], "Number": NUMBER[number], **more}

    def phrase(self, phrase: NounPhrase) -> Phrase:
        """Determiner, adjective, noun, adjective, owner."""
        entry = self.entry("nouns", phrase.concept)
        gender = entry.part(1)
        form = self.plural(entry.word, entry.get("plural")) if phrase.number == "pl" else entry.word
        head = Token(form, entry.word, "NOUN", self.features(gender, phrase.number))
        before, after = [], []
        if phrase.adjective:
            adjective = self.adjective(phrase.adjective, gender, phrase.number).under(head, "amod")
            (before if "before" in self.entry("adjectives", phrase.adjective).parts else after).append(adjective)
        if isinstance(phrase.owner, NounPhrase | Name):
            owner = self.participant(phrase.owner).under(head, "nmod")
            after += [Token("de", "de", "ADP").under(owner.head, "case"), *owner.tokens]
        return placed([*self.determiner(phrase, head, gender), *before], head, after)

    def determiner(self, phrase: NounPhrase, head: Token, gender: str) -> list[Token]:
        """The article, number, demonstrative or possessive of a noun."""
        kind, number = phrase.determiner, phrase.number
        if kind == "mass":
            return self.partitive(head, gender)
        if kind == "count":
            return [self.number(phrase.count, gender).under(head, "nummod")]
        if isinstance(phrase.owner, Pronoun):
            owner = phrase.owner
            row = self.owners[owner.person, owner.number]
            more = {"Person": str(self.grammatical_person(owner)[0]), "Poss": "Yes", "PronType": "Prs"}
        elif kind == "a" and number == "pl" and not self.articles["a"][3:]:
            return []
        else:
            kind = "the" if kind == "of" else kind
            row = self.articles[kind]
            definite = {"the": {"Definite": "Def"}, "a": {"Definite": "Ind"}}.get(kind, {})
            more = {**definite, "PronType": "Dem" if kind == "this" else "Art"}
        form = row[1 + (gender == "f") + 2 * (number == "pl")]
        return [Token(form, row[0], "DET", self.features(gender, number, **more)).under(head, "det")]

    def partitive(self, head: Token, gender: str) -> list[Token]:
        """What stands before `some bread`: nothing, unless the language says so."""
        return []

    def number(self, count: int, gender: str) -> Token:
        """A number word."""
        entry = self.entry("numbers", str(count))
        feminine = entry.part(1)
        form = feminine if feminine and gender == "f" else entry.word
        features = {"Gender": GENDER[gender]} if feminine else {}
        return Token(form, entry.word, "NUM", {**features, "NumType": "Card"})

    def adjective(self, concept: str, gender: str, number: str) -> Token:
        """An adjective as it agrees."""
        entry = self.entry("adjectives", concept)
        form = entry.get("f") or self.feminine(entry.word) if gender == "f" else entry.word
        if number == "pl":
            form = self.plural(form, entry.get("plural") if gender == "m" or not self.gendered(entry.word) else "")
        return Token(form, entry.word, "ADJ", self.features(gender, number))

    def gendered(self, adjective: str) -> bool:
        """Whether the feminine differs from the masculine."""
        return self.feminine(adjective) != adjective

    @abstractmethod
    def feminine(self, adjective: str) -> str:
        """The feminine singular of a regular adjective."""

    @abstractmethod
    def plural(self, word: str, irregular: str = "") -> str:
        """The plural of a noun or an adjective."""

    def spelled(self, tokens: list[Token]) -> list[Token]:
        """Adpositions and articles fused (`del`), capital letter."""
        for token, following in zip(tokens, tokens[1:], strict=False):
            if token.upos == "ADP" and following.upos == "DET":
                token.fused = self.fusions.get((token.form, following.form), "")
        return capitalise(tokens)
