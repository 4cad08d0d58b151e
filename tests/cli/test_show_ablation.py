"""What the terminal shows of an ablation: the paper's table, within the terminal's width, and no colour unasked."""

import re
from typing import Any

import pytest
from rich.cells import cell_len

from babelscope.cli.show_ablation import show_ablation
from report.fake_ablation import FOURTEEN, NINE, fake_ablation


def _shown(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int, **fake: Any) -> str:
    monkeypatch.setenv("COLUMNS", str(width))
    show_ablation(fake_ablation(**fake))
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def _row(text: str, name: str) -> list[str]:
    line = next(line for line in text.splitlines() if line.startswith(f"{name} "))
    return re.split(r" {2,}", line.strip())


def test_the_table_has_the_shape_of_the_papers(capsys, monkeypatch):
    shown = _shown(capsys, monkeypatch, 100)
    lines = shown.splitlines()
    assert lines[0] == "tiny/bloom step 3500 · perplexity under deactivation · held-out"
    assert lines[1].split() == ["base", "random", *NINE]
    assert [line.split()[0] for line in lines[3:12]] == NINE
    assert _row(shown, "id")[:6] == ["id", "18.2", "5.9", "51", "14", "1\u202f480"]
    assert _row(shown, "zh")[3] == "−3.1"
    assert _row(shown, "size")[1:3] == ["284", "120"] and _row(shown, "share")[2] == "5.2\u202f%"
    assert len(_row(shown, "size")) == 1 + 1 + 9


@pytest.mark.parametrize("width", [60, 80, 100])
@pytest.mark.parametrize("fake", [{}, {"selective": False}, {"codes": FOURTEEN}], ids=["nine", "null", "fourteen"])
def test_no_table_is_wider_than_the_terminal_or_cut(capsys, monkeypatch, width, fake):
    shown = _shown(capsys, monkeypatch, width, **fake)
    matrices, _, selectivity = shown.partition("Selectivity in nats")
    assert "…" not in matrices.replace("(…)", "")
    assert max(cell_len(line) for line in matrices.splitlines()) <= width
    codes = fake.get("codes", NINE)
    for code in codes:
        rows = [line for line in matrices.splitlines() if line.startswith(f"{code} ")]
        titles = [line for line in matrices.splitlines() if line.startswith("tiny/bloom")]
        assert len(rows) == len(titles) >= 1
    headings = " ".join(line for line in matrices.splitlines() if line.startswith("    ")).split()
    assert headings == ["base", "random", *codes]
    assert "overall" in selectivity


def test_nine_languages_fit_into_one_table_of_100_columns(capsys, monkeypatch):
    assert "part 1" not in _shown(capsys, monkeypatch, 100, selective=False)


def test_cells_that_random_neurons_could_have_made_stand_in_parentheses(capsys, monkeypatch):
    null = _shown(capsys, monkeypatch, 100, selective=False)
    assert null.count("(5.") > 20 and "(…): the interval covers" in null
    assert "(…)" not in _shown(capsys, monkeypatch, 100)


def test_selectivity_has_a_line_per_language_and_the_overall_one_with_its_p(capsys, monkeypatch):
    shown = _shown(capsys, monkeypatch, 100, p=0.42)
    assert _row(shown, "French (fr)")[1:3] == ["0.152", "[0.132, 0.172]"]
    assert _row(shown, "overall")[-1].replace("\u00a0", " ") == "p = .42"
    assert "needs at least 99 controls per region" in shown


def test_without_controls_only_the_matrix_and_the_verdict_remain(capsys, monkeypatch):
    shown = _shown(capsys, monkeypatch, 100, controls=0)
    assert "random" not in shown.splitlines()[1] and "overall" not in shown and "Selectivity" not in shown
    assert "Regions are a planted sentence" in shown


def test_missing_intervals_are_dashes(capsys, monkeypatch):
    assert _row(_shown(capsys, monkeypatch, 100, intervals=False), "French (fr)")[2] == "—"


def test_the_verdict_comes_last_as_it_stands(capsys, monkeypatch):
    assert _shown(capsys, monkeypatch, 100).splitlines()[-2:] == fake_ablation()["verdict"]


def test_the_diagonal_is_bold_on_a_terminal_and_colour_stays_off_if_asked(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", "1")
    shown = _shown(capsys, monkeypatch, 100)
    assert "\x1b[1m1\u202f480\x1b[0m" in shown and "\x1b[1m51\x1b" not in shown
    assert not re.search(r"\x1b\[[0-9;]*(3[0-8]|4[0-8])[0-9;]*m", shown)
