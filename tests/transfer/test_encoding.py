import pytest

from babelscope.transfer.encoding import encode, joined
from babelscope.transfer.examples import Example
from tiny_models import tiny_model
from transfer.planted_rules import rule_task

WORDS = Example("s", "abc de f", spans=((0, 3), (4, 6), (7, 8)), labels=(1, -1, 0))


@pytest.mark.parametrize(("model_type", "lead"), [("bloom", 0), ("gemma", 1)])
def test_a_words_place_is_its_last_or_first_token(model_type, lead):
    model = tiny_model(model_type)
    # One token per byte; the space before a word is its own token.
    [last] = encode(model, "tokens", [WORDS], longest=128)
    [first] = encode(model, "tokens", [WORDS], longest=128, piece="first")
    assert last.places.tolist() == [2 + lead, 5 + lead, 7 + lead]
    assert first.places.tolist() == [0 + lead, 4 + lead, 7 + lead]
    assert last.targets.tolist() == [1, -1, 0] and last.items.tolist() == [0, 1, 2]
    assert last.ids.tolist() == model.encode([WORDS.text])[0] and not last.cut and last.size == 3


def test_words_beyond_the_end_have_no_place_but_are_counted():
    [cut] = encode(tiny_model("bloom"), "tokens", [WORDS], longest=6)
    assert len(cut.ids) == 6 and cut.cut
    assert cut.items.tolist() == [0, 1] and cut.size == 3


def test_only_labelled_places_are_trained_on():
    [one] = encode(tiny_model("bloom"), "tokens", [WORDS], longest=128)
    assert one.labelled.items.tolist() == [0, 2] and one.labelled.targets.tolist() == [1, 0]
    assert one.labelled.size == 3


@pytest.mark.parametrize("model_type", ["bloom", "gemma"])
def test_a_long_text_loses_its_beginning_and_keeps_its_specials(model_type):
    model = tiny_model(model_type)
    pair = Example("p", "x" * 50, "the end", label=2)
    [whole] = encode(model, "sequence", [pair], longest=128)
    [cut] = encode(model, "sequence", [pair], longest=10)
    assert whole.places.tolist() == [len(whole.ids) - 1] and whole.targets.tolist() == [2]
    own = 10 - model.special
    assert cut.cut and cut.ids.tolist() == [*whole.ids[: model.special], *whole.ids[-own:]]
    assert cut.places.tolist() == [9]


def test_pairs_are_joined_by_the_separator_and_end_in_a_letter():
    assert joined(Example("p", "a b", "c\n"), "\n") == "a b\nc"
    assert joined(Example("p", "a b", "c"), "") == "a bc"
    assert joined(Example("p", "alone \n"), "\n") == "alone"


def test_examples_taken_together_or_alone_are_the_same(monkeypatch):
    model, task = tiny_model("bloom"), rule_task()
    together = encode(model, "tokens", task.train, longest=128)
    monkeypatch.setattr("babelscope.transfer.encoding._AT_A_TIME", 5)
    for one, other in zip(together, encode(model, "tokens", task.train, longest=128), strict=True):
        assert one.ids.tolist() == other.ids.tolist() and one.places.tolist() == other.places.tolist()
