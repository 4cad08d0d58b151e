"""What a section of these pages is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from babelscope.report.panels.panel import Facts

__all__ = ["ContentPanel"]


@dataclass(frozen=True)
class ContentPanel:
    """One section; its template is NAME.html.j2 of this folder, or that of a run's section of this name."""

    name: str
    """Anchor."""
    heading: str
    """What the section is about."""
    facts: Callable[[dict[str, Any]], Facts]
    """Picks and words the facts; computes no statistics."""
