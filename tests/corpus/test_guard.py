import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babelscope.corpus.guard import _script_share, inspect
from babelscope.corpus.parallel import CorpusSource, CorpusWarning, ParallelCorpus
from babelscope.corpus.text_folder import read_text_folder
from tiny_corpus import TEXT, tiny_corpus

SHARED = Path(__file__).resolve().parents[2] / "../shared/data"


def changed(**lines: dict[int, str]) -> ParallelCorpus:
    """The tiny corpus with some lines replaced (counted from 0)."""
    columns = {code: [lines.get(code, {}).get(i, text) for i, text in enumerate(TEXT[code])] for code in TEXT}
    return ParallelCorpus.from_columns("changed", columns, CorpusSource("tests"))


def only(corpus: ParallelCorpus) -> CorpusWarning:
    (warning,) = inspect(corpus)
    return warning


def test_clean_text_raises_no_suspicion() -> None:
    assert inspect(tiny_corpus()) == ()
    assert inspect(tiny_corpus(("en", "fr"), 2)) == ()


def test_duplicates_are_counted_beyond_the_first() -> None:
    line = TEXT["fr"][0]
    warning = only(changed(fr={3: line, 5: line}))
    assert (warning.kind, warning.count) == ("duplicate", 2)
    assert warning.message == "2 sentences repeat an earlier one of their language (fr 2)"
    assert warning.examples == (("fr", "4", line), ("fr", "6", line))


def test_untranslated_lines_are_found_but_figures_may_be_the_same() -> None:
    warning = only(changed(fr={1: TEXT["en"][1]}, en={2: "1999 – 2001: 50 %"}, hi={2: "1999 – 2001: 50 %"}))
    assert (warning.kind, warning.count) == ("identical", 1)
    assert warning.message == "1 sentence reads the same in two languages (en=fr 1)"


def test_a_sentence_the_same_in_many_languages_counts_once() -> None:
    line = "Il faut bien le faire."
    warnings = {w.kind: w for w in inspect(changed(**{code: {4: line} for code in ("en", "fr", "hi")}))}
    assert warnings["identical"].count == 1
    assert "en=fr 1, en=hi 1, fr=hi 1" in warnings["identical"].message
    assert warnings["script"].examples == (("hi", "5", line),)


def test_a_file_in_the_wrong_script_is_named() -> None:
    columns = {"en": TEXT["en"], "ar": TEXT["hi"], "fr": TEXT["fr"]}
    warning = only(ParallelCorpus.from_columns("wrong", columns, CorpusSource("tests")))
    assert (warning.kind, warning.count, len(warning.examples)) == ("script", 8, 3)
    assert "(ar 8); most of all ar: is it the right text? Expected: ar (Arabic) in Arab" in warning.message


@pytest.mark.parametrize(
    ("text", "script", "fits"),
    [
        ("Hello there", "Latn", True),
        ("Привет, мир", "Latn", False),
        ("Microsoft Windows 11 发布了", "Hans", True),
        ("Barack Obama", "Hans", True),
        ("the president of France arrived", "Hans", False),
        ("Pugh女士在Papworth和Addenbrooke醫院接受了治療。", "Hant", True),
        ("コーヒーを飲む。", "Jpan", True),
        ("ーーー", "Jpan", True),
        ("東京都", "Jpan", True),
        ("커피를 마신다", "Jpan", False),
        ("大韓民國 만세", "Kore", True),
        ("नमस्ते दुनिया", "Deva", True),
        ("iPhone से फ़ोन किया", "Deva", True),
        ("123 %, 45!", "Arab", True),
        ("اپنا گھر", "Arab", True),
        ("ni hao", "Zyyy", True),
    ],
)
def test_the_script_of_a_sentence(text: str, script: str, fits: bool) -> None:
    assert (_script_share(text, script) >= 0.5) == fits


def test_a_line_that_slipped_in_its_language_shows_by_its_length() -> None:
    long = " ".join(TEXT["fr"])
    warning = only(changed(fr={2: long}))
    assert (warning.kind, warning.count) == ("length", 1)
    assert warning.examples == (("fr", "3", long),)


@given(st.integers(0, 10_000), st.sampled_from([0.3, 1.0, 2.5]))
def test_a_terse_or_wordy_language_is_not_suspicious_but_a_cut_sentence_is(seed: int, wordiness: float) -> None:
    rng = random.Random(seed)
    meanings = [rng.randint(60, 200) for _ in range(60)]
    scales = {"en": 1.0, "fr": 1.1, "de": wordiness}
    columns = {
        code: [
            f"{i} {code} " + "x" * round(scale * length * rng.uniform(0.9, 1.1)) for i, length in enumerate(meanings)
        ]
        for code, scale in scales.items()
    }
    clean = ParallelCorpus.from_columns("lengths", columns, CorpusSource("tests"))
    assert inspect(clean) == ()
    cut = columns | {"de": [text if i != 30 else text[: len(text) // 5] for i, text in enumerate(columns["de"])]}
    warning = only(ParallelCorpus.from_columns("lengths", cut, CorpusSource("tests")))
    assert (warning.kind, warning.count, warning.examples[0][:2]) == ("length", 1, ("de", "31"))


@pytest.mark.skipif(not (SHARED / "ntrex/en.txt").exists(), reason="needs ../shared/data/ntrex")
def test_professional_translations_are_hardly_suspicious() -> None:
    corpus = read_text_folder(SHARED / "ntrex", ["en", "fr", "ar", "hi", "zh", "ja", "ru", "ko", "ta"])
    counts = {warning.kind: warning.count for warning in inspect(corpus)}
    assert all(count <= 15 for count in counts.values())
    twisted = {code: corpus[code] for code in corpus.languages} | {"ru": (*corpus["ru"][1:], corpus["ru"][0])}
    worse = inspect(ParallelCorpus.from_columns("twisted", twisted, CorpusSource("tests")))
    (lengths,) = [warning for warning in worse if warning.kind == "length"]
    assert lengths.count > 150 and "most of all ru: does line i really translate line i" in lengths.message
