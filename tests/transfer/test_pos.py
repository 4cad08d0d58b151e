"""Parts of speech of words: as the treebank gives them, none where it gives none, at the words' own places."""

from pathlib import Path

import pytest

from babelscope.errors import CorpusError
from babelscope.transfer import load_task
from babelscope.transfer.examples import as_treebank
from babelscope.transfer.pos import UPOS, read_pos
from babelscope.treebanks import load_treebanks

WORDS = (
    ("1-2", "du", "_"), ("1", "de", "ADP"), ("2", "le", "DET"), ("3", "pain", "NOUN"), ("4", "!", "PUNCT"),
    ("5", "uh", "CONJ"),
)  # fmt: skip


def conllu(key: str, extra: str = "") -> str:
    lines = [f"# sent_id = {key}", f"# text = du pain ! uh{extra}"]
    lines += [f"{at}\t{form}\t{form}\t{tag}\t_\t_\t_\t_\t_\t_" for at, form, tag in WORDS]
    lines += [f"6\t{extra.strip()}\t_\tX\t_\t_\t_\t_\t_\t_"] if extra else []
    return "\n".join(lines) + "\n\n"


def bank(folder: Path, language: str, ids: list[str]) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{language}.conllu"
    path.write_text("".join(conllu(key, f" w{key}") for key in ids), encoding="utf-8")
    return folder


def test_each_word_has_its_tag_and_multiword_tokens_none(tmp_path: Path) -> None:
    folder = bank(tmp_path, "fr", ["1", "2"])
    bank(tmp_path, "en", ["1", "2"])
    examples, counted = read_pos([str(folder)], "en", ["fr"])
    one = examples["fr"][0]
    assert [one.text[start:end] for start, end in one.spans] == ["du", "pain", "!", "uh", "w1"]
    assert [UPOS[label] if label >= 0 else "" for label in one.labels] == ["", "NOUN", "PUNCT", "", "X"]
    assert one.gold == one.labels
    assert counted["fr"]["unlabelled"] == {"multiword token or untagged": 2, "CONJ is none of the 17": 2}
    assert counted["fr"]["words"] == 10


def test_tags_change_nothing_that_was_measured_before() -> None:
    made = load_treebanks("grammar", ["pt"], n=30)["pt"]
    words = [word for sentence in made.sentences for word in sentence.words]
    assert {word.upos for word in words} <= {*UPOS, ""}
    assert all(not word.upos for word in words if word.form in ("da", "do", "no", "na"))
    assert made.hash == "ab9d5cce2e995a55"


def test_examples_are_a_treebank_again() -> None:
    made = read_pos(["grammar"], "zh", ["en"])[0]["zh"][:5]
    again = as_treebank(made, "zh")
    first = load_treebanks("grammar", ["zh"], n=5)["zh"]
    assert again.language == first.language
    for one, other in zip(again.sentences, first.sentences, strict=True):
        assert one.text == other.text
        assert [(w.form, w.start, w.end) for w in one.words] == [(w.form, w.start, w.end) for w in other.words]


def test_places_are_joined_and_a_language_in_two_is_refused(tmp_path: Path) -> None:
    ids = [f"s{i}" for i in range(10)]
    one, two = bank(bank(tmp_path / "a", "en", ids), "fr", ids), bank(tmp_path / "b", "vi", ["v1", "v2"])
    task = load_task("pos", [one, two])
    assert task.languages == ("vi", "en", "fr")
    assert len(task.test["vi"]) == 2
    assert load_task("pos", f"{one}+{two}").hash == task.hash
    assert load_task("pos", f"{one}+{two}", targets=["vi"]).languages == ("vi", "en")
    with pytest.raises(CorpusError, match="nothing to test in the target language 'hi' .Hindi., only in vi, en, fr"):
        load_task("pos", [one, two], targets=["hi"])
    with pytest.raises(CorpusError, match="no data in the source language 'hi' .Hindi., only in vi, en, fr"):
        load_task("pos", [one, two], source="hi")
    with pytest.raises(CorpusError, match="French is both in .*a and in .*b; keep one treebank"):
        load_task("pos", [one, bank(two, "fr", ids)])


def test_an_id_of_two_sentences_is_refused(tmp_path: Path) -> None:
    folder = bank(bank(tmp_path, "en", ["1", "2", "1"]), "fr", ["1"])
    with pytest.raises(CorpusError, match="id '1' is on 2 sentences of .* expected each to have a sent_id"):
        load_task("pos", folder)
