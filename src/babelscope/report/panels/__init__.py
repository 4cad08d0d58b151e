"""The sections of a report, in the order of the page."""

from babelscope.report.panels import (
    cloze,
    generation,
    interventions,
    layers,
    method,
    pairs,
    probing,
    regions,
    repeat,
    retrieval,
    similarity,
    tokens,
    transfer,
    unmeasured,
    verdict,
    warnings,
)
from babelscope.report.panels.panel import Facts, Material, Panel

__all__ = ["PANELS", "Facts", "Material", "Panel"]

PANELS: tuple[Panel, ...] = (
    Panel("verdict", "Verdict", verdict.facts, of_scan=False),
    Panel("similarity", "Similarity map", similarity.facts),
    Panel("pairs", "By language pair", pairs.facts),
    Panel("layers", "By layer", layers.facts),
    Panel("regions", "Key linguistic regions", regions.facts),
    Panel("interventions", "Interventions", interventions.facts, of_scan=False),
    Panel("generation", "Generation", generation.facts, of_scan=False),
    Panel("cloze", "Cross-lingual cloze", cloze.facts, of_scan=False),
    Panel("retrieval", "Parallel sentences", retrieval.facts, of_scan=False),
    Panel("probing", "Probing", probing.facts, of_scan=False),
    Panel("transfer", "Zero-shot transfer", transfer.facts, of_scan=False),
    Panel("unmeasured", "Dynamics", unmeasured.facts, of_scan=False),
    Panel("tokens", "Tokenizer fertility", tokens.facts),
    Panel("warnings", "Warnings", warnings.facts, of_scan=False),
    Panel("method", "How this was measured", method.facts),
    Panel("repeat", "How to repeat and cite", repeat.facts, of_scan=False),
)
