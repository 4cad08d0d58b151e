"""Agreement and spelling in the bundled grammar, read off the finished CoNLL-U alone."""

import re
from collections import defaultdict

import pytest

from babelscope.treebanks.grammar import LANGUAGES, lexicon
from babelscope.treebanks.grammar.lexicon import concepts
from treebanks.grammar_lines import GENDERED, Row, Sentence, sentences

HONOURED = {entry.word for entry in lexicon("hi")["nouns"].values() if "honoured" in entry.parts}
PEOPLE = {
    lexicon("ar")["nouns"][concept].word
    for concept, entry in concepts()["nouns"].items()
    if {"person", "kin"} & set(entry.word.split())
}


def expected(language: str, noun: Row, feature: str) -> str | None:
    """What a word must say to agree with a noun, from the rule books rather than from the grammar's code."""
    value = noun.feats.get(feature)
    if language == "ar" and noun.upos == "NOUN" and noun.feats["Number"] == "Plur" and noun.lemma not in PEOPLE:
        return {"Gender": "Fem", "Number": "Sing"}.get(feature, value)
    if language == "hi" and noun.lemma in HONOURED and feature == "Number":
        return "Plur"
    return value


def check(language: str, word: Row, noun: Row, features: tuple[str, ...], sentence: Sentence) -> int:
    for feature in features:
        if feature in word.feats and feature in noun.feats:
            assert word.feats[feature] == expected(language, noun, feature), (word.form, feature, sentence.text)
    return 1


@pytest.mark.parametrize("language", GENDERED)
def test_determiners_and_adjectives_agree_with_their_noun(language):
    checked = 0
    for sentence in sentences(language):
        for row in sentence.rows:
            noun = sentence.head(row)
            if row.relation in ("det", "amod") and noun is not None and row.upos in ("DET", "ADJ"):
                assert noun.upos == "NOUN", sentence.text
                checked += check(language, row, noun, ("Gender", "Number", "Case", "Definite"), sentence)
    assert checked > 500


def test_an_adjective_is_as_definite_as_its_noun_in_arabic():
    for sentence in sentences("ar"):
        for row in sentence.rows:
            if row.upos in ("NOUN", "ADJ") and row.feats.get("Definite") == "Def":
                assert row.form.startswith("ال"), sentence.text
            if row.relation == "amod":
                noun = sentence.head(row)
                assert noun is not None and noun.feats["Definite"] == row.feats["Definite"], sentence.text


@pytest.mark.parametrize("language", GENDERED)
def test_what_is_said_of_a_subject_agrees_with_it(language):
    checked = 0
    for sentence in sentences(language):
        for row in sentence.rows:
            subject = row.child("nsubj")
            if row.upos == "ADJ" and row.relation != "amod" and subject is not None:
                features = ("Gender", "Number")
                checked += check(language, row, subject, features, sentence)
    assert checked > 50


@pytest.mark.parametrize("language", ["es", "fr", "pt", "hi"])
def test_finite_verbs_agree_with_a_subject_before_them(language):
    checked = 0
    for sentence in sentences(language):
        for row in sentence.rows:
            subject = row.child("nsubj")
            if subject is None or subject.child("case") is not None or subject.feats.get("Case") == "Erg":
                continue
            for verb in [row, *row.below]:
                if verb.feats.get("VerbForm") == "Fin" and (verb is row or verb.relation in ("aux", "cop")):
                    if "Person" in verb.feats:
                        assert verb.feats["Person"] == subject.feats.get("Person", "3"), sentence.text
                    checked += check(language, verb, subject, ("Number", "Gender"), sentence)
    assert checked > 700


def test_english_verbs_take_s_in_the_third_person_alone():
    for sentence in sentences("en"):
        for row in sentence.rows:
            subject = row.child("nsubj")
            if subject is None or row.upos != "VERB" or row.feats.get("Tense") != "Pres":
                continue
            third = subject.upos == "PROPN" or subject.feats.get("Number") == "Sing"
            third = third and subject.feats.get("Person", "3") == "3"
            assert (row.form != row.lemma) == third, sentence.text


def test_arabic_verbs_are_singular_before_a_noun_and_agree_after_it():
    before = after = 0
    for sentence in sentences("ar"):
        for row in sentence.rows:
            subject = row.child("nsubj")
            if row.upos != "VERB" or subject is None:
                continue
            gender = expected("ar", subject, "Gender")
            if subject.child("nummod") is not None:
                gender = subject.feats["Gender"]
            assert row.feats.get("Gender", gender) == gender, sentence.text
            if subject.place > row.place:
                assert row.feats["Number"] == "Sing", sentence.text
                before += 1
            else:
                assert row.feats["Number"] == expected("ar", subject, "Number"), sentence.text
                after += 1
    assert before > 200 and after > 100


def test_numbers_oppose_the_gender_of_their_noun_in_arabic():
    for sentence in sentences("ar"):
        for row in sentence.rows:
            noun = sentence.head(row)
            if row.upos == "NUM" and noun is not None:
                assert row.form.endswith("ة") == (noun.feats["Gender"] == "Masc"), sentence.text
                assert noun.feats["Case"] == "Gen" and noun.feats["Number"] == "Plur", sentence.text


def test_the_hindi_past_with_ne_agrees_with_a_bare_object():
    checked = 0
    for sentence in sentences("hi"):
        for row in sentence.rows:
            subject, thing = row.child("nsubj"), row.child("obj")
            if subject is None or row.feats.get("Aspect") != "Perf":
                continue
            marked = subject.child("case") is not None or subject.form.endswith("ने")
            if not marked:
                assert thing is None or row.lemma == "लाना", sentence.text
                continue
            bare = thing is not None and thing.child("case") is None
            wanted = (
                (thing.feats["Gender"], thing.feats["Number"]) if thing is not None and bare else ("Masc", "Sing")
            )
            assert (row.feats["Gender"], row.feats["Number"]) == wanted, sentence.text
            checked += 1
    assert checked > 100


def test_hindi_nouns_are_oblique_before_a_postposition_and_direct_elsewhere():
    for sentence in sentences("hi"):
        for row in sentence.rows:
            if row.relation in ("nsubj", "obj") and row.upos == "NOUN":
                oblique = row.child("case") is not None
                assert row.feats["Case"] == ("Acc" if oblique else "Nom"), sentence.text


def test_what_is_the_subjects_own_is_reflexive_in_hindi():
    met = 0
    for sentence in sentences("hi"):
        for row in sentence.rows:
            subject, thing = row.child("nsubj"), row.child("obj")
            owner = thing and thing.child("nmod:poss")
            if subject is None or thing is None or owner is None or subject.upos != "PRON":
                continue
            assert owner.lemma != subject.lemma, sentence.text
            if owner.lemma == "अपना":
                assert owner.feats["Gender"] == thing.feats["Gender"] and "Person" not in owner.feats
                met += 1
    assert met > 3


def test_the_french_participle_agrees_after_etre_alone():
    after = {"être": 0, "avoir": 0}
    for sentence in sentences("fr"):
        for row in sentence.rows:
            auxiliary, subject = row.child("aux"), row.child("nsubj")
            if row.feats.get("VerbForm") != "Part" or auxiliary is None or subject is None:
                continue
            after[auxiliary.lemma] += 1
            if auxiliary.lemma == "être":
                check("fr", row, subject, ("Gender", "Number"), sentence)
                ending = "e" * (row.feats["Gender"] == "Fem") + "s" * (row.feats["Number"] == "Plur")
                assert re.search(f"é{ending}$", row.form), sentence.text
            else:
                assert row.feats["Gender"] == "Masc" and row.feats["Number"] == "Sing", sentence.text
    assert min(after.values()) > 10


@pytest.mark.parametrize(
    ("language", "never"),
    [
        ("fr", r"\b(le|la|je|de|que|ce|ma|ta) [aàâeéèêiîoôuœy]|\b(de|à) les?\b|\bdes (grand|petit)|\baussi \w+ment"),
        ("es", r"\b(de|a) el\b|\bla agua|\by h?[ií](?![aeo])"),
        ("pt", r"\b(de|em) (os?|as?|est[ea]s?)\b|\ba (os?|as?)\b"),
        ("en", r"\ba [aeiou]|\ban [^aeiou]"),
        ("zh", "大大衣"),
    ],
)
def test_words_that_meet_are_spelled_as_they_must_be(language, never):
    for sentence in sentences(language):
        assert not re.search(never, sentence.text, re.IGNORECASE), sentence.text


@pytest.mark.parametrize("language", ["vi", "zh", "id"])
def test_what_is_counted_has_a_measure_word(language):
    counted = 0
    without = set()
    for sentence in sentences(language):
        for row in sentence.rows:
            if row.upos == "NUM":
                noun = sentence.head(row)
                assert noun is not None
                counted += 1
                if not (row.child("clf") or noun.child("clf")):
                    without.add(noun.lemma)
    table = lexicon(language)["nouns"].values()
    allowed = {entry.word for entry in table if not entry.part(1)} if language == "vi" else set()
    assert counted > 100 and without <= allowed


def test_french_adjectives_have_their_form_before_a_vowel():
    pairs = {"beau": "bel", "nouveau": "nouvel", "vieux": "vieil"}
    met = set()
    for sentence in sentences("fr"):
        for row, following in zip(sentence.rows, sentence.rows[1:], strict=False):
            if row.form in [*pairs, *pairs.values()] and row.relation == "amod" and row.feats["Number"] == "Sing":
                vowel = following.form[0] in "aàâeéèêiîoôuhœ"
                assert row.form == (pairs[row.lemma] if vowel else row.lemma), sentence.text
                met.add(row.form)
    assert len(met) > 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_analysis_has_one_form(language):
    forms = defaultdict(set)
    for sentence in sentences(language):
        for row in sentence.rows:
            forms[row.lemma, row.upos, tuple(row.feats.items())].add(row.form.lower())
    allophones = {
        "en": {"a"},
        "es": {"el", "y"},
        "fr": {"le", "je", "un", "mon", "ton", "ce", "de", "que", "beau", "nouveau", "vieux"},
        "hi": {"का"},
        "id": {"kamu", "bangun"},
        # Pronouns that are free or bound.
        "ar": {"هو", "هي", "هم", "هن", "أنا", "أنت", "نحن"},
    }.get(language, set())
    for (lemma, upos, feats), found in forms.items():
        # A noun before a suffix or an owner, and a number that opposes its noun.
        if language == "ar" and (("Definite", "Cons") in feats or upos == "NUM"):
            continue
        assert len(found) == 1 or lemma in allophones, (lemma, upos, feats, found)
