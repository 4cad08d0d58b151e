"""Rows are those of the package `conllu` as it parses by default, with the lines they stand on; what is refused."""

from pathlib import Path

import conllu
import pytest

from babelscope.corpus.conllu_lines import parse_conllu, surface
from babelscope.errors import CorpusError
from shared_files import shared


def row(place: str, form: str, misc: str = "_") -> str:
    return "\t".join([place, form, form.lower(), "X", "_", "A=b", "0", "root", "_", misc])


def test_sentences_comments_and_rows() -> None:
    lines = [
        "# newdoc", "# sent_id = a", "# text = one = two", row("1-2", "Du", "SpaceAfter=No"), row("1", "De"),
        row("2", "Le", "X=y|SpaceAfter=No"), row("2.1", "vu"), row("3", "!"), "", "", row("1", "Fin"),
    ]  # fmt: skip
    first, second = parse_conllu("\n".join(lines), "x")
    assert (first.line, first.metadata) == (1, {"sent_id": "a", "text": "one = two"})
    assert [(one.line, one.first, one.last, one.form) for one in first.rows] == [
        (4, 1, 2, "Du"), (5, 1, 1, "De"), (6, 2, 2, "Le"), (7, 2, 0, "vu"), (8, 3, 3, "!"),
    ]  # fmt: skip
    assert [one.spaced for one in first.rows] == [False, True, False, True, True]
    assert (first.rows[1].lemma, first.rows[1].upos, first.rows[1].features) == ("de", "X", "A=b")
    assert [one.form for one in surface(first.rows)] == ["Du", "!"]
    assert (second.line, second.metadata, second.rows[0].form) == (11, {}, "Fin")


def test_spaces_in_a_form_do_not_end_its_column() -> None:
    (sentence,) = parse_conllu(row("1", "10  000"), "x")
    assert (sentence.rows[0].form, sentence.rows[0].upos) == ("10 000", "X")


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([row("1", "a"), row("3", "b")], r"x, line 2: .*got id 3 where word 2 was due"),
        ([row("2", "a")], r"x, line 1: .*id 2 where word 1 was due"),
        ([row("1", "a"), row("1", "b")], r"line 2: .*is the empty line between two sentences missing\?"),
        ([row("١", "a")], r"line 1: .*got '١' for an id"),
        ([row("1-1", "a"), row("1", "a")], r"line 1: .*got '1-1' for an id"),
        ([row("1-2", "a"), row("1", "a")], r"line 1: multiword token 1-2 'a' covers words .*; the sentence has 1"),
        ([row("1-2", "a"), row("1", "a"), row("2-3", "b"), row("2", "b"), row("3", "c")], "3: multiword token 2-"),
        ([row("1", "a")[:-2]], r"line 1: .*got 9 columns"),
        ([row("1", "a").replace("\t", "  ")], r"line 1: .*got 1 column;"),
    ],
)  # fmt: skip
def test_what_is_malformed_is_named_with_its_line(lines: list[str], says: str) -> None:
    with pytest.raises(CorpusError, match=says):
        list(parse_conllu("\n".join(lines) + "\n\n", "x"))


@pytest.mark.parametrize("path", ["pud/fr.conllu", "pud/en.conllu", "vtb/vi.conllu"])
def test_equal_to_the_package(path: str) -> None:
    file: Path = shared("data", *path.split("/"))
    text = "\n\n".join(file.read_text(encoding="utf-8").split("\n\n")[:300]) + "\n\n"
    ours, theirs = list(parse_conllu(text, path)), conllu.parse(text)
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        assert one.metadata == {key: value for key, value in other.metadata.items() if value is not None}
        for mine, token in zip(one.rows, other, strict=True):
            assert (mine.form, mine.lemma, mine.upos) == (token["form"], token["lemma"], token["upos"])
            features = "|".join(f"{name}={value}" for name, value in (token["feats"] or {}).items())
            assert mine.features == (features or "_")
            assert mine.spaced == ((token["misc"] or {}).get("SpaceAfter") != "No")
            place = token["id"]
            kind = (place, place) if isinstance(place, int) else (place[0], place[2] if place[1] == "-" else 0)
            assert (mine.first, mine.last) == kind
