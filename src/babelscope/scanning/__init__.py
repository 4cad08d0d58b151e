"""Scans: from a model and a parallel corpus to scores, regions and a run folder."""

from babelscope.scanning.options import ScanOptions
from babelscope.scanning.replicates import Replicates, read_replicates
from babelscope.scanning.scan import LayerScores, Scan, scan

__all__ = ["LayerScores", "Replicates", "Scan", "ScanOptions", "read_replicates", "scan"]
