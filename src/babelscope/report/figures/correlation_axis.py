"""What the figures of a correlation do alike: rows below headings, an axis of correlations, the line of chance."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from babelscope.report.colours import THEME

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ROW", "RowAxis", "chance_line", "correlation_axis"]

ROW = 0.3
"""Height of a row, in inches."""
_HEAD = 0.75
"""Height of a heading, in rows."""
_REACH = 1.05


@dataclass(frozen=True)
class RowAxis:
    """Rows from top to bottom; a heading stands where the first part of their keys changes."""

    rows: Sequence[tuple[tuple[str, ...], str]]
    """Key and words of each."""

    def _lines(self) -> list[tuple[float, tuple[str, ...] | None, str]]:
        """Height, key and words of rows and headings; a heading has no key."""
        lines: list[tuple[float, tuple[str, ...] | None, str]] = []
        at, head = 0.0, ""
        for key, words in self.rows:
            if key[0] != head:
                head = key[0]
                lines.append((at + _HEAD / 2, None, head))
                at += _HEAD
            lines.append((at + 0.5, key, words))
            at += 1.0
        return lines

    @property
    def inches(self) -> float:
        """Height of all rows and headings."""
        return ROW * (len(self.rows) + _HEAD * len({key[0] for key, _ in self.rows}))

    def place(self) -> dict[tuple[str, ...], float]:
        """Height of each row in the axes."""
        return {key: at for at, key, _ in self._lines() if key is not None}

    def dress(self, axes: "Axes", bold: Collection[tuple[str, ...]] = ()) -> None:
        """Names the rows left of the axes, from top to bottom.

        Args:
            axes: The leftmost of those that share the rows.
            bold: Keys of rows to point out.
        """
        lines = self._lines()
        axes.set_yticks([])  # Texts: ticks of every plot that shares them take three times as long to draw.
        for at, key, words in lines:
            weight, style = "bold" if key in bold else "normal", "italic" if key is None else "normal"
            axes.text(
                -0.02, at, words, transform=axes.get_yaxis_transform(), ha="right", va="center", size=6.8,
                weight=weight, style=style, color=THEME["soft" if key is None else "ink"][0],
            )  # fmt: skip
        axes.set_ylim(lines[-1][0] + 0.6, -0.1)


def correlation_axis(axes: "Axes", label: str, room: float = 0.0) -> None:
    """An x axis from -1 to 1 with a line at 0 and nothing on the left.

    Args:
        axes: To dress.
        label: What is on it.
        room: Left free beyond both ends, for names of points.
    """
    axes.axvline(0, color=THEME["line"][0], linewidth=0.8, zorder=0)
    axes.set_xlim(-_REACH - room, _REACH + room)
    axes.set_xticks([-1, -0.5, 0, 0.5, 1], ["−1", "−.5", "0", ".5", "1"])
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(label)


def chance_line(axes: "Axes", analysis: Mapping[str, Any], named: bool = True) -> None:
    """Where an alignment that is none would lie, grey and dashed; nothing where that is not known.

    Args:
        axes: Alignment is on its x axis.
        analysis: With its `chance`.
        named: Whether to write what it is.
    """
    if analysis.get("chance") is None:
        return
    axes.axvline(analysis["chance"], color=THEME["null"][0], linewidth=0.9, dashes=(1.5, 1.5), zorder=0.5)
    if named:
        axes.annotate(
            "chance", (analysis["chance"], 0.0), xycoords=axes.get_xaxis_transform(), xytext=(2, 2),
            textcoords="offset points", ha="left", va="bottom", size=6.2, color=THEME["soft"][0], zorder=1,
        )  # fmt: skip
