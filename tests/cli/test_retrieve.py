"""`babelscope retrieve`: what it prints and writes, its exit codes, and one line for everything that can be wrong."""

import json

import pytest

from babelscope.cli import main
from babelscope.storage import read_json
from babelscope.tables import read_csv
from tiny_corpus import TEXT
from tiny_models import save_tiny


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_tiny("bloom", tmp_path_factory.mktemp("saved") / "tiny", 0)


@pytest.fixture
def text(tmp_path):
    folder = tmp_path / "text"
    folder.mkdir()
    for code, lines in TEXT.items():
        (folder / f"{code}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    code = main(["retrieve", *map(str, arguments), "--device", "cpu"])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_tables_files_and_report(model, text, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    out = tmp_path / "run"
    code, said, _ = run(
        capsys, model, "--corpus", text, "--langs", "en,fr,zh", "-n", 6, "--pooling", "mean,last", "--out", out
    )
    assert code == 0 and said.splitlines()[-1] == f"report: {out / 'report.html'}"
    assert "last token" in said and "English (en)" in said and "by chance 16.7\u202f%" in said
    assert len(read_csv(out / "retrieval.csv", "retrieval")) == 2 * 3 * (1 + 3 + 6)
    manifest = read_json(out / "manifest.json", "manifest")
    assert manifest["pieces"]["retrieval"]["command"].startswith("babelscope retrieve ")
    assert set(manifest["pieces"]["retrieval"]["files"]) == {"retrieval.json", "retrieval.csv"}
    assert "figures/retrieval-by-layer.svg" in manifest["files"]
    assert 'id="retrieval-by-pair-last"' in (out / "report.html").read_text(encoding="utf-8")


def test_json_is_the_content(model, text, tmp_path, capsys):
    code, said, _ = run(capsys, model, "--corpus", text, "--pivot", "en", "--out", tmp_path / "run", "--json")
    content = json.loads(said)
    assert code == 0 and content["pivot"] == "en" and content["pairs_measured"] == 4
    assert read_json(tmp_path / "run" / "retrieval.json", "retrieval")["levels"] == content["levels"]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--pooling", "middle"], "unknown pooling 'middle'"),
        (["--pooling", ""], "each pooling once"),
        (["--site", "attention"], "unknown site 'attention'"),
        (["--pivot", "sw"], "got 'sw' in --pivot; the corpus has"),
        (["--langs", "en,de"], "has no 'de'"),
        (["-n", "50"], "asked for 50 sentences"),
    ],
)
def test_what_is_wrong_is_one_line_before_a_model_is_loaded(text, tmp_path, capsys, arguments, message):
    code, said, err = run(capsys, tmp_path / "no-model", "--corpus", text, *arguments)
    assert code == 2 and said == "" and message in err and len(err.splitlines()) == 1


def test_a_folder_of_another_checkpoint_is_refused(model, text, tmp_path, capsys):
    out = tmp_path / "run"
    out.mkdir()
    (out / "probing.json").write_text(
        json.dumps({"format": "babelscope/probing", "version": 1, "model": "other", "step": "7"}), encoding="utf-8"
    )
    code, _, err = run(capsys, model, "--corpus", text, "--out", out)
    assert code == 2 and "give another --out" in err
