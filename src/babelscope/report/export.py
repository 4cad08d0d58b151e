"""What a report consists of, written to disk: the page, and each figure as SVG, PNG and CSV."""

from pathlib import Path

from babelscope.report.drawing import csv_text, png_bytes, svg_text
from babelscope.report.html import page_text
from babelscope.report.panels import PANELS, Material
from babelscope.storage import atomic_path

__all__ = ["write_figures", "write_report"]


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
    written: list[Path] = []
    for panel in PANELS:
        for drawing in panel.show(material)["figures"]:
            written.append(_write(Path(folder) / f"{drawing.name}.svg", svg_text(drawing).encode("utf-8", "replace")))
            written.append(_write(Path(folder) / f"{drawing.name}.png", png_bytes(drawing)))
            data = csv_text(drawing.columns, drawing.rows).encode("utf-8", "replace")
            written.append(_write(Path(folder) / f"{drawing.name}.csv", data))
    return written


def _write(path: Path, content: bytes) -> Path:
    with atomic_path(path) as aside:
        aside.write_bytes(content)
    return path
