"""Lemmas are dealt once: whatever the order of sentences, every word of a lemma lies in one part, for good."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babelscope.errors import BabelscopeError, CorpusError
from babelscope.probing.splits import PARTS, check_split, split_lemmas
from tiny_treebank import drawn_treebank, sentence, tiny_treebank, treebank

BANK = drawn_treebank("en", "Number", {"SG": 60, "PL": 40})


def test_every_lemma_is_in_one_part_and_the_parts_have_their_shares():
    split = split_lemmas(BANK)
    assert len(split) == 100 and list(split.lemmas) == sorted(split.lemmas)
    sizes = [sum(part == name for part in split.parts) for name in PARTS]
    assert sizes == [80, 10, 10]
    assert [split[lemma] for lemma in split.lemmas] == list(split.parts)
    assert [PARTS[code] for code in split.codes] == list(split.parts)


def test_the_order_of_sentences_and_words_does_not_matter():
    turned = replace(BANK, sentences=BANK.sentences[::-1])
    assert turned.hash != BANK.hash
    assert split_lemmas(turned).parts == split_lemmas(BANK).parts
    assert split_lemmas(turned).hash == split_lemmas(BANK).hash


def test_a_seed_gives_the_same_split_on_every_machine():
    assert split_lemmas(tiny_treebank()).hash == split_lemmas(tiny_treebank()).hash == "cf92b516ffc8c4d7"


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_other_seeds_deal_otherwise(one, other):
    same = split_lemmas(BANK, seed=one).parts == split_lemmas(BANK, seed=other).parts
    assert same == (one == other)


def test_the_hash_tells_languages_and_parts_apart():
    split = split_lemmas(BANK)
    assert split.hash != split_lemmas(BANK, seed=1).hash
    assert split.hash != split_lemmas(replace(BANK, language="fr")).hash


def test_a_resample_leaves_out_its_own_tenth_of_the_training_lemmas_only():
    split = split_lemmas(BANK)
    left_out = [~split.resample(seed) for seed in range(5)]
    for missing in left_out:
        assert missing.sum() == 8 and set(split.codes[missing]) == {PARTS.index("train")}
    assert len({missing.tobytes() for missing in left_out}) == 5
    assert (split.resample(0) == split.resample(0)).all()


def test_a_split_of_other_text_is_refused():
    split = split_lemmas(BANK)
    check_split(split, BANK)
    with pytest.raises(
        BabelscopeError, match="of tiny-en .en. does not fit tiny-en .en., 10 of whose lemmas it lacks"
    ):
        check_split(split, tiny_treebank("en"))
    with pytest.raises(BabelscopeError, match="another language"):
        check_split(split, replace(BANK, language="fr"))


@pytest.mark.parametrize("shares", [(0.8, 0.2, 0.0), (0.5, 0.2, 0.2), (1.2, -0.1, -0.1)])
def test_shares_that_make_no_sense_are_refused(shares):
    with pytest.raises(BabelscopeError, match="three positive numbers that add up to 1"):
        split_lemmas(BANK, shares=shares)


def test_too_few_lemmas_are_refused():
    tiny = treebank("en", [sentence("a|a|POS:DET b|b|POS:N b|b|POS:N", "1")])
    with pytest.raises(CorpusError, match="2 distinct lemmas, too few"):
        split_lemmas(tiny)
