"""Brazilian Portuguese: `você` for the hearer, `do` `na` `à` `neste`, `ser` and `estar`."""

from babelscope.treebanks.grammar.grammar import person_of
from babelscope.treebanks.grammar.meaning import Participant
from babelscope.treebanks.grammar.romance import Romance

__all__ = ["Portuguese"]

SLOTS = ((1, "sg"), (3, "sg"), (1, "pl"), (3, "pl"))
ENDINGS = {
    "present": {"ar": "o a amos am", "er": "o e emos em", "ir": "o e imos em"},
    "past": {"ar": "ei ou amos aram", "er": "i eu emos eram", "ir": "i iu imos iram"},
    "imperfect": {"ar": "ava ava ávamos avam"},
}
FUTURE = "ei á emos ão".split()
ARTICLES = ("o", "a", "os", "as")
DEMONSTRATIVES = ("este", "esta", "estes", "estas")


class Portuguese(Romance):
    """Pronouns are kept; the hearer takes the third person."""

    language = "pt"
    comma = {}
    articles = {
        "the": ("o", *ARTICLES),
        "a": ("um", "um", "uma"),
        "this": ("este", *DEMONSTRATIVES),
    }
    owners = {
        (1, "sg"): ("meu", "meu", "minha", "meus", "minhas"),
        (2, "sg"): ("seu", "seu", "sua", "seus", "suas"),
        (1, "pl"): ("nosso", "nosso", "nossa", "nossos", "nossas"),
    }
    pronouns = {
        (1, "sg", ""): ("eu", "eu"),
        (2, "sg", ""): ("você", "você"),
        (3, "sg", "f"): ("ela", "ele"),
        (3, "sg", "m"): ("ele", "ele"),
        (1, "pl", ""): ("nós", "nós"),
        (3, "pl", "f"): ("elas", "ele"),
        (3, "pl", "m"): ("eles", "ele"),
    }
    fusions = {
        **{("de", form): "d" + form for form in (*ARTICLES, *DEMONSTRATIVES)},
        **{("em", form): "n" + form for form in (*ARTICLES, *DEMONSTRATIVES)},
        **dict(zip((("a", form) for form in ARTICLES), ("ao", "à", "aos", "às"), strict=True)),
    }

    def grammatical_person(self, who: Participant) -> tuple[int, str]:
        """Person and number of the verb."""
        person, number = person_of(who)
        return (3 if person == 2 else person), number

    def form(self, lemma: str, tense: str, who: tuple[int, str]) -> str:
        """The verb form for a person and number."""
        slot = SLOTS.index(who)
        entry = self.verbs[lemma]
        if entry.get(tense):
            return entry.get(tense).split()[slot]
        if tense == "future":
            return entry.get("stem", lemma) + FUTURE[slot]
        stem, ending = lemma[:-2], ENDINGS[tense][lemma[-2:]].split()[slot]
        return (respelled(stem) if ending == "ei" else stem) + ending

    def feminine(self, adjective: str) -> str:
        """The feminine singular of a regular adjective."""
        return adjective[:-1] + "a" if adjective.endswith("o") else adjective

    def plural(self, word: str, irregular: str = "") -> str:
        """The plural of a noun or an adjective."""
        if irregular:
            return irregular
        for old, new in (("ão", "ões"), ("al", "ais"), ("el", "éis"), ("ul", "uis"), ("il", "is"), ("m", "ns")):
            if word.endswith(old):
                return word[: -len(old)] + new
        return word + ("es" if word[-1] in "rz" else "s")


def respelled(stem: str) -> str:
    """A stem in -ar before e, with the letter that keeps its sound: toquei, cheguei, dancei."""
    for old, new in (("c", "qu"), ("g", "gu"), ("ç", "c")):
        if stem.endswith(old):
            return stem[: -len(old)] + new
    return stem
