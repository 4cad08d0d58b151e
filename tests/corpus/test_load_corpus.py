import json
import shutil
from pathlib import Path

import pytest

from babelscope.corpus import CORPORA, describe_corpora, load_corpus
from babelscope.errors import BabelscopeError, CorpusError
from tiny_corpus import TEXT, tiny_corpus

SHARED = Path(__file__).resolve().parents[2] / "../shared/data"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for code, lines in TEXT.items():
        (tmp_path / f"{code}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "README.txt").write_text("notes")
    return tmp_path


def test_a_folder_gives_all_its_languages_in_display_order(folder: Path) -> None:
    made = load_corpus(folder)
    assert made.languages == ("ar", "en", "hi", "fr", "zh")
    assert made.hash == tiny_corpus().hash
    assert made.warnings == ()


def test_languages_in_any_spelling_and_in_the_order_asked_for(folder: Path) -> None:
    expected = ("fr", "en", "zh")
    for spelling in ("fr,en,zh", " fra_Latn, eng ,zho_Hans,", ["fr", "EN", "cmn"], ("fr", "en", "zh")):
        assert load_corpus(str(folder), languages=spelling).languages == expected


def test_selection_happens_after_dropping(folder: Path) -> None:
    lines = ["", *TEXT["en"][1:]]
    (folder / "en.txt").write_text("\n".join(lines) + "\n")
    made = load_corpus(folder, languages="en,fr", n=2, offset=1)
    assert (made.ids, made.dropped) == (("3", "4"), 1)
    assert [warning.kind for warning in made.warnings] == ["dropped"]
    assert (
        load_corpus(folder, languages="en,fr", n=3, seed=1).ids
        == load_corpus(folder, languages="en,fr", n=3, seed=1).ids
    )
    with pytest.raises(CorpusError, match="has 7 whole ones; use -n 7 or less"):
        load_corpus(folder, languages="en,fr", n=8)


@pytest.mark.parametrize("counts", [{}, {"at_most": 100}, {"n": 2}, {"n": 1}, {"seed": 3}])
def test_an_offset_must_leave_two_sentences(folder: Path, counts: dict[str, int]) -> None:
    with pytest.raises(
        CorpusError, match="leaves 1 of the 8 .*at least 2 sentences must follow the offset"
    ) as caught:
        load_corpus(folder, offset=7, **counts)
    assert "-n 1" not in str(caught.value) and "--offset 6" in str(caught.value)
    assert load_corpus(folder, offset=6, at_most=100).n == 2


@pytest.mark.parametrize("argument", ["n", "at_most", "offset"])
@pytest.mark.parametrize("value", ["5", 2.0, True, [3]])
def test_counts_must_be_whole_numbers(folder: Path, argument: str, value: object) -> None:
    with pytest.raises(CorpusError, match=rf"^{argument} must be a whole number, got .*{type(value).__name__}"):
        load_corpus(folder, **{argument: value})


def test_an_offset_may_not_be_none(folder: Path) -> None:
    with pytest.raises(CorpusError, match="^offset must be a whole number, got None"):
        load_corpus(folder, offset=None)  # type: ignore[arg-type]


def test_whole_numbers_of_other_libraries_count(folder: Path) -> None:
    numpy = pytest.importorskip("numpy")
    assert load_corpus(folder, n=numpy.int64(3), offset=numpy.int32(1)).n == 3


def test_a_language_mapped_twice_on_the_command_line_is_refused() -> None:
    from babelscope.cli.options import read_corpus

    with pytest.raises(BabelscopeError, match="en given twice"):
        read_corpus("absent.csv", None, None, columns="en=A,en=B,fr=C")


def test_errors_call_a_bundled_corpus_by_its_name() -> None:
    with pytest.raises(CorpusError, match=r"^corpus 'mini' has no 'de' \(German\); it has ar, en"):
        load_corpus("mini", languages="en,de")
    with pytest.raises(CorpusError, match=r"'mini' has 100 whole ones"):
        load_corpus("mini", n=101)


def test_the_guard_inspects_what_was_selected(folder: Path) -> None:
    (folder / "fr.txt").write_text("\n".join([*TEXT["fr"][:7], TEXT["en"][7]]) + "\n")
    assert [warning.kind for warning in load_corpus(folder, languages="en,fr").warnings] == ["identical"]
    assert load_corpus(folder, languages="en,fr", n=7).warnings == ()


@pytest.mark.parametrize(
    ("languages", "says"),
    [
        ("en", "at least 2 languages to compare, got en"),
        ("", "at least 2 languages to compare, got none"),
        ([], "at least 2 languages to compare, got none"),
        ("en,eng_Latn", r"'en' \(English\) was asked for twice"),
        ("en,xx", "unknown language 'xx'"),
        ("en,de", r"has no 'de' \(German\); it has ar, en, fr, hi, zh"),
    ],
)
def test_languages_that_cannot_be_read(folder: Path, languages: str | list[str], says: str) -> None:
    with pytest.raises(CorpusError, match=says):
        load_corpus(folder, languages=languages)


def test_languages_are_checked_before_anything_is_fetched() -> None:
    with pytest.raises(CorpusError, match="unknown language 'xx'"):
        load_corpus("ntrex", languages="en,xx")


def test_sources_that_do_not_exist(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="unknown corpus 'flors'; did you mean 'flores'.* choose from: bible"):
        load_corpus("flors")
    with pytest.raises(CorpusError, match="no folder or file .*absent; check the path"):
        load_corpus(tmp_path / "absent")
    with pytest.raises(CorpusError, match=r"no folder or file .*absent\.csv"):
        load_corpus("absent.csv")
    (tmp_path / "x.pdf").write_bytes(b"%PDF")
    with pytest.raises(CorpusError, match=r"cannot read .*x\.pdf; expected a folder, or a table ending in \.tsv"):
        load_corpus(tmp_path / "x.pdf")


def test_folders_that_are_no_corpus(tmp_path: Path, folder: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "README.txt").write_text("x")
    with pytest.raises(CorpusError, match=r"holds no corpus; expected files <lang>\.txt"):
        load_corpus(empty)
    for stem in TEXT:
        (folder / f"{stem}.xml").write_text("<cesDoc/>")
    with pytest.raises(CorpusError, match=r"more than one corpus \(<lang>\.txt and <lang>\.xml\)"):
        load_corpus(folder)


def test_one_file_is_one_language_too_few(tmp_path: Path) -> None:
    (tmp_path / "en.txt").write_text("a\nb\n")
    with pytest.raises(CorpusError, match="at least 2 languages"):
        load_corpus(tmp_path)


def test_one_sentence_is_one_too_few(tmp_path: Path) -> None:
    for code in ("en", "fr"):
        (tmp_path / f"{code}.txt").write_text(f"{code}\n")
    with pytest.raises(CorpusError, match="at least 2 sentences"):
        load_corpus(tmp_path)


def test_options_that_do_not_fit_the_source_are_refused(folder: Path) -> None:
    with pytest.raises(CorpusError, match="has no columns to map"):
        load_corpus(folder, columns={"en": "a", "fr": "b"})
    with pytest.raises(CorpusError, match="has no columns to map"):
        load_corpus("ntrex", columns={"en": "a", "fr": "b"})
    with pytest.raises(CorpusError, match="has no --split or --revision"):
        load_corpus(folder, split="test")


def test_every_kind_of_source_gives_the_same_text(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("defusedxml")
    reference = load_corpus(folder, languages="en,zh")
    table = tmp_path / "table.jsonl"
    rows = [{code: TEXT[code][i] for code in TEXT} for i in range(8)]
    table.write_text("".join(json.dumps(row) + "\n" for row in rows))
    bibles, treebanks = tmp_path / "bibles", tmp_path / "treebanks"
    bibles.mkdir()
    treebanks.mkdir()
    for code, name in (("en", "English"), ("zh", "Chinese")):
        verses = "".join(f'<seg id="b.{i}" type="verse">{text}</seg>' for i, text in enumerate(TEXT[code]))
        (bibles / f"{name}.xml").write_text(f"<cesDoc>{verses}</cesDoc>", encoding="utf-8")
        blocks = (f"# sent_id = {i}\n# text = {text}\n1\tx" + "\t_" * 8 + "\n\n" for i, text in enumerate(TEXT[code]))
        (treebanks / f"{code}.conllu").write_text("".join(blocks), encoding="utf-8")
    for source in (table, bibles, treebanks):
        assert load_corpus(source, languages="en,zh").hash == reference.hash


def test_the_bundled_corpus_is_clean_and_offline() -> None:
    try:
        made = load_corpus("mini")
    except BabelscopeError as error:
        pytest.skip(f"the bundled text is not complete: {error}")
    assert set(made.languages) == set(CORPORA["mini"].defaults)
    assert (made.n, made.dropped, made.warnings) == (100, 0, ())
    assert made.source.licence == "CC0-1.0"


@pytest.mark.parametrize("name", CORPORA)
def test_named_sets_say_where_they_come_from(name: str) -> None:
    entry = CORPORA[name]
    assert entry.name == name and entry.licence and entry.how and entry.spelling
    assert set(entry.defaults) == {"ar", "en", "es", "fr", "hi", "id", "pt", "vi", "zh"}
    if entry.layout != "bundled":
        assert entry.page.endswith(entry.repository) and entry.split
        assert entry.pinned == "branch" or len(entry.revision) == 40
    assert entry.gated == ("HF_TOKEN" in entry.how)


def test_the_default_corpus_is_open() -> None:
    assert load_corpus.__kwdefaults__["languages"] is None
    assert load_corpus.__defaults__ == ("ntrex",)
    assert not CORPORA["ntrex"].gated


def test_the_list_of_corpora_is_plain_data() -> None:
    rows = describe_corpora()
    assert [row["name"] for row in rows] == list(CORPORA)
    assert json.loads(json.dumps(rows)) == rows
    assert all(len(row["languages"]) >= 9 for row in rows)
    assert [row["name"] for row in rows if row["gated"]] == ["flores"]


@pytest.mark.skipif(not (SHARED / "ntrex/en.txt").exists(), reason="needs ../shared/data/ntrex")
def test_news_sentences(tmp_path: Path) -> None:
    for code in ("en", "ja"):
        shutil.copy(SHARED / f"ntrex/{code}.txt", tmp_path / f"{code}.txt")
    made = load_corpus(tmp_path, n=100, offset=1597)
    assert (made.n, made.ids[0], made.ids[-1]) == (100, "1598", "1697")
