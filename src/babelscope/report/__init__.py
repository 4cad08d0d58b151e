"""A summary or a series in; a page, figures for a paper, or a fragment for a notebook out."""

from babelscope.report.export import write_figures, write_report, write_series_figures, write_series_report
from babelscope.report.fragment import scan_html
from babelscope.report.panels import Material
from babelscope.report.series import SeriesMaterial, map_keys, small_map

__all__ = [
    "Material",
    "SeriesMaterial",
    "map_keys",
    "scan_html",
    "small_map",
    "write_figures",
    "write_report",
    "write_series_figures",
    "write_series_report",
]
