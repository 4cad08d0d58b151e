"""What survives of each language's region, and where it sits."""

from babelscope.report.figures.lifelines import region_places, survival
from babelscope.report.panels.panel import Facts
from babelscope.report.series.material import SeriesMaterial

__all__ = ["facts"]


def facts(material: SeriesMaterial) -> Facts:
    """Survival against chance and places by layer, or why there are none."""
    content = material.content
    lives, places = survival(content), region_places(content)
    if lives is None and places is None:
        return {"figures": [], "reason": "No region was measured in this series."}
    why = (
        "Neurons of different models cannot be told apart one by one, so regions are not followed from size to size."
        if content["order"] == "scale"
        else "Life-lines need two clean checkpoints, and this series has fewer."
    )
    notes = ([] if lives else [why]) + ([] if places else ["Regions were not counted by layer in this series."])
    return {"figures": [drawing for drawing in (lives, places) if drawing is not None], "notes": notes}
