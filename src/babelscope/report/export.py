"""What a report consists of, written to disk: the page, and each figure as SVG, PNG and CSV."""

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from babelscope.corpus.parallel import ParallelCorpus
from babelscope.report.drawing import csv_text, png_bytes, svg_text
from babelscope.report.html import page_text
from babelscope.report.panels import PANELS, Material
from babelscope.storage import atomic_path

__all__ = ["write_figures", "write_report"]


def write_report(
    path: Path | str,
    summary: dict[str, Any],
    corpus: ParallelCorpus | None,
    similarity: Float[np.ndarray, "row row"] | None = None,
    figures_href: str | None = "figures",
) -> Path:
    """Writes the report: one self-contained HTML file, whole or not at all.

    Args:
        path: Where to.
        summary: The content of summary.json.
        corpus: The sentences, with the summary's languages in its order; without them the map shows only ids.
        similarity: Whole-model cosines, rows (language, sentence); without them there is no map.
        figures_href: Where the page finds what `write_figures` wrote; None if it was not called.

    Returns:
        The path.

    Raises:
        BabelscopeError: If the file cannot be written.
        ValueError: If corpus, similarity and summary do not describe the same sentences.
    """
    page = page_text(Material(summary, corpus, similarity), figures_href)
    return _write(Path(path), page.encode("utf-8", "replace"))


def write_figures(
    folder: Path | str, summary: dict[str, Any], similarity: Float[np.ndarray, "row row"] | None = None
) -> list[Path]:
    """Writes every figure of the report as SVG and PNG, each with its title, and its data as CSV.

    Args:
        folder: Where to; made if it does not exist.
        summary: The content of summary.json.
        similarity: Whole-model cosines, rows (language, sentence); without them there is no map.

    Returns:
        The paths, in the order of the page.
    """
    material = Material(summary, None, similarity)
    written: list[Path] = []
    for panel in PANELS:
        for drawing in panel.facts(material)["figures"]:
            written.append(_write(Path(folder) / f"{drawing.name}.svg", svg_text(drawing).encode("utf-8", "replace")))
            written.append(_write(Path(folder) / f"{drawing.name}.png", png_bytes(drawing)))
            data = csv_text(drawing.columns, drawing.rows).encode("utf-8", "replace")
            written.append(_write(Path(folder) / f"{drawing.name}.csv", data))
    return written


def _write(path: Path, content: bytes) -> Path:
    with atomic_path(path) as aside:
        aside.write_bytes(content)
    return path
