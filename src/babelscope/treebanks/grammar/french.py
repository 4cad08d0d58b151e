"""French: elision, `du` and `aux`, partitive articles, the compound past with its agreement."""

from babelscope.treebanks.grammar.meaning import Clause, NounPhrase
from babelscope.treebanks.grammar.romance import Romance
from babelscope.treebanks.grammar.tokens import Phrase, Token

__all__ = ["French"]

SLOTS = ((1, "sg"), (2, "sg"), (3, "sg"), (1, "pl"), (3, "pl"))
PRESENT = {"er": "e es e ons ent", "ir": "is is it issons issent", "re": "s s  ons ent"}
FUTURE = "ai as a ons ont".split()
VOWELS = "aàâeéèêiîoôuhyœ"
ELIDED = {"le", "la", "je", "de", "que", "parce que"}
BEFORE_VOWEL = {"ma": "mon", "ta": "ton", "ce": "cet", "beau": "bel", "nouveau": "nouvel", "vieux": "vieil"}


class French(Romance):
    """`tu` for the hearer; no word of the table begins with an aspirated h."""

    language = "fr"
    comma = {}
    articles = {
        "the": ("le", "le", "la", "les", "les"),
        "a": ("un", "un", "une", "des", "des"),
        "this": ("ce", "ce", "cette", "ces", "ces"),
    }
    owners = {
        (1, "sg"): ("mon", "mon", "ma", "mes", "mes"),
        (2, "sg"): ("ton", "ton", "ta", "tes", "tes"),
        (1, "pl"): ("notre", "notre", "notre", "nos", "nos"),
    }
    pronouns = {
        (1, "sg", ""): ("je", "je"),
        (2, "sg", ""): ("tu", "tu"),
        (3, "sg", "f"): ("elle", "il"),
        (3, "sg", "m"): ("il", "il"),
        (1, "pl", ""): ("nous", "nous"),
        (3, "pl", "f"): ("elles", "il"),
        (3, "pl", "m"): ("ils", "il"),
    }
    fusions = {("à", "le"): "au", ("à", "les"): "aux", ("de", "le"): "du", ("de", "les"): "des"}
    drops_known = False
    early = False
    time_comma = True

    def verb(self, clause: Clause) -> tuple[list[Token], Token]:
        """One form, or in the past `avoir` or `être` and the participle, which agrees with the subject of `être`."""
        entry = self.entry("verbs", clause.predicate)
        if clause.tense != "past":
            return [], self.finite(entry.word, clause.tense, clause.subject, "VERB")
        moving = "être" in entry.parts
        gender, number = self.agreement(clause.subject) if moving else ("m", "sg")
        form = entry.get("participle") or participle(entry.word)
        form += "e" * (gender == "f") + "s" * (number == "pl")
        head = Token(form, entry.word, "VERB", self.features(gender, number, Tense="Past", VerbForm="Part"))
        return [self.finite("être" if moving else "avoir", "present", clause.subject, "AUX")], head

    def form(self, lemma: str, tense: str, who: tuple[int, str]) -> str:
        """The verb form for a person and number."""
        slot = SLOTS.index(who)
        entry = self.verbs[lemma]
        if entry.get(tense):
            return entry.get(tense).split()[slot]
        if tense == "future":
            return entry.get("stem", lemma.removesuffix("e")) + FUTURE[slot]
        stem, ending = lemma[:-2], PRESENT[lemma[-2:]].split(" ")[slot]
        if ending == "ons" and lemma.endswith("er"):
            stem = softened(stem)
        elif lemma.endswith("er"):
            stem = entry.get("stressed", stem)
        return stem + ending

    def copula(self, clause: Clause) -> str:
        """Which verb is `be` here."""
        return "être"

    def partitive(self, head: Token, gender: str) -> list[Token]:
        """`du`, `de la`, `de l'`."""
        features = self.features(gender, "sg", Definite="Ind", PronType="Art")
        if gender == "m" and head.form[0] not in VOWELS:
            return [Token("du", "du", "DET", features).under(head, "det")]
        article = Token("le" if gender == "m" else "la", "le", "DET", self.features(gender, "sg", Definite="Def"))
        article.features["PronType"] = "Art"
        return [Token("de", "de", "ADP").under(head, "case"), article.under(head, "det")]

    def phrase(self, phrase: NounPhrase) -> Phrase:
        """A noun phrase, with `de` for `des` before an adjective."""
        made = super().phrase(phrase)
        first, *rest = made.tokens
        # Before an adjective the indefinite plural is `de`: de grands livres.
        if first.form == "des" and rest[0].upos == "ADJ":
            first.form = "de"
        return made

    def feminine(self, adjective: str) -> str:
        """The feminine singular of a regular adjective."""
        return adjective if adjective.endswith("e") else adjective + "e"

    def plural(self, word: str, irregular: str = "") -> str:
        """The plural of a noun or an adjective."""
        if irregular or word[-1] in "sxz":
            return irregular or word
        return word + ("x" if word.endswith("eau") else "s")

    def spelled(self, tokens: list[Token]) -> list[Token]:
        """Elision, the forms before a vowel, contraction."""
        for token, following in zip(tokens, tokens[1:], strict=False):
            if following.form[0].lower() not in VOWELS:
                continue
            if token.form in ELIDED and token.upos in ("ADP", "DET", "PRON", "SCONJ"):
                token.form, token.space = token.form[:-1] + "'", False
            elif token.upos in ("DET", "ADJ") and token.head in (following, following.head):
                token.form = BEFORE_VOWEL.get(token.form, token.form)
        return super().spelled(tokens)


def participle(lemma: str) -> str:
    """The past participle of a regular verb: mangé, choisi, vendu."""
    return lemma[:-2] + {"er": "é", "ir": "i", "re": "u"}[lemma[-2:]]


def softened(stem: str) -> str:
    """A stem in -er before o, with the letter that keeps its sound: mangeons, lançons."""
    if stem.endswith("g"):
        return stem + "e"
    return stem[:-1] + "ç" if stem.endswith("c") else stem
