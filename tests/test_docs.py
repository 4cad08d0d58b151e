"""The documentation: its examples run, its commands parse, transcripts are what commands still say, and it builds."""

import importlib.util
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import babelscope
from babelscope.cli import COMMANDS, main

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = {str(path.relative_to(DOCS)): path.read_text(encoding="utf-8") for path in sorted(DOCS.rglob("*.md"))}
CHEAP = ("corpora", "doctor", "mistakes", "plan")
"""Transcripts of commands that take a second or two; the others are made again by hand, with the script."""


def module(name: str) -> ModuleType:
    """A script of the documentation, which is no package."""
    spec = importlib.util.spec_from_file_location(f"docs_{name}", DOCS / f"{name}.py")
    assert spec and spec.loader
    made = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


generated, transcripts = module("generated"), module("transcripts")


def command_lines(text: str) -> list[list[str]]:
    """Arguments of every command line in the fenced blocks of a page or a transcript."""
    joined = re.sub(r"\\\n\s*", " ", text)
    lines = re.findall(r"^\s*(?:\$ )?babelscope ([^|\n]+)", joined, re.M)
    return [shlex.split(line, comments=True) for line in lines]


def fenced(page: str) -> str:
    return "\n".join(re.findall(r"^```(?:sh|text)\n(.*?)^```", page, re.M | re.S))


def test_every_page_has_its_place() -> None:
    named = set(re.findall(r"[\w/-]+\.md", (ROOT / "mkdocs.yml").read_text(encoding="utf-8")))
    assert named == set(PAGES)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_page_with_its_output_and_options(command: str) -> None:
    page = PAGES[f"commands/{command}.md"]
    assert f"<!-- generated: options {command} -->" in page
    assert f'--8<-- "transcripts/{command}.txt"' in page


@pytest.mark.parametrize("name", transcripts.COMMANDS)
def test_transcripts_show_the_commands_they_were_made_with(name: str) -> None:
    shown = (DOCS / "transcripts" / f"{name}.txt").read_text(encoding="utf-8")
    found = [line for line in command_lines(shown) if line[0] in COMMANDS]
    assert found == [transcripts.arguments(line)[0] for line in transcripts.COMMANDS[name].lines]
    assert "Traceback" not in shown


def test_every_transcript_is_shown_and_made() -> None:
    shown = set(re.findall(r'"transcripts/(\w+)\.txt"', "\n".join(PAGES.values())))
    assert shown == set(transcripts.COMMANDS) == {path.stem for path in (DOCS / "transcripts").glob("*.txt")}


def test_every_recorded_file_is_shown_and_made() -> None:
    kept = {Path(path).name for entry in transcripts.COMMANDS.values() for path in entry.keep}
    assert kept == {path.name for path in transcripts.RECORDED.iterdir()}
    pages = "\n".join(PAGES.values())
    assert not [name for name in kept if name not in pages]


@pytest.mark.parametrize("page", [name for name, text in PAGES.items() if command_lines(fenced(text))])
def test_commands_of_a_page_parse(page: str) -> None:
    tree = generated.command_tree()
    for name, *arguments in command_lines(fenced(PAGES[page])):
        assert name in COMMANDS, f"{page} names the command {name}"
        tree.commands[name].make_context(name, arguments)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_on_its_page_and_explained(command: str) -> None:
    table = generated.options(command)
    for parameter in generated.command_tree().commands[command].params:
        spelled = parameter.opts[-1] if parameter.param_type_name == "option" else generated.spelled(parameter)
        assert spelled == "--help" or spelled in table
        assert getattr(parameter, "help", ""), f"{command} {spelled} has no help"


def test_every_public_name_is_in_the_reference() -> None:
    reference = "\n".join(text for name, text in PAGES.items() if name.startswith("reference/"))
    described = set(" ".join(re.findall(r"<!-- generated: api (.*?) -->", reference)).split())
    assert described | {"ARCHITECTURES", "CORPORA"} == set(babelscope.__all__)
    assert "`bs.ARCHITECTURES`" in reference and "`bs.CORPORA`" in reference


def test_an_unknown_mark_is_an_error() -> None:
    with pytest.raises(KeyError, match="tables_of_contents"):
        generated.fill("<!-- generated: tables_of_contents -->")
    assert "--corpus" in generated.fill("a\n<!-- generated: options scan -->\nb")


@pytest.mark.parametrize("page", [name for name, text in PAGES.items() if "```python\n" in text])
def test_examples_run_one_after_the_other(page: str, tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for code in re.findall(r"^```python\n(.*?)^```", PAGES[page], re.M | re.S):
        exec(compile(code, page, "exec"), names)


@pytest.mark.parametrize("name", CHEAP)
def test_cheap_commands_still_say_the_same(name: str, tmp_path: Path, monkeypatch, capsys) -> None:
    """Numbers may differ from machine to machine, words may not."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", str(transcripts.WIDTH))
    monkeypatch.setenv("NO_COLOR", "1")
    said = ""
    for line in transcripts.COMMANDS[name].lines:
        code = main(transcripts.arguments(line)[0])
        printed = capsys.readouterr()
        said += f"{transcripts.shown(line)}\n{printed.out}{printed.err}" + (f"[exit code {code}]\n" if code else "")
    recorded = (DOCS / "transcripts" / f"{name}.txt").read_text(encoding="utf-8")
    assert transcripts.words(said) == transcripts.words(recorded)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The site as it is published: a warning ends the build."""
    pytest.importorskip("mkdocs", reason="mkdocs is not installed")
    folder = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    done = subprocess.run(
        build, cwd=ROOT, capture_output=True, encoding="utf-8", env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    )
    assert done.returncode == 0, done.stderr[-4000:]
    yield folder


def test_it_builds_and_loads_nothing_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) >= len(PAGES)
    for page in pages:
        text = page.read_text(encoding="utf-8")
        loaded = re.findall(r'<(?:script|img|link|iframe|source)\b[^>]*?\b(?:src|href)="([^"]*)"', text)
        assert not [address for address in loaded if re.match(r"(?:https?:)?//", address)], page
        assert "<!-- generated:" not in text and "--8&lt;--" not in text, page
    for sheet in site.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(?:https?:)?//", sheet.read_text(encoding="utf-8")), sheet


def test_a_reader_without_a_network_can_search(site: Path) -> None:
    from report.visiting import _CHROMIUM, opened_browser

    if _CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    with contextmanager(opened_browser)() as browser:
        page = browser.new_page(viewport={"width": 1300, "height": 900})
        asked: list[str] = []
        troubles: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.goto((site / "commands" / "scan.html").as_uri())
        page.locator(".md-search__input").press_sequentially("selectivity", delay=20)
        found = page.locator(".md-search-result__item").filter(has_text=re.compile("selectivity", re.I))
        found.first.wait_for(state="attached")
        assert not troubles and all(address.startswith(("file:", "data:")) for address in asked)
        page.set_viewport_size({"width": 380, "height": 800})
        # The search that is open slides away first.
        page.wait_for_function("document.documentElement.scrollWidth === 380", timeout=10_000)
