"""A summary in; a page, figures for a paper, or a fragment for a notebook out."""

from babelscope.report.export import write_figures, write_report
from babelscope.report.fragment import scan_html
from babelscope.report.panels import Material

__all__ = ["Material", "scan_html", "write_figures", "write_report"]
