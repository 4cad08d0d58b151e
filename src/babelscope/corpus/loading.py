"""A name, folder, file or hub id in, one checked and selected ParallelCorpus out."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path

from babelscope.corpus.bible import bible_languages, read_bible_folder
from babelscope.corpus.conllu import conllu_files, read_conllu_folder
from babelscope.corpus.entries import CORPORA
from babelscope.corpus.guard import inspect
from babelscope.corpus.hub import read_hub_dataset, read_hub_entry
from babelscope.corpus.parallel import CorpusSource, ParallelCorpus, check_whole
from babelscope.corpus.table import TABLE_SUFFIXES, read_table
from babelscope.corpus.text_folder import read_text_folder, text_files
from babelscope.errors import CorpusError, unknown_choice
from babelscope.languages import canonical, display_order, name

__all__ = ["load_corpus", "named_after_languages"]


def load_corpus(
    source: str | Path = "ntrex",
    *,
    languages: str | Sequence[str] | None = None,
    n: int | None = None,
    at_most: int | None = None,
    offset: int = 0,
    seed: int | None = None,
    columns: Mapping[str, str] | None = None,
    split: str | None = None,
    revision: str | None = None,
    token: str | None = None,
) -> ParallelCorpus:
    """Reads a parallel corpus, drops what is missing in any language, selects, and attaches the guard's warnings.

    Args:
        source: A name in CORPORA ("mini", "ntrex", "flores", "bible"); a dataset `hf:OWNER/NAME[:CONFIG][@REVISION]`;
            a table (.tsv, .csv, .jsonl, .parquet); or a folder of `<lang>.txt`, CES bibles (.xml) or `<lang>.conllu`.
            A name wins over a folder of that name, which is then written `./name`.
        languages: Codes in any spelling, a sequence or "en,fr,zh"; by default the nine of a named hub set, else all.
        n: Sentences per language; all by default. Counted after dropping.
        at_most: Like n, but fewer will do; used where n is not given.
        offset: Sentences to skip first.
        seed: Shuffle with it before selecting; None keeps the corpus' order.
        columns: Column by language, for tables and hub datasets.
        split: Part of a hub dataset.
        revision: Commit or branch of a hub dataset, instead of the pinned one.
        token: Hub token; by default that of the variable HF_TOKEN or a saved login.

    Raises:
        CorpusError: If the source is unknown or unreadable, a language is unknown or absent, too little remains,
            or a count is not a whole number.
        MissingExtraError: If reading it needs a package that is not installed.
    """
    check_whole(offset, n=n, at_most=at_most)
    wanted = _codes(languages)
    corpus = _read(source, wanted, columns, split, revision, token)
    if n is None and at_most is not None:
        n = max(2, min(at_most, corpus.n - offset))
    chosen = corpus.select(n, offset, seed)
    return replace(chosen, warnings=(*chosen.warnings, *inspect(chosen)))


def _codes(languages: str | Sequence[str] | None) -> list[str] | None:
    """The languages asked for, checked before anything is read."""
    if languages is None:
        return None
    given = re.split(r"[,\s]+", languages.strip(", \t\n")) if isinstance(languages, str) else list(languages)
    codes = [canonical(code) for code in given if code]
    if len(codes) < 2:
        raise CorpusError(
            f"need at least 2 languages to compare, got {', '.join(codes) or 'none'}; name more with --langs"
        )
    for code in codes:
        if codes.count(code) > 1:
            raise CorpusError(f"language {code!r} ({name(code)}) was asked for twice; name each language once")
    return [code for code in given if code]


def _read(
    source: str | Path,
    languages: list[str] | None,
    columns: Mapping[str, str] | None,
    split: str | None,
    revision: str | None,
    token: str | None,
) -> ParallelCorpus:
    """The whole corpus, from the reader that the source calls for."""
    if isinstance(source, str) and source in CORPORA:
        entry = CORPORA[source]
        if columns:
            raise CorpusError(f"corpus {source!r} has no columns to map; --columns is for tables and hf: datasets")
        if entry.layout == "bundled":
            return _bundled(source, languages)
        return read_hub_entry(entry, languages, split, revision, token)
    if isinstance(source, str) and source.startswith("hf:"):
        return read_hub_dataset(source, languages, columns, split, revision, token)
    path = Path(source).expanduser()
    if split or revision:
        raise CorpusError(f"{source} is a file or folder, which has no --split or --revision; leave them out")
    if path.is_dir():
        if columns:
            raise CorpusError(f"{path} is a folder, which has no columns to map; leave out --columns")
        return _folder(path, languages)
    if path.suffix.lower() in TABLE_SUFFIXES and path.exists():
        return read_table(path, languages, columns)
    if path.exists():
        raise CorpusError(f"cannot read {path}; expected a folder, or a table ending in {', '.join(TABLE_SUFFIXES)}")
    if isinstance(source, Path) or "/" in source or path.suffix:
        raise CorpusError(f"no folder or file {path}; check the path, or name a corpus: {', '.join(CORPORA)}")
    known = unknown_choice("corpus", source, CORPORA)
    raise CorpusError(f"{known}; or give an existing folder, a table ({', '.join(TABLE_SUFFIXES)}) or hf:OWNER/NAME")


def _bundled(which: str, languages: list[str] | None) -> ParallelCorpus:
    """A corpus of the package itself."""
    folder = Path(str(resources.files("babelscope") / "data" / which))
    entry = CORPORA[which]
    origin = CorpusSource("bundled", licence=entry.licence)
    return read_text_folder(folder, languages or list(entry.defaults), which, origin)


_Reader = Callable[[Path, Sequence[str]], ParallelCorpus]


def _folder(path: Path, languages: list[str] | None) -> ParallelCorpus:
    """A folder, by the kind of file in it that is named after languages."""
    kinds: dict[str, tuple[list[str], _Reader]] = {
        "<lang>.txt": (named_after_languages(text_files(path)), read_text_folder),
        "<lang>.xml": (named_after_languages(bible_languages(path.glob("*.xml"))), read_bible_folder),
        "<lang>.conllu": (named_after_languages(conllu_files(path)), read_conllu_folder),
    }
    found = {kind: (codes, read) for kind, (codes, read) in kinds.items() if codes}
    if not found:
        raise CorpusError(f"{path} holds no corpus; expected files {', '.join(kinds)} with language codes for names")
    most = max(len(codes) for codes, _ in found.values())
    best = [kind for kind, (codes, _) in found.items() if len(codes) == most]
    if len(best) > 1:
        raise CorpusError(f"{path} holds more than one corpus ({' and '.join(best)}); put each into its own folder")
    codes, read = found[best[0]]
    return read(path, languages or display_order(codes))


def named_after_languages(files: Mapping[str, Path]) -> list[str]:
    """Codes of the files that are named after a language, by their spellings."""
    codes = []
    for spelling in files:
        try:
            codes.append(canonical(spelling))
        except CorpusError:
            continue
    return list(dict.fromkeys(codes))
