"""The page of an overlap of selections, which comes from a table rather than from a model."""

from babelscope.report.probing.page import overlap_text, write_overlap_report
from babelscope.report.probing.panels import OVERLAP_PANELS

__all__ = ["OVERLAP_PANELS", "overlap_text", "write_overlap_report"]
