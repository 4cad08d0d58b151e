"""A folder of line-aligned text files in, one ParallelCorpus out."""

from collections.abc import Sequence
from pathlib import Path

from babelscope.corpus.decoding import read_lines
from babelscope.corpus.parallel import CorpusSource, ParallelCorpus
from babelscope.errors import CorpusError
from babelscope.languages import resolve

__all__ = ["read_text_folder", "text_files"]

_IDS = "ids.txt"


def read_text_folder(
    folder: Path,
    languages: Sequence[str],
    name: str = "",
    source: CorpusSource | None = None,
) -> ParallelCorpus:
    """Reads `<lang>.txt` for each language: line i of every file is the same sentence.

    The file's name ends in the language (`fr.txt`, `fra_Latn.txt`, `newstest2019-ref.fra.txt`). A file `ids.txt`, if
    there is one, names the lines; otherwise the id is the line number. An empty line marks a missing sentence.

    Args:
        folder: Where the files are.
        languages: The languages to read, in any spelling.
        name: What to call the corpus; the folder's name by default.
        source: Where it came from; the folder by default. If given, errors call the corpus by its name.

    Raises:
        CorpusError: If a language has no file, a file cannot be read, or the files differ in length.
    """
    files = text_files(folder)
    chosen = resolve(languages, files, f"corpus {name!r}" if source and name else str(folder))
    columns = {code: read_lines(files[spelling]) for code, spelling in chosen.items()}
    ids = read_lines(folder / _IDS) if (folder / _IDS).exists() else None
    lines = len(next(iter(columns.values())))
    if ids is not None and len(ids) != lines:
        raise CorpusError(f"{folder / _IDS} must name every line, got {len(ids)} ids for {lines} lines")
    if ids is not None and len(set(ids)) != len(ids):
        twice = next(key for key in ids if ids.count(key) > 1)
        raise CorpusError(f"{folder / _IDS} must name each line differently, got {twice!r} twice")
    return ParallelCorpus.from_columns(name or folder.name, columns, source or CorpusSource(str(folder)), ids)


def text_files(folder: Path) -> dict[str, Path]:
    """The text files of a folder by the last dotted part of their names, `ids.txt` excepted."""
    files = sorted(folder.glob("*.txt"), key=lambda path: (-len(path.name), path.name))
    return {path.stem.rsplit(".", 1)[-1]: path for path in files if path.name != _IDS}
