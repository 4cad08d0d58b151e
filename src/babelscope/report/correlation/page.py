"""The content of a correlation or of a forecast in, its page and its figures out."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from babelscope.report.content_page import ContentPanel, described
from babelscope.report.correlation.forecast import FORECAST_PANELS
from babelscope.report.correlation.panels import CORRELATION_PANELS
from babelscope.report.export import write_drawings
from babelscope.report.figures.correlation_readings import apart, short_model
from babelscope.report.figures.probing_training import step_words
from babelscope.report.html import Page, compose
from babelscope.report.numbers import join, plural
from babelscope.storage import write_text

__all__ = ["correlation_text", "forecast_text", "write_correlation_page", "write_forecast_page"]

Content = dict[str, Any]


def write_correlation_page(folder: Path | str, content: Content, figures: bool = True) -> list[Path]:
    """Writes `report.html`, and each figure as SVG, PNG and CSV into `figures/` beside it.

    Args:
        folder: Made if needed.
        content: Of correlation_summary.json.
        figures: Whether figures also become files of their own; the page holds them in any case.

    Returns:
        The paths: the page, then the figures.

    Raises:
        BabelscopeError: If the folder cannot be written to.
    """
    content = described(content)
    text = correlation_text(content, "figures" if figures else None)
    return _written(Path(folder), text, CORRELATION_PANELS, content, figures)


def write_forecast_page(folder: Path | str, content: Content, figures: bool = True) -> list[Path]:
    """Writes `report.html` of a forecast, and each figure as SVG, PNG and CSV into `figures/` beside it.

    Args:
        folder: Made if needed.
        content: Of a forecast.
        figures: Whether figures also become files of their own; the page holds them in any case.

    Returns:
        The paths: the page, then the figures.

    Raises:
        BabelscopeError: If the folder cannot be written to.
    """
    content = described(content)
    text = forecast_text(content, "figures" if figures else None)
    return _written(Path(folder), text, FORECAST_PANELS, content, figures)


def correlation_text(content: Content, figures_href: str | None = "figures") -> str:
    """The whole page of a correlation.

    Args:
        content: As `write_correlation_page` takes it.
        figures_href: Folder of the exported figures as seen from the page; None to leave out links to it.
    """
    models = list(dict.fromkeys(short_model(analysis["model"]) for analysis in apart(content)))
    scores = list(dict.fromkeys(analysis["y_label"] for analysis in content["analyses"]))
    place = join(models) if len(models) <= 4 else plural(len(models), "model")
    return _composed(
        content, "Does alignment go with transfer?", place, join(scores), CORRELATION_PANELS, figures_href
    )


def forecast_text(content: Content, figures_href: str | None = "figures") -> str:
    """The whole page of a forecast.

    Args:
        content: As `write_forecast_page` takes it.
        figures_href: Folder of the exported figures as seen from the page; None to leave out links to it.
    """
    place = f"{short_model(content['model'])}, {step_words(content['step'])}"
    return _composed(
        content, "Which languages will transfer well?", place, content["y_label"], FORECAST_PANELS, figures_href
    )


def _composed(
    content: Content, name: str, place: str, about: str, panels: Sequence[ContentPanel], figures_href: str | None
) -> str:
    content = described(content)
    sources = list(filter(None, dict.fromkeys([content.get("x_source"), content.get("y_source")])))
    page = Page(
        title=f"{place}: {name.rstrip('?').lower()}",
        name=name,
        place=place,
        about=f"{about}, {plural(len(content['languages']), 'language')}"
        + (f", from {join(sources)}" if sources else ""),
        languages=content["languages"],
        templates=("correlation", "probing", "panels"),
        embeds=figures_href is None,
    )
    return compose(page, [(panel.name, panel.heading, panel.facts(content)) for panel in panels], figures_href)


def _written(folder: Path, text: str, panels: Sequence[ContentPanel], content: Content, figures: bool) -> list[Path]:
    """The page last, so that it never links to what is not there."""
    drawings = (drawing for panel in panels for drawing in panel.facts(content)["figures"])
    drawn = write_drawings(folder / "figures", drawings) if figures else []
    return [write_text(folder / "report.html", text), *drawn]
