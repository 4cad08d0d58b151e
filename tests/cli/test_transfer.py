"""`babelscope transfer`: what it prints and writes, its exit codes, and one line for everything that can be wrong."""

import json

import pytest

from babelscope.cli import main
from babelscope.storage import read_json
from babelscope.tables import read_csv
from tiny_models import save_tiny

QUICK = ("--seeds", "1", "--epochs", "1", "--layers", "1", "--batch-size", "8", "--device", "cpu")
WORDS = {"en": ("cat", "old"), "fr": ("chat", "vieux"), "zh": ("猫", "老")}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_tiny("bloom", tmp_path_factory.mktemp("saved") / "tiny", 0)


@pytest.fixture
def treebanks(tmp_path):
    """Three parallel languages of 30 sentences, nouns and adjectives."""
    folder = tmp_path / "banks"
    folder.mkdir()
    for code, (noun, adjective) in WORDS.items():
        lines = []
        for key in range(30):
            marks = [(f"{noun}{key}", "NOUN"), (f"{adjective}{key % 7}", "ADJ"), (f"{noun}{key + 1}", "NOUN")]
            rows = [
                f"{i}\t{form}\t{form}\t{tag}\t_\t_\t0\troot\t_\t_" for i, (form, tag) in enumerate(marks, start=1)
            ]
            text = " ".join(form for form, _ in marks)
            lines.append("\n".join([f"# sent_id = s{key}", f"# text = {text}", *rows, ""]))
        (folder / f"{code}.conllu").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.fixture
def table(tmp_path):
    """Sentiments in two languages; ids are shared by translations."""
    rows = [
        {"language": code, "id": f"r{key}", "text": f"{good if key % 2 else bad} {key}", "label": str(key % 2)}
        for code, good, bad in (("en", "fine", "awful"), ("fr", "bien", "affreux"))
        for key in range(40)
    ]
    path = tmp_path / "feelings.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n", encoding="utf-8")
    return path


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    code = main(["transfer", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_a_table_the_files_and_the_report(model, treebanks, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    out = tmp_path / "run"
    code, said, error = run(capsys, model, "--data", treebanks, "--out", out, *QUICK)
    assert code == 0, error
    assert said.splitlines()[-1] == f"report: {out / 'report.html'}"
    assert "English (en), source" in said and "mean of the others" in said and "linear, layer 1" in said
    assert "few seeds" in error
    rows = read_csv(out / "transfer.csv", "transfer")
    assert len(rows) == 2 * 2 * 3
    assert {path.name for path in (out / "parts" / "transfer").iterdir()} == {"lora-0.json", "linear-0.json"}
    assert {(row["method"], row["layer"]) for row in rows} == {("lora", "all"), ("linear", "1")}
    manifest = read_json(out / "manifest.json", "manifest")
    assert manifest["pieces"]["transfer"]["command"].startswith("babelscope transfer ")
    assert "transfer.csv" in manifest["pieces"]["transfer"]["files"]
    page = (out / "report.html").read_text(encoding="utf-8")
    assert 'id="transfer-by-language"' in page and "cat29" not in page
    again = run(capsys, model, "--data", treebanks, "--out", out, *QUICK, "--json")
    content = json.loads(again[1])
    assert content["task"]["examples"] == {"train": 21, "dev": 3, "test": {"en": 6, "fr": 6, "zh": 6}}
    assert [row["score"] for row in read_csv(out / "transfer.csv", "transfer")] == [row["score"] for row in rows]


def test_a_table_of_ones_own_is_a_task_named_after_its_file(model, table, tmp_path, capsys):
    out = tmp_path / "run"
    code, said, error = run(
        capsys, model, "--task", table, "--targets", "fr", "--method", "linear", "--layers", "1", "--out", out,
        "--json", "--device", "cpu",
    )  # fmt: skip
    assert code == 0, error
    content = json.loads(said)
    assert content["task"]["name"] == "feelings" and content["task"]["kind"] == "sequence"
    assert content["languages"] == ["en", "fr"] and content["task"]["labels"] == ["0", "1"]
    assert content["methods"] == ["linear"] and content["warnings"] == []


def test_the_recipe_of_the_paper_can_be_chosen_and_changed(model, treebanks, tmp_path, capsys):
    options = ("--recipe", "w24", "--seeds", "1", "--epochs", "1", "--device", "cpu", "--json", "--train", "8")
    code, said, error = run(capsys, model, "--data", treebanks, "--out", tmp_path / "run", *options)
    assert code == 0, error
    chosen = json.loads(said)["options"]
    assert (chosen["learning_rate"], chosen["pooling"], chosen["epochs"]) == (2e-5, "first", 1)
    assert chosen["methods"] == ["lora"] and json.loads(said)["task"]["examples"]["train"] == 8


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--task", "ner"), "unknown task 'ner'"),
        (("--task", "nowhere.csv"), "nowhere.csv"),
        (("--source", "hi"), "hi"),
        (("--targets", "sw"), "sw"),
        (("--data", "nowhere"), "nowhere"),
        (("--method", "svm"), "unknown method 'svm'"),
        (("--method", "qlora"), "--method lora"),
        (("--recipe", "w42"), "unknown recipe 'w42'; did you mean 'w24'?"),
        (("--layers", "7"), "got layer 7 in --layers"),
        (("--layers", "one"), "got 'one' in --layers, expected whole numbers"),
        (("--seeds", "0"), "at least 1 seed, got --seeds 0"),
        (("--pooling", "middle"), "unknown pooling 'middle'"),
        (("--columns", "text"), "got 'text' in --columns, expected WHAT=COLUMN"),
        (("--train", "0"), "got the limit train=0"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(arguments, message, model, treebanks, tmp_path, capsys):
    import torch

    if "qlora" in arguments and torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    out = tmp_path / "run"
    code, said, error = run(capsys, model, "--data", treebanks, "--out", out, *QUICK, *arguments)
    if arguments[0] == "--task":
        code, said, error = run(capsys, model, "--out", out, *QUICK, *arguments)
    assert code == 2 and said == "" and len(error.splitlines()) == 1, error
    assert error.startswith("babelscope: ") and message in error
    assert not (out / "transfer.json").exists() and not (out / "report.html").exists()


def test_a_bad_choice_stops_before_the_model_is_loaded(treebanks, tmp_path, capsys):
    code, _, error = run(capsys, "no/such-model", "--data", treebanks, "--source", "hi")
    assert code == 2 and "such-model" not in error
