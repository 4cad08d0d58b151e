"""Every table of the project: its columns with units and allowed values, and how it is written, read and joined."""

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from babelscope.errors import BabelscopeError, unknown_choice
from babelscope.storage import atomic_path

__all__ = ["COMMON", "TABLES", "Column", "Joined", "Table", "join", "read_csv", "schema_page", "write_csv"]

Cell = str | int | float | None


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    name: str
    kind: str
    """text, integer or number."""
    meaning: str
    """What it holds, with unit, range and allowed values."""


@dataclass(frozen=True)
class Table:
    """One kind of CSV file."""

    name: str
    meaning: str
    columns: tuple[Column, ...]

    @property
    def header(self) -> list[str]:
        """Names of the columns, in order."""
        return [column.name for column in self.columns]


COMMON = (
    Column("model", "text", "hub id, or folder name of a local model"),
    Column("step", "text", "training step where the name tells it, else the revision; `main` where there is none"),
    Column("site", "text", "where activations were read: `mlp` (input of the MLP's output projection) or `gate`"),
    Column("layer", "text", "`all` for the whole model, 0 for the embeddings, MLP layers from 1"),
)
"""The columns every table starts with."""

TABLES: dict[str, Table] = {
    "scores": Table(
        "scores",
        "Alignment scores and region sizes of one scan: whole model, each layer, each language pair.",
        (
            *COMMON,
            Column(
                "metric",
                "text",
                "`lrds`, `sads` (differences of cosines, [-2, 2]), `region_size` or `sklr` (neurons)",
            ),
            Column("language", "text", "BCP-47 code; `all` where the number is about all languages"),
            Column("language_b", "text", "the other language of a pair (`sads` only); empty otherwise"),
            Column("value", "number", "the score"),
            Column("low", "number", "lower end of its 95 % jackknife interval over meanings; empty if n < 3"),
            Column("high", "number", "upper end"),
            Column(
                "null_mean",
                "number",
                "mean under the null: shuffled translations (`sads`), permuted labels (the others)",
            ),
            Column("null_low", "number", "2.5th percentile of the null"),
            Column("null_high", "number", "97.5th percentile of the null"),
            Column("baseline", "number", "the same score of the untrained model; empty if not measured"),
            Column("gain", "number", "value minus baseline"),
            Column(
                "gain_low", "number", "lower end of its 95 % interval, by the jackknife over the meanings both saw"
            ),
            Column("gain_high", "number", "upper end"),
            Column("n", "integer", "sentences per language"),
        ),
    ),
    "ablation": Table(
        "ablation",
        "Perplexity of every language with nothing, each region and each random control deactivated.",
        (
            *COMMON,
            Column("deactivated", "text", "language whose region (or whose region's control) is off; else `none`"),
            Column("kind", "text", "`none`, `region`, or `random`: a control with as many neurons in every layer"),
            Column("seed", "integer", "number of the control, from 0; drawn under the run's seed; else empty"),
            Column("language", "text", "BCP-47 code of the evaluated language"),
            Column("perplexity", "number", "exponential of the mean loss of a token, 1 or more"),
            Column("increase_pct", "number", "increase over the perplexity with nothing deactivated, percent"),
            Column("nats_per_byte", "number", "loss per UTF-8 byte of the scored text, nats"),
            Column("neurons", "integer", "number of deactivated neurons"),
            Column("share", "number", "fraction of the model's neurons that are deactivated, [0, 1]"),
            Column("dose", "number", "fraction of the region that is deactivated, its neurons ranked by z, (0, 1]"),
            Column("increase_low", "number", "lower end of its 95 % interval (paired bootstrap over segments)"),
            Column("increase_high", "number", "upper end"),
            Column("segments", "integer", "segments of text"),
            Column("tokens", "integer", "scored tokens"),
        ),
    ),
    "selectivity": Table(
        "selectivity",
        "How much more a region costs its own language than the others, beyond its random controls.",
        (
            *COMMON,
            Column("dose", "number", "fraction of each region that is deactivated, (0, 1]"),
            Column("language", "text", "BCP-47 code of the region; `all` for their mean"),
            Column("value", "number", "selectivity, nats per token; 0 by chance, higher is more selective"),
            Column("low", "number", "lower end of the 95 % interval over texts and over random sets"),
            Column("high", "number", "upper end"),
            Column("own", "number", "increase of the own language's mean loss, nats per token"),
            Column("others", "number", "mean increase of the other languages'"),
            Column("control", "number", "own minus others under the matched random controls"),
            Column("p", "number", "`all`: by relabelling regions; a language: rank among 99 or more controls"),
            Column("controls", "integer", "random controls per region"),
        ),
    ),
    "track": Table(
        "track",
        "What a series of checkpoints showed: each score of each point, and how its regions live on.",
        (
            *COMMON,
            Column(
                "metric",
                "text",
                "`lrds`, `sads` (differences of cosines, [-2, 2]); `region_size`, `region_excess` (beyond chance) "
                "and `sklr` (neurons); `loss` (nats per byte of held-out text), `perplexity`; `survival` (fraction "
                "of a region's neurons still in it at the next point), `jaccard` (of the two) and "
                "`jaccard_by_chance`; `selectivity` (nats per token) and `accuracy:TASK`, where measured; `failed` "
                "where the point could not be",
            ),
            Column("language", "text", "BCP-47 code; `all` where the number is about all languages"),
            Column("value", "number", "the number"),
            Column("low", "number", "lower end of its 95 % interval; empty where there is none"),
            Column("high", "number", "upper end"),
            Column(
                "flag",
                "text",
                "what hygiene found, joined by `+`: `loss`, `nmi`, `duplicate`; `failed`; empty if nothing",
            ),
        ),
    ),
    "comparison": Table(
        "comparison",
        "Run B (the candidate; the first columns are about it) minus run A, on the same sentences.",
        (
            *COMMON,
            Column("model_a", "text", "model of run A"),
            Column("step_a", "text", "its step"),
            Column(
                "metric",
                "text",
                "`lrds`, `sads`, `gain_lrds`, `gain_sads` (over each model's own untrained twin; differences of "
                "cosines), `region_size` or `sklr` (neurons), `loss` (nats per byte of held-out text)",
            ),
            Column("language", "text", "BCP-47 code; `all` where the number is about all languages"),
            Column("language_b", "text", "the other language of a pair (`sads` only); empty otherwise"),
            Column("n", "integer", "sentences per language"),
            Column("value_a", "number", "the score of A"),
            Column("value_b", "number", "the score of B"),
            Column("difference", "number", "B minus A"),
            Column(
                "low",
                "number",
                "lower end of its 95 % interval: paired jackknife, but unpaired for `loss`; empty for sizes",
            ),
            Column("high", "number", "upper end"),
            Column("p", "number", "two-sided; of a paired t test on the jackknife, of a normal error for `loss`"),
            Column(
                "p_holm",
                "number",
                "corrected over the layers, the pairs or the languages' losses of one score; empty for one test",
            ),
            Column("outcome", "text", "B is `better`, `worse`, `not distinguishable`; or `no interval`"),
            Column("jaccard", "number", "`region_size`: neurons in A's and B's region over those in either, [0, 1]"),
            Column(
                "jaccard_low", "number", "2.5th percentile of it by chance: same sizes per layer, drawn at random"
            ),
            Column("jaccard_high", "number", "97.5th percentile"),
        ),
    ),
    "evaluation": Table(
        "evaluation",
        "Accuracy of multiple-choice tasks with nothing, each region and each random control deactivated.",
        (
            *COMMON,
            Column("task", "text", "name of the task in lm-eval"),
            Column("language", "text", "BCP-47 code of the task's text; empty where the task does not say"),
            Column("deactivated", "text", "language whose region (or whose region's control) is off; else `none`"),
            Column("kind", "text", "`none`, `region`, or `random`: a control with as many neurons in every layer"),
            Column("seed", "integer", "number of the control, from 0; drawn under the run's seed; else empty"),
            Column("accuracy", "number", "fraction of documents answered correctly, [0, 1]"),
            Column("stderr", "number", "its standard error, as lm-eval gives it"),
            Column("low", "number", "lower end of its 95 % Wilson interval over documents"),
            Column("high", "number", "upper end"),
            Column("chance", "number", "mean over documents of 1 / number of choices"),
            Column("alone", "number", "accuracy from the choices without the text before them"),
            Column("difference", "number", "accuracy minus that with nothing deactivated, same documents"),
            Column("difference_low", "number", "lower end of its 95 % paired interval"),
            Column("difference_high", "number", "upper end"),
            Column("n", "integer", "documents"),
        ),
    ),
}
"""Tables by name; the schema page of the documentation is made from them."""


def write_csv(path: Path, table: str, rows: Iterable[Mapping[str, Cell]]) -> Path:
    """Writes a table whole or not at all; None and NaN become empty cells.

    Raises:
        BabelscopeError: If a row lacks a column or has one the schema does not know.
    """
    header = _table(table).header
    with atomic_path(path) as aside, aside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        for row in rows:
            if set(row) != set(header):
                odd = sorted(set(row) ^ set(header))
                raise BabelscopeError(f"a row of {table} has other columns than its schema: {', '.join(odd)}")
            writer.writerow([_cell(row[name]) for name in header])
    return Path(path)


def _cell(value: Cell) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return repr(float(value)) if isinstance(value, float) else str(value)


def _table(name: str) -> Table:
    if name not in TABLES:
        raise BabelscopeError(unknown_choice("table", name, TABLES))
    return TABLES[name]


def read_csv(path: Path, table: str) -> list[dict[str, Cell]]:
    """Reads a table that `write_csv` wrote, cells converted by the schema; empty numbers are None.

    Raises:
        BabelscopeError: If the file is missing, lacks a column, or a cell is no number where one is due.
    """
    schema = _table(table)
    try:
        with Path(path).open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in schema.header if name not in (reader.fieldnames or [])]
            if missing:
                raise BabelscopeError(f"{path} lacks the columns {', '.join(missing)}; expected a {table} table")
            return [_convert(row, schema, path, reader.line_num) for row in reader]
    except OSError as error:
        raise BabelscopeError(f"cannot read {path}: {error.strerror}; expected a {table} table") from error


def _convert(row: Mapping[str, str], schema: Table, path: Path, line: int) -> dict[str, Cell]:
    result: dict[str, Cell] = {}
    for column in schema.columns:
        text = row[column.name]
        try:
            if column.kind == "text":
                result[column.name] = text
            elif not text:
                result[column.name] = None
            else:
                result[column.name] = int(text) if column.kind == "integer" else float(text)
        except ValueError as error:
            raise BabelscopeError(
                f"{path}, line {line}: {column.name} is {text!r}, expected {column.kind}"
            ) from error
    return result


@dataclass(frozen=True)
class Joined:
    """Rows that met, and the keys of those that did not."""

    rows: list[dict[str, Cell]]
    only_left: list[tuple[Cell, ...]]
    only_right: list[tuple[Cell, ...]]

    @property
    def lost(self) -> str:
        """One line that says which rows found no partner; empty if all did."""
        parts = [
            f"{len(keys)} only in the {side} table ({', '.join('/'.join(map(str, key)) for key in keys[:5])}"
            f"{', …' if len(keys) > 5 else ''})"
            for side, keys in (("first", self.only_left), ("second", self.only_right))
            if keys
        ]
        return f"rows without a partner: {'; '.join(parts)}" if parts else ""


def join(left: Sequence[Mapping[str, Cell]], right: Sequence[Mapping[str, Cell]], on: Sequence[str]) -> Joined:
    """Rows of two tables side by side where the columns `on` agree; what finds no partner is named, not just dropped.

    Raises:
        BabelscopeError: If a key occurs twice in the second table, or a column other than `on` is in both.
    """
    index: dict[tuple[Cell, ...], Mapping[str, Cell]] = {}
    for row in right:
        key = tuple(row[name] for name in on)
        if key in index:
            raise BabelscopeError(
                f"cannot join on {', '.join(on)}: the second table has {'/'.join(map(str, key))} twice"
            )
        index[key] = row
    both = sorted((set(left[0]) & set(right[0])) - set(on)) if left and right else []
    if both:
        raise BabelscopeError(
            f"cannot join: both tables have the columns {', '.join(both)}; rename them or join on them"
        )
    rows, only_left, met = [], [], set()
    for row in left:
        key = tuple(row[name] for name in on)
        if key in index:
            met.add(key)
            rows.append({**row, **index[key]})
        else:
            only_left.append(key)
    return Joined(rows, only_left, [key for key in index if key not in met])


def schema_page() -> str:
    """The documentation page of all tables, in Markdown."""
    lines = [
        "# Tables",
        "",
        "CSV, UTF-8, a header line, empty cells for what could not be computed. Every table starts with",
    ]
    lines += [f"`{', '.join(column.name for column in COMMON)}`.", ""]
    for table in TABLES.values():
        lines += [f"## {table.name}.csv", "", table.meaning, "", "| column | kind | meaning |", "|---|---|---|"]
        lines += [f"| `{column.name}` | {column.kind} | {column.meaning} |" for column in table.columns]
        lines.append("")
    return "\n".join(lines)
