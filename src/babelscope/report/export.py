"""What a report consists of, written to disk: the page, and each figure as SVG, PNG and CSV."""

from collections.abc import Iterable
from pathlib import Path

from babelscope.report.drawing import Drawing, csv_text, svg_and_png
from babelscope.report.html import page_text
from babelscope.report.panels import PANELS, Material
from babelscope.report.series import SERIES_PANELS, SeriesMaterial
from babelscope.report.series.page import series_text
from babelscope.storage import atomic_path

__all__ = ["write_drawings", "write_figures", "write_report", "write_series_figures", "write_series_report"]


def write_report(path: Path | str, material: Material, figures_href: str | None = "figures") -> Path:
    """Writes the report: one self-contained HTML file, whole or not at all.

    Args:
        path: Where to.
        material: What was measured; without sentences the map shows only ids, without similarity there is no map.
        figures_href: Where the page finds what `write_figures` wrote; None if it was not called.

    Returns:
        The path.

    Raises:
        BabelscopeError: If the file cannot be written.
        ValueError: If corpus, similarity and summary do not describe the same sentences.
    """
    return _write(Path(path), page_text(material, figures_href).encode("utf-8", "replace"))


def write_figures(folder: Path | str, material: Material) -> list[Path]:
    """Writes every figure of the report as SVG and PNG, each with its title, and its data as CSV.

    Args:
        folder: Where to; made if it does not exist.
        material: What was measured.

    Returns:
        The paths, in the order of the page.
    """
    return write_drawings(folder, (drawing for panel in PANELS for drawing in panel.show(material)["figures"]))


def write_series_report(path: Path | str, material: SeriesMaterial, figures_href: str | None = "figures") -> Path:
    """Writes the page of a series: one self-contained HTML file, whole or not at all.

    Args:
        path: Where to; links to the points' own reports are relative to it, as the content gives them.
        material: What was measured; without maps there is no slider, without sentences it shows only ids.
        figures_href: Where the page finds what `write_series_figures` wrote; None if it was not called.

    Returns:
        The path.

    Raises:
        BabelscopeError: If the file cannot be written.
        ValueError: If corpus, maps and content do not describe the same sentences.
    """
    return _write(Path(path), series_text(material, figures_href).encode("utf-8", "replace"))


def write_series_figures(folder: Path | str, material: SeriesMaterial) -> list[Path]:
    """Writes every figure of a series' page as SVG and PNG, each with its title, and its data as CSV.

    Args:
        folder: Where to; made if it does not exist.
        material: What was measured.

    Returns:
        The paths, in the order of the page.
    """
    drawings = (drawing for panel in SERIES_PANELS for drawing in panel.facts(material)["figures"])
    return write_drawings(folder, drawings)


def write_drawings(folder: Path | str, drawings: Iterable[Drawing]) -> list[Path]:
    """Writes drawings as SVG and PNG, and their data as CSV.

    Args:
        folder: Where to; made if it does not exist.
        drawings: With different names.

    Returns:
        The paths, in order.
    """
    written: list[Path] = []
    for drawing in drawings:
        svg, png = svg_and_png(drawing)
        written.append(_write(Path(folder) / f"{drawing.name}.svg", svg.encode("utf-8", "replace")))
        written.append(_write(Path(folder) / f"{drawing.name}.png", png))
        data = csv_text(drawing.columns, drawing.rows).encode("utf-8", "replace")
        written.append(_write(Path(folder) / f"{drawing.name}.csv", data))
    return written


def _write(path: Path, content: bytes) -> Path:
    with atomic_path(path) as aside:
        aside.write_bytes(content)
    return path
