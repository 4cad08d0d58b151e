"""Ids dealt to parts: exact shares, whatever the order; limits that keep prefixes of one order."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babelscope.errors import CorpusError
from babelscope.transfer.examples import Example
from babelscope.transfer.sharing import deal, dev_from_train, first_by_hash, first_words, normalised, shared_out


@given(st.lists(st.text(max_size=5), min_size=10, max_size=80, unique=True), st.integers(0, 99), st.randoms())
def test_shares_are_exact_and_the_order_does_not_matter(ids, seed, random) -> None:
    part = deal(ids, seed)
    counts = [list(part.values()).count(name) for name in ("train", "dev", "test")]
    assert counts[:2] == [round(0.7 * len(ids)), round(0.1 * len(ids))]
    assert sum(counts) == len(part) == len(ids)
    random.shuffle(ids)
    assert deal(ids, seed) == part


def test_the_hash_is_the_one_that_is_documented() -> None:
    order = sorted(map(str, range(10)), key=lambda key: hashlib.sha256(f"7:{key}".encode()).hexdigest())
    assert deal(map(str, range(10)), seed=7) == dict(zip(order, ["train"] * 7 + ["dev"] + ["test"] * 2, strict=True))


def test_too_few_are_refused() -> None:
    with pytest.raises(CorpusError, match="3 sentences are too few"):
        deal("abc")


def test_targets_keep_the_test_and_what_the_source_does_not_have() -> None:
    made = {
        "en": [Example(str(i), f"en {i}") for i in range(20)],
        "fr": [Example(str(i), f"fr {i}") for i in range(10, 30)],
        "vi": [Example(f"v{i}", f"vi {i}") for i in range(5)],
    }
    parts, apart = shared_out(made, "en")
    assert apart == ["vi"]
    assert len(parts["vi"]["test"]) == 5
    tested = {one.id for one in parts["en"]["test"]}
    assert {one.id for one in parts["fr"]["test"]} == (tested & set(map(str, range(10, 20)))) | set(
        map(str, range(20, 30))
    )
    alone, _ = shared_out({"en": made["en"], "vi": made["vi"]}, "en")
    assert alone["en"] == parts["en"]


def test_smaller_limits_keep_some_of_what_larger_ones_keep() -> None:
    made = [Example(str(i), "x") for i in range(30)]
    kept = [first_by_hash(made, n, 0) for n in (5, 12, 30, None)]
    assert [len(own) for own in kept] == [5, 12, 30, 30]
    for smaller, larger in zip(kept, kept[1:], strict=False):
        assert set(smaller) <= set(larger)
    assert kept[1] == tuple(sorted(kept[1], key=lambda one: int(one.id)))


def test_words_are_capped_by_whole_sentences() -> None:
    made = [Example(str(i), "x y", spans=((0, 1), (2, 3)), labels=(1, -1 if i % 2 else 0)) for i in range(10)]
    assert first_words(made, 15) == tuple(made)
    few = first_words(made, 7)
    assert 5 <= sum(label >= 0 for one in few for label in one.gold) <= 7
    assert len(first_words(made, 0)) == 1


def test_development_is_taken_from_training_alone() -> None:
    train = [Example(str(i), "x") for i in range(20)]
    parts = dev_from_train({"train": train, "dev": [], "test": [Example("t", "y")]}, 0)
    assert len(parts["dev"]) == 2
    assert sorted(one.id for part in ("train", "dev") for one in parts[part]) == sorted(one.id for one in train)
    assert parts["test"] == [Example("t", "y")]


def test_texts_are_equal_up_to_case_spaces_and_width() -> None:
    assert normalised(Example("1", "Ａ  cat", "B")) == normalised(Example("2", "a cat", "b"))
    assert normalised(Example("1", "a", "b c")) != normalised(Example("2", "a b", "c"))
