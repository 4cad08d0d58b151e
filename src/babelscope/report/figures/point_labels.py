"""Points and their names in, where each name stands beside its point out: none on another while there is room."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PointLabel", "label_points"]

_WIDTH, _HEIGHT = 0.62, 1.15
"""Of a character, as shares of its size."""
_AROUND = (
    (1, 0, "left", "center"), (0, 1, "center", "bottom"), (-1, 0, "right", "center"), (0, -1, "center", "top"),
    (0.75, 0.75, "left", "bottom"), (-0.75, 0.75, "right", "bottom"), (0.75, -0.75, "left", "top"),
    (-0.75, -0.75, "right", "top"),
)  # fmt: skip
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class PointLabel:
    """A name for a point."""

    x: float
    y: float
    text: str
    colour: str


def label_points(
    axes: "Axes", labels: Sequence[PointLabel], inches: tuple[float, float],
    avoid: Sequence[Sequence[tuple[float, float]]] = (), size: float = 6.5, away: float = 4.0,
) -> None:  # fmt: skip
    """Writes each name at the side of its point where it meets the fewest points, names and edges.

    Args:
        axes: Where the points are; its limits must be final.
        labels: Names; the order decides which of two that cannot both fit goes first.
        inches: Width and height of the axes, about.
        avoid: Lines that names should not cross, each by its corners.
        size: Of the text, in points.
        away: Distance from the point, in points.
    """
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    wide, tall = (72 * inch for inch in inches)

    def place(x: float, y: float) -> tuple[float, float]:
        return (x - left) / (right - left) * wide, (y - low) / (high - low) * tall

    at = [place(one.x, one.y) for one in labels]
    taken: list[Box] = [(x - 2.5, y - 2.5, x + 2.5, y + 2.5) for x, y in at]
    taken += [(x - 1, y - 1, x + 1, y + 1) for line in avoid for x, y in _along([place(*corner) for corner in line])]
    sides = [(reach, side) for reach in (1.0, 2.2) for side in _AROUND]
    for label, point in zip(labels, at, strict=True):
        boxes = [_box(point, label.text, size, away * reach, side) for reach, side in sides]
        met = _shared(boxes, taken).sum(1)
        inside = _shared(boxes, [(0.0, 0.0, wide, tall)])[:, 0]
        outside = _shared(boxes, boxes).diagonal() - inside
        best = int((met + 4 * outside + 0.5 * np.arange(len(boxes))).argmin())
        taken.append(boxes[best])
        reach, (dx, dy, across, along) = sides[best]
        axes.annotate(
            label.text, (label.x, label.y), xytext=(dx * away * reach, dy * away * reach),
            textcoords="offset points", ha=across, va=along, size=size, color=label.colour, annotation_clip=False,
            zorder=6,
        )  # fmt: skip


def _box(point: tuple[float, float], text: str, size: float, away: float, side: tuple[float, float, str, str]) -> Box:
    """What a name covers: left, low, right, high."""
    dx, dy, across, along = side
    width, height = len(text) * size * _WIDTH, size * _HEIGHT
    x, y = point[0] + dx * away, point[1] + dy * away
    x -= {"left": 0.0, "center": width / 2, "right": width}[across]
    y -= {"bottom": 0.0, "center": height / 2, "top": height}[along]
    return x, y, x + width, y + height


def _along(corners: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Places on a line, three points apart."""
    found: list[tuple[float, float]] = []
    for (x, y), (ahead, above) in pairwise(corners):
        parts = max(1, int(math.hypot(ahead - x, above - y) / 3))
        found += [(x + (ahead - x) * i / parts, y + (above - y) * i / parts) for i in range(parts)]
    return found


def _shared(boxes: Sequence[Box], others: Sequence[Box]) -> np.ndarray:
    """Area that each box shares with each of the others."""
    one, other = np.array(boxes)[:, None], np.array(others)[None]
    sides = np.minimum(one[..., 2:], other[..., 2:]) - np.maximum(one[..., :2], other[..., :2])
    return np.clip(sides, 0.0, None).prod(-1)
