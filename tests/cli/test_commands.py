"""The command line, in-process: what it prints and writes, and one line for everything a user can get wrong."""

import io
import json
import os
import subprocess
import sys

import pytest

from babelscope.cli import main, run
from babelscope.cli.progress import progress_bar
from babelscope.cli.show import show_warnings
from babelscope.storage import read_json
from tiny_corpus import TEXT
from tiny_models import save_tiny


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "tiny-bloom" / "step00200"
    save_tiny("bloom", folder)
    return str(folder)


@pytest.fixture
def text(tmp_path):
    folder = tmp_path / "text"
    folder.mkdir()
    for code, lines in TEXT.items():
        (folder / f"{code}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def fails(capsys, *arguments: object) -> str:
    """Runs a wrong command: exit code 2, nothing on stdout, one line on stderr, which is returned."""
    assert main([str(argument) for argument in arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.splitlines()
    assert len(lines) == 1 and lines[0].startswith("babelscope: ") and "Traceback" not in lines[0]
    return lines[0]


def test_scan_writes_the_run_folder_and_says_where_the_report_is(model, text, tmp_path, capsys):
    out = tmp_path / "run"
    assert main(["scan", model, "--corpus", str(text), "--langs", "en,fr,zh", "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "tiny-bloom step 200" in printed and "SADS" in printed
    assert printed.replace("\n", "").endswith("report.html")
    manifest = read_json(out / "manifest.json", "manifest")
    assert manifest["model"]["step"] == "200" and manifest["corpus"]["languages"] == ["en", "fr", "zh"]
    assert manifest["command"] == f"babelscope scan {model} --corpus {text} --langs en,fr,zh --out {out}"


def test_scan_prints_json_for_machines(model, text, tmp_path, capsys):
    assert (
        main(["scan", model, "--corpus", str(text), "--no-baseline", "--json", "--out", str(tmp_path / "run")]) == 0
    )
    assert json.loads(capsys.readouterr().out)["sentences"] == 8


def test_on_disk_vectors_are_gone_when_the_scan_is_done(model, text, tmp_path):
    out = tmp_path / "run"
    assert main(["scan", model, "--corpus", str(text), "--no-baseline", "--on-disk", "--out", str(out)]) == 0
    assert not (out / "activations").exists() and (out / "manifest.json").exists()


def test_a_dry_run_measures_and_writes_nothing(model, text, tmp_path, capsys):
    out = tmp_path / "run"
    assert main(["scan", model, "--corpus", str(text), "--dry-run", "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "tokens, fr" in printed and "estimated" in printed
    assert not out.exists()
    assert main(["scan", model, "--corpus", str(text), "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sentences"] == 40
    assert "selects nothing" in fails(capsys, "scan", model, "--corpus", text, "--dry-run", "--threshold", "3")


def test_doctor_has_a_verdict_per_line_and_an_exit_code(model, capsys):
    assert main(["doctor", model, "--json", "--corpus", "mini", "-n", "5"]) == 0
    checks = json.loads(capsys.readouterr().out)["checks"]
    assert {check["verdict"] for check in checks} <= {"ok", "warn"}
    assert main(["doctor", model, "-n", "5"]) == 0
    assert "padding side" in capsys.readouterr().out


def test_corpora_are_listed(capsys):
    assert main(["corpora", "--json"]) == 0
    assert {row["name"] for row in json.loads(capsys.readouterr().out)} >= {"mini", "ntrex", "flores", "bible"}
    assert main(["corpora"]) == 0
    assert "HF_TOKEN" in capsys.readouterr().out


def test_the_bundled_series_has_names(tmp_path, capsys):
    arguments = ["scan", "nano", "--revision", "16", "--corpus", "mini", "-n", "10", "--no-baseline", "--json"]
    assert main([*arguments, "--out", str(tmp_path / "run")]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert (summary["model"], summary["step"]) == ("nano", "16")
    assert "step03500" in fails(
        capsys, "scan", "nano", "--revision", "17", "--corpus", "mini", "--out", tmp_path / "x"
    )


def test_user_errors_are_one_line_and_nothing_is_written(model, text, tmp_path, capsys):
    out = tmp_path / "run"
    common = ("--corpus", text, "--out", out)
    assert "did you mean 'ntrex'" in fails(capsys, "scan", model, "--corpus", "ntrx", "--out", out)
    assert "no folder or file" in fails(capsys, "scan", model, "--corpus", tmp_path / "none", "--out", out)
    assert "at least 2 languages" in fails(capsys, "scan", model, *common, "--langs", "en")
    assert "has no 'de'" in fails(capsys, "scan", model, *common, "--langs", "en,de")
    assert "klingonish" in fails(capsys, "scan", model, *common, "--langs", "en,klingonish")
    assert "at least 2 sentences" in fails(capsys, "scan", model, *common, "-n", "1")
    assert "9 sentences" in fails(capsys, "scan", model, *common, "-n", "9")
    assert "sqrt(5 - 1) = 2.00" in fails(capsys, "scan", model, *common, "--threshold", "2")
    assert "unknown site 'attention'" in fails(capsys, "scan", model, *common, "--site", "attention")
    assert "no folder" in fails(capsys, "scan", tmp_path / "no-model", *common)
    assert "expected LANG=COLUMN" in fails(capsys, "scan", model, *common, "--columns", "en")
    assert "unknown dtype" in fails(capsys, "scan", model, *common, "--dtype", "float8")
    assert not out.exists()


def test_bad_files_are_named_with_their_line(model, text, tmp_path, capsys):
    common = ("scan", model, "--corpus", text, "--out", tmp_path / "run")
    lines = (text / "fr.txt").read_bytes().split(b"\n")
    (text / "fr.txt").write_bytes(b"\n".join([lines[0], b"caf\xe9", *lines[2:]]))
    assert "fr.txt" in (message := fails(capsys, *common)) and "line 2" in message and "UTF-8" in message
    (text / "fr.txt").write_bytes(b"\n".join(lines[:4]) + b"\n")
    assert "fr 4" in fails(capsys, *common)
    (text / "fr.txt").write_bytes(b"")
    assert "fr.txt" in fails(capsys, *common)


def test_an_unwritable_run_folder_is_noticed_before_the_work(model, text, tmp_path, capsys, monkeypatch):
    taken = tmp_path / "taken"
    taken.write_text("")
    import babelscope.models as models

    monkeypatch.setattr(models.ModelRef, "load", lambda self: pytest.fail("the model was loaded first"))
    assert "it is a file" in fails(capsys, "scan", model, "--corpus", text, "--out", taken)


def test_usage_errors_are_one_line(capsys):
    assert "No such command 'scna'" in fails(capsys, "scna")
    assert "Missing argument" in fails(capsys, "scan")
    assert "--batch-tokns" in fails(capsys, "scan", "m", "--batch-tokns", "3")


def test_ctrl_c_is_one_line_and_130(model, text, tmp_path, capsys, monkeypatch):
    import babelscope.scanning as scanning

    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(scanning, "scan", interrupted)
    assert main(["scan", model, "--corpus", str(text), "--out", str(tmp_path / "run")]) == 130
    assert capsys.readouterr().err.strip() == "babelscope: interrupted; run the same command again"


def test_version_and_help_do_not_import_torch(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("babelscope ")
    code = "import sys; from babelscope.cli import main; main(['--help']); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


def test_what_a_command_noticed_goes_to_stderr_as_it_stands(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    show_warnings([{"kind": "few [segments]", "message": "fewer than 30 in [/] fr: their intervals are weak"}])
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "warning few [segments]: fewer than 30 in [/] fr: their intervals are weak\n"


def test_brackets_in_the_name_of_a_model_are_printed(tmp_path, text, capsys):
    folder = tmp_path / "tiny[bold]" / "step00200"
    save_tiny("bloom", folder)
    arguments = ["--corpus", str(text), "--no-baseline", "--no-map", "--share", "0.1", "--out", str(tmp_path / "run")]
    assert main(["scan", str(folder), *arguments]) == 0
    assert "tiny[bold] step 200" in capsys.readouterr().out


def test_the_hub_clients_attempts_are_not_logged_unless_asked_for(monkeypatch):
    monkeypatch.setattr("babelscope.cli.main", lambda: 0)
    for before, after in (("", "critical"), ("debug", "debug")):
        monkeypatch.setenv("HF_HUB_VERBOSITY", before)
        if not before:
            monkeypatch.delenv("HF_HUB_VERBOSITY")
        with pytest.raises(SystemExit):
            run()
        assert os.environ["HF_HUB_VERBOSITY"] == after


def test_a_bar_follows_a_total_that_changes(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm")
    with progress_bar() as progress:
        progress("first", 1, 4)
        progress("first", 7, 9)
    assert "7/9" in shown.getvalue()
