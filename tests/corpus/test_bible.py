from pathlib import Path

import pytest

from babelscope.corpus.bible import bible_languages, read_bible, read_bible_folder
from babelscope.errors import CorpusError

pytest.importorskip("defusedxml")

HEADER = '<cesHeader version="4"><langUsage><language id="xx" iso639="ssw">wrong</language></langUsage></cesHeader>'


def bible(path: Path, verses: dict[str, str], before: str = "") -> Path:
    segments = "".join(
        f'\n\t\t<seg id="{key}" type="verse">\n\t\t\t{text}\n\t\t</seg>' for key, text in verses.items()
    )
    body = f'<div id="b.GEN" type="book"><div id="b.GEN.1" type="chapter">{segments}\n</div></div>'
    path.write_text(
        f'<?xml version="1.0" ?>\n{before}<cesDoc version="4">{HEADER}<text><body>{body}</body></text></cesDoc>',
        encoding="utf-8",
    )
    return path


def test_verses_align_by_id_and_missing_ones_are_counted(tmp_path: Path) -> None:
    bible(
        tmp_path / "English.xml",
        {"b.GEN.1.1": "In the beginning", "b.GEN.1.2": "And", "b.GEN.1.4": "Sun &amp; day"},
    )
    bible(tmp_path / "French-NT.xml", {"b.GEN.1.1": "Au\n\t\tcommencement", "b.GEN.1.3": "Dieu", "b.GEN.1.4": "Jour"})
    made = read_bible_folder(tmp_path, ["fr", "en"])
    assert made.ids == ("b.GEN.1.1", "b.GEN.1.4")
    assert made["en"] == ("In the beginning", "Sun & day")
    assert made["fr"] == ("Au commencement", "Jour")
    assert made.dropped == 2


def test_only_verses_count_and_inner_markup_is_read_through(tmp_path: Path) -> None:
    path = bible(tmp_path / "en.xml", {"b.GEN.1.1": 'God <hi rend="it">said</hi> so\u2028and so'})
    text = path.read_text().replace("</div></div>", '<seg id="h" type="heading">Title</seg></div></div>')
    path.write_text(text)
    assert read_bible(path) == {"b.GEN.1.1": "God said so\u2028and so"}


def test_file_names_decide_the_language_not_the_header(tmp_path: Path) -> None:
    names = {
        "English": "en", "English-WEB": None, "Swahili-NT": "sw", "Farsi": "fa", "Creole": "ht", "Ukranian-NT": "uk",
        "Uma-NT": "ppk", "zho_Hans": "zh", "Chinese-tok": None, "Q'eqchi'": "kek", "README": None,
    }  # fmt: skip
    found = bible_languages(tmp_path / f"{name}.xml" for name in names)
    wanted = {code: name for name, code in names.items() if code}
    wanted["zh"] = "zho_Hans"
    assert {code: path.stem for code, path in found.items()} == wanted


BOMB = '<!DOCTYPE z [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>\n'
OUTSIDE = '<!DOCTYPE z [<!ENTITY a SYSTEM "file:///etc/passwd">]>\n'


@pytest.mark.parametrize("doctype", [BOMB, OUTSIDE])
def test_entities_are_refused(tmp_path: Path, doctype: str) -> None:
    path = bible(tmp_path / "en.xml", {"b.GEN.1.1": "&a;"}, doctype)
    with pytest.raises(CorpusError, match=r"en\.xml defines or fetches entities .*refused as unsafe"):
        read_bible(path)


def test_a_plain_doctype_is_harmless(tmp_path: Path) -> None:
    assert read_bible(bible(tmp_path / "en.xml", {"b.GEN.1.1": "x"}, "<!DOCTYPE cesDoc>\n")) == {"b.GEN.1.1": "x"}


def test_bad_files_are_one_clear_line(tmp_path: Path) -> None:
    path = tmp_path / "en.xml"
    path.write_text("<cesDoc>\n<text><seg></text></cesDoc>")
    with pytest.raises(CorpusError, match=r"en\.xml is not well-formed XML \(mismatched tag: line 2"):
        read_bible(path)
    path.write_bytes(b"<cesDoc>\n<seg>\xe9t\xe9</seg></cesDoc>")
    with pytest.raises(CorpusError, match=r"not well-formed XML .*line 2"):
        read_bible(path)
    path.write_text("")
    with pytest.raises(CorpusError, match="not well-formed XML"):
        read_bible(path)
    path.write_text("<cesDoc/>")
    with pytest.raises(CorpusError, match="holds no verses"):
        read_bible(path)
    path.write_text('<cesDoc><seg type="verse">x</seg></cesDoc>')
    with pytest.raises(CorpusError, match="a verse has no id"):
        read_bible(path)
    path.write_text('<cesDoc><seg id="a" type="verse">x</seg><seg id="a" type="verse">y</seg></cesDoc>')
    with pytest.raises(CorpusError, match="verse 'a' occurs twice"):
        read_bible(path)
    with pytest.raises(CorpusError, match="cannot read .*No such file"):
        read_bible(tmp_path / "absent.xml")


def test_a_language_without_a_bible_lists_those_that_have_one(tmp_path: Path) -> None:
    for name in ("English", "French"):
        bible(tmp_path / f"{name}.xml", {"b.GEN.1.1": "x", "b.GEN.1.2": "y"})
    with pytest.raises(CorpusError, match=r"has no 'hi' \(Hindi\); it has en, fr"):
        read_bible_folder(tmp_path, ["en", "hi"])
