"""What a panel of a series' page is."""

from collections.abc import Callable
from dataclasses import dataclass

from babelscope.report.panels.panel import Facts
from babelscope.report.series.material import SeriesMaterial

__all__ = ["SeriesPanel"]


@dataclass(frozen=True)
class SeriesPanel:
    """One section; its template is NAME.html.j2 beside its module, or that of a run's page where it says the same."""

    name: str
    """Anchor and template."""
    heading: str
    """What the section is about."""
    facts: Callable[[SeriesMaterial], Facts]
    """Picks and words the facts; computes no statistics."""
