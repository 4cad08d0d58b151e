"""The tables of data/grammar in, their entries out: concepts with their kinds, and words by language and concept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from babelscope.errors import CorpusError, unknown_choice

__all__ = ["Entry", "Table", "concepts", "lexicon"]

_FOLDER = files("babelscope") / "data" / "grammar"


@dataclass(frozen=True)
class Entry:
    """One line of a table, `concept = first, second, name=value`.

    Attributes:
        concept: What it is about, the same word in every table.
        parts: The values without a name, in their order.
        named: The values with one.
    """

    concept: str
    parts: tuple[str, ...]
    named: Mapping[str, str] = field(default_factory=dict)

    @property
    def word(self) -> str:
        """The word as a dictionary lists it."""
        return self.parts[0]

    def part(self, place: int, default: str = "") -> str:
        """The value at `place`, or `default` where the line is shorter or leaves it empty."""
        return (self.parts[place] if place < len(self.parts) else "") or default

    def get(self, name: str, default: str = "") -> str:
        """The value called `name`, or `default`."""
        return self.named.get(name, default)


Table = Mapping[str, Mapping[str, Entry]]


@cache
def concepts() -> Table:
    """What can be talked about: section (`nouns`, `verbs`, ...) -> concept -> its kinds."""
    return _read("concepts")


@cache
def lexicon(language: str) -> Table:
    """The words of one language: section -> concept -> entry.

    Raises:
        CorpusError: If the grammar has no table for it.
    """
    known = [path.name.removesuffix(".txt") for path in _FOLDER.iterdir() if path.name.endswith(".txt")]
    known.remove("concepts")
    if language not in known:
        raise CorpusError(unknown_choice("language of the bundled grammar", language, known))
    return _read(language)


def _read(name: str) -> Table:
    text = _FOLDER.joinpath(f"{name}.txt").read_text(encoding="utf-8")
    table: dict[str, dict[str, Entry]] = {}
    section: dict[str, Entry] = {}
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("["):
            section = table.setdefault(line.strip("[] "), {})
            continue
        concept, _, rest = line.partition(" = ")
        parts, named = [], {}
        for value in (value.strip() for value in rest.split(",")):
            key, equals, content = value.partition("=")
            if equals:
                named[key] = content
            else:
                parts.append(value)
        section[concept.strip()] = Entry(concept.strip(), tuple(parts), named)
    return table
