"""The sections of a series' page, in the order of the page."""

from babelscope.report.series import (
    dynamics,
    hygiene,
    interventions,
    languages,
    layers,
    lifelines,
    method,
    points,
    probing,
    repeat,
    retrieval,
    scale,
    similarity,
    transfer,
    verdict,
    warnings,
)
from babelscope.report.series.material import SeriesMaterial, map_keys, small_map
from babelscope.report.series.panel import SeriesPanel

__all__ = ["SERIES_PANELS", "SeriesMaterial", "SeriesPanel", "map_keys", "small_map"]

SERIES_PANELS: tuple[SeriesPanel, ...] = (
    SeriesPanel("verdict", "Verdict", verdict.facts),
    SeriesPanel("dynamics", "Over training", dynamics.facts),
    SeriesPanel("languages", "By language", languages.facts),
    SeriesPanel("layers", "By layer", layers.facts),
    SeriesPanel("scale", "Over size", scale.facts),
    SeriesPanel("lifelines", "Life-lines of regions", lifelines.facts),
    SeriesPanel("interventions", "Interventions and tasks", interventions.facts),
    SeriesPanel("retrieval", "Parallel sentences", retrieval.facts),
    SeriesPanel("probing", "Probing", probing.facts),
    SeriesPanel("transfer", "Zero-shot transfer", transfer.facts),
    SeriesPanel("similarity", "Similarity map", similarity.facts),
    SeriesPanel("hygiene", "Hygiene of checkpoints", hygiene.facts),
    SeriesPanel("points", "All checkpoints", points.facts),
    SeriesPanel("warnings", "Warnings", warnings.facts),
    SeriesPanel("method", "How this was measured", method.facts),
    SeriesPanel("repeat", "How to repeat and cite", repeat.facts),
)
