"""Figures: each function takes what a command stored and returns a Drawing, or None if there is nothing to draw."""

from babelscope.report.figures.dose_response import dose_response
from babelscope.report.figures.layers import layer_curve
from babelscope.report.figures.overlap import region_overlap
from babelscope.report.figures.pairs import pair_scores
from babelscope.report.figures.perplexity_matrix import perplexity_matrix
from babelscope.report.figures.region_layers import region_layers
from babelscope.report.figures.region_size import region_size
from babelscope.report.figures.selectivity import selectivity
from babelscope.report.figures.similarity import pair_means, similarity_map

__all__ = [
    "dose_response",
    "layer_curve",
    "pair_means",
    "pair_scores",
    "perplexity_matrix",
    "region_layers",
    "region_overlap",
    "region_size",
    "selectivity",
    "similarity_map",
]
