"""Sections in, one self-contained page out: no network, no framework, equal bytes for equal input."""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babelscope.report.colours import THEME, language_colour, themed_languages
from babelscope.report.drawing import Drawing, csv_text, data_uri, inline_svg, svg_text, variables
from babelscope.report.numbers import significant
from babelscope.report.panels import PANELS, Facts, Material

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

__all__ = ["Page", "compose", "page_text", "style_variables"]

_HERE = Path(__file__).parent
_MOST_TABLE_ROWS = 600
_LARGEST_LINK = 150_000
_LARGEST_FIGURE = 700_000
"""Bytes of one download or figure that the page holds; larger ones are linked to, so that the page stays small."""
_SCRIPTS = {'id="map-data"': "map.js", 'id="slider-data"': "slider.js"}
"""Which script a section needs, by what it holds."""


@dataclass(frozen=True)
class Page:
    """What stands around the sections of a page."""

    title: str
    """In the browser's list of tabs."""
    name: str
    """What the page is about."""
    place: str
    """Which part of it: a step, a stretch of training; may be empty."""
    about: str
    """One line below the heading."""
    languages: Sequence[str]
    """All languages that have a colour."""
    templates: tuple[str, ...]
    """Folders beside this module where the sections' templates are sought, in order."""
    embeds: bool = True
    """Whether the page holds each figure for download as well, where the exported one could be linked to."""
    home: tuple[str, str] | None = None
    """Address and name of the page this one belongs to."""


def script_json(value: Any) -> str:
    """JSON that can stand inside a script element: no character in it can end the element or a line of script."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.translate({code: f"\\u{code:04x}" for code in (0x26, 0x3C, 0x3E, 0x2028, 0x2029)})


def style_variables(languages: Sequence[str], on_dark: bool) -> str:
    """CSS declarations of every colour that figures and panels use, for one ground."""
    colours = variables(themed_languages(languages))
    declarations = [f"{name}:{pair[on_dark]}" for name, pair in colours.items()]
    return ";".join([*declarations, f"--paper:{THEME['paper'][on_dark]}"])


def _cell(value: Any) -> str:
    """A table's cell: measured numbers to three digits, the rest as it is."""
    return significant(value) if isinstance(value, float) or value is None else str(value)


def _twin(drawing: Drawing) -> dict[str, Any] | None:
    """The figure's data as a table, without the columns that are the same in every row; None if it is too long."""
    if len(drawing.rows) > _MOST_TABLE_ROWS:
        return None
    shown = [
        i
        for i, name in enumerate(drawing.columns)
        if len({row[i] for row in drawing.rows}) > 1 or isinstance(drawing.rows[0][i], float)
    ]
    return {
        "columns": [drawing.columns[i].replace("_", " ") for i in shown],
        "rows": [[_cell(row[i]) for i in shown] for row in drawing.rows],
    }


def _environment(
    figures_href: str | None, templates: Sequence[str] = ("panels",), embeds: bool = True
) -> "Environment":
    """Templates with everything escaped but what is made here."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    env = Environment(
        loader=FileSystemLoader([_HERE / "page", *(_HERE / name for name in templates)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    env.filters["json"] = lambda value: Markup(script_json(value))
    env.filters["hue"] = lambda code: language_colour(code)[1:]
    folder = figures_href.rstrip("/") if figures_href else ""
    env.globals["svg"] = _figure
    env.globals["downloads"] = lambda drawing, embed: _downloads(drawing, folder, embed and embeds)
    env.globals["twin"] = _twin
    return env


def _figure(drawing: Drawing) -> "Markup":
    """The drawing as SVG, or nothing if it is too large for the page."""
    from markupsafe import Markup

    text = inline_svg(drawing)
    return Markup(text if len(text) <= _LARGEST_FIGURE else "")


def _downloads(drawing: Drawing, folder: str, embed: bool) -> list[tuple[str, str, str]]:
    """Label, address and file name of a figure's data and of itself: in the page while small, else in `folder`."""
    csv = csv_text(drawing.columns, drawing.rows).encode("utf-8", "replace")
    svg = svg_text(drawing).encode("utf-8", "replace") if embed else b""
    kinds = [
        ("data (CSV)", "csv", csv, "text/csv"),
        ("figure (SVG)", "svg", svg, "image/svg+xml"),
        ("figure (PNG)", "png", b"", ""),
    ]
    links: list[tuple[str, str, str]] = []
    for label, suffix, content, kind in kinds:
        name = f"{drawing.name}.{suffix}"
        if content and len(content) <= _LARGEST_LINK:
            links.append((label, data_uri(content, kind), name))
        elif folder:
            links.append((label, f"{folder}/{name}", name))
    return links


def _section(env: "Environment", name: str, heading: str, facts: Facts) -> dict[str, Any]:
    from markupsafe import Markup

    body = ""
    if not facts.get("reason"):
        helpers = vars(env.get_template("figure.html.j2").module)
        names = {macro: helpers[macro] for macro in ("figure", "links", "table")}
        body = env.get_template(f"{name}.html.j2").render(facts=facts, **names)
    return {"name": name, "heading": heading, "reason": facts.get("reason", ""), "body": Markup(body)}


def page_text(material: Material, figures_href: str | None = "figures") -> str:
    """The whole report of one run.

    Args:
        material: The summary, and the corpus and similarity map where they are at hand.
        figures_href: Folder of the exported figures as seen from the page; None to leave out links to it.
    """
    summary = material.summary
    step, languages = summary.get("step"), f"{len(summary['languages'])} languages"
    about = (
        f"{languages} × {summary['sentences']} sentences of {summary['corpus']['name']}, {summary['layers']} layers, "
        f"site {summary['site']}"
        if material.scanned
        else languages
    )
    page = Page(
        title=summary["model"] + (f" at step {step}" if step else ""),
        name=summary["model"],
        place=f"step {step}" if step else "",
        about=about,
        languages=material.languages,
        templates=("panels",),
        embeds=figures_href is None,
        home=material.series,
    )
    return compose(page, [(panel.name, panel.heading, panel.show(material)) for panel in PANELS], figures_href)


def compose(page: Page, shown: Sequence[tuple[str, str, Facts]], figures_href: str | None) -> str:
    """The page of these sections.

    Args:
        page: What stands around them.
        shown: Name, heading and facts of each.
        figures_href: Folder of the exported figures as seen from the page; None to leave out links to it.
    """
    from markupsafe import Markup

    env = _environment(figures_href, page.templates, page.embeds)
    sections = [_section(env, *section) for section in shown]
    needed = [name for mark, name in _SCRIPTS.items() if any(mark in section["body"] for section in sections)]
    script = "".join((_HERE / "page" / name).read_text(encoding="utf-8") for name in needed)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return env.get_template("page.html.j2").render(
        page=page,
        policy=policy,
        sections=sections,
        style=Markup((_HERE / "page" / "page.css").read_text(encoding="utf-8")),
        light=Markup(style_variables(page.languages, False)),
        dark=Markup(style_variables(page.languages, True)),
        script=Markup(script),
    )
