"""Tokens per word and per character, counted by hand."""

from babelscope.corpus import CorpusSource, ParallelCorpus
from babelscope.corpus.fertility import fertility


def test_words_are_counted_where_a_script_has_them():
    columns = {"en": ["two words", "and  three more"], "zh": ["两个词", "还有 三个"]}
    corpus = ParallelCorpus.from_columns("test", columns, CorpusSource("test"))
    found = fertility(corpus, {"en": 10, "zh": 14})
    assert found["en"] == {"tokens": 10, "per_word": 2.0, "per_character": 10 / 20}
    assert found["zh"] == {"tokens": 14, "per_word": None, "per_character": 14 / 7}
