"""Tables and folders in, sheets out: kinds are known by their columns, and what cannot be read is one line."""

import gzip

import pytest

from babelscope.correlation.reading import OTHER, kind_of, read_sheet, sheets_in
from babelscope.errors import BabelscopeError
from babelscope.tables.schema import TABLES
from correlation.planted_tables import overlap_row, transfer_row, written


@pytest.mark.parametrize("name", ["overlap", "retrieval", "transfer", "scores", "track", "evaluation", "selections"])
def test_each_table_of_ours_is_known_by_its_columns(name):
    assert kind_of(TABLES[name].header) == name


def test_any_other_table_is_other():
    assert kind_of(["model", "step", "language", "cosine"]) == OTHER


def test_compressed_or_not_is_the_same(tmp_path):
    plain = written(tmp_path / "a.csv", [overlap_row("1", "ar", "en", 0.2)])
    with gzip.open(tmp_path / "a.csv.gz", "wt") as file:
        file.write(plain.read_text())
    one, other = read_sheet(plain), read_sheet(tmp_path / "a.csv.gz")
    assert one.columns == other.columns and one.hash == other.hash and one.kind == "overlap"


def test_a_folder_is_searched_for_the_preferred_kind_then_its_points(tmp_path):
    for step in ("1", "2"):
        written(tmp_path / "points" / step / "overlap.csv", [overlap_row(step, "ar", "en", 0.2)])
    written(tmp_path / "transfer.csv", [transfer_row("1", "ar", 0.5)])
    pooled = sheets_in([tmp_path], ("overlap", "scores"), "x")
    assert [sheet.columns["step"] for sheet in pooled] == [("1",), ("2",)]
    assert [sheet.kind for sheet in sheets_in([tmp_path], ("transfer",), "y")] == ["transfer"]
    written(tmp_path / "overlap.csv", [overlap_row("9", "ar", "en", 0.2)])
    assert [sheet.columns["step"] for sheet in sheets_in([tmp_path], ("overlap",), "x")] == [("9",)]


def test_rows_about_some_checkpoints(tmp_path):
    rows = [overlap_row(step, "ar", "en", 0.2) for step in ("1", "2", "3")]
    sheet = read_sheet(written(tmp_path / "a.csv", rows))
    assert sheet.about({("tiny", "2"), ("other", "3")}).columns["step"] == ("2",)


@pytest.mark.parametrize(
    "text, message",
    [
        ("model,step\n", "holds no rows"),
        ("model,step\na\n", "row 1: 1 cells, expected 2"),
        ("", "holds no rows"),
        ("model,step,step\na,1,2\n", "has the column step more than once"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, text, message):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(BabelscopeError, match=message):
        read_sheet(tmp_path / "a.csv")


def test_missing_files_and_empty_folders(tmp_path):
    with pytest.raises(BabelscopeError, match="cannot read .*nowhere.csv"):
        read_sheet(tmp_path / "nowhere.csv")
    with pytest.raises(
        BabelscopeError, match=r"holds no table for x; looked for overlap.csv, there and in points/\*"
    ):
        sheets_in([tmp_path], ("overlap",), "x")


def test_different_kinds_are_not_one_measure(tmp_path):
    one = written(tmp_path / "a.csv", [overlap_row("1", "ar", "en", 0.2)])
    other = written(tmp_path / "b.csv", [transfer_row("1", "ar", 0.5)])
    with pytest.raises(BabelscopeError, match="mixes tables of overlap, transfer"):
        sheets_in([one, other], ("overlap",), "x")
