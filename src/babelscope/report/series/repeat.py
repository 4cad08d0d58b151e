"""The command that repeats the series, its signature, and what to cite."""

from babelscope.report.panels.panel import Facts
from babelscope.report.panels.repeat import METHOD, repeated
from babelscope.report.series.material import SeriesMaterial

__all__ = ["facts"]


def facts(material: SeriesMaterial) -> Facts:
    """Command, signature, two BibTeX entries."""
    return repeated({"series": material.content}, METHOD)
