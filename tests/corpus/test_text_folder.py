from pathlib import Path

import pytest

from babelscope.corpus.decoding import read_lines
from babelscope.corpus.text_folder import read_text_folder
from babelscope.errors import CorpusError

SHARED = Path(__file__).resolve().parents[2] / "../shared/data"


def write(folder: Path, **files: bytes | str) -> Path:
    for language, text in files.items():
        (folder / f"{language}.txt").write_bytes(text.encode() if isinstance(text, str) else text)
    return folder


def test_lines_align_and_the_number_is_the_id(tmp_path: Path) -> None:
    made = read_text_folder(write(tmp_path, en="a b\nc\n\nd\n", fra_Latn="A B\nC\nX\nD\n"), ["fr", "eng"])
    assert made.languages == ("fr", "en")
    assert made["fr"] == ("A B", "C", "D")
    assert (made.ids, made.dropped, made.name) == (("1", "2", "4"), 1, tmp_path.name)


def test_mark_and_line_ends_of_other_systems_are_tolerated(tmp_path: Path) -> None:
    made = read_text_folder(write(tmp_path, en=b"\xef\xbb\xbfa\r\nb\r\n", fr="A\nB"), ["en", "fr"])
    assert made.sentences == (("a", "b"), ("A", "B"))


@pytest.mark.parametrize("inside", ["\u2028", "\u2029", "\u0085", "\x0b", "\x0c", "\x1c", "\r"])
def test_only_newlines_end_lines(tmp_path: Path, inside: str) -> None:
    made = read_text_folder(write(tmp_path, en=f"a{inside}b\nc\n", fr="A\nC\n"), ["en", "fr"])
    assert made["en"] == (f"a{inside}b", "c")


def test_names_of_published_files(tmp_path: Path) -> None:
    for stem in ("newstest2019-src.eng", "newstest2019-ref.fra", "newstest2019-ref-2.fra", "newstest2019-ref.eng-GB"):
        (tmp_path / f"{stem}.txt").write_text(f"{stem}\nb\n")
    made = read_text_folder(tmp_path, ["en", "en-GB", "fr"])
    first = [column[0] for column in made.sentences]
    assert first == ["newstest2019-src.eng", "newstest2019-ref.eng-GB", "newstest2019-ref.fra"]


def test_a_file_of_ids_names_the_lines(tmp_path: Path) -> None:
    made = read_text_folder(write(tmp_path, en="a\nb\n", fr="A\nB\n", ids="1:1\n1:2\n"), ["en", "fr"])
    assert made.ids == ("1:1", "1:2")
    with pytest.raises(CorpusError, match="1 ids for 2 lines"):
        read_text_folder(write(tmp_path, ids="1:1\n"), ["en", "fr"])
    with pytest.raises(CorpusError, match="'x' twice"):
        read_text_folder(write(tmp_path, ids="x\nx\n"), ["en", "fr"])


def test_invalid_utf8_names_file_and_line(tmp_path: Path) -> None:
    write(tmp_path, en="a\nb\nc\n", fr="é\ne\n".encode() + "\u00e9t\u00e9\n".encode("latin-1"))
    with pytest.raises(CorpusError, match=r"fr\.txt, line 3: byte 0xe9 is not valid UTF-8; convert"):
        read_text_folder(tmp_path, ["en", "fr"])


def test_utf16_is_recognised(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="UTF-16; expected UTF-8"):
        read_text_folder(write(tmp_path, en="a\nb\n", fr="a\nb\n".encode("utf-16")), ["en", "fr"])


@pytest.mark.parametrize("text", [b"", b"\n\n", b"\xef\xbb\xbf", b" \r\n"])
def test_an_empty_file_is_an_error(tmp_path: Path, text: bytes) -> None:
    with pytest.raises(CorpusError, match=r"fr\.txt is empty"):
        read_text_folder(write(tmp_path, en="a\nb\n", fr=text), ["en", "fr"])


def test_files_of_different_length_say_their_counts(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="got en 3, fr 2; align the files first"):
        read_text_folder(write(tmp_path, en="a\nb\nc\n", fr="a\nb\n"), ["en", "fr"])


def test_a_language_without_a_file_lists_those_that_have_one(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"has no 'de' \(German\); it has en, fr"):
        read_text_folder(write(tmp_path, en="a\nb\n", fr="a\nb\n"), ["en", "de"])


def test_a_missing_or_unreadable_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no file .*absent.txt; check the path"):
        read_lines(tmp_path / "absent.txt")
    with pytest.raises(CorpusError, match="cannot read .*: Is a directory"):
        read_lines(tmp_path)


@pytest.mark.skipif(not (SHARED / "quran/ids.txt").exists(), reason="needs ../shared/data/quran")
def test_scripture_with_ids() -> None:
    made = read_text_folder(SHARED / "quran", ["ar", "en", "zh"])
    assert (made.n, made.ids[0], made.ids[-1], made.dropped) == (6236, "1:1", "114:6", 0)
