"""`babelscope compare`: what it prints and writes, its exit codes, and one line for everything that can be wrong."""

import json
import shutil
from pathlib import Path

import pytest

import babelscope as bs
from babelscope.cli import main
from babelscope.storage import read_json
from babelscope.tables import read_csv
from tiny_corpus import tiny_corpus
from tiny_models import tiny_model


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two checkpoints, and one of another family, on the same sentences."""
    root = tmp_path_factory.mktemp("runs")
    models = {"a": tiny_model("bloom"), "b": tiny_model("bloom", seed=5), "other": tiny_model("llama")}
    return {
        name: bs.scan(model, tiny_corpus(), baseline=False).save(root / name, figures=False)
        for name, model in models.items()
    }


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    code = main(["compare", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def fails(capsys, *arguments: object) -> str:
    code, out, err = run(capsys, *arguments)
    assert code == 2 and out == "" and len(err.splitlines()) == 1
    assert err.startswith("babelscope: ") and "Traceback" not in err
    return err


def test_it_prints_both_runs_the_differences_and_a_verdict(runs, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    code, out, err = run(capsys, runs["a"], runs["b"])
    assert code == 0 and err == ""
    assert out.startswith("A: tiny-bloom step ") and f"\nB: tiny-bloom step main · {runs['b']}" in out
    for part in ("LRDS ↓", "SADS ↑", "SKLR", "B − A", "By layer", "Holm", "French (fr)", "sizes have no interval"):
        assert part in out
    assert "gate" not in out


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_of_a_table_is_cut(runs, capsys, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    for pair in (("a", "b"), ("a", "other")):
        _, out, _ = run(capsys, *(runs[name] for name in pair))
        tables = "\n".join(line for line in out.splitlines() if "[" in line or "─" in line)
        assert "…" not in tables.replace(" … ", "")


def test_gates_decide_the_exit_code(runs, capsys):
    pair = runs["a"], runs["b"]
    code, out, _ = run(capsys, *pair, "--fail-below", "sads=-1", "--fail-above", "lrds=1")
    assert code == 0 and out.count(": passed") == 2
    code, out, err = run(capsys, *pair, "--fail-below", "sads=-1", "--fail-below", "sads=1", "--fail-above", "lrds=1")
    lines = [line for line in out.splitlines() if line.startswith("gate ")]
    assert code == 1 and err == "" and len(lines) == 3
    assert lines[1].startswith("gate sads at least 1: B has ") and lines[1].endswith(": failed")


def test_an_undecided_gate_refuses_under_strict_only(runs, capsys):
    bar = json.loads(run(capsys, runs["a"], runs["b"], "--json")[1])["sads"]["b"]
    gated = runs["a"], runs["b"], "--fail-below", f"sads={bar}"
    assert run(capsys, *gated)[0] == 0 and run(capsys, *gated, "--strict")[0] == 1


def test_a_run_is_no_worse_than_itself(runs, capsys):
    code, out, err = run(capsys, runs["a"], runs["a"], "--fail-below", "diff.sads=0", "--fail-above", "diff.lrds=0")
    assert code == 0 and out.count(": passed") == 2
    assert "the same weights" in err and "not distinguishable" in out


def test_json_for_machines_keeps_the_gates_on_stderr(runs, capsys):
    code, out, err = run(capsys, runs["a"], runs["b"], "--json", "--fail-below", "sads=1")
    content = json.loads(out)
    assert code == 1 and err.startswith("gate sads at least 1: ")
    assert content["gates"][0]["outcome"] == "failed" and content["gates"][0]["refused"]
    assert content["command"].endswith("--fail-below sads=1")


def test_out_writes_json_or_the_table_even_where_a_gate_fails(runs, tmp_path, capsys):
    pair = runs["a"], runs["b"], "--fail-below", "sads=1"
    assert run(capsys, *pair, "--out", tmp_path / "new" / "c.json")[0] == 1
    content = read_json(tmp_path / "new" / "c.json", "comparison")
    assert content["gates"][0]["text"].endswith(": failed")
    assert run(capsys, *pair, "--out", tmp_path / "c.csv")[0] == 1
    rows = read_csv(tmp_path / "c.csv", "comparison")
    sads = next(row for row in rows if (row["metric"], row["layer"], row["language"]) == ("sads", "all", "all"))
    assert sads["difference"] == content["sads"]["value"] and sads["n"] == 8 and sads["p_holm"] is None
    layers = [row for row in rows if row["layer"] not in ("all", None)]
    assert len(layers) == 4 and all(row["p_holm"] >= row["p"] for row in layers)
    assert sum(row["metric"] == "region_size" and row["jaccard"] is not None for row in rows) == 5
    assert sum(row["language_b"] != "" for row in rows) == 10


def test_every_wrong_input_is_one_line_and_writes_nothing(runs, tmp_path, capsys):
    a, b = runs["a"], runs["b"]
    out = tmp_path / "c.json"
    assert "does not exist" in fails(capsys, a, tmp_path / "nowhere", "--out", out)
    assert "expected METRIC=NUMBER" in fails(capsys, a, b, "--fail-below", "sads", "--out", out)
    assert "unknown metric in --fail-above" in fails(capsys, a, b, "--fail-above", "sad=1", "--out", out)
    assert "or drop the gate" in fails(capsys, a, b, "--fail-below", "gain.sads=0", "--out", out)
    assert "Missing argument" in fails(capsys, a)
    assert "ending in .json or .csv" in fails(capsys, a, b, "--out", tmp_path / "c.txt")
    assert "(a folder)" in fails(capsys, a, b, "--out", tmp_path)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert "cannot write" in fails(capsys, a, b, "--out", tmp_path / "file" / "c.json")
    old = Path(shutil.copytree(a, tmp_path / "old"))
    (old / "replicates.safetensors").unlink()
    assert "scan again" in fails(capsys, old, b, "--out", out)
    assert not out.exists()
