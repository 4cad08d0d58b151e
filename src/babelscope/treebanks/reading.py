"""CoNLL-U in, annotated sentences out; whatever is wrong is said with file and line."""

from collections.abc import Iterator
from pathlib import Path

from babelscope.corpus.conllu_lines import ConlluRow, ConlluSentence, parse_conllu, surface
from babelscope.corpus.decoding import read_text
from babelscope.errors import CorpusError
from babelscope.treebanks.sentences import UdSentence, UdWord

__all__ = ["read_sentences", "sentences_of"]


def read_sentences(path: Path) -> Iterator[UdSentence]:
    """The sentences of one file.

    Raises:
        CorpusError: If the file is missing, empty or malformed.
    """
    return sentences_of(read_text(path), str(path))


def sentences_of(text: str, where: str) -> Iterator[UdSentence]:
    """The sentences of a CoNLL-U text.

    Args:
        text: The whole of it.
        where: What to call it in errors.

    Raises:
        CorpusError: At the first line that is malformed; names it.
    """
    for number, sentence in enumerate(parse_conllu(text, where), start=1):
        yield _gathered(sentence, number, where)


def _gathered(sentence: ConlluSentence, number: int, where: str) -> UdSentence:
    """One sentence, with its words under the multiword tokens they belong to."""
    words = {row.first: row for row in sentence.rows if row.first == row.last}
    made = []
    for row in surface(sentence.rows):
        inside = [words[place] for place in range(row.first, row.last + 1)] if row.last > row.first else []
        parts = tuple(_word(part, where) for part in inside)
        made.append(_word(row, where, parts))
    key = sentence.metadata.get("sent_id") or str(number)
    empty = sum(row.is_empty_node for row in sentence.rows)
    return UdSentence(key, sentence.metadata.get("text", ""), tuple(made), empty)


def _word(row: ConlluRow, where: str, parts: tuple[UdWord, ...] = ()) -> UdWord:
    """One row as a word, its form and features checked."""
    if not row.form.strip():
        raise CorpusError(f"{where}, line {row.line}: the word has no form; expected what is written in the text")
    names = [item.partition("=") for item in row.features.split("|")] if row.features != "_" else []
    for name, equals, value in names:
        if not (name and equals and value):
            raise _malformed(row, where, f"{name}{equals}{value}"[:40], "expected Name=Value items joined by |, or _")
    if len({name for name, _, _ in names}) != len(names):
        raise _malformed(row, where, row.features[:80], "expected each feature once, alternatives as Name=A,B")
    return UdWord(row.form, row.lemma, row.upos, row.features, row.spaced, parts)


def _malformed(row: ConlluRow, where: str, got: str, expected: str) -> CorpusError:
    return CorpusError(f"{where}, line {row.line}: {row.form!r} has malformed features, got {got!r}; {expected}")
