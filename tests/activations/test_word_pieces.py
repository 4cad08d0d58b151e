"""Which tokens are whose: by characters, whatever the tokenizer joins, cuts or leaves out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babelscope.activations.word_pieces import LONG, _cover, word_pieces
from babelscope.errors import ModelError
from babelscope.models import wrap_model
from babelscope.treebanks import TaggedSentence, Word
from tiny_models import SPECIALS, VOCABULARY, tiny_model, tiny_network
from tiny_treebank import sentence, tiny_treebank, treebank


def merging_tokenizer(merges: list[tuple[str, str]]):
    """Bytes, some of which are joined, across spaces and words too."""
    from tokenizers import Tokenizer, pre_tokenizers
    from tokenizers.models import BPE
    from transformers import PreTrainedTokenizerFast

    symbols = [*SPECIALS, *sorted(pre_tokenizers.ByteLevel.alphabet()), *(a + b for a, b in merges)]
    tokenizer = Tokenizer(BPE({symbol: i for i, symbol in enumerate(symbols)}, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", clean_up_tokenization_spaces=False
    )


def places(merges, marks: str):
    network = tiny_network("bloom", vocab_size=VOCABULARY + 10)
    model = wrap_model(network, merging_tokenizer(merges))
    return word_pieces(model, treebank("en", [sentence(marks, "1")]))


def test_a_token_with_the_space_before_a_word_is_that_words_alone():
    found = places([("Ġ", "c"), ("Ġc", "d")], "ab|ab| cd|cd| e|e|")
    assert found.places == [[[0, 1], [2], [4]]] and found.shared == [[False] * 3]


def test_a_token_over_two_words_is_both_words_and_they_are_marked():
    found = places([("b", "c")], "ab|ab| +cd|cd| +e|e|")
    assert found.places == [[[0, 1], [1, 2], [3]]] and found.shared == [[True, True, False]]
    assert found.sharing([(0, 0), (0, 2)]) == 1 and found.sharing([]) == 0
    across = places([("b", "Ġ"), ("bĠ", "c")], "ab|ab| cd|cd|")
    assert across.places == [[[0, 1], [1, 2]]] and across.shared == [[True, True]]


def test_a_token_of_several_words_holds_them_all():
    found = places([("a", "b"), ("ab", "c")], "a|a| +b|b| +c|c| d|d|")
    assert found.places == [[[0], [0], [0], [2]]] and found.shared == [[True, True, True, False]]


def test_a_character_of_several_bytes_has_several_tokens():
    found = places([], "a|a| 红|红| b|b|")
    assert found.places == [[[0], [2, 3, 4], [6]]]


def test_a_leading_bos_shifts_every_token():
    model = tiny_model("gemma")
    found = word_pieces(model, treebank("en", [sentence("a|a| b|b|", "1")]))
    assert found.ids[0][0] == model.bos_id and found.places == [[[1], [3]]]


@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 4)), max_size=8),
    st.lists(st.integers(1, 4), min_size=1, max_size=6),
    st.integers(0, 1),
)
def test_equals_asking_every_token_of_every_word(pairs, gaps, special):
    words, at = [], 0
    for gap in gaps:
        words.append(Word("x", "x", at, at + gap, {}))
        at += gap + gap % 2
    offsets = [(start, start + length) for start, length in pairs]
    tagged = TaggedSentence("1", "x" * at, tuple(words))
    found, shared = _cover(tagged, offsets, special)
    touching = [{w for w, word in enumerate(words) if max(s, word.start) < min(e, word.end)} for s, e in offsets]
    assert found == [[i + special for i, own in enumerate(touching) if w in own] for w in range(len(words))]
    assert shared == [any(w in own and len(own) > 1 for own in touching) for w in range(len(words))]


def test_a_sentence_that_fills_the_context_is_not_too_long():
    model = tiny_model("llama")
    forms = ["x" * (model.context - model.special + more) for more in (0, 1)]
    bank = treebank("en", [sentence(f"{form}|{form}|", form) for form in forms])
    assert word_pieces(model, bank).without_vectors() == {(1, 0): LONG}


def test_a_tokenizer_without_offsets_is_one_line_that_offers_gluing(monkeypatch):
    model = tiny_model("bloom")
    monkeypatch.setattr(type(model.tokenizer), "is_fast", False)
    with pytest.raises(ModelError, match="does not say which characters.*--glued") as caught:
        word_pieces(model, tiny_treebank())
    assert "\n" not in str(caught.value)
    assert word_pieces(model, tiny_treebank(), glued=True).places[0][0] == [0, 1, 2]
