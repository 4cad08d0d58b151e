"""Regions and losses of each language over the series."""

from babelscope.report.figures.series_languages import series_languages
from babelscope.report.panels.panel import Facts
from babelscope.report.series.material import SeriesMaterial

__all__ = ["facts"]


def facts(material: SeriesMaterial) -> Facts:
    """Small multiples of region size and of loss, or why there are none."""
    size = series_languages(material.content, "region_size")
    loss = series_languages(material.content, "loss")
    if size is None and loss is None:
        return {"figures": [], "reason": "Nothing was measured language by language in this series."}
    notes = [] if size else ["Regions were not measured in this series."]
    notes += [] if loss else ["Held-out loss was not measured in this series."]
    return {"figures": [drawing for drawing in (size, loss) if drawing is not None], "notes": notes}
