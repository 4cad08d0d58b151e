"""Data with a split: what training and a test share is refused, be it by id, by text, or through a translation."""

from pathlib import Path

import pytest

from babelscope.errors import CorpusError
from babelscope.transfer import load_task
from transfer.small_tables import split_rows, table

MANY = {"train": 40, "dev": 4, "test": 200}


@pytest.mark.parametrize("part", ["train", "dev"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_shared_id_is_refused_in_the_source_and_in_a_target(tmp_path: Path, part: str, language: str) -> None:
    given = split_rows()
    leaked = next(row for row in given if row["split"] == "test" and row["language"] == language)
    # in the source the text is that of the id, else the ids would be seen to number the rows of each split
    text = f"en text number 2 of {part}" if language == "en" else leaked["text"]
    leaked |= {"id": f"{part}-s2", "text": text}
    name = {"en": "English", "fr": "French"}[language]
    says = f"the {part} set of English shares 1 ids with the 6 examples of the {name} test .'{part}-s2'."
    with pytest.raises(CorpusError, match=says):
        load_task("mine", table(tmp_path / "t.csv", given))


def test_a_shared_text_is_refused_where_ids_differ(tmp_path: Path) -> None:
    given = split_rows()
    given[0]["text"] = "EN  text number 2 of test"
    with pytest.raises(CorpusError, match="the train set of English shares 1 texts with the 6 examples"):
        load_task("mine", table(tmp_path / "t.csv", given))


def test_a_few_shared_texts_of_many_are_taken_out_of_training(tmp_path: Path) -> None:
    given = split_rows(parts=MANY)
    given[0]["text"] = given[3]["text"] = "en text number 2 of test"
    task = load_task("mine", table(tmp_path / "t.csv", given))
    assert len(task.train) == 38
    assert len(task.test["en"]) == 200
    assert any(line.startswith("2 examples were left out of the train set") for line in task.report["warnings"])


def test_ids_that_number_the_rows_of_each_split_are_told_from_leaks(tmp_path: Path) -> None:
    given = [row | {"id": row["id"].split("-")[1]} for row in split_rows()]
    task = load_task("mine", table(tmp_path / "t.csv", given))
    assert any(line.startswith("ids number the rows of each split") for line in task.report["warnings"])
    assert len({one.id for one in (*task.train, *task.dev, *task.test["en"])}) == 20
    assert [one.id for one in task.test["en"]] == [one.id for one in task.test["fr"]]
    given[0]["text"] = next(row["text"] for row in given if row["id"] == "s0" and row["split"] == "test")
    with pytest.raises(CorpusError, match="shares 6 ids"):
        load_task("mine", table(tmp_path / "u.csv", given))


def test_ids_that_only_a_target_shares_are_a_leak_however_the_texts_differ(tmp_path: Path) -> None:
    given = split_rows()
    for row in given:
        if row["language"] == "fr" and row["split"] == "test":
            row["id"] = row["id"].replace("test", "train")
    with pytest.raises(CorpusError, match="shares 6 ids with the 6 examples of the French test"):
        load_task("mine", table(tmp_path / "t.csv", given))


def test_untranslated_rows_of_a_target_are_counted(tmp_path: Path) -> None:
    given = split_rows()
    next(row for row in given if row["language"] == "fr" and row["split"] == "test")["text"] = given[0]["text"]
    task = load_task("mine", table(tmp_path / "t.csv", given))
    assert task.report["near_leaks"] == {"fr": 1}
    assert any("word for word: fr 1" in line for line in task.report["warnings"])
