"""A drawing painted for a test to look at: its texts, its axes, its data by column."""

from typing import Any

from babelscope.report.drawing import Drawing, _own_style, build

__all__ = ["assert_nothing_is_clipped", "column", "painted", "texts"]


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


def assert_nothing_is_clipped(drawing: Drawing, titled: bool, at_least: int) -> None:
    """Every text that is shown lies within the figure, and there are some; ticks beyond their axis are not shown."""
    with _own_style():
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.text import Text

        figure = build(drawing, titled)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        shown = [t for t in figure.findobj(Text) if isinstance(t, Text) and t.get_visible() and t.get_text().strip()]
        outside = {
            id(label)
            for axes in figure.axes
            for axis in (axes.xaxis, axes.yaxis)
            for tick in axis.get_major_ticks()
            for label in (tick.label1, tick.label2)
            if not min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())
            or not axes.get_visible()
        }
        shown = [t for t in shown if (t.axes is None or t.axes.get_visible()) and id(t) not in outside]
        assert len(shown) >= at_least
        for text in shown:
            box = text.get_window_extent(canvas.get_renderer())
            inside = box.x0 >= -0.5 and box.y0 >= -0.5
            inside = inside and box.x1 <= figure.bbox.width + 0.5 and box.y1 <= figure.bbox.height + 0.5
            assert inside, f"{text.get_text()!r} at {box.bounds} leaves {figure.bbox.size}"
