"""Annotated sentences in, sentences whose words have places and values out, with the account of the conversion."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from babelscope.treebanks.conversion import Labels, convert, convert_multiword
from babelscope.treebanks.edits import EDITS
from babelscope.treebanks.schema import ATTRIBUTES
from babelscope.treebanks.treebank import AttributeCounts, ConversionReport, TaggedSentence, Word

__all__ = ["UdSentence", "UdWord", "next_place", "spans", "tag"]

_SPACE = re.compile(r"\s+")
_WITHHELD = "every form is _ (the text is withheld)"
_WORDLESS = "no words"
_OUTCOMES = ("labelled", "conflicts", "disjunctions", "dropped_in_multiword")


@dataclass(frozen=True)
class UdWord:
    """One token as Universal Dependencies annotates it."""

    form: str
    lemma: str = "_"
    upos: str = "_"
    features: str = "_"
    """FEATS as CoNLL-U writes them."""
    spaced: bool = True
    """Whether a space follows."""
    parts: tuple["UdWord", ...] = ()
    """The syntactic words of a multiword token."""


@dataclass(frozen=True)
class UdSentence:
    """One sentence as Universal Dependencies annotates it."""

    id: str
    text: str
    """Empty where the treebank gives none."""
    words: tuple[UdWord, ...]
    """Surface tokens: a multiword token once, its words in `parts`."""
    empty_nodes: int = 0
    problem: str = ""
    """Why it cannot be used; empty where it can."""


class _Account:
    """What is counted on the way; words of equal annotation are converted once."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.counts: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()
        self._labels: dict[tuple[tuple[str, str, str], ...], Labels] = {}
        self._words: Counter[tuple[tuple[str, str, str], ...]] = Counter()

    def values(self, word: UdWord) -> Mapping[str, str]:
        """A word's values, counted."""
        asked = self.language in EDITS
        key = tuple((part.upos, part.features, part.form[-3:] if asked else "") for part in word.parts or (word,))
        if key not in self._labels:
            parts = [convert(upos, features, self.language, ending) for upos, features, ending in key]
            self._labels[key] = convert_multiword(parts) if word.parts else parts[0]
        self._words[key] += 1
        return self._labels[key].values

    def frozen(self, sentences: int) -> ConversionReport:
        """The report."""
        outcomes: dict[str, Counter[str]] = {name: Counter() for name in ATTRIBUTES}
        conflicting: Counter[str] = Counter()
        unmapped: Counter[str] = Counter()
        for key, count in self._words.items():
            labels = self._labels[key]
            kinds = (labels.values, labels.conflicts, labels.disjunctions, labels.shared)
            for kind, names in zip(_OUTCOMES, kinds, strict=True):
                for name in names:
                    outcomes[name][kind] += count
            for name, values in labels.conflicts.items():
                conflicting[f"{name} {'/'.join(values)}"] += count
            for item in labels.unmapped:
                unmapped[item] += count
        return ConversionReport(
            sentences=sentences,
            words=self._words.total(),
            multiword_tokens=self.counts["multiword"],
            empty_nodes=self.counts["empty"],
            lemmaless_words=self.counts["lemmaless"],
            texts_rebuilt=self.counts["rebuilt"],
            attributes={name: AttributeCounts(**row) for name, row in outcomes.items() if row},
            conflicting=_ranked(conflicting),
            unmapped=_ranked(unmapped),
            sentences_left_out=_ranked(self.left_out),
            edited=self.language in EDITS,
        )


def _ranked(counts: Counter[str]) -> dict[str, int]:
    """Most frequent first, equal ones by name."""
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def tag(
    sentences: Iterable[UdSentence], *, language: str = "", n: int | None = None
) -> tuple[tuple[TaggedSentence, ...], ConversionReport]:
    """Converts sentences and finds each word's place in the text.

    Args:
        sentences: The annotated sentences.
        language: Apply the edits of this language; none where empty.
        n: Sentences to keep, the first ones; all by default.
    """
    account = _Account(language)
    made: list[TaggedSentence] = []
    for sentence in sentences:
        if n is not None and len(made) == n:
            break
        reason = _unusable(sentence)
        if reason:
            account.left_out[reason] += 1
            continue
        made.append(_tagged(sentence, account))
    return tuple(made), account.frozen(len(made))


def _unusable(sentence: UdSentence) -> str:
    """Why a sentence cannot be used, or nothing."""
    if sentence.problem or not sentence.words:
        return sentence.problem or _WORDLESS
    return _WITHHELD if len(sentence.words) > 1 and all(word.form == "_" for word in sentence.words) else ""


def _tagged(sentence: UdSentence, account: _Account) -> TaggedSentence:
    """One sentence, counted."""
    forms = [word.form for word in sentence.words]
    text, places = sentence.text, spans(sentence.text, forms)
    if places is None:
        text = "".join(word.form + " " * word.spaced for word in sentence.words).strip()
        places = spans(text, forms)
        account.counts["rebuilt"] += 1
    assert places is not None, "joined words spell their own text"
    account.counts["empty"] += sentence.empty_nodes
    words = []
    for word, (start, end) in zip(sentence.words, places, strict=True):
        lemmaless = word.lemma in ("_", "")
        account.counts["lemmaless"] += lemmaless
        account.counts["multiword"] += bool(word.parts)
        lemma = word.form.casefold() if lemmaless else word.lemma
        upos = "" if word.parts or word.upos == "_" else word.upos
        words.append(Word(word.form, lemma, start, end, account.values(word), upos))
    return TaggedSentence(sentence.id, text, tuple(words))


def spans(text: str, forms: Sequence[str]) -> list[tuple[int, int]] | None:
    """Where each form stands in a text, spaces aside; None if the forms do not spell the text from end to end."""
    places: list[tuple[int, int]] = []
    at = 0
    for form in forms:
        place = next_place(text, form, at)
        if place is None:
            return None
        places.append(place)
        at = place[1]
    return places if not text[at:].strip() else None


def next_place(text: str, form: str, at: int) -> tuple[int, int] | None:
    """Where a form stands if it comes next in a text, spaces before and within it aside; None if it does not."""
    start = None
    for piece in _SPACE.split(form.strip()):
        while at < len(text) and text[at].isspace():
            at += 1
        if not piece or not text.startswith(piece, at):
            return None
        start = at if start is None else start
        at += len(piece)
    return None if start is None else (start, at)
