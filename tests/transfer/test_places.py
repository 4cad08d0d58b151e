"""Where tables lie: a file, a folder whose file names tell language and part, a dataset of the hub, XNLI's shapes."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from babelscope.errors import CorpusError
from babelscope.transfer import load_task
from transfer.small_tables import rows, split_rows, table

datasets = pytest.importorskip("datasets")

NAMES = ("entailment", "neutral", "contradiction")


def nli_rows(code: str, part: str, count: int) -> dict[str, list[Any]]:
    """Columns as the hub's XNLI has them in the configuration of one language."""
    return {
        "premise": [f"{code} premise {part} {i // 3}" for i in range(count)],
        "hypothesis": [f"{code} hypothesis {part} {i}" for i in range(count)],
        "label": [i % 3 for i in range(count)],
    }


PARTS = {"train": 30, "validation": 6, "test": 12}


@pytest.fixture
def xnli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """A local dataset that is laid out as XNLI is, a configuration per language and one for all."""

    def make(codes: tuple[str, ...], parts: Mapping[str, int] = PARTS) -> Path:
        home = tmp_path / "owner" / "xnli"
        for part, count in parts.items():
            for code in codes:
                data = datasets.Dataset.from_dict(nli_rows(code, part, count))
                _write(
                    data.cast_column("label", datasets.ClassLabel(names=list(NAMES))), home / code / f"{part}.parquet"
                )
            each = {code: nli_rows(code, part, count) for code in codes}
            pairs = {
                "premise": [{code: each[code]["premise"][i] for code in codes} for i in range(count)],
                "hypothesis": [
                    {"language": list(codes), "translation": [each[code]["hypothesis"][i] for code in codes]}
                    for i in range(count)
                ],
                "label": [i % 3 for i in range(count)],
            }
            _write(datasets.Dataset.from_dict(pairs), home / "all_languages" / f"{part}.parquet")
        configs = [
            f"\n- config_name: {config}\n  data_files:"
            + "".join(f"\n  - split: {part}\n    path: {config}/{part}.parquet" for part in parts)
            for config in ("all_languages", *codes)
        ]
        (home / "README.md").write_text("---\nconfigs:" + "".join(configs) + "\n---\n", encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))
        return home

    return make


def _write(data: Any, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    data.to_parquet(str(path))


def test_xnli_is_the_same_from_the_hub_one_configuration_and_files(xnli) -> None:
    home = xnli(("en", "fr", "sw"))
    task = load_task("nli", "hf:owner/xnli", targets=["fr"])
    assert task.labels == NAMES
    assert (len(task.train), len(task.dev), len(task.test["en"]), len(task.test["fr"])) == (30, 6, 12, 12)
    assert task.train[1].text == "en premise train 0"
    assert task.train[1].text_b == "en hypothesis train 1"
    assert task.train[1].joined() == "en premise train 0\nen hypothesis train 1"
    assert task.train[1].joined("") == "en premise train 0en hypothesis train 1"
    assert [one.label for one in task.train[:4]] == [0, 1, 2, 0]
    assert [one.id for one in task.test["en"]] == [one.id for one in task.test["fr"]]
    assert task.report["warnings"] == []
    for place in (home, "hf:owner/xnli:all_languages"):
        assert load_task("nli", place, targets=["fr"]).hash == task.hash
    assert load_task("nli", "hf:owner/xnli:en,sw").languages == ("en", "sw")
    assert set(load_task("nli", "hf:owner/xnli").languages) == {"en", "fr", "sw"}
    with pytest.raises(CorpusError, match="nothing to test in the target language 'zh' .Chinese., only in en"):
        load_task("nli", "hf:owner/xnli", targets=["zh"])


def test_splits_that_have_no_use_are_named(xnli) -> None:
    xnli(("en", "fr"), {"train": 30, "unsupervised": 3})
    with pytest.raises(CorpusError, match=r"owner/xnli \(fr\) has splits train, unsupervised; expected .*testing"):
        load_task("nli", "hf:owner/xnli")
    with pytest.raises(CorpusError, match="cannot read 'hf:a/b/c'; expected hf:OWNER/NAME"):
        load_task("nli", "hf:a/b/c")


def test_xnli_as_it_was_published_is_read(tmp_path: Path) -> None:
    train = nli_rows("en", "train", 30)
    made = [
        {"premise": a, "hypo": b, "label": "contradictory" if label == 2 else NAMES[label]}
        for a, b, label in zip(*train.values(), strict=True)
    ]
    table(tmp_path / "XNLI-MT-1.0" / "multinli.train.en.tsv", made)
    table(tmp_path / "XNLI-MT-1.0" / "multinli.train.fr.tsv", made)
    for part, count in (("dev", 6), ("test", 12)):
        both = []
        for code in ("en", "fr"):
            one = nli_rows(code, part, count)
            for i, (first, second, label) in enumerate(zip(*one.values(), strict=True)):
                gold = NAMES[label] if i or part == "test" else "-"
                pair = {"sentence1": first, "sentence2": second, "pairID": str(i)}
                both.append({"language": code, "gold_label": gold} | pair)
        table(tmp_path / "XNLI-1.0" / f"xnli.{part}.tsv", both)
    task = load_task("nli", tmp_path)
    assert (len(task.train), len(task.dev), len(task.test["fr"])) == (30, 5, 12)
    assert task.train[2].label == 2
    assert task.report["undecided"] == 1


def test_file_names_tell_language_and_part(tmp_path: Path) -> None:
    given = split_rows()
    names = {"train": "train-00000-of-00001", "dev": "validation", "test": "test"}
    for code in ("en", "fr"):
        for part, name in names.items():
            own = [row for row in given if (row["language"], row["split"]) == (code, part)]
            table(tmp_path / "folders" / code / f"{name}.csv", [_without(row, "language", "split") for row in own])
            table(tmp_path / "names" / f"mine_{code}_{part}.tsv", [_without(row, "language", "split") for row in own])
    whole = load_task("mine", table(tmp_path / "t.csv", given))
    assert load_task("mine", tmp_path / "folders").hash == whole.hash
    assert load_task("mine", tmp_path / "names").hash == whole.hash
    (tmp_path / "empty").mkdir()
    with pytest.raises(CorpusError, match="holds no tables; expected files that end in"):
        load_task("mine", tmp_path / "empty")


def test_columns_of_other_names_are_mapped_and_numbers_are_labels(tmp_path: Path) -> None:
    lines = [
        json.dumps({"tongue": code, "review": {"body": f"{code} {i}"}, "stars": 10 - i % 3, "key": i})
        for code in ("eng_Latn", "fra")
        for i in range(20)
    ]
    path = tmp_path / "reviews.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    columns = {"language": "tongue", "text": "review.body", "label": "stars", "id": "key"}
    task = load_task("stars", path, columns=columns)
    assert task.labels == ("8", "9", "10")
    assert task.languages == ("en", "fr")
    assert task.train[0].text.startswith("eng_Latn")
    with pytest.raises(CorpusError, match="has no column of the text .expected text or .*--columns text=NAME"):
        load_task("stars", path, columns={"language": "tongue"})


def test_rows_without_ids_are_numbered_where_they_can_be_parallel(tmp_path: Path) -> None:
    bare = [_without(row, "id") for row in rows(count=30)]
    task = load_task("mine", table(tmp_path / "t.csv", bare))
    assert [one.id for one in task.test["en"]] == [one.id for one in task.test["fr"]]
    assert not {one.id for one in task.train} & {one.id for one in task.test["fr"]}
    uneven = [*bare[:-1], bare[0] | {"label": "good"}]
    task = load_task("mine", table(tmp_path / "u.csv", uneven))
    assert len(task.train) == 21
    assert len(task.test["fr"]) == 29
    assert task.report["repeated"] == {"en": 1}
    assert any("rows have no id and languages differ in length" in line for line in task.report["warnings"])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"label": "maybe"}, "got the label 'maybe'; expected entailment, neutral, contradiction, or 0, 1, 2"),
        ({}, "has no hypothesis; nli expects two texts a row"),
    ],
)
def test_what_is_no_inference_is_refused(tmp_path: Path, change: dict[str, str], says: str) -> None:
    given = [row | {"label": "0"} | change for row in rows()]
    with pytest.raises(CorpusError, match=says):
        load_task("nli", table(tmp_path / "t.csv", given))


def _without(row: dict[str, str], *columns: str) -> dict[str, str]:
    return {name: cell for name, cell in row.items() if name not in columns}
