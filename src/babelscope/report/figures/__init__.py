"""Figures of a scan: each function takes the summary and returns a Drawing, or None if there is nothing to draw."""

from babelscope.report.figures.layers import layer_curve
from babelscope.report.figures.overlap import region_overlap
from babelscope.report.figures.pairs import pair_scores
from babelscope.report.figures.region_layers import region_layers
from babelscope.report.figures.region_size import region_size
from babelscope.report.figures.similarity import pair_means, similarity_map

__all__ = [
    "layer_curve",
    "pair_means",
    "pair_scores",
    "region_layers",
    "region_overlap",
    "region_size",
    "similarity_map",
]
