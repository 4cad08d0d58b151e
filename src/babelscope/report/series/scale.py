"""The scores over models of different size."""

from babelscope.report.panels.panel import Facts
from babelscope.report.series.dynamics import curves
from babelscope.report.series.material import SeriesMaterial

__all__ = ["facts"]


def facts(material: SeriesMaterial) -> Facts:
    """Curves against the number of parameters; the reason why not, of a training."""
    if material.content["order"] != "scale":
        reason = (
            "These are checkpoints of one model; `babelscope track` over models of different size fills this section."
        )
        return {"figures": [], "reason": reason}
    return curves(material.content)
