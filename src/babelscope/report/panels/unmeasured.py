"""One line for the analyses that one checkpoint, or one run, does not hold."""

from babelscope.report.panels.panel import Facts, Material

__all__ = ["facts"]


def facts(material: Material) -> Facts:
    """Says that they were not run."""
    return {"figures": [], "reason": "Not measured in this run, which is of one checkpoint."}
