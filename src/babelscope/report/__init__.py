"""A summary in; a page, figures for a paper, or a fragment for a notebook out."""

from babelscope.report.export import write_figures, write_report
from babelscope.report.fragment import scan_html

__all__ = ["scan_html", "write_figures", "write_report"]
