"""Regions by language, by layer, and where they overlap."""

from babelscope.report.figures import region_layers, region_overlap, region_size
from babelscope.report.figures.overlap import cannot_overlap
from babelscope.report.panels.panel import Facts, Material

__all__ = ["facts"]


def facts(material: Material) -> Facts:
    """Up to three figures and a note for each that is missing, or why there are no regions."""
    summary = material.summary
    size = region_size(summary)
    if size is None:
        return {"figures": [], "reason": "No regions were measured in this run."}
    layers, overlap = region_layers(summary), region_overlap(summary)
    notes = [(summary.get("region_rule") or {}).get("note") or ""]
    notes.append("" if layers else "Regions were not counted by layer in this run.")
    notes.append("" if overlap else cannot_overlap(summary) or "The overlap of regions was not measured in this run.")
    return {
        "figures": [drawing for drawing in (size, overlap, layers) if drawing is not None],
        "notes": [note for note in notes if note],
    }
