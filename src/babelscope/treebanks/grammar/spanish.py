"""Spanish: subject pronouns left out, `al` and `del`, personal `a`, `ser` and `estar`, the preterite."""

import re

from babelscope.treebanks.grammar.lexicon import concepts
from babelscope.treebanks.grammar.meaning import NounPhrase, Participant
from babelscope.treebanks.grammar.romance import Romance
from babelscope.treebanks.grammar.tokens import Token

__all__ = ["Spanish"]

SLOTS = ((1, "sg"), (2, "sg"), (3, "sg"), (1, "pl"), (3, "pl"))
ENDINGS = {
    "present": {"ar": "o as a amos an", "er": "o es e emos en", "ir": "o es e imos en"},
    "past": {"ar": "é aste ó amos aron", "er": "í iste ió imos ieron", "ir": "í iste ió imos ieron"},
    "imperfect": {"ar": "aba abas aba ábamos aban"},
}
FUTURE = "é ás á emos án".split()
ACCENTS = str.maketrans("áéíóú", "aeiou")
BEGINS_WITH_I = re.compile("h?[ií](?![aeo])", re.IGNORECASE)
STEMS = {"ie": ("e", "ie"), "ue": ("o", "ue")}


class Spanish(Romance):
    """Without regional words where that is possible; `tú` for the hearer."""

    language = "es"
    comma = {}
    articles = {
        "the": ("el", "el", "la", "los", "las"),
        "a": ("uno", "un", "una"),
        "this": ("este", "este", "esta", "estos", "estas"),
    }
    owners = {
        (1, "sg"): ("mi", "mi", "mi", "mis", "mis"),
        (2, "sg"): ("tu", "tu", "tu", "tus", "tus"),
        (1, "pl"): ("nuestro", "nuestro", "nuestra", "nuestros", "nuestras"),
    }
    pronouns = {
        (3, "sg", "f"): ("ella", "él"),
        (3, "sg", "m"): ("él", "él"),
        (3, "pl", "f"): ("ellas", "él"),
        (3, "pl", "m"): ("ellos", "él"),
    }
    dropped = (1, 2)
    fusions = {("a", "el"): "al", ("de", "el"): "del"}

    def form(self, lemma: str, tense: str, who: tuple[int, str]) -> str:
        """The verb form for a person and number."""
        slot = SLOTS.index(who)
        entry = self.verbs[lemma]
        listed = entry.get(tense)
        if listed:
            return listed.split()[slot]
        if tense == "future":
            return entry.get("stem", lemma.translate(ACCENTS)) + FUTURE[slot]
        stem, ending = lemma[:-2], ENDINGS[tense][lemma[-2:]].split()[slot]
        if tense == "present" and entry.get("change") and who != (1, "pl"):
            old, new = STEMS[entry.get("change")]
            before, _, after = stem.rpartition(old)
            stem = before + new + after
        if ending == "é":
            stem = respelled(stem)
        return stem + ending

    def object_case(self, thing: Participant, head: Token) -> list[Token]:
        """Personal `a`: before people always, before animals where they are known ones."""
        if isinstance(thing, NounPhrase):
            kinds = concepts()["nouns"][thing.concept].word.split()
            known = "animal" in kinds and thing.determiner not in ("a", "count")
            if not (known or "person" in kinds or "kin" in kinds):
                return []
        return [Token("a", "a", "ADP").under(head, "case")]

    def determiner(self, phrase: NounPhrase, head: Token, gender: str) -> list[Token]:
        """The determiner, with `el` before a stressed a."""
        tokens = super().determiner(phrase, head, gender)
        # A feminine noun that begins with a stressed a takes the article `el`: el agua.
        if "el" in self.entry("nouns", phrase.concept).parts and tokens and tokens[0].form == "la":
            tokens[0].form = "el"
        return tokens

    def spelled(self, tokens: list[Token]) -> list[Token]:
        """`e` for `y` before the same sound, contraction, capital letter."""
        for token, following in zip(tokens, tokens[1:], strict=False):
            if token.form == "y" and BEGINS_WITH_I.match(following.form):
                token.form = "e"
        return super().spelled(tokens)

    def feminine(self, adjective: str) -> str:
        """The feminine singular of a regular adjective."""
        return adjective[:-1] + "a" if adjective.endswith("o") else adjective

    def plural(self, word: str, irregular: str = "") -> str:
        """The plural of a noun or an adjective."""
        if irregular:
            return irregular
        if word[-1] in "aeiouáéó":
            return word + "s"
        if word.endswith("z"):
            return word[:-1] + "ces"
        if word[-2] in "áéíóú" and word[-1] in "ns":
            word = word[:-2] + word[-2].translate(ACCENTS) + word[-1]
        return word + "es"


def respelled(stem: str) -> str:
    """A stem in -ar before é, with the letter that keeps its sound: toqué, llegué, lancé."""
    for old, new in (("c", "qu"), ("g", "gu"), ("z", "c")):
        if stem.endswith(old):
            return stem[: -len(old)] + new
    return stem
