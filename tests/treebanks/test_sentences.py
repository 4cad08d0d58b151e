"""Places of words in their sentences, and an account in which nothing is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babelscope.treebanks.reading import read_sentences, sentences_of
from babelscope.treebanks.sentences import UdSentence, UdWord, spans, tag
from shared_files import shared

FORMS = st.text(st.sampled_from("abé'語ก่.\u00a0 "), min_size=1, max_size=5).filter(lambda form: bool(form.strip()))


@given(st.lists(st.tuples(FORMS, st.sampled_from(["", " ", "  ", "\u00a0"])), min_size=1))
def test_places_spell_the_words_whatever_the_spaces(words: list[tuple[str, str]]) -> None:
    text = " " + "".join(form + space for form, space in words)
    places = spans(text, [form for form, _ in words])
    assert places is not None
    assert ["".join(text[a:b].split()) for a, b in places] == ["".join(form.split()) for form, _ in words]
    assert all(earlier[1] <= later[0] for earlier, later in zip(places, places[1:], strict=False))


@pytest.mark.parametrize("text", ["a b", "a b c d", "a x c", "", "ab", "a bc"])
def test_words_that_do_not_spell_the_text_have_no_place(text: str) -> None:
    assert (spans(text, ["a", "b", "c"]) is None) == (text != "a bc")


def test_an_underscore_alone_is_a_word() -> None:
    assert tag([UdSentence("1", "_", words("_"))])[0][0].words[0].form == "_"


def test_sentences_without_an_id_are_numbered_from_one() -> None:
    text = "1\ta\ta\tX\t_\t_\t0\troot\t_\t_\n\n"
    assert [one.id for one in sentences_of(text + "# sent_id = s\n" + text + text, "x")] == ["1", "s", "3"]


def test_a_blank_form_has_no_place() -> None:
    assert spans("a b", ["a", " ", "b"]) is None


def test_edits_see_how_a_word_ends() -> None:
    plural = "Mood=Ind|Number=Plur|Person=3|VerbForm=Fin"
    said = [("falaram", plural), ("falam", plural), ("feito", "VerbForm=Part"), ("feita", "VerbForm=Part")]
    given = UdSentence("1", "", tuple(UdWord(form, upos="VERB", features=features) for form, features in said))
    ((made,), _) = tag([given], language="pt")
    assert [word.features.get("Tense") for word in made.words] == ["PST", None, "PST", "PST"]
    assert [word.features.get("Gender") for word in made.words] == [None, None, "MASC", None]
    assert "Tense" not in tag([given])[0][0].words[0].features


def words(*forms: str) -> tuple[UdWord, ...]:
    return tuple(UdWord(form, upos="NOUN") for form in forms)


def test_a_text_that_is_absent_or_another_is_joined_from_the_words() -> None:
    given = UdWord("dog", spaced=False), UdWord(".")
    made, report = tag([UdSentence("1", "cat .", given), UdSentence("2", "", given), UdSentence("3", "dog .", given)])
    assert [sentence.text for sentence in made] == ["dog.", "dog.", "dog ."]
    assert [(word.start, word.end) for word in made[0].words] == [(0, 3), (3, 4)]
    assert report.texts_rebuilt == 2


def test_sentences_that_cannot_be_used_are_counted_with_their_reason() -> None:
    given = [
        UdSentence("1", "_ _", words("_", "_")), UdSentence("2", "a", ()), UdSentence("3", "a", (), problem="odd"),
        UdSentence("4", "a _", words("a", "_")), UdSentence("5", "b", words("b")),
    ]  # fmt: skip
    made, report = tag(given)
    assert [sentence.id for sentence in made] == ["4", "5"]
    assert report.sentences_left_out == {"every form is _ (the text is withheld)": 1, "no words": 1, "odd": 1}
    assert (report.sentences, report.words) == (2, 3)
    assert [sentence.id for sentence in tag(given, n=1)[0]] == ["4"]


CONTRACTION = """# sent_id = x
# text = Du pain.
1-2\tDu\t_\t_\t_\t_\t_\t_\t_\t_
1\tDe\tde\tADP\t_\t_\t3\tcase\t_\t_
2\tle\tle\tDET\t_\tDefinite=Def|Gender=Masc|Number=Sing|PronType=Art\t3\tdet\t_\t_
3\tpain\t_\tNOUN\t_\tGender=Masc,Fem|Number=Sing\t0\troot\t_\tSpaceAfter=No
3.1\tvu\tvoir\tVERB\t_\tVerbForm=Part\t_\t_\t_\t_
4\t.\t.\tPUNCT\t_\t_\t3\tpunct\t_\t_
"""


def test_a_contraction_is_one_word_and_an_empty_node_is_none() -> None:
    (made,), report = tag(sentences_of(CONTRACTION, "x"))
    assert [(word.form, word.lemma, made.text[word.start : word.end]) for word in made.words] == [
        ("Du", "du", "Du"), ("pain", "pain", "pain"), (".", ".", "."),
    ]  # fmt: skip
    assert made.words[0].features == {"Definiteness": "DEF", "Gender": "MASC", "Number": "SG"}
    assert made.words[1].features == {"POS": "N", "Number": "SG"}
    told = report.as_dict()
    assert {key: value for key, value in told.items() if isinstance(value, int)} == {
        "sentences": 1, "words": 3, "multiword_tokens": 1, "empty_nodes": 1, "lemmaless_words": 2, "texts_rebuilt": 0,
        "edited": False,
    }  # fmt: skip
    assert told["attributes"] == {
        "POS": {"labelled": 1, "conflicts": 0, "disjunctions": 0, "dropped_in_multiword": 1},
        "Number": {"labelled": 2, "conflicts": 0, "disjunctions": 0, "dropped_in_multiword": 0},
        "Gender": {"labelled": 1, "conflicts": 0, "disjunctions": 1, "dropped_in_multiword": 0},
        "Definiteness": {"labelled": 1, "conflicts": 0, "disjunctions": 0, "dropped_in_multiword": 0},
    }
    assert told["unmapped"] == {"PUNCT": 1, "PronType=Art": 1}


@pytest.mark.parametrize("language", ["ar", "es", "pt", "zh"])
def test_real_words_lie_where_they_are_said_to(language: str) -> None:
    made, report = tag(read_sentences(shared("data", "pud", f"{language}.conllu")), n=200)
    for sentence in made:
        covered = "".join(sentence.text[word.start : word.end] for word in sentence.words)
        assert "".join(covered.split()) == "".join(sentence.text.split())
        for word in sentence.words:
            assert "".join(sentence.text[word.start : word.end].split()) == "".join(word.form.split())
    assert report.texts_rebuilt == 0
    for name, counts in report.attributes.items():
        labelled = sum(name in word.features for sentence in made for word in sentence.words)
        assert labelled == counts.labelled
