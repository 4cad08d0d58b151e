"""A drawing (what to paint, with its words and its data) in; SVG for the page, SVG and PNG for a paper out."""

import base64
import io
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from babelscope.report.colours import THEME

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["COLUMN", "PAGE", "Drawing", "inline_svg", "png_bytes", "svg_and_png", "svg_text"]

COLUMN = 3.5
"""Width of a figure for one column of a paper, in inches."""
PAGE = 6.6
"""Width of a figure for both columns."""

_TITLE_POINTS = 8.5
_SUBTITLE_POINTS = 7.0
_STYLE: dict[str, Any] = {
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "font.size": 7.5,
    "axes.labelsize": 7.5,
    "xtick.labelsize": 7.0,
    "ytick.labelsize": 7.0,
    "axes.titlesize": 7.5,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": THEME["null"][0],
    "axes.labelcolor": THEME["soft"][0],
    "axes.facecolor": "none",
    "axes.unicode_minus": True,
    "text.color": THEME["ink"][0],
    "xtick.color": THEME["null"][0],
    "ytick.color": THEME["null"][0],
    "xtick.labelcolor": THEME["ink"][0],
    "ytick.labelcolor": THEME["ink"][0],
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "lines.linewidth": 1.4,
    "hatch.linewidth": 0.5,
    "savefig.dpi": 300,
    "figure.dpi": 72,
}


@dataclass(frozen=True)
class Drawing:
    """One figure: its finding in words, its data, and how to paint it."""

    name: str
    """File name without suffix, and anchor on the page."""
    title: str
    """The finding, with numbers."""
    subtitle: str
    """What is plotted, and its unit."""
    caption: str
    """How it was measured, and n."""
    columns: tuple[str, ...]
    """Header of the data."""
    rows: tuple[tuple[Any, ...], ...]
    """The data that the figure shows."""
    size: tuple[float, float]
    """Width and height of the painted part, in inches."""
    paint: Callable[["Figure"], None]
    """Draws into an empty figure of that size."""
    colours: Mapping[str, tuple[str, str]] | None = None
    """Colours beside the theme's that have a version for dark ground."""

    @property
    def wide(self) -> bool:
        """Whether it needs more than one column."""
        return self.size[0] > COLUMN + 0.2


@contextmanager
def _own_style() -> Iterator[None]:
    """Matplotlib's defaults and ours, whatever the user's settings are, for the length of the block."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)  # pyright: ignore[reportCallIssue, reportArgumentType]
        yield


def _wrapped(text: str, width: float, points: float) -> list[str]:
    characters = int(width * 72 / (points * 0.56))
    return textwrap.wrap(text, characters, break_long_words=True) or [""]


def build(drawing: Drawing, titled: bool) -> "Figure":
    """The painted matplotlib figure; to be called and saved under `_own_style`."""
    from matplotlib.figure import Figure

    width, body = drawing.size
    title = _wrapped(drawing.title, width, _TITLE_POINTS * 1.12) if titled else []
    subtitle = _wrapped(drawing.subtitle, width, _SUBTITLE_POINTS) if titled else []
    head = (len(title) * _TITLE_POINTS * 1.3 + len(subtitle) * _SUBTITLE_POINTS * 1.3 + 8) / 72 if titled else 0.0
    height = body + head
    figure = Figure(figsize=(width, height), layout="constrained")
    engine = figure.get_layout_engine()
    assert engine is not None
    engine.set(rect=(0.0, 0.0, 1.0, body / height), w_pad=0.03, h_pad=0.03)  # pyright: ignore[reportCallIssue]
    drawing.paint(figure)
    if titled:
        style = {"ha": "left", "va": "top", "linespacing": 1.3}
        figure.text(0.03 / width, 1 - 0.04 / height, "\n".join(title), size=_TITLE_POINTS, weight="bold", **style)
        below = 1 - (len(title) * _TITLE_POINTS * 1.3 / 72 + 0.06) / height
        soft = THEME["soft"][0]
        figure.text(0.03 / width, below, "\n".join(subtitle), size=_SUBTITLE_POINTS, color=soft, **style)
    return figure


def svg_text(drawing: Drawing, titled: bool = True) -> str:
    """A stand-alone SVG, its text as paths; equal input gives equal bytes."""
    with _own_style():
        return _svg(build(drawing, titled), drawing, titled)


def svg_and_png(drawing: Drawing) -> tuple[str, bytes]:
    """Both stand-alone forms of one painting: laid out once, which takes as long as drawing it."""
    with _own_style():
        figure = build(drawing, titled=True)
        svg = _svg(figure, drawing, titled=True)
        figure.set_layout_engine("none")
        return svg, _png(figure, drawing)


def _svg(figure: "Figure", drawing: Drawing, titled: bool) -> str:
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    buffer = io.StringIO()
    matplotlib.rcParams["svg.hashsalt"] = f"babelscope/{drawing.name}"
    about = {"Date": None, "Creator": "babelscope", "Title": drawing.title, "Description": drawing.caption}
    figure.set_facecolor("white" if titled else "none")
    # The canvas itself, since `savefig` draws every figure twice: once more to see how large it is.
    FigureCanvasSVG(figure).print_svg(buffer, metadata=about)
    return _numbered(buffer.getvalue())


def _numbered(text: str) -> str:
    """The SVG with its clipping paths numbered: matplotlib names them after bounds whose last bits vary."""
    found = dict.fromkeys(re.findall(r'clip-path="url\(#(p[0-9a-f]{10})\)"', text))
    names = {name: f"clip-{place}" for place, name in enumerate(found)}
    return re.sub(r"\bp[0-9a-f]{10}\b", lambda match: names.get(match[0], match[0]), text)


def png_bytes(drawing: Drawing, titled: bool = True, dpi: int = 300) -> bytes:
    """A stand-alone PNG on white."""
    with _own_style():
        return _png(build(drawing, titled), drawing, dpi)


def _png(figure: "Figure", drawing: Drawing, dpi: int = 300) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    buffer = io.BytesIO()
    about = {"Software": "babelscope", "Title": drawing.title, "Description": drawing.caption}
    figure.set_facecolor("white")
    figure.dpi = dpi
    FigureCanvasAgg(figure).print_png(buffer, metadata=about)
    return buffer.getvalue()


def inline_svg(drawing: Drawing, prefix: str = "f", label: str = "") -> str:
    """The SVG without its title, to stand in a page: scales with it and takes its colours from CSS variables.

    Args:
        drawing: What to draw.
        prefix: Put before every id, so that figures of one page do not share any.
        label: Text for those who cannot see it; by default the title.
    """
    text = svg_text(drawing, titled=False)
    text = text[text.index("<svg") :]
    for unwanted in (r"<metadata>.*?</metadata>", r"<!--.*?-->", r"<style.*?</style>", r"<title>.*?</title>"):
        text = re.sub(unwanted, "", text, flags=re.S)
    mark = f"{prefix}-{drawing.name}-"
    text = re.sub(r'\bid="', f'id="{mark}', text)
    text = re.sub(r'href="#', f'href="#{mark}', text).replace("url(#", f"url(#{mark}")
    for variable, (light, _) in variables({**(drawing.colours or {})}).items():
        text = re.sub(light, f"var({variable})", text, flags=re.I)
    view = re.search(r'viewBox="([^"]+)"', text)
    assert view is not None
    said = (label or drawing.title).translate({38: "&amp;", 60: "&lt;", 62: "&gt;", 34: "&quot;"})
    root = (
        f'<svg class="figure" viewBox="{view[1]}" role="img" aria-label="{said}" '
        'style="stroke-linejoin:round;stroke-linecap:butt" xmlns="http://www.w3.org/2000/svg" '
        'xmlns:xlink="http://www.w3.org/1999/xlink">'
    )
    return root + re.sub(r"\s*\n\s*", "\n", text[text.index(">") + 1 :]).strip()


def variables(colours: Mapping[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """CSS variable names with their colours on light and on dark ground: the theme's, and those given."""
    named = {f"--{name}": pair for name, pair in THEME.items() if name != "paper"}
    return named | {f"--c{light[1:]}": (light, dark) for light, dark in colours.values()}


def data_uri(content: bytes, kind: str) -> str:
    """Bytes as an address that needs no file."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def csv_text(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A table as CSV; numbers in full, nothing for what is missing."""
    import csv

    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([["" if cell is None else cell for cell in row] for row in rows])
    return buffer.getvalue()
