from pathlib import Path

import pytest

from babelscope.corpus.conllu import read_conllu, read_conllu_folder
from babelscope.errors import CorpusError

SHARED = Path(__file__).resolve().parents[2] / "../shared/data"


def word(place: str, form: str, misc: str = "_") -> str:
    return "\t".join([place, form, "_", "_", "_", "_", "_", "_", "_", misc])


def treebank(path: Path, sentences: dict[str, list[str]]) -> Path:
    blocks = ["\n".join([f"# sent_id = {key}", *lines]) for key, lines in sentences.items()]
    path.write_text("\n\n".join(blocks) + "\n\n", encoding="utf-8")
    return path


def text(line: str) -> list[str]:
    return [f"# text = {line}", *(word(str(i + 1), form) for i, form in enumerate(line.split()))]


def test_sentences_align_by_sent_id_whatever_their_order(tmp_path: Path) -> None:
    treebank(tmp_path / "en.conllu", {"n1": text("One ."), "n2": text("Two ."), "n3": text("Three .")})
    treebank(tmp_path / "fr_pud-ud-test.conllu", {"n3": text("Trois ."), "n1": text("Un .")})
    made = read_conllu_folder(tmp_path, ["en", "fr"])
    assert made.ids == ("n1", "n3")
    assert made["fr"] == ("Un .", "Trois .")
    assert made.dropped == 1


def test_without_a_text_line_the_words_are_joined(tmp_path: Path) -> None:
    lines = [word("1-2", "du", "SpaceAfter=No"), word("1", "de"), word("2", "le"), word("3", "!"), word("3.1", "vu")]
    assert read_conllu(treebank(tmp_path / "fr.conllu", {"a": lines})) == {"a": "du!"}
    lines = [word("1", "Un"), word("2", "chat", "SpaceAfter=No"), word("3", ".")]
    assert read_conllu(treebank(tmp_path / "fr.conllu", {"a": lines})) == {"a": "Un chat."}


def test_malformed_treebanks_are_one_clear_line(tmp_path: Path) -> None:
    path = tmp_path / "en.conllu"
    path.write_text("# text = x\n" + word("1", "x") + "\n\n")
    with pytest.raises(CorpusError, match="sentence 1 has no `# sent_id`"):
        read_conllu(path)
    path.write_text("# sent_id = a\n" + word("1", "x") + "\n\n# sent_id = a\n" + word("1", "y") + "\n\n")
    with pytest.raises(CorpusError, match="sent_id 'a' occurs twice"):
        read_conllu(path)
    path.write_text("# sent_id = a\nnot a treebank\n\n")
    with pytest.raises(
        CorpusError, match=r"en\.conllu, line 2: not CoNLL-U, got 1 column; expected ten tab-separated"
    ):
        read_conllu(path)
    path.write_text("\n")
    with pytest.raises(CorpusError, match="is empty"):
        read_conllu(path)


@pytest.mark.parametrize(
    ("line", "got"),
    [
        ("1\ta", "got 2 columns"),
        ("1  a", "got 1 column;"),
        (word("1", "a") + "\t_", "got 11 columns"),
        (word("_", "a"), "got '_' for an id"),
    ],
)
@pytest.mark.parametrize("before", ["", "# text = a\n"])
def test_a_malformed_token_is_named_with_its_line(tmp_path: Path, line: str, got: str, before: str) -> None:
    path = tmp_path / "en.conllu"
    good = "# sent_id = 0\n" + word("1", "x") + "\n\n"
    path.write_text(f"{good}{before}# sent_id = 1\n{line}\n\n")
    number = 6 if before else 5
    with pytest.raises(CorpusError, match=rf"en\.conllu, line {number}: .*{got}.*expected ten tab-separated columns"):
        read_conllu(path)


def test_an_empty_last_column_and_other_line_ends_are_tolerated(tmp_path: Path) -> None:
    path = tmp_path / "en.conllu"
    path.write_bytes(b"# sent_id = 1\r\n" + word("1", "a", "").encode() + b"\r\n\r\n")
    assert read_conllu(path) == {"1": "a"}


def test_treebanks_that_are_not_parallel_are_refused(tmp_path: Path) -> None:
    treebank(tmp_path / "en.conllu", {"n1": text("One ."), "n2": text("Two .")})
    treebank(tmp_path / "fr.conllu", {"train-1": text("Un ."), "train-2": text("Deux .")})
    with pytest.raises(CorpusError, match="share no sent_id .*'fr': 'train-1'.*PUD"):
        read_conllu_folder(tmp_path, ["en", "fr"])


@pytest.mark.skipif(not (SHARED / "pud/zh.conllu").exists(), reason="needs ../shared/data/pud")
def test_parallel_treebanks_have_every_sentence_in_common() -> None:
    made = read_conllu_folder(SHARED / "pud", ["en", "ar", "zh"])
    assert (made.n, made.dropped, made.ids[0]) == (1000, 0, "n01001011")
