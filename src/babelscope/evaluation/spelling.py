"""Token ids in, the bytes they stand for out, where the tokenizer spells in bytes; and what in them is malformed."""

import codecs
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import regex

__all__ = ["MARK", "Speller", "Spelled"]

MARK = "\ufffd"
"""Stands for bytes that are no character."""

_BYTE_TOKEN = regex.compile(r"<0x([0-9A-Fa-f]{2})>")


@dataclass(frozen=True)
class Spelled:
    """A continuation as text."""

    text: str
    """Each malformed sequence is one U+FFFD; a last character that the token limit cut is left out."""
    malformed: int
    """Byte sequences that are not UTF-8."""


class Speller:
    """Reads continuations of one tokenizer, byte by byte where it can.

    Byte-level tokenizers (GPT-2's, BLOOM's) write each byte as a letter; those with byte fallback (Llama's) write
    characters they do not know as tokens of one byte. Of other tokenizers only the decoded text is known, in which
    U+FFFD stands for what could not be decoded.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._special = frozenset(tokenizer.all_special_ids)
        self._added = frozenset(tokenizer.get_added_vocab())

    @cached_property
    def kind(self) -> str:
        """How tokens spell: `byte-level`, `byte-fallback` or `text`."""
        backend = getattr(self._tokenizer, "backend_tokenizer", None)
        if backend is not None:
            steps = _types(json.loads(backend.to_str()).get("decoder"))
            found = {"ByteLevel": "byte-level", "ByteFallback": "byte-fallback"}
            return next((found[step] for step in steps if step in found), "text")
        return "byte-fallback" if "<0x00>" in self._tokenizer.get_vocab() else "text"

    def spell(self, prompt: Sequence[int], continuation: Sequence[int], cut: bool) -> Spelled:
        """The text of a continuation.

        Args:
            prompt: Token ids before it.
            continuation: Its own token ids.
            cut: Whether the token limit ended it, so that its last character may be incomplete.
        """
        if self.kind != "text":
            return read_bytes(self._bytes(continuation), cut)
        before = self._decode(prompt)
        whole = self._decode([*prompt, *continuation])
        shared = next((i for i, (a, b) in enumerate(zip(before, whole, strict=False)) if a != b), len(before))
        text = whole[shared:]
        if cut and text.endswith(MARK):
            text = text[:-1]
        return Spelled(text, text.count(MARK))

    def _decode(self, ids: Sequence[int]) -> str:
        return self._tokenizer.decode(list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False)

    def _bytes(self, ids: Sequence[int]) -> bytes:
        read: Callable[[str], bytes] = _byte_level if self.kind == "byte-level" else _byte_fallback
        own = [token for token in ids if token not in self._special]
        # Ids beyond the vocabulary (padded embeddings) have no spelling.
        tokens = [token for token in self._tokenizer.convert_ids_to_tokens(own) if token is not None]
        return b"".join(token.encode() if token in self._added else read(token) for token in tokens)


def read_bytes(spelled: bytes, cut: bool) -> Spelled:
    """Bytes as text; what is not UTF-8 is counted, but for an incomplete last character that the limit cut."""
    text = codecs.getincrementaldecoder("utf-8")(errors="replace").decode(spelled, final=not cut)
    # A model may also write the mark itself: these three bytes cannot be part of anything else.
    return Spelled(text, text.count(MARK) - spelled.count(MARK.encode()))


def _types(step: Any) -> list[str]:
    """Types of a decoder's steps, in their order."""
    if not isinstance(step, dict):
        return []
    return [step.get("type", ""), *(name for inner in step.get("decoders", ()) for name in _types(inner))]


def _alphabet() -> dict[str, int]:
    """The byte that each letter of a byte-level vocabulary stands for: itself if it can be seen, else a later one."""
    seen = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(0x100) if byte not in seen]
    return {chr(byte): byte for byte in seen} | {chr(0x100 + i): byte for i, byte in enumerate(hidden)}


_BYTE_OF = _alphabet()


def _byte_level(token: str) -> bytes:
    if all(letter in _BYTE_OF for letter in token):
        return bytes(_BYTE_OF[letter] for letter in token)
    return token.encode()


def _byte_fallback(token: str) -> bytes:
    found = _BYTE_TOKEN.fullmatch(token)
    return bytes([int(found[1], 16)]) if found else token.replace("\u2581", " ").encode()
