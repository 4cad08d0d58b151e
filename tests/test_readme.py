"""The README's Python example runs as printed, and its commands exist."""

import re
from pathlib import Path

from babelscope.cli import COMMANDS

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_examples_run_one_after_the_other(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for code in re.findall(r"```python\n(.*?)```", README, re.DOTALL):
        exec(compile(code, "README.md", "exec"), names)
    assert (tmp_path / "runs" / "nano" / "report.html").is_file()
    assert "[" in capsys.readouterr().out


def test_every_command_named_exists():
    named = set(re.findall(r"^babelscope (\w+)", README, re.MULTILINE))
    assert named <= set(COMMANDS) and named >= {"scan", "doctor", "corpora"}


def test_it_is_short_enough_to_read():
    assert len(README.splitlines()) <= 150
