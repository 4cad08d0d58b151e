"""`babelscope generate`, in-process: what it prints and writes, and one line for what a user can get wrong."""

import json
from pathlib import Path

import pytest
import typer

import babelscope.evaluation.continuation as continuation
from babelscope.cli import main as babelscope
from babelscope.cli.errors import run_guarded
from babelscope.cli.generate import generate
from babelscope.storage import read_json
from tiny_corpus import TEXT
from tiny_models import save_tiny

pytest.importorskip("py3langid", reason="py3langid (the extra langid) is not installed")


@pytest.fixture(autouse=True)
def without_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures of the scan are drawn anew with every piece; here they would take most of the time."""
    monkeypatch.setattr("babelscope.run_folder.write_figures", lambda *_: [])


def main(*arguments: object) -> int:
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(generate)
    argv = [str(argument) for argument in arguments]
    return run_guarded(lambda: app(argv, standalone_mode=False, obj=["babelscope", "generate", *argv]))


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """A model, a folder of text, and the run folder of a scan."""
    root = tmp_path_factory.mktemp("places")
    model, text, run = root / "tiny-bloom" / "step00200", root / "text", root / "run"
    save_tiny("bloom", model)
    text.mkdir()
    for code, lines in TEXT.items():
        (text / f"{code}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    scan = ["scan", str(model), "--corpus", str(text), "--no-baseline", "--share", "0.2", "--out", str(run)]
    assert babelscope(scan) == 0
    return model, text, run


def test_texts_are_stored_shown_and_not_written_twice(places, tmp_path, capsys, monkeypatch) -> None:
    model, text, run = places
    out = tmp_path / "out"
    command = [model, "--regions", run, "--prompts", text, "--langs", "fr,zh", "-n", 2, "--tokens", 6, "--out", out]
    capsys.readouterr()
    assert main(*command) == 0
    printed = capsys.readouterr().out
    assert "tiny-bloom step 200 · 2 prompts per language, up to 6 tokens" in printed
    assert "French (fr)" in printed and "Malformed UTF-8" in printed
    assert printed.replace("\n", "").endswith("report.html") and (out / "report.html").is_file()
    content = read_json(out / "generation.json", "generation")
    assert len(content["samples"]) == 4 and content["command"].startswith("babelscope generate ")
    assert {path.stem for path in (out / "parts" / "generation").iterdir()} == {
        "none", "region-fr", "random-fr-0", "region-zh", "random-zh-0",
    }  # fmt: skip
    monkeypatch.setattr(continuation.Continuer, "run", lambda *_: pytest.fail("written twice"))
    assert main(*command, "--json") == 0
    again = json.loads(capsys.readouterr().out)
    assert again["samples"] == content["samples"]


def test_the_terminal_table_fits_80_columns(places, tmp_path, capsys, monkeypatch) -> None:
    model, text, run = places
    monkeypatch.setenv("COLUMNS", "80")
    capsys.readouterr()
    assert main(model, "--regions", run, "--prompts", text, "-n", 2, "--tokens", 4, "--out", tmp_path / "out") == 0
    printed = capsys.readouterr().out
    assert "…" not in printed and "overall" in printed


def test_one_language_and_one_prompt_will_do(places, tmp_path, capsys) -> None:
    model, _, run = places
    command = [model, "--regions", run, "--langs", "fr", "-n", 1, "--tokens", 4, "--out", tmp_path / "out", "--json"]
    capsys.readouterr()
    assert main(*command, "--sample", "--temperature", "0.8", "--top-p", "0.9", "--seed", 3) == 0
    content = json.loads(capsys.readouterr().out)
    assert [sample["language"] for sample in content["samples"]] == ["fr"]
    assert content["settings"] == {
        "tokens": 4, "sample": True, "temperature": 0.8, "top_p": 0.9, "seed": 3, "n": 1,
    }  # fmt: skip
    assert content["signature"]["fields"]["decoding"] == "temperature 0.8, top-p 0.9, seed 3"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--temperature", "0.5"], "without --sample"),
        (["--tokens", "0"], "at least 1 token"),
        (["--batch-tokens", "0"], "at least 1 token"),
        (["--tokens", "4000"], "do not fit into the context"),
        (["--langs", "de"], "no 'de'"),
        (["-n", "0"], "at least 1 prompt"),
        (["-n", "9"], "has 8 sentences; use -n 8 or less"),
        (["--prompts", "nowhere"], "unknown corpus 'nowhere'"),
        (["--langs", "klingonese"], "unknown language"),
    ],
)
def test_mistakes_are_told_in_one_line(places, tmp_path, capsys, options, said) -> None:
    model, text, run = places
    capsys.readouterr()
    assert main(model, "--regions", run, "--prompts", text, "--out", tmp_path / "out", *options) == 2
    captured = capsys.readouterr()
    lines = captured.err.splitlines()
    assert captured.out == "" and len(lines) == 1 and said in lines[0]
    assert not (tmp_path / "out").exists()


def test_regions_of_another_model_are_refused(places, tmp_path, capsys) -> None:
    _, text, run = places
    other = save_tiny("bloom", tmp_path / "other-bloom")
    command = [other, "--regions", run, "--prompts", text, "-n", 2, "--tokens", 4, "--out", tmp_path / "out"]
    assert main(*command) == 2
    assert "were found in tiny-bloom" in capsys.readouterr().err
    assert main(*command, "--other-model") == 0
