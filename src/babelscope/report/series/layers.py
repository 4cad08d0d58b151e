"""LRDS, SADS and regions of every layer over the series."""

from babelscope.report.figures.layer_heat import layer_heat
from babelscope.report.panels.panel import Facts
from babelscope.report.series.material import SeriesMaterial

__all__ = ["facts"]


def facts(material: SeriesMaterial) -> Facts:
    """Up to three maps of layer and point, or why there is none."""
    drawn = [layer_heat(material.content, measure) for measure in ("lrds", "sads", "regions")]
    found = [drawing for drawing in drawn if drawing is not None]
    return {"figures": found} if found else {"figures": [], "reason": "No checkpoint was scored layer by layer."}
