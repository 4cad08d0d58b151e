"""`babelscope overlap`: what it prints and writes, and one line for everything that can be wrong."""

import csv
import gzip
import html
import json

import pytest

from babelscope.cli import main
from babelscope.report.probing import write_overlap_report
from babelscope.storage import read_json, write_text
from babelscope.tables import read_csv
from probing.overlap.planted import random_cells, rows_of, sharing_cells

LANGUAGES = ("ar", "de", "en", "fr", "hi")
NEURONS, K = 512, 12


def planted(step, shared, model="tiny", layers=(2, 4), seeds=2):
    cells = sharing_cells(LANGUAGES, ("Number", "POS"), NEURONS, K, shared=shared, seeds=seeds, seed=shared)
    return [row for layer in layers for row in rows_of(cells, model=model, step=step, layer=layer)]


def written(path, rows):
    with gzip.open(path, "wt", newline="") if path.suffix == ".gz" else path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    control = rows_of(random_cells(LANGUAGES, ("Number", "POS"), NEURONS, K), step="2000", layer=2)
    return {
        "one": written(folder / "one.csv", planted("2000", 6)),
        "steps": written(folder / "steps.csv.gz", [*planted("1000", 0), *planted("2000", 6)]),
        "many": written(folder / "many.csv", planted("2000", 6, layers=(0, 1, 2, 3, 4), seeds=1)),
        "control": written(folder / "control.csv", control),
        "models": written(folder / "models.csv", [*planted("1", 6), *planted("1", 3, model="other")]),
    }


PAGE = "babelscope.report.probing.write_overlap_report"


@pytest.fixture(autouse=True)
def no_page(monkeypatch):
    """Drawing takes most of the time: one test does it."""
    monkeypatch.setattr(PAGE, lambda folder, content, figures: write_text(folder / "report.html", "<html>"))


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    code = main(["overlap", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def fails(capsys, *arguments: object) -> str:
    code, out, err = run(capsys, *arguments)
    assert code == 2 and out == "" and len(err.splitlines()) == 1
    assert err.startswith("babelscope: ") and "Traceback" not in err
    return err


def test_it_writes_a_table_all_numbers_and_a_page(tables, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(PAGE, lambda folder, content, figures: write_overlap_report(folder, content, figures=False))
    out = tmp_path / "new" / "overlap"
    code, printed, err = run(capsys, tables["one"], "--neurons", NEURONS, "--unseen", "deu", "--out", out)
    assert code == 0 and err == "" and printed.splitlines()[-1] == f"report: {out / 'report.html'}"
    rows = read_csv(out / "overlap.csv", "overlap")
    assert len(rows) == 2 * 2 * 10 and {row["k"] for row in rows} == {10}
    content = read_json(out / "overlap.json", "overlap")
    assert content["unseen"] == ["de"] and content["source"] == "one.csv"
    assert content["command"].startswith("babelscope overlap ") and content["signature"]["fields"]["k"] == "10"
    assert len(rows) == sum(len(at["pairs"]) for group in content["groups"] for at in group["by_k"])
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "</html>" in page and content["verdict"][0] in html.unescape(page)


def test_it_prints_attributes_their_mean_and_a_verdict(tables, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    _, out, _ = run(
        capsys, tables["one"], "--neurons", NEURONS, "--out", tmp_path / "o", "--controls", tables["control"]
    )
    for part in (
        "tiny step 2000 · hidden layer 2",
        "k = 10 of 512, chance 0.0195",
        "Number",
        "mean",
        "ceiling",
        "control",
    ):
        assert part in out
    assert "two languages share" in " ".join(out.split()) and "/10" in out


def test_over_training_it_prints_the_steps(tables, tmp_path, capsys):
    _, out, _ = run(capsys, tables["steps"], "--neurons", NEURONS, "--out", tmp_path / "o", "--k", "5,12")
    assert "hidden layers 2 and 4 · k = 12, chance 0.0234" in " ".join(out.split())
    assert "overlap rises from step 1000 to step 2000" in " ".join(out.split())


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", ["one", "steps", "many", "models"])
def test_no_line_of_a_table_is_cut(tables, tmp_path, capsys, monkeypatch, name, width):
    monkeypatch.setenv("COLUMNS", str(width))
    _, out, _ = run(
        capsys, tables[name], "--neurons", NEURONS, "--out", tmp_path / "o", "--controls", tables["control"]
    )
    assert "…" not in out and max(map(len, out.splitlines()[:-1])) <= width


def test_where_the_mean_is_over_nothing_it_still_prints(tmp_path, capsys):
    cells = random_cells(("en", "fr"), ("POS",), NEURONS, K) | random_cells(("en",), ("Case",), NEURONS, K)
    table = written(tmp_path / "few.csv", rows_of(cells))
    for attributes in ("POS", "Case"):
        arguments = (table, "--neurons", NEURONS, "--attributes", attributes, "--out", tmp_path / attributes)
        code, out, _ = run(capsys, *arguments)
        assert code == 0 and "0/1" in out
    assert "nothing is shared" in " ".join(out.split())


def test_json_for_machines(tables, tmp_path, capsys):
    code, out, err = run(
        capsys, tables["models"], "--neurons", "tiny=512,other=1024", "--out", tmp_path / "o", "--json"
    )
    content = json.loads(out)
    assert code == 0 and {group["model"]: group["neurons"] for group in content["groups"]} == {
        "tiny": 512,
        "other": 1024,
    }
    assert err.startswith("warning neurons: other was said to have 1024 neurons") and len(err.splitlines()) == 1


def test_it_says_the_same_twice(tables, tmp_path, capsys):
    for name in ("a", "b"):
        run(capsys, tables["steps"], "--neurons", NEURONS, "--out", tmp_path / name)
    first, second = ((tmp_path / name / "overlap.csv").read_bytes() for name in ("a", "b"))
    assert first == second


def test_every_wrong_input_is_one_line_and_writes_nothing(tables, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    one, neurons = tables["one"], ("--neurons", NEURONS)
    assert "how many neurons a layer has is not given" in fails(capsys, one)
    assert "for the neurons of a layer" in fails(capsys, one, "--neurons", "many")
    assert "neurons are 0 to 63" in fails(capsys, one, "--neurons", 64)
    assert "neurons of tiny are not given" in fails(capsys, one, "--neurons", "huge=512")
    assert "neurons of other are not given" in fails(capsys, tables["models"], "--neurons", "tiny=512")
    assert "more than the 512 neurons" in fails(capsys, one, *neurons, "--k", "600")
    assert "at most 12" in fails(capsys, one, *neurons, "--k", "10,13")
    assert "expected whole numbers" in fails(capsys, one, *neurons, "--k", "ten")
    assert "unknown preset 'w23'; did you mean 'w24'?" in fails(capsys, one, "--preset", "w23")
    assert "unknown attribute 'Tense'" in fails(capsys, one, *neurons, "--attributes", "Tense")
    assert "unknown language" in fails(capsys, one, *neurons, "--unseen", "qqqq")
    assert "no selections of the probe 'poisson'" in fails(capsys, one, *neurons, "--probe", "poisson")
    assert "cannot read" in fails(capsys, tmp_path / "nowhere.csv", *neurons)
    assert "Missing argument" in fails(capsys)
    assert list(tmp_path.iterdir()) == []


def test_another_commands_folder_is_left_alone(tables, tmp_path, capsys):
    (tmp_path / "summary.json").write_text("{}", encoding="utf-8")
    said = fails(capsys, tables["one"], "--neurons", NEURONS, "--out", tmp_path)
    assert "holds the results of another command (summary.json)" in said
    assert [path.name for path in tmp_path.iterdir()] == ["summary.json"]
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert "it is a file" in fails(capsys, tables["one"], "--neurons", NEURONS, "--out", tmp_path / "file")


def test_the_preset_reads_their_layers_and_knows_the_models(tmp_path, capsys):
    cells = sharing_cells(LANGUAGES, ("Gender", "Number", "POS"), 1024, 10, shared=4)
    rows = [row for layer in (13, 17) for row in rows_of(cells, model="bloom-560m", step="final", layer=layer)]
    rows += rows_of(random_cells(("zh-CFL",), ("POS",), 1024, 10), model="bloom-560m", step="final", layer=13)
    bare = [{name: row[name] for name in row if name not in ("site", "probe", "seed")} for row in rows]
    table = written(tmp_path / "published.csv", bare)
    code, out, err = run(capsys, table, "--preset", "w24", "--out", tmp_path / "o")
    content = read_json(tmp_path / "o" / "overlap.json", "overlap")
    assert code == 0 and [group["layer"] for group in content["groups"]] == [12, 16]
    assert content["attributes"] == ["Gender", "Number", "POS"] and "zh" not in content["languages"]
    assert {group["neurons"] for group in content["groups"]} == {1024}
