"""`babelscope correlate` and `babelscope forecast`: what they print and write, and one line for what can be wrong."""

import json

import pytest

from babelscope.cli import main
from correlation.planted_tables import alignment, plain_rows, score_rows, written


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    folder, values = tmp_path_factory.mktemp("tables"), alignment()
    x = written(folder / "cosines.csv", plain_rows(values, "cosine"))
    return x, written(folder / "transfer.csv", score_rows(values, 1.0))


@pytest.fixture(autouse=True)
def no_page(monkeypatch):
    """Drawing takes most of the time: the pages have tests of their own."""
    for kind in ("correlation", "forecast"):
        monkeypatch.setattr(f"babelscope.report.correlation.write_{kind}_page", lambda folder, content, figures: [])


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_correlate_prints_its_table_and_the_answer(capsys, tables, tmp_path):
    x, y = tables
    code, out, err = run(capsys, "correlate", "--x", x, "--y", y, "--since", 4000, "--out", tmp_path / "out")
    assert code == 0 and "POS accuracy against cosine" in out and "\n   within " in out and " late" in out
    assert "Yes: within languages" in out and out.rstrip().endswith("report.html")
    assert "warning covariates: what probes know (NMI) and held-out loss not known" in err
    assert (tmp_path / "out" / "correlation.json").is_file()


def test_correlate_as_json(capsys, tables, tmp_path):
    code, out, _ = run(capsys, "correlate", "--x", tables[0], "--y", tables[1], "--json", "--out", tmp_path / "out")
    content = json.loads(out)
    assert code == 0 and content["answer"] == "yes"
    assert content["command"].startswith("babelscope correlate --x")


def test_forecast_prints_languages_and_the_answer(capsys, tables, tmp_path):
    arguments = ("--x", tables[0], "--y", tables[1], "--step", 1000, "--out", tmp_path / "out")
    code, out, _ = run(capsys, "forecast", *arguments)
    assert code == 0 and "French (fr)" in out and "error" in out and "report:" in out
    code, out, _ = run(capsys, "forecast", *arguments, "--json")
    assert code == 0 and json.loads(out)["step"] == "1000"


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("correlate", "--x", "{x}"), "no scores are given"),
        (("correlate", "--x", "nowhere.csv", "--y", "{y}"), "cannot read nowhere.csv"),
        (("correlate", "--x", "{x}", "--y", "{y}", "--score", "grade"), "unknown score 'grade'"),
        (("correlate", "--x", "{x}", "--y", "{y}", "--layers", "one"), "expected whole numbers"),
        (("correlate", "--x", "{x}", "--y", "{y}", "--preset", "w42"), "unknown preset 'w42'"),
        (("correlate", "--x", "{x}", "--y", "{y}", "--source", "xxx"), "unknown language 'xxx'"),
        (("forecast", "--x", "{x}", "--y", "{y}", "--step", "7"), "no model with alignment at step 7"),
        (("forecast", "--x", "{x}", "--y", "{y}", "--step", "1000", "--shares", "en"), "expected LANG=PERCENT"),
    ],
)
def test_what_can_be_wrong_is_one_line(capsys, tables, tmp_path, arguments, message):
    filled = [text.format(x=tables[0], y=tables[1]) for text in arguments]
    code, out, err = run(capsys, *filled, "--out", tmp_path / "out")
    assert code == 2 and message in err and err.count("\n") == 1 and not out
