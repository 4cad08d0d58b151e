import math
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

import babelscope.evaluation.fluency as fluency_module
from babelscope.corpus import load_corpus
from babelscope.errors import MissingExtraError
from babelscope.evaluation.fluency import (
    Fluency,
    fluency,
    identifiable,
    identify,
    repetition,
    script_share,
    summarise_texts,
)

pytest.importorskip("py3langid", reason="py3langid (the extra langid) is not installed")


@pytest.mark.parametrize("code", ["ar", "en", "es", "fr", "hi", "id", "pt", "vi", "zh"])
def test_real_sentences_are_in_their_language_and_script(code: str) -> None:
    found = [fluency(text, code, range(9)) for text in load_corpus("mini")[code][:30]]
    kept = [one.own_language for one in found if one.own_language is not None]
    assert len(kept) >= 20 and sum(kept) >= 0.85 * len(kept)
    assert all(one.script is not None and one.script > 0.8 for one in found)


def test_another_language_is_not_the_prompts() -> None:
    found = fluency("Elle est partie sans dire au revoir à ses enfants.", "es", [1, 2, 3, 4])
    assert found.language == "fr" and found.own_language is False
    assert found.probability is not None and 0.9 < found.probability <= 1


def test_a_language_of_the_same_macrolanguage_is_the_prompts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fluency_module, "identify", lambda text: ("wuu", 0.9))
    assert fluency("市场今天不开门市场今天不开门", "zh", []).own_language is True
    assert fluency("市场今天不开门市场今天不开门", "zh-Hant", []).own_language is True
    assert fluency("市场今天不开门市场今天不开门", "ja", []).own_language is False


def test_too_few_letters_are_not_identified() -> None:
    found = fluency("ok, 1234567890 !!! \ufffd\ufffd\ufffd", "en", [1], malformed=3)
    assert (found.letters, found.language, found.probability, found.own_language) == (2, None, None, None)
    assert found.malformed == 3
    assert fluency("", "en", []) == Fluency(0, 0, 0, None, None, None, 0, None, None)


def test_a_language_the_identifier_does_not_know_gets_no_answer() -> None:
    assert not identifiable("chr") and identifiable("fr") and identifiable("pt-BR")
    found = fluency("The children are playing in the garden.", "chr", [])
    assert found.language == "en" and found.own_language is None


def test_what_is_identified_is_spelled_as_everywhere_else() -> None:
    assert identify("Ang mga bata ay naglalaro sa hardin tuwing hapon pagkatapos ng klase.")[0] == "fil"


@given(st.lists(st.integers(0, 5), max_size=40))
def test_repetition_counts_runs_that_were_there_before(tokens: list[int]) -> None:
    runs = [tokens[i : i + 4] for i in range(len(tokens) - 3)]
    again = [run in runs[:i] for i, run in enumerate(runs)]
    expected = sum(again) / len(again) if again else None
    assert repetition(tokens) == (expected if expected is None else pytest.approx(expected))


def test_repetition_has_its_limits() -> None:
    assert repetition(range(64)) == 0
    assert repetition([7] * 64) == pytest.approx(60 / 61)
    assert repetition([1, 2, 3]) is None


@pytest.mark.parametrize(
    ("text", "code", "share"),
    [
        ("市场 today", "zh", 2 / 7),
        ("市場きょうキョウ", "ja", 1.0),
        ("السوق", "ur", 1.0),
        ("नमस्ते 123 !", "hi", 1.0),
        ("рынок", "sr", 1.0),
        ("12 34", "fr", None),
        ("", "fr", None),
    ],
)
def test_the_share_of_letters_in_the_script(text: str, code: str, share: float | None) -> None:
    assert script_share(text, code) == (share if share is None else pytest.approx(share))


def one(**changes) -> Fluency:
    plain = {
        "characters": 20, "letters": 15, "tokens": 8, "language": "fr", "probability": 0.9, "own_language": True,
        "malformed": 0, "repetition": 0.0, "script": 1.0,
    }  # fmt: skip
    return Fluency(**(plain | changes))


def test_shares_have_wilsons_interval() -> None:
    texts = [one()] * 7 + [one(language="es", own_language=False)] * 3 + [one(language=None, own_language=None)] * 2
    found = summarise_texts(texts)
    assert (found["texts"], found["identified"], found["languages"]) == (12, 10, {"fr": 7, "es": 3})
    share, z = found["own_language"], 1.959964
    middle = (0.7 + z**2 / 20) / (1 + z**2 / 10)
    half = z / (1 + z**2 / 10) * math.sqrt(0.7 * 0.3 / 10 + z**2 / 400)
    assert (share["value"], share["n"], share["count"]) == (0.7, 10, 7)
    assert (share["low"], share["high"]) == (pytest.approx(middle - half), pytest.approx(middle + half))


def test_means_have_students_interval_within_their_range() -> None:
    found = summarise_texts([one(repetition=value) for value in (0.1, 0.2, 0.3)] + [one(repetition=None)])
    half = 4.302653 * 0.1 / math.sqrt(3)
    assert found["repetition"]["n"] == 3 and found["repetition"]["value"] == pytest.approx(0.2)
    assert (found["repetition"]["low"], found["repetition"]["high"]) == (0.0, pytest.approx(0.2 + half))
    assert found["script"] == {"value": 1.0, "low": None, "high": None, "n": 4}


def test_no_text_gives_no_number() -> None:
    found = summarise_texts([])
    assert found["own_language"] == {"value": None, "low": None, "high": None, "n": 0, "count": 0}
    assert found["repetition"] == {"value": None, "low": None, "high": None, "n": 0}


def test_malformed_texts_and_sequences_are_counted() -> None:
    found = summarise_texts([one(malformed=4), one(), one(malformed=1)])
    assert (found["malformed"]["count"], found["malformed"]["n"], found["sequences"]) == (2, 3, 5)


def test_without_the_identifier_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "py3langid.langid", None)
    for cached in (fluency_module._identifier, fluency_module._known):
        cached.cache_clear()
    with pytest.raises(MissingExtraError, match=r"py3langid.*pip install 'babelscope\[langid\]'"):
        identifiable("fr")
