from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babelscope.corpus.parallel import CorpusSource, ParallelCorpus
from babelscope.errors import CorpusError

HERE = CorpusSource("here")


def corpus(**columns: list[str | None]) -> ParallelCorpus:
    return ParallelCorpus.from_columns("c", columns, HERE)


def test_what_one_language_lacks_is_dropped_from_all_and_counted() -> None:
    made = corpus(en=["a", "b", None, "d", "e"], fr=["A", " ", "C", "D", "\u200b\ufeff"])
    assert made.sentences == (("a", "d"), ("A", "D"))
    assert (made.ids, made.dropped) == (("1", "4"), 3)
    (warning,) = made.warnings
    assert (warning.kind, warning.count) == ("dropped", 3)
    assert "3 of 5 sentences" in warning.message and "en 1, fr 2" in warning.message
    assert warning.examples == (("fr", "2", ""), ("en", "3", ""), ("fr", "5", ""))


@given(st.lists(st.lists(st.sampled_from(["x", "", None]), min_size=2, max_size=2), min_size=0, max_size=30))
def test_dropping_is_exact(rows: list[list[str | None]]) -> None:
    whole = [row for row in rows if all(row)]
    columns = {"en": [row[0] for row in rows], "fr": [row[1] for row in rows]}
    if len(whole) < 2:
        with pytest.raises(CorpusError, match="at least 2 sentences"):
            ParallelCorpus.from_columns("c", columns, HERE)
    else:
        made = ParallelCorpus.from_columns("c", columns, HERE)
        assert (made.n, made.dropped) == (len(whole), len(rows) - len(whole))


def test_keyed_columns_align_by_id_and_count_what_only_some_have() -> None:
    columns = {"en": {"x": "1", "y": "2", "z": "3"}, "fr": {"w": "0", "z": "III", "x": "I"}}
    made = ParallelCorpus.from_keyed("c", columns, HERE)
    assert made.ids == ("x", "z")
    assert made["fr"] == ("I", "III")
    assert made.dropped == 2


def test_too_little_left_names_the_language_that_lacks_most() -> None:
    with pytest.raises(CorpusError, match=r"that every language has, got 1 of 3; 'fr' lacks 2 of them"):
        corpus(en=["a", "b", "c"], fr=["A", "", None], es=["a", "b", "c"])


def test_different_lengths_say_the_counts() -> None:
    with pytest.raises(CorpusError, match=r"same number of lines, got en 2, fr 3"):
        corpus(en=["a", "b"], fr=["a", "b", "c"])


def test_one_language_and_one_sentence_are_refused() -> None:
    with pytest.raises(CorpusError, match="at least 2 languages"):
        corpus(en=["a", "b"])
    with pytest.raises(CorpusError, match="at least 2 sentences"):
        corpus(en=["a"], fr=["b"])


def test_half_a_surrogate_pair_is_refused_with_its_place() -> None:
    with pytest.raises(CorpusError, match=r"sentence '2' of 'fr' is not valid Unicode .*U\+D800"):
        corpus(en=["a", "b"], fr=["A", "B\ud800"])


def test_text_is_not_normalised() -> None:
    decomposed = "cafe\u0301 is not cafe\u0301\u2028really"
    assert corpus(en=[decomposed, "b"], fr=["a", "b"])["en"][0] == decomposed


def test_selection_takes_the_same_sentences_everywhere() -> None:
    made = corpus(en=[f"e{i}" for i in range(20)], fr=[f"f{i}" for i in range(20)])
    chosen = made.select(5, 3, seed=7)
    assert [text[1:] for text in chosen["en"]] == [text[1:] for text in chosen["fr"]]
    assert chosen.ids == tuple(str(int(text[1:]) + 1) for text in chosen["en"])
    assert chosen == made.select(5, 3, seed=7) != made.select(5, 3, seed=8)
    assert made.select(5, 3).ids == ("4", "5", "6", "7", "8")
    halves = set(made.select(10, 0, seed=1).ids) | set(made.select(10, 10, seed=1).ids)
    assert len(halves) == 20


@pytest.mark.parametrize(("n", "offset"), [(21, 0), (10, 11), (1, 0), (None, 20), (None, -1), (0, 0)])
def test_selections_that_cannot_be_made(n: int | None, offset: int) -> None:
    made = corpus(en=[f"e{i}" for i in range(20)], fr=[f"f{i}" for i in range(20)])
    with pytest.raises(CorpusError):
        made.select(n, offset)


def test_the_hash_follows_the_selected_text_and_nothing_else() -> None:
    made = corpus(en=["a", "b", "c"], fr=["A", "B", "C"])
    assert made.hash == replace(made, name="other", ids=("x", "y", "z"), source=CorpusSource("there")).hash
    assert made.hash != made.select(2).hash
    assert made.hash != corpus(en=["a", "b", "c"], fr=["A", "B", "c"]).hash
    assert made.hash != corpus(en=["a", "b", "c"], es=["A", "B", "C"]).hash
