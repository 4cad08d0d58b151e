"""A drawing painted for a test to look at: its texts, its axes, its data by column."""

from typing import Any

from babelscope.report.drawing import Drawing, _own_style, build

__all__ = ["column", "painted", "texts"]


def column(drawing: Drawing, name: str) -> list[Any]:
    """One column of the data."""
    return [row[drawing.columns.index(name)] for row in drawing.rows]


def painted(drawing: Drawing) -> Any:
    """The figure as the page holds it."""
    with _own_style():
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        figure = build(drawing, False)
        FigureCanvasAgg(figure).draw()
    return figure


def texts(figure: Any) -> list[str]:
    """What is written in the axes."""
    return [text.get_text() for axes in figure.axes for text in axes.texts]
