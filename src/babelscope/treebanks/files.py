"""A folder or file in, the treebanks in it by language out: which files, and what each treebank is called."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from babelscope.errors import CorpusError
from babelscope.languages import canonical, display_order, name

__all__ = ["TreebankFiles", "find_treebanks", "language_of", "licence_of", "one_each"]

_RELEASED = re.compile(r"(?P<language>[a-z]{2,3})(?:_(?P<bank>[a-z0-9]+))?-ud-(?P<part>train|dev|test)(?:-\w+)*")
_PARTS = ("train", "dev", "test")
_LICENCE = re.compile(r"^License:\s*(\S.*)$", re.MULTILINE)


@dataclass(frozen=True)
class TreebankFiles:
    """The files of one treebank, in the order they are read: train, dev, test."""

    language: str
    """BCP-47 code."""
    name: str
    paths: tuple[Path, ...]


def find_treebanks(where: Path) -> dict[str, list[TreebankFiles]]:
    """The treebanks of each language in a folder: `<lang>.conllu`, UD files, and those in its `UD_*` folders.

    Folders, and files that are not named after a language, are passed over.
    """
    found: dict[tuple[str, str], list[Path]] = {}
    for path in [*where.glob("*.conllu"), *where.glob("UD_*/*.conllu")]:
        language = language_of(path.stem)
        if language and not path.is_dir():
            found.setdefault((language, _called(path)), []).append(path)
    banks: dict[str, list[TreebankFiles]] = {}
    for (language, called), paths in sorted(found.items()):
        banks.setdefault(language, []).append(TreebankFiles(language, called, tuple(sorted(paths, key=_order))))
    return {language: banks[language] for language in display_order(banks)}


def one_each(
    banks: Mapping[str, Sequence[TreebankFiles]], languages: Sequence[str], where: Path
) -> list[TreebankFiles]:
    """The one treebank of each language.

    Raises:
        CorpusError: If a language has several.
    """
    for language in languages:
        if len(banks[language]) > 1:
            names = ", ".join(bank.name for bank in banks[language])
            raise CorpusError(
                f"{where} holds {len(banks[language])} treebanks of {name(language)} ({names}); keep one per "
                "language, for example in a folder of links to those you want"
            )
    return [banks[language][0] for language in languages]


def language_of(stem: str) -> str | None:
    """The language that a file or configuration is named after (`fr`, `fr_gsd`, `fr_gsd-ud-test`), or None."""
    released = _RELEASED.fullmatch(stem)
    for spelling in (released["language"] if released else stem, stem.split("_")[0]):
        try:
            return canonical(spelling)
        except CorpusError:
            continue
    return None


def licence_of(folder: Path) -> str:
    """What the `License:` line of a UD folder's README says; "unknown" without one."""
    for readme in filter(Path.is_file, sorted(folder.glob("README*"))):
        found = _LICENCE.search(readme.read_text(encoding="utf-8", errors="replace"))
        if found:
            return found[1].strip()
    return "unknown"


def _called(path: Path) -> str:
    """The name of a treebank: its UD folder's, the released file's without the part, or else the folder's."""
    folder = path.resolve().parent.name
    if folder.startswith("UD_"):
        return folder
    released = _RELEASED.fullmatch(path.stem)
    if released:
        return released["language"] + (f"_{released['bank']}" if released["bank"] else "")
    return path.stem if "_" in path.stem else folder


def _order(path: Path) -> tuple[int, str]:
    """Train, dev, test, then by name."""
    released = _RELEASED.fullmatch(path.stem)
    return (_PARTS.index(released["part"]) if released else 0, path.name)
