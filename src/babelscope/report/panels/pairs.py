"""SADS for every two languages."""

from babelscope.report.figures import pair_scores
from babelscope.report.panels.panel import Facts, Material

__all__ = ["facts"]


def facts(material: Material) -> Facts:
    """The triangle of pairs, or why there is none."""
    drawing = pair_scores(material.summary)
    if drawing is None:
        return {"figures": [], "reason": "Language pairs were not scored in this run."}
    return {"figures": [drawing]}
