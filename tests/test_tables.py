"""Tables follow their schema, come back as they were, and joins name what they lose."""

import math
from pathlib import Path

import pytest

import babelscope as bs
from babelscope.errors import BabelscopeError
from babelscope.tables import COMMON, TABLES, join, read_csv, schema_page, write_csv
from tiny_corpus import tiny_corpus
from tiny_models import tiny_model


def row(**changes):
    full = {
        column.name: {"text": "x", "integer": 3, "number": 0.1}[column.kind] for column in TABLES["scores"].columns
    }
    return {**full, **changes}


def test_every_table_about_one_checkpoint_a_row_starts_with_the_common_columns():
    for name in TABLES.keys() - {"correlation", "forecast"}:
        table = TABLES[name]
        assert table.header[:4] == ["model", "step", "site", "layer"] == [column.name for column in COMMON]
    assert "only `correlation` and `forecast`" in schema_page()


def test_rows_come_back_exactly_and_missing_numbers_as_none(tmp_path):
    rows = [row(value=1 / 3, low=None, high=math.nan, language='quote " and, comma')]
    back = read_csv(write_csv(tmp_path / "scores.csv", "scores", rows), "scores")[0]
    assert back["value"] == 1 / 3 and back["low"] is None and back["high"] is None
    assert back["language"] == 'quote " and, comma' and back["n"] == 3


def test_rows_outside_the_schema_are_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(BabelscopeError, match="other columns than its schema: extra"):
        write_csv(tmp_path / "scores.csv", "scores", [row(extra=1)])
    assert not list(tmp_path.iterdir())
    with pytest.raises(BabelscopeError, match="unknown table 'score'; did you mean 'scores'"):
        write_csv(tmp_path / "scores.csv", "score", [])


def test_reading_names_the_line_and_the_column(tmp_path):
    path = write_csv(tmp_path / "scores.csv", "scores", [row(), row()])
    lines = path.read_text().split("\n")
    path.write_text("\n".join([lines[0], lines[1], lines[2].replace("0.1", "much", 1), ""]))
    with pytest.raises(BabelscopeError, match="scores.csv, line 3: value is 'much', expected number"):
        read_csv(path, "scores")
    path.write_text("model,step\n")
    with pytest.raises(BabelscopeError, match="lacks the columns site, layer"):
        read_csv(path, "scores")


def test_a_join_says_which_rows_it_lost():
    left = [{"model": "a", "x": 1}, {"model": "b", "x": 2}]
    right = [{"model": "b", "y": 3}, {"model": "c", "y": 4}]
    joined = join(left, right, on=["model"])
    assert joined.rows == [{"model": "b", "x": 2, "y": 3}]
    assert joined.lost == "rows without a partner: 1 only in the first table (a); 1 only in the second table (c)"
    assert join(left[1:], right[:1], on=["model"]).lost == ""
    with pytest.raises(BabelscopeError, match="second table has b twice"):
        join(left, [right[0], right[0]], on=["model"])
    with pytest.raises(BabelscopeError, match="both tables have the columns x"):
        join(left, [{"model": "b", "x": 0}], on=["model"])


def test_the_schema_page_of_the_documentation_is_up_to_date():
    page = Path(__file__).resolve().parents[1] / "docs" / "schema.md"
    assert page.read_text(encoding="utf-8") == schema_page() + "\n", "run: make docs"


def test_every_key_of_a_summary_is_documented():
    page = (Path(__file__).resolve().parents[1] / "docs" / "run-folder.md").read_text(encoding="utf-8")
    model = tiny_model("bloom")
    summary = bs.scan(model, tiny_corpus(), baseline=False).summary()
    assert not [key for key in summary if f"`{key}`" not in page]
