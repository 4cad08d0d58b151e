"""What a table of the project is: columns with units and allowed values, the first of them shared."""

from dataclasses import dataclass

__all__ = ["COMMON", "Cell", "Column", "Table"]

Cell = str | int | float | None
"""What a cell of a table holds; None is an empty one."""


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
    Column(
        "site",
        "text",
        "where activations were read: `mlp` (input of the MLP's output projection), `gate`, or `hidden` (states)",
    ),
    Column("layer", "text", "`all` for the whole model, 0 for the embeddings, MLP layers from 1"),
)
"""The columns every table starts with."""
