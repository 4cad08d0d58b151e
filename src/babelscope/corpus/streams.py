"""A folder, corpus or dataset in, one stream of running text per language out: what perplexity is measured on."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from babelscope.corpus.bible import bible_languages
from babelscope.corpus.conllu import conllu_files
from babelscope.corpus.decoding import read_text
from babelscope.corpus.entries import CORPORA
from babelscope.corpus.loading import load_corpus, named_after_languages
from babelscope.corpus.monolingual import BLANK_LINE, MONOLINGUAL, read_documents
from babelscope.corpus.parallel import CorpusSource, ParallelCorpus, check_whole
from babelscope.corpus.table import TABLE_SUFFIXES
from babelscope.corpus.text_folder import text_files
from babelscope.errors import CorpusError, unknown_choice
from babelscope.languages import canonical, display_order, resolve
from babelscope.provenance import text_hash

__all__ = ["TextStreams", "load_streams"]


@dataclass(frozen=True)
class TextStreams(Mapping[str, str]):
    """One text per language, none of them empty; unlike a parallel corpus, the texts need not correspond."""

    name: str
    """What to call it in tables."""
    texts: dict[str, str] = field(repr=False)
    """Text by language, in display order; the codes given may have any spelling."""
    source: CorpusSource
    kind: Literal["folder", "parallel", "dataset"]
    """How a stream was made: a text as it stands, sentences of a parallel corpus joined, or documents joined."""

    def __post_init__(self) -> None:
        if not self.texts:
            raise CorpusError(f"{self.name} has no text; expected at least one language")
        texts: dict[str, str] = {}
        for language, text in self.texts.items():
            code = canonical(language)
            if code in texts:
                raise CorpusError(f"{self.name}: language {code!r} is given twice; give each language one text")
            texts[code] = _checked(text, code, self.name)
        object.__setattr__(self, "texts", {code: texts[code] for code in display_order(texts)})

    def __getitem__(self, language: str) -> str:
        """The text of one language."""
        if language not in self.texts:
            raise KeyError(f"{language!r} has no text here; there is {', '.join(self.texts)}")
        return self.texts[language]

    def __iter__(self) -> Iterator[str]:
        return iter(self.texts)

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def languages(self) -> tuple[str, ...]:
        """BCP-47 codes as `languages.canonical` spells them, in display order."""
        return tuple(self.texts)

    @property
    def hash(self) -> str:
        """16 hex digits over languages and texts; equal text, equal hash, in any language order."""
        return text_hash(*(part for code in sorted(self.texts) for part in (code, self.texts[code])))

    def select(self, languages: str | Sequence[str]) -> "TextStreams":
        """The streams of some languages.

        Args:
            languages: Codes in any spelling, a sequence or "en,fr,zh".

        Raises:
            CorpusError: If a language is unknown, named twice or has no text here; lists those that have.
        """
        chosen = resolve(_codes(languages), self.texts, f"text {self.name!r}")
        return replace(self, texts={code: self.texts[code] for code in chosen})


def load_streams(
    source: str | Path | ParallelCorpus | Mapping[str, str],
    languages: str | Sequence[str] | None = None,
    *,
    n: int | None = None,
    offset: int = 0,
    columns: Mapping[str, str] | None = None,
    split: str | None = None,
    revision: str | None = None,
    token: str | None = None,
    documents: int = 500,
) -> TextStreams:
    r"""Reads one stream of running text per language.

    A folder of `<lang>.txt` gives each file's text as it stands (a byte order mark goes, line ends become `\n`); the
    files need not correspond. Given `n` or `offset`, it gives those lines, joined by a blank line. A parallel corpus
    gives its sentences, joined by a blank line; a dataset of documents its first documents, likewise.

    Args:
        source: A folder of `<lang>.txt`; anything `load_corpus` reads; a name in MONOLINGUAL ("xlsum"); a dataset
            `hf:OWNER/NAME[:CONFIG][@REVISION]`, read as documents if `columns` are given and as a parallel corpus if
            not; a corpus already loaded; or texts by language.
        languages: Codes in any spelling, a sequence or "en,fr,zh"; by default the nine of a named hub set, else all.
        n: Lines or sentences per language; all by default. Lines that are empty count but add nothing.
        offset: Lines, sentences or documents to skip first.
        columns: Column by language, for tables and hub datasets: `text_en`, or `english:text` in a configuration.
        split: Part of a hub dataset.
        revision: Commit or branch of a hub dataset, instead of the pinned one.
        token: Hub token; by default that of the variable HF_TOKEN or a saved login.
        documents: Documents per language, for datasets of documents; fewer where a language has fewer.

    Raises:
        CorpusError: If the source is unknown or unreadable, or a language is unknown or without text.
        MissingExtraError: If reading it needs a package that is not installed.
    """
    _check_counts(n, offset, documents)
    codes = None if languages is None else _codes(languages)
    if isinstance(source, (ParallelCorpus, Mapping)):
        _refuse("text already in memory", columns, split, revision)
        return _from_memory(source, codes, n, offset)
    named = source if isinstance(source, str) else ""
    if named in MONOLINGUAL or (named.startswith("hf:") and columns):
        if n is not None:
            raise CorpusError(f"{named} is counted in documents, got n={n} sentences; say how many with documents")
        return TextStreams(
            *read_documents(named, codes, columns, documents, offset, split, revision, token), kind="dataset"
        )
    if named not in CORPORA and not named.startswith("hf:"):
        path = Path(source).expanduser()
        if isinstance(source, str):
            _check_known(source, path)
        if _is_text(path):
            _refuse(f"{path} is a folder, which", columns, split, revision)
            return _from_folder(path, codes, n, offset)
    read = _with_company(named, codes)
    corpus = load_corpus(
        source, languages=read, n=n, offset=offset, columns=columns, split=split, revision=revision, token=token
    )
    made = _from_corpus(corpus, n, offset)
    return made if codes is None else made.select(codes)


def _check_counts(n: int | None, offset: int, documents: int) -> None:
    """Refuses counts that cannot be."""
    check_whole(offset, n=n, documents=documents)
    if offset < 0:
        raise CorpusError(f"offset must be 0 or more, got {offset}")
    for argument, count in (("n", n), ("documents", documents)):
        if count is not None and count < 1:
            raise CorpusError(f"{argument} must be 1 or more, got {count}")


def _refuse(what: str, *arguments: object) -> None:
    """Refuses arguments that mean nothing for a source."""
    if any(arguments):
        raise CorpusError(f"{what} has no columns, split or revision; leave them out")


def _check_known(named: str, path: Path) -> None:
    """Refuses a bare word that is neither a known name nor a path."""
    if not named or not (path.exists() or "/" in named or path.suffix):
        known = unknown_choice("text", named, [*CORPORA, *MONOLINGUAL])
        raise CorpusError(f"{known}; or give a folder, a table ({', '.join(TABLE_SUFFIXES)}) or hf:OWNER/NAME")


def _codes(languages: str | Sequence[str]) -> list[str]:
    """The languages asked for, checked before anything is read."""
    given = re.split(r"[,\s]+", languages.strip(", \t\n")) if isinstance(languages, str) else list(languages)
    codes = [code for code in given if code]
    if not codes:
        raise CorpusError("no language was asked for; name at least one, or leave languages out to read all")
    for code in codes:
        canonical(code)
    return codes


def _checked(text: str, language: str, name: str) -> str:
    """A text that a tokenizer can encode."""
    if not isinstance(text, str):
        raise CorpusError(f"{name}: the text of {language!r} must be a str, got {type(text).__name__}")
    if not text.strip():
        raise CorpusError(f"{name}: the text of {language!r} is empty; leave the language out or give it text")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise CorpusError(
            f"{name}: the text of {language!r} is not valid Unicode (lone surrogate U+{ord(text[error.start]):04X} "
            f"at character {error.start}); export it again as UTF-8"
        ) from None
    return text


def _from_memory(
    source: ParallelCorpus | Mapping[str, str], codes: list[str] | None, n: int | None, offset: int
) -> TextStreams:
    """Streams of a corpus or of texts already loaded."""
    cut = n is not None or offset > 0
    if isinstance(source, ParallelCorpus):
        made = _from_corpus(source.select(n, offset) if cut else source, n, offset)
        return made if codes is None else made.select(codes)
    made = source if isinstance(source, TextStreams) else None
    made = made or TextStreams("texts", dict(source), CorpusSource("memory"), "folder")
    made = made if codes is None else made.select(codes)
    if not cut:
        return made
    texts = {code: _lines(text, n, offset, f"{made.name} ({code})") for code, text in made.items()}
    return replace(made, texts=texts, source=replace(made.source, split=f"lines{_span(n, offset)}"))


def _from_folder(path: Path, codes: list[str] | None, n: int | None, offset: int) -> TextStreams:
    """Streams of a folder of `<lang>.txt`."""
    files = text_files(path)
    chosen = resolve(codes or display_order(named_after_languages(files)), files, str(path))
    cut = n is not None or offset > 0
    texts = {}
    for code, spelling in chosen.items():
        text = read_text(files[spelling])
        text = _lines(text, n, offset, str(files[spelling])) if cut else text
        texts[code] = text.replace("\r\n", "\n").replace("\r", "\n")
    source = CorpusSource(str(path), split=f"lines{_span(n, offset)}" if cut else "")
    return TextStreams(path.name or path.resolve().name, texts, source, "folder")


def _from_corpus(corpus: ParallelCorpus, n: int | None, offset: int) -> TextStreams:
    """Streams of a parallel corpus whose sentences are already chosen."""
    texts = {code: BLANK_LINE.join(column) for code, column in zip(corpus.languages, corpus.sentences, strict=True)}
    cut = n is not None or offset > 0
    split = f"{corpus.source.split or 'sentences'}{_span(n, offset)}" if cut else corpus.source.split
    return TextStreams(corpus.name, texts, replace(corpus.source, split=split), "parallel")


def _is_text(path: Path) -> bool:
    """Whether this is a folder with more files `<lang>.txt` than bibles or treebanks."""
    if not path.is_dir():
        return False
    others = bible_languages(path.glob("*.xml")), conllu_files(path)
    return len(named_after_languages(text_files(path))) > max(len(named_after_languages(files)) for files in others)


def _with_company(named: str, codes: list[str] | None) -> list[str] | None:
    """Languages to read of a parallel corpus, which takes two: a lone one is read beside others and picked after."""
    if codes is None or len(codes) > 1:
        return codes
    if named not in CORPORA:
        return None
    return [*codes, next(code for code in CORPORA[named].defaults if canonical(code) != canonical(codes[0]))]


def _lines(text: str, n: int | None, offset: int, where: str) -> str:
    r"""Some lines of a text (they end in `\n` or `\r\n`), joined by a blank line; blank ones are left out."""
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    if offset + (n or 1) > len(lines):
        asked = f"{n} lines" if n else "lines"
        raise CorpusError(f"asked for {asked} from offset {offset}, but {where} has {len(lines)}; take fewer")
    picked = lines[offset : None if n is None else offset + n]
    return BLANK_LINE.join(line.removesuffix("\r") for line in picked if line.strip())


def _span(n: int | None, offset: int) -> str:
    """Which lines or sentences were taken, as a slice."""
    return f"[{offset}:{'' if n is None else offset + n}]"
