import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from babelscope.corpus import load_corpus
from babelscope.errors import CorpusError
from babelscope.evaluation.prompts import first_half, plan_prompts, read_prompt_corpus


@settings(max_examples=300, deadline=None)
@given(st.text(min_size=1).filter(str.strip), st.sampled_from(["en", "zh", "ar", "th"]))
def test_a_prompt_is_a_beginning_of_its_sentence_that_cuts_no_character(sentence: str, language: str) -> None:
    half = first_half(sentence, language)
    assert half and sentence.strip().startswith(half) and half == half.rstrip()
    whole, own = regex.findall(r"\X", sentence.strip()), regex.findall(r"\X", half)
    assert own == whole[: len(own)]


@pytest.mark.parametrize("code", ["ar", "en", "es", "fr", "hi", "id", "pt", "vi", "zh"])
def test_prompts_of_real_sentences_are_about_half_and_end_between_words(code: str) -> None:
    for sentence in load_corpus("mini")[code][:40]:
        half = first_half(sentence, code)
        assert 0.2 < len(half) / len(sentence) < 0.8
        if code != "zh":
            assert sentence[len(half)].isspace()


def test_a_cut_never_stands_before_punctuation() -> None:
    assert first_half("Il pleut\xa0; elle sort", "fr") == "Il pleut\xa0;"


def test_one_word_and_scripts_without_spaces_are_cut_between_graphemes() -> None:
    assert first_half("e\u0301e\u0301e\u0301e\u0301", "fr") == "e\u0301e\u0301"
    assert first_half("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", "en") == "👩‍👩‍👧‍👦"
    assert first_half("市场今天不开门了", "zh") == "市场今天"


def test_prompts_come_language_by_language_in_the_corpus_order() -> None:
    corpus = load_corpus("mini")
    prompts = plan_prompts(corpus, ["zh", "fr"], 2)
    assert [(prompt.language, prompt.id) for prompt in prompts] == [
        (code, corpus.ids[i]) for code in ("zh", "fr") for i in (0, 1)
    ]


def test_numbers_and_languages_that_are_not_there_are_refused() -> None:
    corpus = load_corpus("mini", n=4)
    with pytest.raises(CorpusError, match="at least 1 prompt per language, got -n 0"):
        plan_prompts(corpus, ["fr"], 0)
    with pytest.raises(CorpusError, match="'mini' has 4 sentences; use -n 4 or less"):
        plan_prompts(corpus, ["fr"], 5)
    with pytest.raises(CorpusError, match="no prompts in de; it has"):
        plan_prompts(corpus, ["de"], 1)


def test_one_language_is_read_with_a_companion() -> None:
    assert read_prompt_corpus("mini", ["fr"], ["ar", "en", "fr"], 1).languages == ("fr", "en")
    assert read_prompt_corpus("mini", ["fr", "hi"], ["en", "fr"], 3).languages == ("fr", "hi")
    with pytest.raises(CorpusError, match="no 'de'"):
        read_prompt_corpus("mini", ["de"], ["en", "fr"], 1)
