"""What deactivating regions costs, and what the model can do, over the series."""

from babelscope.report.figures.series_tasks import accuracy_curves, selectivity_curve
from babelscope.report.panels.panel import Facts
from babelscope.report.series.material import SeriesMaterial

__all__ = ["facts"]


def facts(material: SeriesMaterial) -> Facts:
    """Selectivity and accuracy, or which command measures them."""
    selective, accurate = selectivity_curve(material.content), accuracy_curves(material.content)
    if selective is None and accurate is None:
        reason = (
            "Not measured in this series; `babelscope track` with --stages scan,ablate,evaluate fills this section."
        )
        return {"figures": [], "reason": reason}
    notes = [] if selective else ["Regions were not deactivated in this series (--stages scan,ablate)."]
    notes += [] if accurate else ["No task was run in this series (--stages scan,evaluate)."]
    return {"figures": [drawing for drawing in (selective, accurate) if drawing is not None], "notes": notes}
