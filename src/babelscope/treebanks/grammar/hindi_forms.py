"""The inflection of Hindi: stems in, forms out."""

from babelscope.treebanks.grammar.lexicon import Entry

__all__ = [
    "OBLIQUE",
    "adjective_form",
    "future_form",
    "habitual_form",
    "noun_form",
    "perfective_form",
    "pronoun_forms",
]

OBLIQUE = {"direct": "Nom", "oblique": "Acc", "erg": "Acc"}
"""UD's name of the case: treebanks call the oblique Acc."""
VOWEL_SIGNS = "ािीुूेैोौ"
SHORT = {"ी": "ि", "ू": "ु"}
ENDINGS = {("m", "sg"): "ा", ("m", "pl"): "े", ("f", "sg"): "ी", ("f", "pl"): "ी"}
AFTER_VOWEL = {("m", "sg"): "या", ("m", "pl"): "ए", ("f", "sg"): "ई", ("f", "pl"): "ईं"}
PERFECTIVES = {
    "कर": {("m", "sg"): "किया", ("m", "pl"): "किए", ("f", "sg"): "की", ("f", "pl"): "कीं"},
    "जा": {("m", "sg"): "गया", ("m", "pl"): "गए", ("f", "sg"): "गई", ("f", "pl"): "गईं"},
}
PRONOUNS = {
    (1, "sg"): ("मैं", "मैं", "मैंने"),
    (2, "sg"): ("तुम", "तुम", "तुमने"),
    (3, "sg"): ("वह", "वह", "उसने"),
    (1, "pl"): ("हम", "हम", "हमने"),
    (3, "pl"): ("वह", "वे", "उन्होंने"),
}


def pronoun_forms(person: int, number: str) -> tuple[str, str, str]:
    """Lemma, direct and ergative form."""
    return PRONOUNS[person, number]


def noun_form(entry: Entry, number: str, case: str) -> str:
    """A noun in the direct or the oblique case; `fixed` ones in -ा keep it, `direct=` gives an unusual plural."""
    word, gender = entry.word, entry.part(1)
    changing = gender == "m" and word.endswith("ा") and "fixed" not in entry.parts
    if number == "sg":
        return word[:-1] + "े" if changing and case == "oblique" else word
    if case == "direct":
        if entry.get("direct"):
            return entry.get("direct")
        if gender == "m":
            return word[:-1] + "े" if changing else word
        return feminine_plural(word)
    if changing:
        return word[:-1] + "ों"
    if word.endswith("िया"):
        return word[:-1] + "ों"
    for ending, plural in (("ी", "ियों"), ("ई", "इयों"), ("ू", "ुओं")):
        if word.endswith(ending):
            return word[: -len(ending)] + plural
    return word + ("ओं" if word[-1] in VOWEL_SIGNS else "ों")


def feminine_plural(word: str) -> str:
    """The direct plural of a feminine noun: लड़कियाँ, चिड़ियाँ, छात्राएँ, किताबें."""
    if word.endswith("िया"):
        return word + "ँ"
    for ending, plural in (("ी", "ियाँ"), ("ई", "इयाँ"), ("ू", "ुएँ")):
        if word.endswith(ending):
            return word[: -len(ending)] + plural
    return word + ("एँ" if word[-1] in VOWEL_SIGNS else "ें")


def adjective_form(word: str, gender: str, number: str, case: str) -> str:
    """An adjective in -ा as it agrees; others do not change."""
    if word[-1] not in "ाआ":
        return word
    stem, vowel = (word[:-2], True) if word.endswith("या") else (word[:-1], False)
    if word.endswith("हुआ"):
        stem, vowel = word[:-1], True
    if gender == "f":
        return stem + ("ई" if vowel else "ी")
    if number == "pl" or case != "direct":
        return stem + ("ए" if vowel else "े")
    return word


def habitual_form(stem: str, gender: str, number: str) -> str:
    """The imperfective participle: खाता, खाते, खाती."""
    return stem + "त" + ENDINGS[gender, number]


def perfective_form(stem: str, gender: str, number: str) -> str:
    """The perfective as the past: देखा, खाया, पिया, छुआ."""
    if stem in PERFECTIVES:
        return PERFECTIVES[stem][gender, number]
    last = stem[-1]
    if last not in VOWEL_SIGNS:
        return stem + ENDINGS[gender, number] + "ं" * ((gender, number) == ("f", "pl"))
    if last == "ी":
        return {"m": stem[:-1] + ("िया" if number == "sg" else "िए"), "f": stem + "ं" * (number == "pl")}[gender]
    if last == "ू" and (gender, number) == ("m", "sg"):
        return stem[:-1] + "ुआ"
    return stem[:-1] + SHORT.get(last, last) + AFTER_VOWEL[gender, number]


def future_form(stem: str, person: int, number: str, gender: str) -> str:
    """The future: देखूँगा, खाएगी, पिएँगे."""
    close = ENDINGS[gender, number]
    if stem == "हो":
        return {(1, "sg"): "होऊँग", (3, "sg"): "होग", (2, "pl"): "होग"}.get((person, number), "होंग") + close
    slot = {(1, "sg"): 0, (3, "sg"): 1, (2, "pl"): 2}.get((person, number), 3)
    if stem[-1] not in VOWEL_SIGNS:
        return stem + ("ूँ", "े", "ो", "ें")[slot] + "ग" + close
    stem = stem[:-1] + SHORT.get(stem[-1], stem[-1])
    return stem + ("ऊँ", "ए", "ओ", "एँ")[slot] + "ग" + close
