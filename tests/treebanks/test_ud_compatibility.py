"""Our conversion against the output of `ud-compatibility`, the tool of McCarthy et al. (2018), on real treebanks.

Differences we mean to have, all on the way from its set of items to one value per attribute, never in an item itself:

- it keeps several values of one attribute, ours has a precedence for verb forms and else a conflict;
- its alternatives `{A/B}` are here no value of the attributes they name, though another item may give one;
- it spells compounds in its own order (MASC+FEM, IN+ESS), ours is alphabetical;
- a possessor of whom only the gender is known is `PSS` there and nothing here;
- DIST, GRPA and LGSPEC1 are in no category of the schema, and are left out here.
"""

import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from babelscope.corpus.conllu_lines import parse_conllu
from babelscope.treebanks.conversion import convert
from babelscope.treebanks.schema import attribute_of
from shared_files import shared

LANGUAGES = ("ar", "de", "en", "es", "fr", "hi", "id", "pt", "zh")
OUTSIDE = {"_", "PSS", "DIST", "GRPA", "LGSPEC1"}


@pytest.fixture(scope="module")
def theirs() -> Callable[[str, bool], Any]:
    """Their translator for a language, with or without its edits."""
    found = importlib.util.find_spec("ud_compatibility")
    if found is None or found.origin is None:
        pytest.skip("needs the package ud-compatibility")
    folder = Path(found.origin).parent
    # it asks setuptools' pkg_resources, which is gone, for the one file it reads
    stand_in = SimpleNamespace(resource_filename=lambda _, name: str(folder / name))
    sys.modules.setdefault("pkg_resources", stand_in)  # pyright: ignore[reportArgumentType]
    translator = importlib.import_module("ud_compatibility.translator")
    languages = importlib.import_module("ud_compatibility.languages")

    def make(language: str, edits: bool) -> Any:
        # by the name of the class: the package's own table of them stays empty (it looks in the wrong module)
        names = [row.name for row in languages.languages if row.ud == language]
        kind = getattr(translator, f"{names[0]}Translator", translator.Translator) if names else translator.Translator
        return kind(edits, True)

    return make


def words(path: Path) -> Iterator[list[str]]:
    """The distinct annotations of a treebank: columns, with the shortest form."""
    seen: dict[tuple[str, ...], list[str]] = {}
    for sentence in parse_conllu(path.read_text(encoding="utf-8"), str(path)):
        for row in sentence.rows:
            if row.first == row.last:
                columns = [str(row.first), row.form, row.lemma, row.upos, "_", row.features, "0", "_", "_", "_"]
                seen.setdefault((row.form[-3:], row.upos, row.features), columns)
    yield from seen.values()


def by_attribute(items: str) -> tuple[dict[str, set[str]], set[str]]:
    """Their items by attribute, and the attributes of their alternatives."""
    values: dict[str, set[str]] = {}
    open_: set[str] = set()
    for item in set(items.split(";")) - OUTSIDE:
        if item.startswith("{"):
            open_ |= {attribute_of(part) or item for part in item.strip("{}").split("/")}
            continue
        item = "+".join(sorted(item.split("+")))
        values.setdefault(attribute_of(item) or item, set()).add(item.removeprefix("ARG"))
    return values, open_


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("edits", [False, True], ids=["generic", "edits"])
def test_the_same_values_for_every_annotation(
    theirs: Callable[[str, bool], Any], language: str, edits: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    make = importlib.import_module("ud_compatibility.utils").CoNLLRow
    translator, compared = theirs(language, edits), 0
    for columns in words(shared("data", "pud", f"{language}.conllu")):
        compared += 1
        expected, open_ = by_attribute(translator.translate(make(*columns)).feats)
        ours = convert(columns[3], columns[5], language if edits else "", columns[1])
        assert ours.disjunctions == open_, columns
        got = {name: set(values) for name, values in ours.conflicts.items()}
        got |= {name: {value} for name, value in ours.values.items()}
        verbal = expected.get("POS", set())
        if len(verbal) > 1 and verbal <= {"V", "V.PTCP", "V.MSDR", "V.CVB"}:
            expected["POS"] = verbal - {"V"}
        assert got == {name: values for name, values in expected.items() if name not in open_}, columns
    assert compared > 15
    capsys.readouterr()


def test_the_same_table(theirs: Callable[[str, bool], Any]) -> None:
    theirs("en", False)
    mapping = importlib.import_module("ud_compatibility.utils").ud2um_mapping
    assert len(mapping) > 100
    for item, items in mapping.items():
        upos, features = (item, "_") if item.isupper() else ("_", item)
        expected = {"+".join(sorted(value.split("+"))) for value in set(items.split(";")) - OUTSIDE}
        assert set(convert(upos, features).values.values()) == expected, item
