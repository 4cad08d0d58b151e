"""A tokenizer and a treebank in, token ids per sentence and the tokens of each of its words out."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from babelscope.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from babelscope.models import LanguageModel
    from babelscope.treebanks import TaggedSentence, Treebank

__all__ = ["LONG", "NO_PIECES", "WordPieces", "word_pieces"]

NO_PIECES = "the tokenizer gives it no token"
LONG = "its sentence is longer than the model's context"


@dataclass(frozen=True)
class WordPieces:
    """Token ids of every sentence, and where in them each word is."""

    ids: list[list[int]]
    """Leading specials included."""
    places: list[list[list[int]]]
    """Per sentence and word: the indices in `ids` of the tokens that cover some of its characters, in order."""
    shared: list[list[bool]]
    """Per sentence and word: whether one of its tokens covers part of another word too."""
    context: int

    def missing(self, sentence: int, word: int) -> str | None:
        """Why a word can have no vector, or None."""
        if len(self.ids[sentence]) > self.context:
            return LONG
        return None if self.places[sentence][word] else NO_PIECES

    def without_vectors(self) -> dict[tuple[int, int], str]:
        """The words that can have no vector, by (sentence, word), each with its reason."""
        every = ((s, w) for s, words in enumerate(self.places) for w in range(len(words)))
        return {place: reason for place in every if (reason := self.missing(*place)) is not None}

    def sharing(self, words: "Iterable[tuple[int, int]]") -> int:
        """How many of some words, given as (sentence, word), have a token that covers part of another word too."""
        return sum(self.shared[sentence][word] for sentence, word in words)


def word_pieces(model: "LanguageModel", treebank: "Treebank", *, glued: bool = False) -> WordPieces:
    """Tokenises the sentences of a treebank and finds each word's tokens.

    A token belongs to every word of which it covers a character: one that begins with the space before a word to
    that word alone, one that runs over the border of two words (as in scripts without spaces) to both.

    Args:
        model: Whose tokenizer to use.
        treebank: The sentences, with their words' character offsets.
        glued: Tokenise every word by itself, without the space before it, and join the ids, as [W24]'s released
            code does. The model then reads the sentence as one glued string.

    Raises:
        ModelError: If the tokenizer fails, or does not say which characters its tokens cover (unless `glued`).
    """
    found = _glued(model, treebank.sentences) if glued else _by_offsets(model, treebank.sentences)
    ids, places, shared = found
    return WordPieces(ids, places, shared, model.context)


_Found = tuple[list[list[int]], list[list[list[int]]], list[list[bool]]]


def _by_offsets(model: "LanguageModel", sentences: "Sequence[TaggedSentence]") -> _Found:
    texts = [sentence.text for sentence in sentences]
    # Ids by the model's own way, which checks them; the tokenizer again only for what that way does not tell.
    ids = model.encode(texts)
    all_offsets = _offsets(model, texts)
    places, shared = [], []
    for sentence, own, offsets in zip(sentences, ids, all_offsets, strict=True):
        assert len(own) == model.special + len(offsets)
        found, double = _cover(sentence, offsets, model.special)
        places.append(found)
        shared.append(double)
    return ids, places, shared


def _offsets(model: "LanguageModel", texts: list[str]) -> list[list[tuple[int, int]]]:
    tokenizer = model.tokenizer
    if not getattr(tokenizer, "is_fast", False):
        raise ModelError(
            f"the tokenizer of {model.name} ({type(tokenizer).__name__}) does not say which characters its tokens "
            "cover, which is needed to find words; use a fast tokenizer (one with a tokenizer.json), or --glued to "
            "tokenise every word by itself"
        )
    if not texts:
        return []
    return tokenizer(texts, add_special_tokens=False, return_offsets_mapping=True, verbose=False)["offset_mapping"]


def _cover(
    sentence: "TaggedSentence", offsets: "Sequence[tuple[int, int]]", special: int
) -> tuple[list[list[int]], list[bool]]:
    """Tokens of each word, and whether one of them is another word's too."""
    owner: list[int | None] = [None] * len(sentence.text)
    for w, word in enumerate(sentence.words):
        owner[word.start : word.end] = [w] * (word.end - word.start)
    places: list[list[int]] = [[] for _ in sentence.words]
    shared = [False] * len(sentence.words)
    for index, (start, end) in enumerate(offsets, start=special):
        words = {w for w in owner[start:end] if w is not None}
        for w in words:
            places[w].append(index)
            shared[w] |= len(words) > 1
    return places, shared


def _glued(model: "LanguageModel", sentences: "Sequence[TaggedSentence]") -> _Found:
    forms = sorted({word.form for sentence in sentences for word in sentence.words})
    encoded = dict(zip(forms, model.encode(forms), strict=True))
    lead = encoded[forms[0]][: model.special] if forms else []
    ids, places = [], []
    for sentence in sentences:
        row = list(lead)
        found = []
        for word in sentence.words:
            own = encoded[word.form][model.special :]
            found.append(list(range(len(row), len(row) + len(own))))
            row.extend(own)
        ids.append(row)
        places.append(found)
    return ids, places, [[False] * len(sentence.words) for sentence in sentences]
