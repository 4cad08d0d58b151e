"""Two tables in, their rows side by side out, and the keys that found no partner."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from babelscope.errors import BabelscopeError
from babelscope.tables.schema import Cell

__all__ = ["Joined", "join"]


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
