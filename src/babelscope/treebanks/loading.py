"""A folder, a file, a hub dataset or the bundled grammar in, one Treebank per language out."""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from pathlib import Path

from babelscope.corpus.entries import CORPORA
from babelscope.corpus.parallel import CorpusSource, check_whole
from babelscope.errors import CorpusError
from babelscope.languages import canonical, resolve
from babelscope.treebanks.files import TreebankFiles, find_treebanks, language_of, licence_of, one_each
from babelscope.treebanks.hub import read_hub_treebanks
from babelscope.treebanks.reading import read_sentences, sentences_of
from babelscope.treebanks.sentences import UdSentence, tag
from babelscope.treebanks.treebank import Treebank

__all__ = ["load_treebanks"]

_PACKED = (".gz", ".tgz", ".zip", ".xz", ".bz2")


def load_treebanks(
    where: str | Path,
    languages: Sequence[str] | None = None,
    *,
    edits: bool = False,
    n: int | None = None,
    revision: str | None = None,
    token: str | None = None,
) -> dict[str, Treebank]:
    """Reads treebanks in Universal Dependencies' annotation and converts it to UniMorph values.

    Args:
        where: A folder of `<lang>.conllu`, of UD files or of `UD_*` folders (train, dev and test are pooled); one
            such file; "grammar", the bundled one; or `hf:OWNER/NAME`, `hf:OWNER/NAME:fr_gsd,en_ewt`, with
            `@REVISION` where needed.
        languages: The languages to read, in any spelling; all by default.
        edits: Apply the language-specific edits of the published conversion, which make values of different languages
            less alike (French past participles lose their gender).
        n: Sentences per language, the first ones; all by default.
        revision: Commit or branch of a hub dataset; wins over the one in `where`.
        token: Hub token; by default the library's own.

    Returns:
        Treebanks by BCP-47 code, in the order asked for.

    Raises:
        CorpusError: If nothing is there, a language is unknown, absent or has several treebanks, a file is malformed
            (names file and line), or no sentence can be used.
        MissingExtraError: If a hub dataset is asked for and the package `datasets` is not installed.
    """
    check_whole(0, n=n)
    if n is not None and n < 1:
        raise CorpusError(f"n must be at least 1 sentence per language, got {n}")
    if languages is not None and not languages:
        raise CorpusError("no language was named; name at least one with --langs, or leave it out for all")
    made: dict[str, Treebank] = {}

    def add(language: str, called: str, sentences: Iterable[UdSentence], source: CorpusSource) -> None:
        tagged, report = tag(sentences, language=language if edits else "", n=n)
        if not tagged:
            reasons = "; ".join(f"{count}: {reason}" for reason, count in report.sentences_left_out.items())
            raise CorpusError(
                f"{source.location}: {called} ({language}) has no sentence that can be used "
                f"({reasons or 'it is empty'}); expected CoNLL-U with text"
            )
        made[language] = Treebank(language, called, tagged, source, report)

    if where == "grammar":
        _add_grammar(languages, n, add)
    elif isinstance(where, str) and where.startswith("hf:"):
        for bank in read_hub_treebanks(where, languages, revision, token):
            add(bank.language, bank.name, bank.sentences, bank.source)
    else:
        if revision:
            raise CorpusError(f"{where} is a file or folder, which has no --revision; leave it out")
        for files in _files(Path(where).expanduser(), languages):
            source = CorpusSource(str(where), licence=licence_of(files.paths[0].parent))
            add(files.language, files.name, chain.from_iterable(map(read_sentences, files.paths)), source)
    return made


def _add_grammar(languages: Sequence[str] | None, n: int | None, add: Callable[..., None]) -> None:
    """Adds the bundled grammar's treebanks."""
    from babelscope.treebanks.grammar import LANGUAGES, grammar_conllu

    size = {} if n is None else {"sentences": n}
    source = CorpusSource("bundled", licence=CORPORA["mini"].licence)
    for language in resolve(languages or LANGUAGES, LANGUAGES, "the grammar"):
        text = grammar_conllu(language, **size)
        add(language, "grammar", sentences_of(text, f"grammar ({language})"), source)


def _files(path: Path, languages: Sequence[str] | None) -> list[TreebankFiles]:
    """The files to read, by language."""
    if path.is_file():
        return [_single(path, languages)]
    if not path.is_dir():
        raise CorpusError(
            f"no folder or file {path}; expected a folder of <lang>.conllu, a .conllu file, hf:OWNER/NAME or grammar"
        )
    banks = find_treebanks(path)
    if not banks:
        packed = next((entry for entry in sorted(path.iterdir()) if entry.suffix in _PACKED), None)
        hint = f", unpacked, got {packed.name}" if packed else ""
        raise CorpusError(f"{path} holds no treebanks; expected files <lang>.conllu or folders UD_*{hint}")
    return one_each(banks, list(resolve(languages or list(banks), banks, str(path))), path)


def _single(path: Path, languages: Sequence[str] | None) -> TreebankFiles:
    """One file, whose language is the one asked for or the one it is named after."""
    if path.suffix in _PACKED:
        raise CorpusError(f"{path} is compressed; unpack it and name the .conllu file or the folder")
    named = language_of(path.stem)
    if languages is not None and len(languages) == 1:
        return TreebankFiles(canonical(languages[0]), path.stem, (path,))
    if languages is not None:
        raise CorpusError(f"{path} is one file, got {len(languages)} languages for it; name one, or give a folder")
    if named is None:
        raise CorpusError(f"cannot tell the language of {path}; name it with --langs, or call the file <lang>.conllu")
    return TreebankFiles(named, path.stem, (path,))
