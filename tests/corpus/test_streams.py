"""One stream of text per language: from folders, parallel corpora and memory, and each way to fail."""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babelscope.corpus import CORPORA, CorpusSource, TextStreams, load_corpus, load_streams
from babelscope.errors import CorpusError
from babelscope.languages import display_order
from shared_files import shared
from tiny_corpus import TEXT, tiny_corpus


def write(folder: Path, **files: bytes | str) -> Path:
    for language, text in files.items():
        (folder / f"{language}.txt").write_bytes(text.encode() if isinstance(text, str) else text)
    return folder


def streams(**texts: str) -> TextStreams:
    return TextStreams("made", texts, CorpusSource("memory"), "folder")


# the value


def test_languages_are_canonical_and_in_display_order_whatever_was_given() -> None:
    made = streams(zho_Hans="中", fra="f", eng_Latn="e", ar="ع")
    assert made.languages == tuple(made) == display_order(["zh", "fr", "en", "ar"])
    assert (made["zh"], made.get("de"), len(made), "fr" in made) == ("中", None, 4, True)
    with pytest.raises(KeyError, match="'de' has no text here; there is ar, en, fr, zh"):
        made["de"]


@given(st.permutations(["en", "fr", "zh", "ar"]))
def test_the_hash_does_not_know_the_order_of_languages(order: list[str]) -> None:
    texts = {"en": "a b", "fr": "c d", "zh": "中文", "ar": "عربي"}
    assert streams(**{code: texts[code] for code in order}).hash == streams(**texts).hash


@given(st.sampled_from(["en", "fr"]), st.integers(0, 5), st.characters(codec="utf-8"))
def test_the_hash_knows_every_character(language: str, place: int, character: str) -> None:
    texts = {"en": "abc de", "fr": "fgh ij"}
    text = texts[language]
    changed = text[:place] + character + text[place + 1 :]
    assert (streams(**texts | {language: changed}).hash == streams(**texts).hash) == (changed == text)


def test_the_hash_knows_boundaries_and_languages() -> None:
    texts = [{"en": "a", "fr": "bc"}, {"en": "ab", "fr": "c"}, {"en": "bc", "fr": "a"}, {"en": "a", "es": "bc"}]
    texts += [{"en": "a"}, {"en": "a\n"}]
    assert len({streams(**each).hash for each in texts}) == len(texts)


def test_the_hash_is_the_same_on_every_machine() -> None:
    assert streams(fr="La mer.", en="The sea.").hash == sha256(b"2:en8:The sea.2:fr7:La mer.").hexdigest()[:16]


def test_some_languages_are_selected_in_any_spelling() -> None:
    made = streams(en="e", fr="f", zh="z")
    assert made.select("zho_Hans, en").texts == {"en": "e", "zh": "z"}
    assert made.select(["fr"]).hash == streams(fr="f").hash
    with pytest.raises(CorpusError, match=r"text 'made' has no 'de' \(German\); it has en, fr, zh"):
        made.select(["en", "de"])
    with pytest.raises(CorpusError, match="asked for twice"):
        made.select("en,eng")
    with pytest.raises(CorpusError, match="no language was asked for"):
        made.select(" , ")


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        ({}, "made has no text; expected at least one language"),
        ({"en": "a", "eng": "b"}, "language 'en' is given twice"),
        ({"en": "a", "fr": " \n"}, "the text of 'fr' is empty"),
        ({"en": None}, "must be a str, got NoneType"),
        ({"en": "a\ud800"}, r"lone surrogate U\+D800 at character 1"),
        ({"xx-nope": "a"}, "unknown language"),
    ],
)
def test_what_cannot_be_a_stream_is_refused(texts: Mapping[str, Any], says: str) -> None:
    with pytest.raises(CorpusError, match=says):
        TextStreams("made", dict(texts), CorpusSource("memory"), "folder")


# a folder


def test_a_folder_gives_each_text_as_it_stands(tmp_path: Path) -> None:
    made = load_streams(write(tmp_path, fra_Latn="  Un.\n\n\nDeux.\n", en="One.", README="notes", ids="1\n2\n"))
    assert made.texts == {"en": "One.", "fr": "  Un.\n\n\nDeux.\n"}
    assert (made.name, made.kind, made.source) == (tmp_path.name, "folder", CorpusSource(str(tmp_path)))


def test_mark_and_line_ends_of_other_systems(tmp_path: Path) -> None:
    write(tmp_path, en=b"\xef\xbb\xbfa\r\n\r\nb\rc\xe2\x80\xa8d\n")
    assert load_streams(tmp_path)["en"] == "a\n\nb\nc\u2028d\n"
    assert load_streams(tmp_path).hash == load_streams(str(tmp_path), "eng").hash


def test_lines_of_a_folder_are_joined_by_a_blank_line(tmp_path: Path) -> None:
    write(tmp_path, en="1\r\n2\r\n3\r\n4\r\n", fr="a\nb\n\nd\ne\n")
    made = load_streams(tmp_path, n=3, offset=1)
    assert made.texts == {"en": "2\n\n3\n\n4", "fr": "b\n\nd"}
    assert made.source.split == "lines[1:4]"
    rest = load_streams(tmp_path, offset=2)
    assert rest.texts == {"en": "3\n\n4", "fr": "d\n\ne"}
    assert rest.source.split == "lines[2:]"
    assert len({load_streams(tmp_path).hash, made.hash, rest.hash}) == 3


def test_held_out_lines_are_the_sentences_a_corpus_would_leave(tmp_path: Path) -> None:
    write(tmp_path, **{code: "\r\n".join(lines).replace(" ", "\r", 1) for code, lines in TEXT.items()})
    kept, corpus = load_streams(tmp_path, offset=5), load_corpus(tmp_path)
    for code in corpus.languages:
        assert kept[code] == "\n\n".join(corpus[code][5:]).replace("\r", "\n")


def test_too_few_lines_name_the_file(tmp_path: Path) -> None:
    write(tmp_path, en="1\n2\n3\n", fr="1\n2\n")
    assert load_streams(tmp_path, n=2)["fr"] == "1\n\n2"
    with pytest.raises(CorpusError, match=r"asked for 3 lines from offset 0, but .*fr\.txt has 2; take fewer"):
        load_streams(tmp_path, n=3)
    with pytest.raises(CorpusError, match=r"asked for lines from offset 2, but .*fr\.txt has 2"):
        load_streams(tmp_path, offset=2)


def test_a_language_without_text_lists_those_with_it(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"has no 'de' \(German\); it has en, fr"):
        load_streams(write(tmp_path, en="a", fr="b"), "en,de")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"\n \r\n", r"fr\.txt is empty"),
        (b"a\nb\xe9\n", r"fr\.txt, line 2: byte 0xe9 is not valid UTF-8; convert"),
        ("a".encode("utf-16"), "is UTF-16; expected UTF-8"),
    ],
)
def test_an_unreadable_file_is_one_line(tmp_path: Path, text: bytes, says: str) -> None:
    with pytest.raises(CorpusError, match=says) as caught:
        load_streams(write(tmp_path, en="a", fr=text))
    assert "\n" not in str(caught.value)
    assert load_streams(tmp_path, "en").languages == ("en",)


# a parallel corpus


def test_sentences_of_a_parallel_corpus_are_joined_by_a_blank_line() -> None:
    corpus = tiny_corpus()
    made = load_streams(corpus)
    assert made.texts == {code: "\n\n".join(corpus[code]) for code in display_order(corpus.languages)}
    assert (made.name, made.kind, made.source) == (corpus.name, "parallel", corpus.source)
    some = load_streams(corpus, "fr,en", n=3, offset=2)
    assert some.texts == {code: "\n\n".join(corpus[code][2:5]) for code in ("en", "fr")}
    assert some.source == replace(corpus.source, split="sentences[2:5]")


def test_a_named_corpus_is_the_one_load_corpus_reads() -> None:
    assert load_streams("mini").texts == load_streams(load_corpus("mini")).texts
    assert load_streams("mini", "fr,en", n=2, offset=5)["fr"] == "\n\n".join(load_corpus("mini")["fr"][5:7])
    assert load_streams("mini").source.licence == CORPORA["mini"].licence


@pytest.mark.parametrize("language", ["fr", "en"])
def test_one_language_is_enough(tmp_path: Path, language: str) -> None:
    assert load_streams("mini", language).texts == {language: load_streams("mini")[language]}
    table = tmp_path / "table.tsv"
    table.write_text("en\tfr\nThe sea.\tLa mer.\nThe sky.\tLe ciel.\n")
    assert (
        load_streams(table, language)[language]
        == {"en": "The sea.\n\nThe sky.", "fr": "La mer.\n\nLe ciel."}[language]
    )


def test_tables_treebanks_and_columns(tmp_path: Path) -> None:
    (tmp_path / "table.tsv").write_text("first\tsecond\nThe sea.\tLa mer.\nThe sky.\tLe ciel.\n")
    made = load_streams(tmp_path / "table.tsv", columns={"en": "first", "fr": "second"})
    assert (made["fr"], made.kind, made.name) == ("La mer.\n\nLe ciel.", "parallel", "table")
    for code in ("en", "fr"):
        rows = (f"# sent_id = {i}\n# text = {code} {i}\n1\tx\tx\tX\t_\t_\t0\troot\t_\t_\n\n" for i in (1, 2))
        (tmp_path / f"{code}.conllu").write_text("".join(rows))
    write(tmp_path, id="a note that is named like a language\n")
    assert load_streams(tmp_path).texts == {"en": "en 1\n\nen 2", "fr": "fr 1\n\nfr 2"}


# texts in memory


def test_texts_by_language() -> None:
    made = load_streams({"fra": "a\nb\n", "en": "c\nd"})
    assert (made.texts, made.kind) == ({"en": "c\nd", "fr": "a\nb\n"}, "folder")
    assert load_streams(made) is made
    assert load_streams(made, "en").texts == {"en": "c\nd"}
    assert load_streams(made, n=1, offset=1).texts == {"en": "d", "fr": "b"}
    with pytest.raises(CorpusError, match="in memory has no columns"):
        load_streams(made, split="test")


# what a user can get wrong


@pytest.mark.parametrize(
    ("source", "arguments", "says"),
    [
        ("xlsun", {}, r"unknown text 'xlsun'; did you mean 'xlsum'\? choose from: bible, .*, xlsum; or give"),
        ("", {}, "unknown text ''"),
        ("no/folder", {}, "no folder or file no/folder; check the path"),
        ("xlsum", {"documents": 0}, "documents must be 1 or more, got 0"),
        ("xlsum", {"documents": 2.5}, r"documents must be a whole number, got 2\.5"),
        ("mini", {"n": 0}, "n must be 1 or more, got 0"),
        ("mini", {"offset": -1}, "offset must be 0 or more, got -1"),
        ("mini", {"languages": "en,de"}, r"has no 'de' \(German\)"),
        ("mini", {"languages": "en,klingonish"}, "unknown language"),
    ],
)  # fmt: skip
def test_every_mistake_is_one_clear_line(source: str, arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(CorpusError, match=says) as caught:
        load_streams(source, **arguments)
    assert "\n" not in str(caught.value)


def test_a_folder_has_no_columns_split_or_revision(tmp_path: Path) -> None:
    write(tmp_path, en="a", fr="b")
    given: list[dict[str, Any]] = [{"columns": {"en": "x"}}, {"split": "test"}, {"revision": "abc"}]
    for arguments in given:
        with pytest.raises(CorpusError, match="is a folder, which has no columns, split or revision; leave them out"):
            load_streams(tmp_path, **arguments)


def test_a_folder_without_texts_says_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="holds no corpus; expected files <lang>.txt"):
        load_streams(tmp_path)


def test_held_out_lines_of_real_text() -> None:
    made = load_streams(shared("data", "ntrex"), "en,fr,zh,ar", offset=1897)
    whole = load_streams(shared("data", "ntrex"), "en,fr,zh,ar")
    for code, text in made.items():
        assert len(text.split("\n\n")) == 100
        assert whole[code].rstrip("\n").endswith(text.replace("\n\n", "\n"))
