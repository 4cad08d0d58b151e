"""The bundled corpus: nine aligned files of a hundred clean sentences each."""

import unicodedata
from importlib.resources import files
from itertools import combinations

import pytest
import regex

from babelscope.languages import script

LANGUAGES = ("ar", "en", "es", "fr", "hi", "id", "pt", "vi", "zh")
FOLDER = files("babelscope") / "data" / "mini"
RAW = {language: (FOLDER / f"{language}.txt").read_bytes() for language in LANGUAGES}
TEXT = {language: RAW[language].decode("utf-8").removesuffix("\n").split("\n") for language in LANGUAGES}
PROPERTY = {"Arab": "Arabic", "Deva": "Devanagari", "Hans": "Han", "Latn": "Latin"}
STOPS = {"ar": ".؟", "hi": "।?", "zh": "。？"}
QUESTIONS = {3, 9, 20, 27, 34, 45, 52, 61, 71, 81, 89, 95}

every_language = pytest.mark.parametrize("language", LANGUAGES)


def test_there_is_one_file_per_language_and_no_other() -> None:
    names = {entry.name for entry in FOLDER.iterdir()}
    assert names == {f"{language}.txt" for language in LANGUAGES} | {"README.md"}


@every_language
def test_a_hundred_different_lines_none_blank(language: str) -> None:
    lines = TEXT[language]
    assert len(lines) == 100
    assert all(line and line == line.strip() and "  " not in line for line in lines)
    assert len({line.casefold() for line in lines}) == 100


@every_language
def test_bytes_are_plain(language: str) -> None:
    raw = RAW[language]
    assert raw.endswith(b"\n") and not raw.endswith(b"\n\n")
    assert b"\r" not in raw and not raw.startswith(b"\xef\xbb\xbf")
    text = raw.decode("utf-8")
    assert unicodedata.normalize("NFC", text) == text
    assert {character for character in text if unicodedata.category(character)[0] == "C"} == {"\n"}


@pytest.mark.parametrize(("left", "right"), list(combinations(LANGUAGES, 2)))
def test_no_line_is_shared_by_two_languages(left: str, right: str) -> None:
    assert not {line.casefold() for line in TEXT[left]} & {line.casefold() for line in TEXT[right]}


def test_english_lines_have_six_to_twenty_five_words() -> None:
    lengths = [len(line.split()) for line in TEXT["en"]]
    assert 6 <= min(lengths) and max(lengths) <= 25
    assert len(set(lengths)) >= 10


@every_language
def test_letters_belong_to_the_script(language: str) -> None:
    expected = PROPERTY[script(language)]
    foreign = regex.compile(rf"[\p{{L}}--\p{{Script={expected}}}]", regex.V1)
    assert [line for line in TEXT[language] if foreign.search(line)] == []


@every_language
def test_no_digit_gives_the_alignment_away(language: str) -> None:
    assert [line for line in TEXT[language] if regex.search(r"\p{N}", line)] == []


@every_language
def test_sentences_end_as_the_language_ends_them(language: str) -> None:
    stops = STOPS.get(language, ".?")
    assert [line for line in TEXT[language] if line[-1] not in stops] == []
    assert [line for line in TEXT[language] if regex.search(r"[.?!。？！।؟]", line[:-1])] == []


@every_language
def test_the_same_lines_are_questions_everywhere(language: str) -> None:
    mark = STOPS.get(language, ".?")[1]
    assert {number for number, line in enumerate(TEXT[language], 1) if line.endswith(mark)} == QUESTIONS


@pytest.mark.parametrize(
    ("language", "strangers"), [("ar", ",;?"), ("zh", ",;.?!: "), ("hi", ".،。"), ("en", "’“”\xa0")]
)
def test_punctuation_is_the_language_s_own(language: str, strangers: str) -> None:
    assert [line for line in TEXT[language] if set(line) & set(strangers)] == []


def test_spanish_questions_open_and_french_marks_stand_off() -> None:
    assert {number for number, line in enumerate(TEXT["es"], 1) if "¿" in line} == QUESTIONS
    assert [line for line in TEXT["fr"] if regex.search(r"[^\xa0][?;:!]", line)] == []


@every_language
def test_lengths_stay_within_a_factor_of_two_of_the_language_s_usual_ratio(language: str) -> None:
    ratio = sum(map(len, TEXT[language])) / sum(map(len, TEXT["en"]))
    outliers = [
        number
        for number, (line, english) in enumerate(zip(TEXT[language], TEXT["en"], strict=True), 1)
        if not 0.5 < len(line) / len(english) / ratio < 2
    ]
    assert outliers == []
