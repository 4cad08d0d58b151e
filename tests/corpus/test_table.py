import json
from pathlib import Path

import pytest

from babelscope.corpus.table import language_columns, read_table
from babelscope.errors import CorpusError

ROWS = [
    {"id": "s1", "en": "The cat sleeps.", "fr": "Le chat dort.", "id_Latn": "Kucing itu tidur.", "url": "x/1"},
    {
        "id": "s2",
        "en": 'He said "no", twice.',
        "fr": "Il a dit « non ».",
        "id_Latn": "Ya, benar.",
        "url": "x/2",
    },
    {"id": "s3", "en": "It rains.", "fr": "Il pleut.", "id_Latn": "Hujan turun.", "url": "x/3"},
]


def as_tsv(path: Path, rows: list[dict[str, str]]) -> Path:
    lines = ["\t".join(rows[0])] + ["\t".join(row.values()) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def as_csv(path: Path, rows: list[dict[str, str]]) -> Path:
    quoted = [
        ",".join('"' + cell.replace('"', '""') + '"' for cell in row)
        for row in (rows[0], *(r.values() for r in rows))
    ]
    path.write_text("\r\n".join(quoted) + "\r\n", encoding="utf-8-sig")
    return path


def as_jsonl(path: Path, rows: list[dict[str, str]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def as_parquet(path: Path, rows: list[dict[str, str]]) -> Path:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    return path


WRITERS = {"tsv": as_tsv, "csv": as_csv, "jsonl": as_jsonl, "parquet": as_parquet}


@pytest.mark.parametrize("suffix", WRITERS)
def test_every_format_gives_the_same_corpus(tmp_path: Path, suffix: str) -> None:
    made = read_table(WRITERS[suffix](tmp_path / f"set.{suffix}", ROWS))
    assert (made.name, made.languages, made.ids) == ("set", ("en", "fr", "id"), ("s1", "s2", "s3"))
    assert made["en"][1] == 'He said "no", twice.'
    assert made.hash == read_table(as_jsonl(tmp_path / "twin.jsonl", ROWS)).hash


@pytest.mark.parametrize("suffix", WRITERS)
def test_empty_cells_are_missing_sentences(tmp_path: Path, suffix: str) -> None:
    rows = [*ROWS, {**ROWS[0], "id": "s4", "fr": ""}]
    made = read_table(WRITERS[suffix](tmp_path / f"set.{suffix}", rows), ["en", "fr"])
    assert (made.n, made.dropped) == (3, 1)


def test_an_id_column_is_not_indonesian_unless_it_holds_sentences() -> None:
    table = {"id": ["1", "2"], "en": ["a cat", "a dog"], "url": ["x/1", "x/2"], "zh": ["一只猫", "一只狗"]}
    assert language_columns(table) == {"en": "en", "zh": "zh"}
    assert language_columns(table | {"id": ["seekor kucing", "seekor anjing"]}) == {
        "id": "id",
        "en": "en",
        "zh": "zh",
    }


def test_one_row_may_take_more_lines_in_a_csv_only_inside_quotes(tmp_path: Path) -> None:
    path = tmp_path / "set.csv"
    path.write_text('en,fr\n"one\nstill one",un\ntwo a\u2028b,deux\n', encoding="utf-8")
    assert read_table(path, ["en", "fr"])["en"] == ("one\nstill one", "two a\u2028b")


def test_columns_can_be_mapped(tmp_path: Path) -> None:
    rows = [{"source": row["en"], "target": row["fr"], "note": "-"} for row in ROWS]
    path = as_csv(tmp_path / "set.csv", rows)
    made = read_table(path, columns={"eng": "source", "fr": "target"})
    assert made.languages == ("en", "fr")
    with pytest.raises(CorpusError, match=r"no column 'cible' \(for 'fr'\); its columns are source, target, note"):
        read_table(path, columns={"en": "source", "fr": "cible"})
    with pytest.raises(CorpusError, match="en given twice"):
        read_table(path, columns={"en": "source", "eng": "target"})
    with pytest.raises(CorpusError, match="has no 'de'"):
        read_table(path, ["en", "de"], {"en": "source", "fr": "target"})
    with pytest.raises(CorpusError, match=r"0 columns that are named after a language .*--columns en=NAME"):
        read_table(path)


def test_malformed_rows_name_file_and_line(tmp_path: Path) -> None:
    tsv = tmp_path / "set.tsv"
    tsv.write_text("en\tfr\na\tb\nc\td\te\n")
    with pytest.raises(CorpusError, match=r"set\.tsv, line 3: got 3 cells, expected 2 \(en, fr\)"):
        read_table(tsv)
    table = tmp_path / "set.csv"
    table.write_text('en,fr\na,b\n"c,d\n')
    with pytest.raises(CorpusError, match=r"set\.csv, line \d+: not a CSV row"):
        read_table(table)
    table.write_text(f"en,fr\na,{'b' * 200_000}\n")
    with pytest.raises(CorpusError, match=r"set\.csv, line 2: not a CSV row .*at most 131072 characters"):
        read_table(table)
    table.write_text("en,en\na,b\n")
    with pytest.raises(CorpusError, match="column names must differ"):
        read_table(table)
    table.write_text("en,fr\n")
    with pytest.raises(CorpusError, match="no rows under its header"):
        read_table(table)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{not json", r"line 2: not JSON"),
        ("[1, 2]", r"line 2: got list, expected an object"),
        ("[" * 100_000, r"line 2: not JSON"),
        ('{"en": 3, "fr": "b"}', r"row 2: column 'en' holds int '3'; expected text"),
    ],
)
def test_malformed_json_names_file_and_line(tmp_path: Path, line: str, says: str) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text('{"en": "a", "fr": "b"}\n' + line + "\n")
    with pytest.raises(CorpusError, match=says):
        read_table(path, ["en", "fr"])


def test_a_key_that_some_rows_lack_is_a_missing_sentence(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text('{"en": "a", "fr": "b"}\n\n{"en": "c"}\n{"en": "d", "fr": null}\n{"en": "e", "fr": "f"}\n')
    made = read_table(path, ["en", "fr"])
    assert (made.n, made.dropped) == (2, 2)


def test_files_that_are_no_tables(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"no file .*set\.csv; check the path"):
        read_table(tmp_path / "set.csv")
    with pytest.raises(CorpusError, match=r"unknown table format '.xlsx'; .*\.csv, \.jsonl"):
        read_table(tmp_path / "set.xlsx")
    path = tmp_path / "set.parquet"
    path.write_bytes(b"PAR1 but not really")
    with pytest.raises(CorpusError, match="is not a readable Parquet file"):
        read_table(path)
    latin = tmp_path / "set.tsv"
    latin.write_bytes("en\tfr\na\té\n".encode("latin-1"))
    with pytest.raises(CorpusError, match=r"set\.tsv, line 2: byte 0xe9 is not valid UTF-8"):
        read_table(latin)
