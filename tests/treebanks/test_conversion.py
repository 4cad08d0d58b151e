"""Items of one word against the values of the mapping, whatever their order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babelscope.errors import CorpusError
from babelscope.treebanks.conversion import convert, convert_multiword
from babelscope.treebanks.schema import ATTRIBUTES, ITEMS, attribute_of, resolve_attributes


def test_every_value_belongs_to_one_known_attribute() -> None:
    found = {value: attribute_of(value) for value in ITEMS.values()}
    assert set(found.values()) == set(ATTRIBUTES[:-6])
    assert all("+".join(sorted(value.split("+"))) == value for value in found), "compounds in alphabetical order"
    assert len(ATTRIBUTES) == len(set(ATTRIBUTES)) == 24


PUBLISHED = {
    ("UPOS", "POS"): "NOUN N PROPN PROPN VERB V AUX V ADJ ADJ ADV ADV ADP ADP DET DET NUM NUM PART PART INTJ INTJ "
    "PRON PRO SCONJ CONJ CCONJ CONJ",
    ("Number", "Number"): "Sing SG Plur PL Dual DU Tri TRI Pauc PAUC",
    ("Gender", "Gender"): "Masc MASC Fem FEM Neut NEUT Com MASC+FEM",
    ("Person", "Person"): "0 0 1 1 2 2 3 3 4 4",
    ("Tense", "Tense"): "Past PST Pres PRS Fut FUT Pqp PST+PRF",
    ("Tense", "Aspect"): "Imp IPFV",
    ("Aspect", "Aspect"): "Imp IPFV Perf PFV Prog PROG Prosp PROSP Hab HAB Iter ITER",
    ("Mood", "Mood"): "Ind IND Sub SBJV Imp IMP Jus IMP Cnd COND Pot POT Opt OPT Prp PURP Adm ADM",
    ("Voice", "Voice"): "Act ACT Mid MID Pass PASS Antip ANTIP Dir DIR Inv INV",
    ("Voice", "Valency"): "Rcp RECP Cau CAUS",
    ("VerbForm", "Finiteness"): "Fin FIN Inf NFIN",
    ("VerbForm", "POS"): "Part V.PTCP Sup V.CVB Conv V.CVB Gdv V.CVB Ger V.MSDR Vnoun V.MSDR",
    ("Definite", "Definiteness"): "Def DEF Ind INDF Spec SPEC",
    ("Definite", "Possession"): "Cons PSSD",
    ("Degree", "Comparison"): "Cmp CMPR Sup RL Equ EQT",
    ("Polarity", "Polarity"): "Pos POS Neg NEG",
    ("Polite", "Politeness"): "Infm INFM Form FORM Elev ELEV Humb HUMB",
    (
        "Case",
        "Case",
    ): "Nom NOM Acc ACC Abs ABS Erg ERG Dat DAT Gen GEN Voc VOC Ins INS Com COM Ben BEN Par PRT "
    "Loc ESS Ess FRML Tra TRANS Abe PRIV Ine IN+ESS Ill IN+ALL Ela IN+ABL Ade AT+ESS All AT+ALL Abl AT+ABL "
    "Sup ON+ESS Sub ON+ALL",
}
"""The published mapping, feature by feature: (feature, attribute) -> value of the one, value of the other, ..."""


@pytest.mark.parametrize(("feature", "attribute"), PUBLISHED)
def test_the_table_is_the_published_one(feature: str, attribute: str) -> None:
    pairs = PUBLISHED[feature, attribute].split()
    for item, value in zip(pairs[::2], pairs[1::2], strict=True):
        labels = convert(item, "_") if feature == "UPOS" else convert("_", f"{feature}={item}")
        assert labels.values == {attribute: "+".join(sorted(value.split("+")))}, item


@pytest.mark.parametrize("item", ["Number=Ptan", "Number=Coll", "Number=Count", "Case=Dis", "UPOS=SYM", "UPOS=X"])
def test_what_the_published_table_lacks_has_no_value(item: str) -> None:
    feature, value = item.split("=")
    assert not (convert(value, "_") if feature == "UPOS" else convert("_", item)).carried


@pytest.mark.parametrize(
    ("upos", "features", "values"),
    [
        ("NOUN", "Gender=Fem|Number=Plur", {"POS": "N", "Gender": "FEM", "Number": "PL"}),
        ("NOUN", "Gender=Com|Definite=Ind", {"POS": "N", "Gender": "FEM+MASC", "Definiteness": "INDF"}),
        ("AUX", "Mood=Jus|Polarity=Neg", {"POS": "V", "Mood": "IMP", "Polarity": "NEG"}),
        ("VERB", "Tense=Imp", {"POS": "V", "Aspect": "IPFV"}),
        ("VERB", "Tense=Pqp|Voice=Cau", {"POS": "V", "Tense": "PRF+PST", "Valency": "CAUS"}),
        ("VERB", "Aspect=Imp|Tense=Imp", {"POS": "V", "Aspect": "IPFV"}),
        ("SCONJ", "_", {"POS": "CONJ"}),
        ("NOUN", "Case=Ine|Definite=Cons", {"POS": "N", "Case": "ESS+IN", "Possession": "PSSD"}),
        ("DET", "Number[psor]=Plur|Person[psor]=2", {"POS": "DET", "Possession": "PSS2P"}),
        ("AUX", "Number[erg]=Sing|Person[erg]=3", {"POS": "V", "Argument Marking": "ER3S"}),
        ("PUNCT", "_", {}),
        ("_", "_", {}),
    ],
)  # fmt: skip
def test_items_get_their_values(upos: str, features: str, values: dict[str, str]) -> None:
    labels = convert(upos, features)
    assert labels.values == values
    assert not labels.conflicts
    assert not labels.disjunctions


@pytest.mark.parametrize(
    ("form", "pos"), [("Part", "V.PTCP"), ("Ger", "V.MSDR"), ("Vnoun", "V.MSDR"), ("Conv", "V.CVB")]
)
def test_a_verb_form_is_the_part_of_speech_of_a_verb_but_not_of_an_adjective(form: str, pos: str) -> None:
    assert convert("VERB", f"VerbForm={form}").values == {"POS": pos}
    assert convert("AUX", f"VerbForm={form}").values == {"POS": pos}
    labels = convert("ADJ", f"VerbForm={form}|Number=Sing")
    assert labels.values == {"Number": "SG"}
    assert labels.conflicts == {"POS": ("ADJ", pos)}


def test_two_values_of_one_attribute_are_a_conflict() -> None:
    labels = convert("VERB", "Aspect=Perf|Tense=Imp")
    assert labels.values == {"POS": "V"}
    assert labels.conflicts == {"Aspect": ("IPFV", "PFV")}


def test_alternatives_are_no_value_even_beside_one() -> None:
    labels = convert("PRON", "Case=Acc,Dat|Number=Sing|PronType=Int,Rel")
    assert labels.values == {"POS": "PRO", "Number": "SG"}
    assert labels.disjunctions == {"Case"}
    assert labels.unmapped == ("PronType=Int,Rel",)
    assert convert("VERB", "VerbForm=Fin,Part").disjunctions == {"Finiteness", "POS"}
    assert convert("VERB", "VerbForm=Fin,Part").values == {}
    assert convert("DET", "Person[psor]=1,2").disjunctions == {"Possession"}


def test_what_the_schema_lacks_is_listed() -> None:
    labels = convert("X", "Foreign=Yes|Number=Coll|Gender[psor]=Masc|Number[xyz]=Sing")
    assert labels.values == {}
    assert labels.unmapped == ("X", "Foreign=Yes", "Number=Coll", "Gender[psor]=Masc", "Number[xyz]=Sing")


FEATURES = st.lists(
    st.sampled_from(
        ["Aspect=Perf", "Tense=Imp", "Case=Acc,Dat", "Number=Sing", "VerbForm=Part", "Gender=Masc", "Voice=Rcp",
         "Mood=Qot,Ind", "Definite=Cons", "Number[psor]=Sing", "Person[psor]=1", "Reflex=Yes", "Foo=Bar"]
    ),
    unique=True,
)  # fmt: skip


@given(st.sampled_from(["VERB", "ADJ", "X", "_"]), FEATURES, st.randoms(use_true_random=False))
def test_the_order_of_features_changes_nothing(upos: str, features: list[str], random: object) -> None:
    shuffled = features.copy()
    random.shuffle(shuffled)  # pyright: ignore[reportAttributeAccessIssue]
    one, other = (convert(upos, "|".join(order) or "_") for order in (features, shuffled))
    assert (one.values, one.conflicts, one.disjunctions) == (other.values, other.conflicts, other.disjunctions)
    outcomes = [*one.values, *one.conflicts, *one.disjunctions]
    assert len(outcomes) == len(set(outcomes)), "each attribute has one outcome"


def test_a_multiword_token_has_what_exactly_one_of_its_words_carries() -> None:
    du = convert_multiword([convert("ADP", "_"), convert("DET", "Definite=Def|Gender=Masc|Number=Sing")])
    assert du.values == {"Definiteness": "DEF", "Gender": "MASC", "Number": "SG"}
    assert du.shared == {"POS"}
    damelo = [
        convert("VERB", "Number=Sing"),
        convert("PRON", "Number=Sing|Case=Dat"),
        convert("PRON", "Case=Acc,Dat"),
    ]
    merged = convert_multiword(damelo)
    assert merged.values == {}
    assert merged.shared == {"POS", "Number", "Case"}, "equal values too, and a disjunction carries its attribute"
    alone = convert_multiword([convert("ADJ", "VerbForm=Part"), convert("X", "Case=Acc,Dat")])
    assert alone.conflicts == {"POS": ("ADJ", "V.PTCP")}
    assert alone.disjunctions == {"Case"}


def test_attributes_are_spelt_in_one_way() -> None:
    assert resolve_attributes(["pos", "Number", " tense "]) == ("POS", "Number", "Tense")
    assert resolve_attributes(["part of speech"]) == ("POS",)
    with pytest.raises(CorpusError, match="unknown attribute 'Numbr'; did you mean 'Number'"):
        resolve_attributes(["Numbr"])
    with pytest.raises(CorpusError, match="asked for twice"):
        resolve_attributes(["POS", "pos"])
    with pytest.raises(CorpusError, match="no attribute was named"):
        resolve_attributes([])
    with pytest.raises(CorpusError, match="no Universal Dependencies feature expresses Deixis"):
        resolve_attributes(["deixis"])
