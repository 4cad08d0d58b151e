"""A task: translations of what is trained on are in no test, a further target changes nothing, bad input says so."""

import re
from pathlib import Path

import pytest

from babelscope.errors import CorpusError
from babelscope.transfer import TransferTask, load_task
from shared_files import shared
from transfer.small_tables import rows, split_rows, table


def ids(examples) -> set[str]:
    return {one.id for one in examples}


def check_apart(task: TransferTask) -> None:
    """No id of training or development is in a test, in any language."""
    for own in task.test.values():
        assert not ids(own) & (ids(task.train) | ids(task.dev))
    assert not ids(task.train) & ids(task.dev)


def test_no_translation_of_a_training_sentence_is_tested() -> None:
    task = load_task("pos", "grammar", targets=["zh"])
    assert task.kind == "tokens"
    assert task.languages == ("en", "zh")
    assert task.targets == ("zh",)
    check_apart(task)
    total = len(task.train) + len(task.dev) + len(task.test["en"])
    assert (len(task.train), len(task.dev)) == (round(0.7 * total), round(0.1 * total))
    assert ids(task.test["en"]) == ids(task.test["zh"])


def test_a_further_target_changes_no_other_language(tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", rows(("en", "fr", "hi"), 30))
    few, many = (load_task("mine", path, targets=targets) for targets in (["fr"], ["fr", "hi"]))
    assert few.train == many.train
    assert few.test["fr"] == many.test["fr"]
    assert few.hash != many.hash


def test_the_split_is_that_of_the_seed_and_nothing_else(tmp_path: Path) -> None:
    given = rows(count=50)
    first = load_task("mine", table(tmp_path / "a.csv", given))
    again = load_task("mine", table(tmp_path / "b.csv", given[::-1]))
    other = load_task("mine", table(tmp_path / "c.csv", given), seed=1)
    assert ids(first.train) == ids(again.train) != ids(other.train)
    assert ids(first.test["fr"]) == ids(again.test["fr"])
    assert len(first.train) == len(other.train) == 35


def test_the_hash_is_of_every_text_and_label(tmp_path: Path) -> None:
    given = rows()
    hashes = set()
    for place, change in enumerate(({}, {"text": "else"}, {"label": "good"}, {"id": "other"})):
        changed = [given[0] | change, *given[1:]]
        hashes.add(load_task("mine", table(tmp_path / f"{place}.csv", changed), seed=3).hash)
    assert len(hashes) == 4
    assert load_task("mine", tmp_path / "0.csv", seed=3).hash in hashes


def test_a_limit_keeps_the_same_sentences_of_parallel_languages(tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", rows(("en", "fr", "hi"), 50))
    task = load_task("mine", path, limit={"train": 20, "dev": 4, "test": 7})
    assert (len(task.train), len(task.dev)) == (20, 4)
    assert ids(task.test["fr"]) == ids(task.test["hi"]) == ids(task.test["en"])
    assert len(task.test["fr"]) == 7
    assert ids(task.train) < ids(load_task("mine", path).train)


def test_pud_is_split_as_the_issue_asks_and_a_treebank_of_its_own_is_tested_whole() -> None:
    pud, vtb = shared("data", "pud"), shared("data", "vtb")
    task = load_task("pos", f"{pud}+{vtb}", targets=["fr", "vi"])
    assert (len(task.train), len(task.dev), len(task.test["fr"]), len(task.test["vi"])) == (700, 100, 200, 1400)
    assert any(re.match("vi: shares no sentence id with en", line) for line in task.report["warnings"])
    assert task.report["languages"]["vi"]["place"] == str(vtb)
    assert task.report["languages"]["fr"]["unlabelled"] == {"multiword token or untagged": 595}


def test_splits_of_the_data_are_kept(tmp_path: Path) -> None:
    task = load_task("mine", table(tmp_path / "t.tsv", split_rows()))
    assert (len(task.train), len(task.dev)) == (10, 4)
    assert {code: len(own) for code, own in task.test.items()} == {"en": 6, "fr": 6}
    assert all("of train" in one.text for one in task.train)
    assert task.report["warnings"] == []


def test_without_a_development_set_a_tenth_of_the_training_becomes_one(tmp_path: Path) -> None:
    task = load_task("mine", table(tmp_path / "t.csv", split_rows(parts={"train": 30, "test": 6})))
    assert (len(task.train), len(task.dev)) == (27, 3)
    check_apart(task)
    assert any(line.startswith("no development rows") for line in task.report["warnings"])


def test_labels_that_only_the_test_has_are_counted_and_said(tmp_path: Path) -> None:
    given = [row | ({"label": "odd"} if row["id"] == "test-s0" else {}) for row in split_rows()]
    task = load_task("mine", table(tmp_path / "t.csv", given))
    assert task.labels == ("bad", "good", "odd")
    assert task.report["labels_unseen"] == {"en": {"odd": 1}, "fr": {"odd": 1}}
    assert any("always wrong" in line for line in task.report["warnings"])


def test_what_a_later_part_has_word_for_word_is_left_out_though_its_id_differs(tmp_path: Path) -> None:
    given = rows(count=40)
    given[1]["text"] = given[0]["text"].upper()
    found = [load_task("mine", table(tmp_path / "t.csv", given), seed=seed) for seed in range(16)]
    together = 0
    for task in found:
        parts = [{"s0", "s1"} & ids(own) for own in (task.train, task.dev, task.test["en"])]
        kept = [own for own in parts if own]
        assert len(kept) == 1 and task.report["near_leaks"] == {}
        left = sum("1 examples were left out" in line for line in task.report["warnings"])
        assert len(task.train) + len(task.dev) + len(task.test["en"]) == 40 - left
        assert len(kept[0]) == 2 - left
        together += not left
    assert 0 < together < 16


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"source": "sw"}, "no data in the source language 'sw' .Swahili., only in en, fr; choose with --source"),
        ({"targets": ["fr", "sw"]}, "nothing to test in the target language 'sw' .Swahili., only in en, fr"),
        ({"targets": []}, "got no target language beside the source 'en'"),
        ({"targets": ["en"]}, "got no target language beside the source 'en'"),
        ({"source": "english"}, "unknown language 'english'"),
        ({"limit": {"tests": 3}}, "got the limit tests=3; expected train, dev or test"),
        ({"limit": {"train": 0}}, "got the limit train=0; .* at least 1"),
        ({"columns": {"txt": "text"}}, "unknown role of a column 'txt'; did you mean 'text'"),
        (
            {"columns": {"text": "words"}},
            "has no column 'words' .for text.; its columns are language, id, text, label",
        ),
    ],
)
def test_what_is_asked_for_and_is_not_there_is_one_line(tmp_path: Path, arguments: dict, says: str) -> None:
    path = table(tmp_path / "t.csv", rows())
    with pytest.raises(CorpusError, match=says) as caught:
        load_task("mine", path, **arguments)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda row: {"text": " "} if row["id"] == "s3" else {}, "row 4: column 'text' holds .*expected text"),
        (lambda row: {"label": ""} if row["id"] == "s3" else {}, "row 4 has no label"),
        (lambda row: {"label": "good"}, "all training examples have one label .'good'."),
        (lambda row: {"id": "s1"} if row["id"] == "s2" else {}, "id 's1' is on 2 rows of English"),
        (lambda row: {"id": ""} if row["id"] == "s2" else {}, "row 3 has no id, though other rows have"),
        (
            lambda row: {"label": "gut"} if row["language"] == "fr" and row["label"] == "good" else {},
            "French has labels that English, the source, does not: 'gut', not among 'bad', 'good'",
        ),
        (lambda row: {"split": "exam"}, "row 1: got the split 'exam'; expected train"),
        (lambda row: {"split": "test" if row["language"] == "fr" else "train"}, "has no test rows in English"),
        (lambda row: {"split": "test"}, "has no train rows in English"),
        (lambda row: {"split": "train"}, "got no target language beside the source"),
    ],
)
def test_data_that_cannot_serve_is_one_line(tmp_path: Path, change, says: str) -> None:
    path = table(tmp_path / "t.csv", [row | change(row) for row in rows()])
    with pytest.raises(CorpusError, match=says) as caught:
        load_task("mine", path)
    assert "\n" not in str(caught.value)


def test_one_language_and_a_missing_place_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="got no target language"):
        load_task("mine", table(tmp_path / "t.csv", rows(["en"])))
    with pytest.raises(CorpusError, match="no file or folder .*nowhere"):
        load_task("mine", tmp_path / "nowhere")
    with pytest.raises(CorpusError, match="got no place of data"):
        load_task("mine", "a++b")
    with pytest.raises(CorpusError, match="4 sentences are too few"):
        load_task("mine", table(tmp_path / "few.csv", rows(count=4)))


def test_rows_without_an_id_are_said_to_be_paired_by_their_numbers(tmp_path: Path) -> None:
    given = [{key: value for key, value in row.items() if key != "id"} for row in rows()]
    task = load_task("mine", table(tmp_path / "t.csv", given))
    check_apart(task)
    assert any(line.startswith("en, fr: rows have no id, so equal row numbers") for line in task.report["warnings"])
