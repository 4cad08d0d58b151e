"""A folder of CES/XML bibles (Christodoulopoulos & Steedman 2015) in, one ParallelCorpus aligned by verse out."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from babelscope.corpus.parallel import CorpusSource, ParallelCorpus
from babelscope.errors import CorpusError, MissingExtraError
from babelscope.languages import canonical, from_name, resolve

__all__ = ["bible_languages", "read_bible", "read_bible_folder"]

_EDITION = re.compile(r"(-(NT|PART|WEB|SIL|tok))+$")
_NAMED = {  # names in the published collection that the language library does not know, or takes for something else
    "Achuar": "acu", "Amuzgo": "amu", "Ashaninka": "cni", "Aukan": "djk", "Barasana": "bsn", "Cabecar": "cjp",
    "Cakchiquel": "cak", "Camsa": "kbh", "Chinantec": "chq", "Creole": "ht", "Farsi": "fa", "Gaelic": "gd",
    "Jakalteko": "jac", "K'iche'": "quc", "Nahuatl": "nhg", "Ojibwa": "oj", "Paite": "pck", "Q'eqchi'": "kek",
    "Quichua": "qu", "Romani": "rmn", "Slovene": "sl", "Tuareg": "ttq", "Ukranian": "uk", "Uma": "ppk",
}  # fmt: skip
_LICENCE = "CC0-1.0 for the encoding; each translation under its own terms"


def bible_languages(paths: Iterable[Path]) -> dict[str, Path]:
    """The bibles of a folder by language code, from their file names: `en.xml`, `eng_Latn.xml`, `English.xml`.

    The collection's editions (`Swahili-NT`, `English-WEB`, `Thai-tok`) count as their language; where a language has
    several, the shortest name is taken. The codes inside the files are not used: some are wrong (its Swahili says
    Swati). A file named after no language is passed over.
    """
    found: dict[str, Path] = {}
    for path in sorted(paths, key=lambda path: (len(path.stem), path.stem)):
        code = _language(_EDITION.sub("", path.stem))
        if code:
            found.setdefault(code, path)
    return found


def _language(stem: str) -> str | None:
    """Code of a language given by code or English name, or None."""
    for read in (canonical, from_name):
        try:
            return read(_NAMED.get(stem, stem))
        except CorpusError:
            continue
    return None


def read_bible_folder(folder: Path, languages: Sequence[str], name: str = "") -> ParallelCorpus:
    """Reads one bible per language and keeps the verses that all of them have, in the first language's order.

    Args:
        folder: Where the XML files are.
        languages: The languages to read, in any spelling.
        name: What to call the corpus; the folder's name by default.

    Raises:
        CorpusError: If a language has no file, or a file is not a well-formed bible.
    """
    files = bible_languages(folder.glob("*.xml"))
    chosen = resolve(languages, files, str(folder))
    columns = {code: read_bible(files[canonical(spelling)]) for code, spelling in chosen.items()}
    return ParallelCorpus.from_keyed(name or folder.name, columns, CorpusSource(str(folder), licence=_LICENCE))


def read_bible(path: Path) -> dict[str, str]:
    """The verses of one bible by their id (`b.GEN.1.1`), streamed; white space of the layout becomes one space.

    Raises:
        CorpusError: If the file is missing, not well-formed, holds entity definitions, no verses, or a verse twice.
    """
    try:
        from defusedxml import DefusedXmlException
        from defusedxml.ElementTree import ParseError, iterparse
    except ImportError:
        raise MissingExtraError("defusedxml", "bible", "reading XML bibles") from None
    verses: dict[str, str] = {}
    try:
        for _, element in iterparse(str(path), events=("end",), forbid_dtd=False):
            if element.tag == "seg" and element.get("type") == "verse":
                _keep(verses, element.get("id"), "".join(element.itertext()), path)
            if element.tag in ("seg", "div"):
                element.clear()
    except DefusedXmlException as error:
        raise CorpusError(
            f"{path} defines or fetches entities ({type(error).__name__}), which is refused as unsafe; "
            "expected plain CES markup: remove the DOCTYPE's definitions"
        ) from None
    except ParseError as error:
        raise CorpusError(
            f"{path} is not well-formed XML ({error}); expected a CES bible: fetch the file again"
        ) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise CorpusError(f"cannot read {path}: {reason}; check the path") from None
    if not verses:
        raise CorpusError(f'{path} holds no verses; expected elements such as <seg id="b.GEN.1.1" type="verse">')
    return verses


def _keep(verses: dict[str, str], key: str | None, text: str, path: Path) -> None:
    """Adds a verse under its id."""
    if not key:
        raise CorpusError(f"{path}: a verse has no id after {len(verses)} verses; expected ids such as b.GEN.1.1")
    if key in verses:
        raise CorpusError(f"{path}: verse {key!r} occurs twice; every id must be unique to align by it")
    verses[key] = re.sub(r"[ \t\r\n]+", " ", text).strip(" ")
