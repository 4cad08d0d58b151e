"""The content of an overlap in, its page and its figures out."""

from pathlib import Path
from typing import Any

from babelscope.report.content_page import described
from babelscope.report.export import write_drawings
from babelscope.report.html import Page, compose
from babelscope.report.numbers import join, plural
from babelscope.report.probing.panels import OVERLAP_PANELS
from babelscope.storage import write_text

__all__ = ["overlap_text", "write_overlap_report"]


def write_overlap_report(folder: Path | str, content: dict[str, Any], figures: bool = True) -> Path:
    """Writes `report.html`, and each figure as SVG, PNG and CSV into `figures/` beside it.

    Args:
        folder: Made if needed.
        content: Of an overlap. Beside its numbers it may have `source` (the table), `command`, `signature`,
            `versions`, `language_info`, and `infeasible` and `incomparable` cells with their reasons.
        figures: Whether figures also become files of their own; the page holds them in any case.

    Returns:
        The path of the page.

    Raises:
        BabelscopeError: If the folder cannot be written to.
    """
    folder = Path(folder)
    content = described(content)
    if figures:
        drawings = (drawing for panel in OVERLAP_PANELS for drawing in panel.facts(content)["figures"])
        write_drawings(folder / "figures", drawings)
    return write_text(folder / "report.html", overlap_text(content, "figures" if figures else None))


def overlap_text(content: dict[str, Any], figures_href: str | None = "figures") -> str:
    """The whole page of an overlap.

    Args:
        content: Of an overlap, as `write_overlap_report` takes it.
        figures_href: Folder of the exported figures as seen from the page; None to leave out links to it.
    """
    content = described(content)
    models = list(dict.fromkeys(group["model"] for group in content["groups"]))
    name = models[0] if len(models) == 1 else "Overlap of probed neurons"
    page = Page(
        title=f"{join([model.rsplit('/', 1)[-1] for model in models])}, overlap of probed neurons",
        name=name,
        place=_place(content),
        about=f"{plural(len(content['languages']), 'language')}, {join(list(content['attributes']))}"
        + (f", from {content['source']}" if content.get("source") else ""),
        languages=content["languages"],
        templates=("probing", "panels"),
        embeds=figures_href is None,
    )
    shown = [(panel.name, panel.heading, panel.facts(content)) for panel in OVERLAP_PANELS]
    return compose(page, shown, figures_href)


def _place(content: dict[str, Any]) -> str:
    """How many checkpoints, or which step it is."""
    steps = list(dict.fromkeys(str(group["step"]) for group in content["groups"]))
    models = {group["model"] for group in content["groups"]}
    runs = {(group["model"], str(group["step"])) for group in content["groups"]}
    if len(runs) > 1:
        return plural(len(runs), "checkpoint") + (f" of {len(models)} models" if len(models) > 1 else "")
    return f"step {steps[0]}" if steps and steps[0] not in ("", "main") else ""
