"""What can be probed with the bundled grammar, as the probing of a demo poses it."""

from babelscope.probing.problems import build_problems
from babelscope.probing.splits import split_lemmas
from babelscope.treebanks import load_treebanks
from babelscope.treebanks.grammar import LANGUAGES

GENDERED = {"ar", "es", "fr", "hi", "pt"}


def feasible(languages, attributes, sentences):
    treebanks = load_treebanks("grammar", languages, n=sentences)
    splits = {language: split_lemmas(treebank) for language, treebank in treebanks.items()}
    made = build_problems(treebanks, splits, attributes, values="own", seeds=(0, 1, 2))
    return {name: {p.language for p in made.problems if p.attribute == name} for name in attributes}


def test_600_sentences_are_enough_for_parts_of_speech_number_and_gender():
    found = feasible(LANGUAGES, ["POS", "Number", "Gender"], 600)
    assert found["POS"] == set(LANGUAGES)
    assert found["Number"] >= GENDERED | {"en"}
    assert found["Gender"] == GENDERED


def test_1500_sentences_are_mostly_enough_for_tense_where_verbs_mark_it():
    assert len(feasible(["ar", "es", "pt"], ["Tense"], 1500)["Tense"]) >= 2
