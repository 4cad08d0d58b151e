import json
from pathlib import Path

import pytest

from babelscope.errors import BabelscopeError
from babelscope.evaluation import cloze_data
from babelscope.evaluation.harness import TASKS, fingerprint, load_tasks
from evaluation.cloze_fixture import STORIES, write_stories
from shared_files import shared

pytest.importorskip("lm_eval", reason="lm-eval is not installed")
MINI = {"ar", "en", "es", "fr", "hi", "id", "pt", "vi", "zh"}


@pytest.mark.parametrize("suffix", ["", "_native"])
def test_the_mini_group_has_every_bundled_language(suffix: str) -> None:
    tasks = load_tasks([f"xlc_mini{suffix}"])
    assert set(tasks) == {f"xlc_mini_{code}{suffix}" for code in MINI}
    assert {len(task.eval_docs) for task in tasks.values()} == {30}


def test_the_prompt_is_the_papers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(cloze_data, "MINI", write_stories(tmp_path))
    task = load_tasks(["xlc_mini_fr"])["xlc_mini_fr"]
    document = task.eval_docs[0]
    assert task.doc_to_text(document) == "Ana baked. She left. Hours passed. Smoke rose. The ending in English:"
    assert task.doc_to_choice(document) == STORIES[0]["endings_en"]
    assert [task.doc_to_target(one) for one in task.eval_docs] == [0, 1]
    native = load_tasks(["xlc_mini_fr_native"])["xlc_mini_fr_native"]
    assert native.doc_to_text(document) == "Ana baked. She left. Hours passed. Smoke rose."


def test_bundled_stories_are_aligned_across_languages() -> None:
    read = {
        code: [json.loads(line) for line in (cloze_data.MINI / f"{code}.jsonl").read_text("utf-8").splitlines()]
        for code in MINI
    }
    for code, stories in read.items():
        for story, english in zip(stories, read["en"], strict=True):
            assert (story["id"], story["label"], story["endings_en"]) == (
                english["id"], english["label"], english["endings_en"],
            ), code  # fmt: skip


def test_xcopa_reads_a_folder_with_english_choices() -> None:
    folder = shared("data", "xcopa")
    task = load_tasks(["xlc_xcopa_id"], folder)["xlc_xcopa_id"]
    rows = [json.loads(line) for line in (folder / "id.jsonl").read_text("utf-8").splitlines()]
    wanted = [row for row in rows if not row["id"].startswith("val")]
    assert len(task.eval_docs) == len(wanted)
    first = task.eval_docs[0]
    assert task.doc_to_text(first) == f"{wanted[0]['premise']} The {wanted[0]['question']} in English:"
    assert task.doc_to_choice(first) == [wanted[0]["choice1_en"], wanted[0]["choice2_en"]]


def test_the_whole_of_xcopa_is_what_the_folder_has(tmp_path: Path) -> None:
    row = {"premise": "a", "question": "cause", "choice1_en": "b", "choice2_en": "c", "label": 0}
    for code in ("vi", "en", "xx"):
        (tmp_path / f"{code}.jsonl").write_text(json.dumps(row), encoding="utf-8")
    assert set(load_tasks(["xlc_xcopa"], tmp_path)) == {"xlc_xcopa_en", "xlc_xcopa_vi"}
    with pytest.raises(BabelscopeError, match="has the languages: en, vi, xx"):
        load_tasks(["xlc_xcopa_id"], tmp_path)
    with pytest.raises(BabelscopeError, match="give --data FOLDER"):
        load_tasks(["xlc_xcopa"])
    with pytest.raises(BabelscopeError, match="has the languages: none"):
        load_tasks(["xlc_xcopa"], tmp_path / "nowhere")


def test_only_line_feeds_end_a_line(tmp_path: Path) -> None:
    row = {"premise": "a\u2028b\x85c", "question": "cause", "choice1_en": "b", "choice2_en": "c", "label": 0}
    (tmp_path / "id.jsonl").write_text(json.dumps(row, ensure_ascii=False) + "\r\n", encoding="utf-8")
    documents = load_tasks(["xlc_xcopa_id"], tmp_path)["xlc_xcopa_id"].eval_docs
    assert [one["premise"] for one in documents] == [row["premise"]]


def test_xcopa_says_what_it_needs(tmp_path: Path) -> None:
    with pytest.raises(BabelscopeError, match="give --data FOLDER"):
        load_tasks(["xlc_xcopa_id"])
    with pytest.raises(BabelscopeError, match="cannot read .*; .* has the languages: none"):
        load_tasks(["xlc_xcopa_id"], tmp_path)
    (tmp_path / "id.jsonl").write_text('{"premise": "x"}\n')
    with pytest.raises(BabelscopeError, match="line 1 lacks question, choice1_en"):
        load_tasks(["xlc_xcopa_id"], tmp_path)


def test_xstorycloze_takes_endings_by_story_id(monkeypatch: pytest.MonkeyPatch) -> None:
    def table(tongue: str, keys: list[str]) -> dict[str, list]:
        parts = {f"input_sentence_{i}": [f"{tongue}{key}{i}" for key in keys] for i in (1, 2, 3, 4)}
        quiz = {f"sentence_quiz{i}": [f"{tongue}{key}e{i}" for key in keys] for i in (1, 2)}
        return {"story_id": keys, **parts, **quiz, "answer_right_ending": [int(key) for key in keys]}

    tables = {"sw": table("sw", ["1", "2"]), "en": table("en", ["2", "1"])}
    monkeypatch.setattr(cloze_data.HubDataset, "load", lambda self, config, columns: tables[config])
    task = load_tasks(["xlc_xstorycloze_sw"])["xlc_xstorycloze_sw"]
    assert task.doc_to_text(task.eval_docs[0]) == "sw11 sw12 sw13 sw14 The ending in English:"
    assert [task.doc_to_choice(one) for one in task.eval_docs] == [["en1e1", "en1e2"], ["en2e1", "en2e2"]]
    assert [task.doc_to_target(one) for one in task.eval_docs] == [0, 1]
    tables["en"]["story_id"] = ["2", "7"]
    with pytest.raises(BabelscopeError, match="1 stories of XStoryCloze in sw have no English endings, such as 1"):
        load_tasks(["xlc_xstorycloze_sw"])


def test_data_that_cannot_be_had_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datasets.load_dataset", lambda *a, **k: (_ for _ in ()).throw(ConnectionError("no route")))
    with pytest.raises(
        BabelscopeError, match="data of xlc_xstorycloze_my cannot be had: .*; check the network"
    ) as seen:
        load_tasks(["xlc_xstorycloze_my"])
    assert "\n" not in str(seen.value)


@pytest.mark.parametrize(("name", "languages"), [("xcopa", 12), ("xstorycloze", 11)])
def test_every_language_has_a_file(name: str, languages: int) -> None:
    files = {path.stem for path in TASKS.glob(f"xlc_{name}_*.yaml")}
    group = (TASKS / f"xlc_{name}.yaml").read_text()
    assert len(files) == languages
    assert all(f"  - {stem}\n" in group for stem in files)


def test_an_unknown_task_names_the_nearest() -> None:
    with pytest.raises(BabelscopeError, match="unknown task 'xlc_minni'; did you mean 'xlc_mini'"):
        load_tasks(["xlc_minni"])
    with pytest.raises(BabelscopeError, match="got no task"):
        load_tasks([])


def test_the_fingerprint_follows_the_documents(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(cloze_data, "MINI", write_stories(tmp_path))
    first = fingerprint(load_tasks(["xlc_mini_fr"])["xlc_mini_fr"])
    assert first == fingerprint(load_tasks(["xlc_mini_fr"])["xlc_mini_fr"])
    text = (tmp_path / "fr.jsonl").read_text()
    (tmp_path / "fr.jsonl").write_text(text.replace("Smoke rose", "Smoke fell"))
    assert first != fingerprint(load_tasks(["xlc_mini_fr"])["xlc_mini_fr"])
