"""The language-specific edits, off by default."""

import pytest

from babelscope.treebanks.conversion import convert
from babelscope.treebanks.edits import EDITS, edited
from babelscope.treebanks.schema import attribute_of


def test_rules_speak_of_values_of_the_schema() -> None:
    values = {value for rules in EDITS.values() for rule in rules for value in rule.when | rule.add | rule.drop}
    assert all(attribute_of(value) for value in values)


@pytest.mark.parametrize(
    ("language", "upos", "features", "form", "values"),
    [
        ("en", "VERB", "Mood=Ind|VerbForm=Fin|Voice=Pass|Tense=Past", "was", {"POS": "V", "Tense": "PST"}),
        ("en", "VERB", "Tense=Pres", "be", {"POS": "V", "Finiteness": "NFIN"}),
        ("en", "VERB", "VerbForm=Ger", "going", {"POS": "V.PTCP", "Tense": "PRS"}),
        ("fr", "VERB", "Gender=Fem|Number=Plur|Tense=Past|VerbForm=Part", "lues", {"POS": "V.PTCP", "Tense": "PST"}),
        ("fr", "VERB", "Mood=Ind|Tense=Imp|VerbForm=Fin", "lisait",
         {"POS": "V", "Aspect": "IPFV", "Mood": "IND", "Tense": "PST"}),
        ("fr", "VERB", "Mood=Ind|Tense=Past", "lut", {"POS": "V", "Aspect": "PFV", "Mood": "IND", "Tense": "PST"}),
        ("es", "VERB", "Mood=Sub|Tense=Imp", "leyera", {"POS": "V", "Mood": "SBJV", "Tense": "PST"}),
        ("es", "VERB", "Mood=Imp", "lee", {"POS": "V", "Mood": "IMP", "Polarity": "POS"}),
        ("pt", "VERB", "VerbForm=Part", "lido", {"POS": "V.PTCP", "Tense": "PST", "Gender": "MASC", "Number": "SG"}),
        ("pt", "VERB", "VerbForm=Part", "lida", {"POS": "V.PTCP", "Tense": "PST"}),
        ("pt", "VERB", "Tense=Pqp", "lera", {"POS": "V", "Tense": "PST", "Aspect": "PRF"}),
        ("pt", "VERB", "Mood=Ind|Number=Plur|Person=3", "leram",
         {"POS": "V", "Mood": "IND", "Number": "PL", "Person": "3", "Tense": "PST", "Aspect": "PFV"}),
        ("ur", "NOUN", "Gender=Fem|Number=Sing|Person=3", "x", {"POS": "N", "Number": "SG"}),
        ("de", "NOUN", "Gender=Fem|Number=Sing", "x", {"POS": "N", "Number": "SG"}),
        ("hi", "NOUN", "Gender=Fem|Number=Sing|Person=3", "x",
         {"POS": "N", "Gender": "FEM", "Number": "SG", "Person": "3"}),
    ],
)  # fmt: skip
def test_edits(language: str, upos: str, features: str, form: str, values: dict[str, str]) -> None:
    assert convert(upos, features, language, form).values == values


def test_the_generic_conversion_knows_no_language() -> None:
    features = "Gender=Fem|Number=Plur|Tense=Past|VerbForm=Part"
    kept = {"POS": "V.PTCP", "Gender": "FEM", "Number": "PL", "Tense": "PST"}
    assert convert("VERB", features).values == kept
    assert convert("VERB", features, "hi").values == kept
    assert edited("hi", frozenset({"V", "FIN"})) == {"V", "FIN"}


def test_alternatives_keep_a_rule_for_the_whole_word_away() -> None:
    assert convert("VERB", "Tense=Pres|Case=Acc,Dat", "en", "be").values == {"POS": "V", "Tense": "PRS"}
