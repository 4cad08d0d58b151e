"""Tables of selections: what is read leniently, and one line for what cannot be right."""

import csv
import gzip
import random

import numpy as np
import pytest

from babelscope.errors import BabelscopeError
from babelscope.probing.overlap import from_w24, read_selections, selections_of_rows
from probing.overlap.planted import random_cells, rows_of

ROWS = rows_of(random_cells(("en", "fr"), ("POS", "Number"), 64, 10, seeds=2))


def written(path, rows, leave_out=()):
    names = [name for name in rows[0] if name not in leave_out]
    with gzip.open(path, "wt", newline="") if path.suffix == ".gz" else path.open("w", newline="") as file:
        writer = csv.DictWriter(file, names, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def refused(rows, **options) -> str:
    with pytest.raises(BabelscopeError) as caught:
        selections_of_rows(rows, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_file_and_rows_in_memory_are_the_same(tmp_path):
    from_file = read_selections(written(tmp_path / "selections.csv", ROWS))
    packed = read_selections(written(tmp_path / "selections.csv.gz", ROWS))
    in_memory = selections_of_rows(ROWS)
    assert from_file.hash == packed.hash == in_memory.hash
    assert from_file.probe == "gaussian" and from_file.source == "selections.csv"
    assert np.array_equal(from_file.groups[0].nmi, in_memory.groups[0].nmi)


def test_every_row_lands_where_it_belongs():
    group = selections_of_rows(ROWS).groups[0]
    for row in ROWS:
        place = row["seed"], group.languages.index(row["language"]), group.attributes.index(row["attribute"])
        assert group.neurons[(*place, row["rank"] - 1)] == row["neuron"]
    assert group.neurons.shape == (2, 2, 2, 10)


def test_the_order_of_rows_says_nothing():
    mixed = random.Random(1).sample(ROWS, len(ROWS))
    assert selections_of_rows(mixed).hash == selections_of_rows(ROWS).hash


def test_one_neuron_more_or_less_changes_the_hash():
    other = [{**row, "neuron": 63 if row["neuron"] != 63 else 0} if row is ROWS[-1] else row for row in ROWS]
    assert selections_of_rows(other).hash != selections_of_rows(ROWS).hash


def test_columns_that_tables_of_others_lack(tmp_path):
    rows = [row for row in ROWS if row["seed"] == 0]
    optional = ("site", "probe", "seed", "test_nmi", "test_accuracy")
    found = read_selections(written(tmp_path / "bare.csv", rows, leave_out=optional))
    group = found.groups[0]
    assert group.site == "hidden" and found.probe == "" and np.isnan(group.nmi).all()
    assert group.neurons.shape == (1, 2, 2, 10)


def test_steps_are_in_the_order_of_training_and_final_is_last():
    cells = random_cells(("en", "fr"), ("POS",), 64, 3)
    rows = [row for step in ("final", "1000", "200") for row in rows_of(cells, step=step)]
    assert [group.step for group in selections_of_rows(rows).groups] == ["200", "1000", "final"]


def test_languages_get_their_usual_code():
    cells = random_cells(("eng", "fra_Latn"), ("POS",), 64, 3)
    assert selections_of_rows(rows_of(cells)).languages == ("en", "fr")
    assert "unknown language" in refused(rows_of(random_cells(("notalanguage", "fr"), ("POS",), 64, 3)))


def changed(index, **cells):
    return [{**row, **cells} if at == index else row for at, row in enumerate(ROWS)]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (changed(4, rank=4), ("row 5", "rank 4", "already given", "row 4")),
        (changed(4, rank=11), ("rank 6 where rank 5 was due",)),
        (changed(0, rank=0), ("row 1", "rank is 0", "expected 1 or more")),
        (changed(3, neuron=-2), ("row 4", "neuron is -2", "expected 0 or more")),
        (changed(3, neuron="x7"), ("row 4", "neuron is 'x7'", "whole number")),
        (changed(3, neuron="nan"), ("row 4", "neuron is 'nan'")),
        (changed(3, neuron=1.5), ("row 4", "neuron is '1.5'")),
        (changed(3, neuron=ROWS[0]["neuron"]), ("row 4", "is in this selection already", "row 1")),
        (changed(3, test_nmi="high"), ("row 4", "test_nmi is 'high'", "a number or nothing")),
        (changed(3, layer="last"), ("row 4", "layer is 'last'")),
        (changed(3, language=""), ("row 4", "language is empty")),
        (changed(0, probe="poisson"), ("several probes (gaussian, poisson)", "--probe")),
        ([], ("no selections",)),
        ([{name: row[name] for name in row if name != "neuron"} for row in ROWS], ("lacks the columns neuron",)),
    ],
)
def test_what_cannot_be_right_is_refused_by_row(rows, said):
    message = refused(rows)
    assert all(part in message for part in said), message


def test_one_of_several_probes_is_taken():
    other = [{**row, "probe": "poisson", "neuron": 63 - row["neuron"]} for row in ROWS]
    assert selections_of_rows([*ROWS, *other], probe="gaussian").hash == selections_of_rows(ROWS).hash
    assert "it has gaussian, poisson" in refused([*ROWS, *other], probe="linear")


def test_the_table_of_information_holds_selections_and_their_controls(tmp_path):
    shuffled = rows_of(random_cells(("en", "fr"), ("POS", "Number"), 64, 10, seeds=1, seed=5))
    rows = [{**row, "labels": "true"} for row in ROWS] + [{**row, "labels": "shuffled"} for row in shuffled]
    rows.append({**ROWS[0], "labels": "true", "rank": "", "neuron": ""})
    path = written(tmp_path / "information.csv", rows)
    assert read_selections(path).hash == selections_of_rows(ROWS).hash
    assert read_selections(path, labels="shuffled").hash == selections_of_rows(shuffled).hash


def test_lines_are_those_of_the_file_whatever_a_preset_drops(tmp_path):
    rows = [{**row, "layer": 13} for row in rows_of(random_cells(("zh-CFL", "en"), ("POS",), 64, 10))]
    rows[14]["neuron"] = "x"
    with pytest.raises(BabelscopeError, match="bad.csv, line 16: neuron is 'x'"):
        read_selections(written(tmp_path / "bad.csv", rows), change=from_w24)


def test_files_that_are_no_tables(tmp_path):
    def fails(path) -> str:
        with pytest.raises(BabelscopeError) as caught:
            read_selections(path)
        return str(caught.value)

    assert "cannot read" in fails(tmp_path / "nowhere.csv")
    assert "cannot read" in fails(tmp_path)
    (tmp_path / "plain.csv.gz").write_text("model,step\n", encoding="utf-8")
    assert "cannot read" in fails(tmp_path / "plain.csv.gz")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    assert "not a CSV file in UTF-8" in fails(tmp_path / "binary.csv")
    (tmp_path / "empty.csv").write_text("", encoding="utf-8")
    assert "lacks the columns" in fails(tmp_path / "empty.csv")
    path = written(tmp_path / "cut.csv", ROWS)
    path.write_text(path.read_text(encoding="utf-8") + "tiny,1,hidden\n", encoding="utf-8")
    assert f"line {len(ROWS) + 2}: 3 cells, expected 12" in fails(path)
