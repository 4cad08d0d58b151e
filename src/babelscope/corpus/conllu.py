"""A folder of parallel CoNLL-U treebanks in, one ParallelCorpus aligned by `sent_id` out."""

from collections.abc import Sequence
from pathlib import Path

from babelscope.corpus.conllu_lines import parse_conllu, surface
from babelscope.corpus.decoding import read_text
from babelscope.corpus.parallel import CorpusSource, ParallelCorpus
from babelscope.errors import CorpusError
from babelscope.languages import resolve

__all__ = ["read_conllu", "read_conllu_folder"]


def read_conllu_folder(folder: Path, languages: Sequence[str], name: str = "") -> ParallelCorpus:
    """Reads `<lang>.conllu` (or `<lang>_pud-ud-test.conllu`) for each language and aligns by `sent_id`.

    Args:
        folder: Where the treebanks are.
        languages: The languages to read, in any spelling.
        name: What to call the corpus; the folder's name by default.

    Raises:
        CorpusError: If a language has no file, a file is malformed, or the files share no sentence ids.
    """
    files = conllu_files(folder)
    chosen = resolve(languages, files, str(folder))
    columns = {code: read_conllu(files[spelling]) for code, spelling in chosen.items()}
    shared = set.intersection(*(set(column) for column in columns.values()))
    if len(columns) > 1 and not shared:
        first = {code: next(iter(column)) for code, column in columns.items()}
        raise CorpusError(
            f"{folder}: the treebanks share no sent_id (they begin {first}); expected parallel treebanks such as PUD"
        )
    return ParallelCorpus.from_keyed(name or folder.name, columns, CorpusSource(str(folder)))


def conllu_files(folder: Path) -> dict[str, Path]:
    """The treebanks of a folder by the language part of their names."""
    return {
        path.stem.split("_pud")[0].split("_ud")[0]: path for path in sorted(folder.glob("*.conllu"), reverse=True)
    }


def read_conllu(path: Path) -> dict[str, str]:
    """The sentences of one treebank by `sent_id`: the `# text` line, or the forms joined by `SpaceAfter`.

    Raises:
        CorpusError: If the file is missing, empty, malformed, or a sentence lacks its `sent_id` or repeats one.
    """
    sentences: dict[str, str] = {}
    for sentence in parse_conllu(read_text(path), str(path)):
        key = sentence.metadata.get("sent_id")
        if not key:
            raise CorpusError(f"{path}: sentence {len(sentences) + 1} has no `# sent_id`; add one to align by it")
        if key in sentences:
            raise CorpusError(f"{path}: sent_id {key!r} occurs twice; every id must be unique to align by it")
        joined = "".join(row.form + " " * row.spaced for row in surface(sentence.rows)).strip()
        sentences[key] = sentence.metadata.get("text") or joined
    if not sentences:
        raise CorpusError(f"{path} holds no sentences; expected CoNLL-U")
    return sentences
