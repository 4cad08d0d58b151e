"""What the nine grammars share: how clauses become sentences, and what a grammar has to say for itself."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from babelscope.treebanks.grammar.lexicon import Entry, lexicon
from babelscope.treebanks.grammar.meaning import Clause, Meaning, Name, NounPhrase, Participant, Pronoun
from babelscope.treebanks.grammar.tokens import Phrase, Token, fixed

__all__ = ["Grammar", "capitalise", "person_of", "placed"]


class Grammar(ABC):
    """One language's way of saying a meaning. A subclass says `clause`; the rest can stay or be replaced.

    Attributes:
        language: BCP-47 code; its table is `data/grammar/<language>.txt`.
        stop: What ends a sentence.
        comma: What comes before a second clause, or nothing, by connector.
    """

    language = ""
    stop = "."
    comma: dict[str, str] = {"and": ","}

    def __init__(self) -> None:
        self.words = lexicon(self.language)

    def entry(self, section: str, concept: str) -> Entry:
        """A line of this language's table."""
        return self.words[section][concept]

    def adverbial(self, concept: str, head: Token, relation: str = "") -> list[Token]:
        """An adverb or a fixed phrase, hung below `head`; a noun is `obl:tmod`, anything else `advmod`."""
        if not concept:
            return []
        phrase = fixed(self.words["adverbs"][concept].word)
        noun = "obl" if any(token.relation == "case" for token in phrase.tokens) else "obl:tmod"
        return phrase.under(head, relation or (noun if phrase.head.upos == "NOUN" else "advmod")).tokens

    def adposition(self, concept: str, head: Token) -> list[Token]:
        """An adposition of one or more words, hung below the noun it goes with."""
        return fixed(self.words["prepositions"][concept].word).under(head, "case").tokens

    def named(self, who: Name, features: dict[str, str] | None = None) -> Phrase:
        """A name."""
        word = self.entry("names", who.concept).word
        token = Token(word, word, "PROPN", features or {})
        return Phrase([token], token)

    @abstractmethod
    def clause(self, clause: Clause, connector: str = "") -> Phrase:
        """The words of a clause; `connector` is what brought it into the sentence."""

    def sentence(self, meaning: Meaning) -> list[Token]:
        """The words of a sentence, spelled and capitalised."""
        main = self.clause(meaning.main)
        tokens = main.tokens
        if meaning.second is not None:
            tokens = self.joined(main, meaning.connector, self.clause(meaning.second, meaning.connector))
        tokens[-1].space = False
        tokens.append(Token(self.stop, self.stop, "PUNCT").under(main.head, "punct"))
        return self.spelled(tokens)

    def joined(self, main: Phrase, connector: str, second: Phrase) -> list[Token]:
        """Two clauses with their connector between them."""
        second.under(main.head, {"and": "conj", "because": "advcl", "that": "ccomp"}[connector])
        link = self.words["connectors"][connector].word
        tokens = second.tokens
        if link != "none":
            tokens = fixed(link).under(second.head, "cc" if connector == "and" else "mark").tokens + tokens
        comma = self.comma.get(connector)
        if comma:
            main.tokens[-1].space = False
            tokens = [Token(comma, comma, "PUNCT").under(second.head, "punct"), *tokens]
        return main.tokens + tokens

    def spelled(self, tokens: list[Token]) -> list[Token]:
        """The last touch: contractions, elisions and the capital letter."""
        return capitalise(tokens)


def capitalise(tokens: list[Token]) -> list[Token]:
    """The sentence with its first letter in capitals."""
    first = tokens[0]
    first.form = first.form[0].upper() + first.form[1:]
    first.fused = first.fused[:1].upper() + first.fused[1:]
    return tokens


def person_of(who: Participant) -> tuple[int, str]:
    """Person and number of a subject, as a verb agrees with it."""
    if isinstance(who, Pronoun):
        return who.person, who.number
    return 3, who.number if isinstance(who, NounPhrase) else "sg"


def placed(before: Sequence[Token], head: Token, after: Sequence[Token]) -> Phrase:
    """A phrase of what comes before the head, the head, and what comes after."""
    return Phrase([*before, head, *after], head)
