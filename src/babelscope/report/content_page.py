"""What pages made from one command's content share: what a section is, names of languages, warnings."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from babelscope.languages import describe
from babelscope.report.panels.panel import Facts
from babelscope.report.panels.warnings import warning_facts

__all__ = ["ContentPanel", "described", "warnings_facts"]


@dataclass(frozen=True)
class ContentPanel:
    """One section; its template is NAME.html.j2 of the page's own folder, or that of a run's section of this name."""

    name: str
    """Anchor."""
    heading: str
    """What the section is about."""
    facts: Callable[[dict[str, Any]], Facts]
    """Picks and words the facts; computes no statistics."""


def described(content: dict[str, Any]) -> dict[str, Any]:
    """The content with a name for every language, unseen ones among them."""
    codes: list[str] = list(dict.fromkeys([*content["languages"], *(content.get("unseen") or [])]))
    info = content.get("language_info") or {code: describe(code) for code in codes}
    return {**content, "languages": codes, "language_info": info}


def warnings_facts(content: dict[str, Any]) -> Facts:
    """What a table looks suspicious for."""
    found = [{**warning_facts(content, warning), "section": ""} for warning in content.get("warnings") or []]
    if not found:
        return {"figures": [], "reason": "None: the checks found nothing suspicious."}
    return {"figures": [], "warnings": found}
