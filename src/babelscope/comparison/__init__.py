"""Comparisons: from two scans on the same meanings to what is better, what is worse and what cannot be told."""

from babelscope.comparison.compare import Comparison, LayerDifference, compare
from babelscope.comparison.difference import Difference, corrected, paired
from babelscope.comparison.gates import METRICS, Gate, Ruling, parse_gates, rule
from babelscope.comparison.shared import Shared, shared_neurons
from babelscope.comparison.summary import check_file

__all__ = [
    "METRICS",
    "Comparison",
    "Difference",
    "Gate",
    "LayerDifference",
    "Ruling",
    "Shared",
    "check_file",
    "compare",
    "corrected",
    "paired",
    "parse_gates",
    "rule",
    "shared_neurons",
]
