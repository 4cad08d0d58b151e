"""The bundled story cloze: thirty stories in nine languages, two endings each, one of which follows."""

import json
import unicodedata
from importlib.resources import files
from itertools import combinations, groupby
from typing import Any

import pytest
import regex

from babelscope.languages import script

LANGUAGES = ("ar", "en", "es", "fr", "hi", "id", "pt", "vi", "zh")
KEYS = ["id", "sentences", "endings", "endings_en", "label"]
IDS = [f"{number:02d}" for number in range(1, 31)]
FOLDER = files("babelscope") / "data" / "cloze"
RAW = {language: (FOLDER / f"{language}.jsonl").read_bytes() for language in LANGUAGES}
LINES = {language: RAW[language].decode("utf-8").removesuffix("\n").split("\n") for language in LANGUAGES}
STORIES: dict[str, list[dict[str, Any]]] = {
    language: [json.loads(line) for line in lines] for language, lines in LINES.items()
}
PROPERTY = {"Arab": "Arabic", "Deva": "Devanagari", "Hans": "Han", "Latn": "Latin"}
STOPS = {"hi": "।", "zh": "。"}
NEGATION = {"not", "no", "never", "nobody", "without"}

every_language = pytest.mark.parametrize("language", LANGUAGES)


def own(story: dict[str, Any]) -> list[str]:
    """The six sentences in the file's own language."""
    return [*story["sentences"], *story["endings"]]


def text(language: str) -> list[str]:
    return [sentence for story in STORIES[language] for sentence in own(story)]


def right_and_wrong(language: str) -> list[tuple[str, str]]:
    return [(story["endings"][story["label"]], story["endings"][1 - story["label"]]) for story in STORIES[language]]


def words(language: str, sentence: str) -> int:
    """Words between spaces; characters of the script where there are none."""
    return len(regex.findall(r"\p{Han}", sentence)) if language == "zh" else len(sentence.split())


def test_there_is_one_file_per_language_and_no_other() -> None:
    names = {entry.name for entry in FOLDER.iterdir()}
    assert names == {f"{language}.jsonl" for language in LANGUAGES} | {"README.md"}


@every_language
def test_thirty_stories_of_four_sentences_and_two_endings(language: str) -> None:
    assert [story["id"] for story in STORIES[language]] == IDS
    for story in STORIES[language]:
        assert list(story) == KEYS
        assert (len(story["sentences"]), len(story["endings"]), len(story["endings_en"])) == (4, 2, 2)
        assert type(story["label"]) is int and story["label"] in (0, 1)


@every_language
def test_bytes_are_plain_and_nothing_is_escaped(language: str) -> None:
    raw = RAW[language]
    assert raw.endswith(b"\n") and not raw.endswith(b"\n\n")
    assert b"\r" not in raw and not raw.startswith(b"\xef\xbb\xbf")
    decoded = raw.decode("utf-8")
    assert unicodedata.normalize("NFC", decoded) == decoded
    assert {character for character in decoded if unicodedata.category(character)[0] == "C"} == {"\n"}
    assert LINES[language] == [json.dumps(story, ensure_ascii=False) for story in STORIES[language]]


@every_language
def test_no_sentence_comes_twice_and_none_is_blank(language: str) -> None:
    sentences = text(language)
    assert all(sentence and sentence == sentence.strip() and "  " not in sentence for sentence in sentences)
    assert len({sentence.casefold() for sentence in sentences}) == 30 * 6


@pytest.mark.parametrize(("left", "right"), list(combinations(LANGUAGES, 2)))
def test_no_sentence_is_shared_by_two_languages(left: str, right: str) -> None:
    shared = {sentence.casefold() for sentence in text(left)} & {sentence.casefold() for sentence in text(right)}
    assert shared == set()


@every_language
def test_english_endings_and_labels_are_the_same_in_every_file(language: str) -> None:
    for story, english in zip(STORIES[language], STORIES["en"], strict=True):
        assert story["endings_en"] == english["endings"]
        assert story["label"] == english["label"]


def test_labels_are_balanced_and_follow_no_rhythm() -> None:
    labels = [story["label"] for story in STORIES["en"]]
    assert sum(labels) == 15
    assert max(len(list(run)) for _, run in groupby(labels)) <= 4
    for lag in range(1, 11):
        agree = [now == later for now, later in zip(labels, labels[lag:], strict=False)]
        assert 0.25 <= sum(agree) / len(agree) <= 0.75


def test_english_sentences_have_five_to_fourteen_words() -> None:
    assert [sentence for sentence in text("en") if not 5 <= len(sentence.split()) <= 14] == []


@every_language
def test_the_two_endings_differ_and_are_about_as_long(language: str) -> None:
    for right, wrong in right_and_wrong(language):
        assert right.casefold() != wrong.casefold()
        assert 1 / 1.4 <= words(language, right) / words(language, wrong) <= 1.4, (right, wrong)


@every_language
def test_length_does_not_give_the_label_away(language: str) -> None:
    pairs = right_and_wrong(language)
    assert 10 <= sum(len(right) > len(wrong) for right, wrong in pairs) <= 20
    gaps = [words(language, right) - words(language, wrong) for right, wrong in pairs]
    assert 10 <= sum((gap > 0) + (gap == 0) / 2 for gap in gaps) <= 20


def test_negation_does_not_give_the_label_away() -> None:
    pairs = [tuple(set(regex.findall(r"\w+", ending.lower())) for ending in pair) for pair in right_and_wrong("en")]
    right = sum(bool(right & NEGATION) for right, _ in pairs)
    wrong = sum(bool(wrong & NEGATION) for _, wrong in pairs)
    assert right >= 4 and wrong >= 4 and abs(right - wrong) <= 3


@every_language
def test_letters_belong_to_the_script_and_no_digit_gives_the_alignment_away(language: str) -> None:
    expected = PROPERTY[script(language)]
    foreign = regex.compile(rf"[[\p{{L}}--\p{{Script={expected}}}]\p{{N}}]", regex.V1)
    assert [sentence for sentence in text(language) if foreign.search(sentence)] == []


@every_language
def test_every_sentence_is_one_statement_that_ends_as_the_language_ends_them(language: str) -> None:
    stop = STOPS.get(language, ".")
    assert [sentence for sentence in text(language) if sentence[-1] != stop] == []
    assert [sentence for sentence in text(language) if regex.search(r"[.?!。？！।؟]", sentence[:-1])] == []


@pytest.mark.parametrize(
    ("language", "strangers"),
    [("ar", ",;?"), ("zh", ",;.?!: "), ("hi", ".،。"), ("en", "’“”\xa0"), ("fr", "’“”«»;:?!")],
)
def test_punctuation_is_the_language_s_own(language: str, strangers: str) -> None:
    assert [sentence for sentence in text(language) if set(sentence) & set(strangers)] == []


@every_language
def test_lengths_stay_within_a_factor_of_two_of_the_language_s_usual_ratio(language: str) -> None:
    ratio = sum(map(len, text(language))) / sum(map(len, text("en")))
    outliers = [
        (sentence, english)
        for sentence, english in zip(text(language), text("en"), strict=True)
        if not 0.5 < len(sentence) / len(english) / ratio < 2
    ]
    assert outliers == []
