"""The inflection of Modern Standard Arabic without vowel signs: stems in, forms out."""

from babelscope.treebanks.grammar.lexicon import Entry

__all__ = ["accusative", "adjective_form", "before_suffix", "dual", "imperfect", "noun_plural", "perfect", "sound"]

WHO = tuple[int, str, str]
PERFECT = {(3, "sg", "m"): "", (3, "sg", "f"): "ت", (3, "pl", "m"): "وا", (3, "pl", "f"): "ن", (1, "pl", "m"): "نا"}
PREFIX = {(3, "sg", "f"): "ت", (2, "sg", "m"): "ت", (1, "sg", "m"): "أ", (1, "pl", "m"): "ن"}


def perfect(verb: Entry, who: WHO) -> str:
    """The perfect of a sound, hollow (`short=`) or defective verb for person, number and gender."""
    base, suffix = verb.word, PERFECT.get(who, "ت")
    vowelled = who in ((3, "sg", "m"), (3, "sg", "f"), (3, "pl", "m"))
    if base[-1] in "ىا":
        if not suffix:
            return base
        return base[:-1] + ("" if vowelled else "ي" if base[-1] == "ى" else "و") + suffix
    return joined(base if vowelled else verb.get("short", base), suffix)


def imperfect(verb: Entry, who: WHO) -> str:
    """The indicative of the imperfect."""
    stem, prefix = verb.part(1), PREFIX.get(who, "ي")
    if who == (3, "pl", "f"):
        return prefix + joined(verb.get("short", stem).removeprefix("ا") if verb.get("short") else stem, "ن")
    if who == (3, "pl", "m"):
        return prefix + (stem[:-1] + "ون" if stem[-1] in "يو" else joined(stem, "ون"))
    return (prefix + stem).replace("أأ", "آ")


def joined(stem: str, suffix: str) -> str:
    """A stem with its suffix: one ن for two, and hamza on its seat before و."""
    if stem.endswith("ن") and suffix.startswith("ن"):
        return stem + suffix[1:]
    if stem.endswith("أ") and suffix.startswith("و"):
        return stem[:-1] + "ؤ" + suffix
    return stem + suffix


def noun_plural(noun: Entry) -> str:
    """The plural of a noun, in the nominative where it is a sound masculine one."""
    plural = noun.part(2)
    if plural == "ات":
        return noun.word.removesuffix("ة") + "ات"
    return noun.word + "ون" if plural == "ون" else plural


def sound(form: str, case: str) -> str:
    """A sound masculine plural in its case."""
    return form[:-2] + "ين" if case != "Nom" else form


def dual(singular: str, case: str) -> str:
    """Two of something."""
    stem = singular[:-1] + {"ة": "ت", "ى": "ي"}[singular[-1]] if singular[-1] in "ةى" else singular
    return stem + ("ان" if case == "Nom" else "ين")


def accusative(form: str, diptote: bool) -> str:
    """An indefinite accusative: with the alif that carries its ending, where the spelling has one."""
    if diptote or form.endswith(("ة", "ى", "ا", "اء", "ات")):
        return form
    return form + "ا"


def before_suffix(form: str, case: str, suffix: str) -> str:
    """A noun as it is written before a possessive."""
    if form.endswith("ة"):
        return form[:-1] + "ت"
    if form.endswith("اء"):
        seat = "ئ" if suffix == "ي" or case == "Gen" else "ؤ" if case == "Nom" else "ء"
        return form[:-1] + seat
    return form


def adjective_form(adjective: Entry, gender: str, number: str, case: str, definite: bool) -> str:
    """An adjective as it agrees, without the article; `pl` is the plural of people."""
    word, plural = adjective.word, adjective.part(1)
    if number == "pl":
        if gender == "f":
            return word + "ات"
        if plural == "ون":
            return sound(word + "ون", case)
        broken = not plural.endswith(("اء", "ى"))
        return accusative(plural, False) if case == "Acc" and not definite and broken else plural
    if gender == "f":
        return adjective.get("f", word + "ة")
    if word == "غالي" and not definite and case != "Acc":
        return "غال"
    return accusative(word, "diptote" in adjective.parts) if case == "Acc" and not definite else word
