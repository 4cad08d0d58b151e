"""What a table of a page is."""

from dataclasses import dataclass
from typing import Any

__all__ = ["Cell", "Table"]

Cell = str | dict[str, str]
"""A number as text, set right; or `text`, set left and wrapped, which leads to `href` if there is one."""


@dataclass(frozen=True)
class Table:
    """Rows that say what no figure does."""

    name: str
    """Its heading."""
    columns: tuple[str, ...]
    rows: list[list[Any]]
    """Cells; the first of a row is its heading."""
    note: str = ""
    """What stands below it."""
    folded: bool = False
    """Whether it is opened on demand."""
