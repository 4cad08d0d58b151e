"""Points of a series in, the rows of their tables one after the other out."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from babelscope.tables import read_csv

__all__ = ["point_rows", "pooled_tables"]

Row = dict[str, Any]

_TABLES = {"probing": ("selections", "overlap"), "retrieval": ("retrieval",), "transfer": ("transfer",)}
"""By what a point's record calls it, the tables that a series keeps of all its points together."""


def point_rows(folder: Path, points: Iterable[Mapping[str, Any]], table: str) -> Iterator[tuple[str, Row]]:
    """Rows of one kind of table, each with the folder of its point."""
    for point in points:
        for row in read_csv(folder / point["folder"] / f"{table}.csv", table):
            yield point["folder"], row


def pooled_tables(folder: Path, content: Mapping[str, Any]) -> dict[str, list[Row]]:
    """Rows of all points by table, of what was measured at any of them: what `correlate` reads.

    Args:
        folder: Of the series.
        content: Of track.json.
    """
    done = [point for point in content["points"] if point["status"] == "done"]
    pooled = {}
    for piece, tables in _TABLES.items():
        points = [point for point in done if point.get(piece)]
        if points:
            pooled |= {table: [row for _, row in point_rows(folder, points, table)] for table in tables}
    return pooled
