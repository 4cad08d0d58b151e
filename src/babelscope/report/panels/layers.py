"""LRDS and SADS by layer."""

from babelscope.report.figures import layer_curve
from babelscope.report.panels.panel import Facts, Material

__all__ = ["facts"]


def facts(material: Material) -> Facts:
    """One curve per score, or why there is none."""
    drawings = [layer_curve(material.summary, "lrds"), layer_curve(material.summary, "sads")]
    found = [drawing for drawing in drawings if drawing is not None]
    return (
        {"figures": found} if found else {"figures": [], "reason": "Layers were not scored one by one in this run."}
    )
