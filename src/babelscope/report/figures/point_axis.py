"""The points of a series along an axis: a logarithm of steps or parameters, the untrained model left of a break."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from babelscope.report.colours import THEME
from babelscope.report.numbers import compact

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PointAxis", "point_axis"]

_FEW = 16
"""Points up to which ticks stand at points, rather than at powers of ten."""
_CHARACTER, _BETWEEN = 0.066, 0.08
"""Inches that a character of a tick's label takes, and that have to stay free between two labels."""


@dataclass(frozen=True)
class PointAxis:
    """Where points lie: log10 of what is above 0, and 0 apart from them."""

    label: str
    xs: Sequence[float]
    """Where there are points above 0, ascending."""
    has_zero: bool

    @property
    def span(self) -> float:
        """Powers of ten between the first and the last point, but never so few that nothing can be drawn."""
        return max(0.3, math.log10(self.xs[-1] / self.xs[0])) if self.xs else 1.0

    @property
    def zero(self) -> float:
        """Where 0 is drawn."""
        return (math.log10(self.xs[0]) if self.xs else 0.0) - max(0.12, 0.17 * self.span)

    @property
    def limits(self) -> tuple[float, float]:
        """Both ends of the axis."""
        if not self.xs:
            return self.zero - 0.3, self.zero + 0.3
        pad = 0.035 * self.span if len(self.xs) > 1 else 0.5 * self.span
        first = self.zero if self.has_zero else math.log10(self.xs[0])
        return first - pad, math.log10(self.xs[-1]) + pad

    def place(self, x: float) -> float:
        """Position of a point."""
        return math.log10(x) if x > 0 else self.zero

    def dress(self, axes: "Axes", inches: float, labelled: bool = True) -> None:
        """Limits, ticks, the mark of the break, and the axis' name.

        Args:
            axes: Where the points are drawn.
            inches: Its width, about: as many ticks are labelled as fit.
            labelled: Whether to write what the axis is.
        """
        from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

        low, high = self.limits
        axes.set_xlim(low, high)
        ticks = self._ticks(inches)
        axes.xaxis.set_major_locator(FixedLocator([self.place(x) for x in ticks]))
        axes.xaxis.set_major_formatter(FixedFormatter([compact(x) for x in ticks]))
        points = [self.place(x) for x in ([0.0] if self.has_zero else []) + list(self.xs)]
        axes.xaxis.set_minor_locator(FixedLocator(points) if len(points) <= 60 else NullLocator())
        axes.tick_params(axis="x", which="minor", length=1.5, width=0.5)
        if self.has_zero and self.xs:
            self._break(axes)
        if labelled:
            axes.set_xlabel(self.label)

    def _ticks(self, inches: float) -> list[float]:
        """Values that get a label: 0, the last, the first, and what has room between them."""
        if len(self.xs) <= _FEW:
            candidates = [*self.xs[-1:], *self.xs[:1], *self.xs[1:-1]]
        else:
            exponents = range(
                math.ceil(math.log10(self.xs[0]) - 1e-9), math.floor(math.log10(self.xs[-1]) + 1e-9) + 1
            )
            candidates = [*(10.0**exponent for exponent in exponents), *self.xs[-1:], *self.xs[:1]]
        low, high = self.limits
        unit = inches / (high - low)
        chosen = [0.0] if self.has_zero else []
        for x in candidates:
            widths = [(len(compact(x)) + len(compact(other))) / 2 * _CHARACTER + _BETWEEN for other in chosen]
            gaps = [abs(self.place(x) - self.place(other)) * unit for other in chosen]
            if all(gap >= width for gap, width in zip(gaps, widths, strict=True)):
                chosen.append(x)
        return chosen

    def _break(self, axes: "Axes") -> None:
        """Two strokes across the axis between 0 and the first step."""
        middle = (self.zero + math.log10(self.xs[0])) / 2
        low, high = self.limits
        width = (high - low) * 0.008
        for shift in (-width, width):
            axes.plot(
                [middle + shift - width, middle + shift + width], [-0.025, 0.025], color=THEME["null"][0],
                linewidth=0.7, clip_on=False, zorder=6, transform=axes.get_xaxis_transform(),
            )  # fmt: skip


def point_axis(points: Sequence[dict[str, Any]], order: str) -> PointAxis:
    """The axis of these points.

    Args:
        points: Records of a series' points; those whose place is unknown are passed over.
        order: "training" or "scale".
    """
    known = sorted({float(point["x"]) for point in points if point.get("x") is not None})
    label = "training step (log scale)" if order == "training" else "parameters (log scale)"
    return PointAxis(label, tuple(x for x in known if x > 0), any(x <= 0 for x in known))
