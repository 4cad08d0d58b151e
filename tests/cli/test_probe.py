"""`babelscope probe`: what it prints and writes, its exit codes, and one line for everything that can be wrong."""

import json

import pytest

from babelscope.cli import main
from babelscope.storage import read_json
from babelscope.tables import read_csv
from tiny_models import save_tiny

CHOICES = (
    "--attributes",
    "number",
    "--layers",
    "1",
    "--k",
    "2,5",
    "--minimum",
    "5",
    "--seeds",
    "2",
    "--device",
    "cpu",
)


def sentence(key: int, words: list[tuple[str, str]]) -> str:
    rows = [
        f"{i}\t{form}\t{form}\tNOUN\t_\tNumber={number}\t0\troot\t_\t_"
        for i, (form, number) in enumerate(words, start=1)
    ]
    return "\n".join([f"# sent_id = {key}", "# text = " + " ".join(form for form, _ in words), *rows, ""])


@pytest.fixture
def treebanks(tmp_path):
    """Two languages of 80 nouns each, four times every noun."""
    folder = tmp_path / "banks"
    folder.mkdir()
    for code in ("en", "fr"):
        nouns = [(f"{code}{i}", "Sing" if i % 2 else "Plur") for i in range(80)]
        lines = [sentence(key, nouns[key % 10 :: 10]) for key in range(40)]
        (folder / f"{code}.conllu").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    return save_tiny("bloom", tmp_path_factory.mktemp("saved") / "tiny", 0)


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    code = main(["probe", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_a_table_the_files_and_the_report(model, treebanks, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    out = tmp_path / "run"
    code, said, _ = run(capsys, model, "--treebanks", treebanks, "--out", out, *CHOICES, "--unseen", "fr")
    assert code == 0 and said.splitlines()[-1] == f"report: {out / 'report.html'}"
    assert "English (en)" in said and "French (fr, unseen)" in said and "shuffled labels" in said
    assert len(read_csv(out / "selections.csv", "selections")) == 2 * 2 * 5
    assert {row["k"] for row in read_csv(out / "overlap.csv", "overlap")} == {2, 5}
    manifest = read_json(out / "manifest.json", "manifest")
    assert manifest["pieces"]["probing"]["command"].startswith("babelscope probe ")
    assert "selections.csv" in manifest["pieces"]["probing"]["files"]
    page = (out / "report.html").read_text(encoding="utf-8")
    assert 'id="probing"' in page and "en79" not in page
    code, said, _ = run(capsys, model, "--treebanks", treebanks, "--out", out, *CHOICES, "--json")
    assert code == 0 and json.loads(said)["unseen"] == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--attributes", "Numbr"), "'Numbr'"),
        (("--attributes", "Tense"), "unknown attribute 'Tense'; choose from: Number"),
        (("--layers", "7"), "got layer 7 in --layers"),
        (("--layers", "one"), "got 'one' in --layers, expected whole numbers"),
        (("--k", "99"), "cannot select 99 of"),
        (("--probe", "svm"), "unknown probe 'svm'"),
        (("--unseen", "hi"), "got 'hi' in --unseen"),
        (("--langs", "sw"), "sw"),
        (("--treebanks", "nowhere"), "nowhere"),
        (("--minimum", "400"), "nothing to probe"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(arguments, message, model, treebanks, tmp_path, capsys):
    out = tmp_path / "run"
    code, said, error = run(capsys, model, "--treebanks", treebanks, "--out", out, *CHOICES, *arguments)
    assert code == 2 and said == "" and len(error.splitlines()) == 1, error
    assert error.startswith("babelscope: ") and message in error
    assert not (out / "probing.json").exists() and not (out / "report.html").exists()


def test_a_malformed_treebank_is_named_with_its_line(model, treebanks, tmp_path, capsys):
    path = treebanks / "fr.conllu"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[3] = "2\tbroken"
    path.write_text("\n".join(lines), encoding="utf-8")
    code, _, error = run(capsys, model, "--treebanks", treebanks, "--out", tmp_path / "run", *CHOICES)
    assert code == 2 and f"{path}, line 4: not CoNLL-U, got 2 columns" in error
