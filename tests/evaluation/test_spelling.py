from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babelscope.evaluation.spelling import Speller, _alphabet, read_bytes
from tiny_models import tiny_tokenizer

TOKENIZER = tiny_tokenizer()
SPELLER = Speller(TOKENIZER)


def ids(text: str | bytes) -> list[int]:
    """One token per byte, as the tiny tokenizer spells."""
    letters = {byte: letter for letter, byte in _alphabet().items()}
    spelled = text.encode() if isinstance(text, str) else text
    return TOKENIZER.convert_tokens_to_ids([letters[byte] for byte in spelled])


def fallback_tokenizer() -> Any:
    """Knows a few words; everything else is spelled in tokens of one byte, as Llama's tokenizer does."""
    from tokenizers import Tokenizer, decoders
    from tokenizers.models import BPE
    from transformers import PreTrainedTokenizerFast

    words = ["<s>", "</s>", "▁the", "▁sea", "▁"]
    vocabulary = {word: i for i, word in enumerate([*words, *(f"<0x{byte:02X}>" for byte in range(256))])}
    tokenizer = Tokenizer(BPE(vocabulary, merges=[], byte_fallback=True))
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>")


def test_the_alphabet_is_that_of_byte_level_tokenizers() -> None:
    from tokenizers import pre_tokenizers

    alphabet = _alphabet()
    assert set(alphabet) == set(pre_tokenizers.ByteLevel.alphabet())
    assert sorted(alphabet.values()) == list(range(256))
    assert TOKENIZER.decode(ids("žluťoučký 市场\n")) == "žluťoučký 市场\n"


@given(st.text(), st.text())
def test_well_formed_text_comes_back_whole(prompt: str, text: str) -> None:
    found = SPELLER.spell(ids(prompt), ids(text), cut=False)
    assert (found.text, found.malformed) == (text, 0)


@given(st.text(alphabet="aé市😀", min_size=1), st.data())
def test_a_character_cut_by_the_limit_is_not_malformed_but_one_the_model_leaves_is(
    text: str, data: st.DataObject
) -> None:
    spelled = text.encode()
    stop = data.draw(st.integers(0, len(spelled)))
    whole = spelled[:stop].decode(errors="ignore")
    cut = SPELLER.spell([], ids(spelled[:stop]), cut=True)
    assert (cut.text, cut.malformed) == (whole, 0)
    left = SPELLER.spell([], ids(spelled[:stop]), cut=False)
    broken = len(whole.encode()) < stop
    assert (left.text, left.malformed) == (whole + "\ufffd" * broken, int(broken))


@pytest.mark.parametrize(
    ("spelled", "malformed", "text"),
    [
        (b"\x80", 1, "\ufffd"),
        (b"\xe5\xb8", 1, "\ufffd"),
        (b"\xe5\xb8a\xe5\xb8\x82", 1, "\ufffda市"),
        (b"\xff\xfe", 2, "\ufffd\ufffd"),
        (b"\xc0\xaf", 2, "\ufffd\ufffd"),
        ("a\ufffdb".encode(), 0, "a\ufffdb"),
        ("\ufffd".encode() + b"\x80", 1, "\ufffd\ufffd"),
    ],
)
def test_malformed_sequences_are_counted_and_marks_of_the_model_are_not(
    spelled: bytes, malformed: int, text: str
) -> None:
    found = read_bytes(spelled, cut=False)
    assert (found.text, found.malformed) == (text, malformed)


def test_byte_fallback_is_read_byte_by_byte() -> None:
    tokenizer = fallback_tokenizer()
    speller = Speller(tokenizer)
    assert speller.kind == "byte-fallback"
    market = tokenizer.convert_tokens_to_ids(["<0xE5>", "<0xB8>", "<0x82>"])
    sea = tokenizer.convert_tokens_to_ids(["▁the", "▁sea"])
    assert speller.spell([], [*sea, *market], cut=False).text == " the sea市"
    assert speller.spell([], [*market[:2], *sea], cut=False).malformed == 1
    assert speller.spell([], [*sea, *market[:2]], cut=True).malformed == 0
    assert speller.spell([], [*sea, tokenizer.eos_token_id], cut=False).text == " the sea"


def test_other_tokenizers_are_read_as_text_beyond_the_prompt() -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = ["the", "sea", "\ufffd", "</s>"]
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="</s>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    speller = Speller(PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="</s>"))
    assert speller.kind == "text"
    found = speller.spell([0, 2], [1, 2, 0], cut=False)
    assert (found.text.strip(), found.malformed) == ("sea \ufffd the", 1)
    assert speller.spell([0], [1, 2], cut=True).malformed == 0
