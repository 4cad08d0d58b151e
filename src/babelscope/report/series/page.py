"""What was measured of a series in, its page out."""

from babelscope.report.html import Page, compose
from babelscope.report.numbers import compact, count, plural
from babelscope.report.series import SERIES_PANELS, SeriesMaterial

__all__ = ["series_text"]


def series_text(material: SeriesMaterial, figures_href: str | None = "figures") -> str:
    """The whole page of a series.

    Args:
        material: The content of track.json, and similarity maps and sentences where they are at hand.
        figures_href: Folder of the exported figures as seen from the page; None to leave out links to it.
    """
    content = material.content
    page = Page(
        title=f"{content['name']}, {_place(content)}",
        name=content["name"],
        place=_place(content),
        about=f"{plural(len(content['languages']), 'language')} × {plural(content['sentences'], 'sentence')} of "
        f"{(content.get('corpus') or {}).get('name', 'a corpus')}, site {content.get('site', '')}",
        languages=_languages(content),
        templates=("series", "panels"),
        embeds=figures_href is None,
    )
    shown = [(panel.name, panel.heading, panel.facts(material)) for panel in SERIES_PANELS]
    return compose(page, shown, figures_href)


def _languages(content: dict) -> list[str]:
    """Those that were scanned, then those that only tasks or probes read."""
    probings = [point["probing"] for point in content["points"] if point.get("probing")]
    probed = [cell["language"] for probing in probings for cell in probing["cells"]]
    return list(dict.fromkeys([*content["languages"], *(content.get("language_info") or {}), *probed]))


def _place(content: dict) -> str:
    """How many checkpoints, and from where to where."""
    xs = [point["x"] for point in content["points"] if point.get("x") is not None]
    training = content["order"] == "training"
    many = plural(len(content["points"]), "checkpoint" if training else "model")
    if not xs:
        return many
    ends = list(dict.fromkeys((count if training else compact)(x) for x in (min(xs), max(xs))))
    if training:
        return f"{many}, step{'s' if len(ends) > 1 else ''} {' to '.join(ends)}"
    return f"{many}, {' to '.join(ends)} parameters"
