"""The content of a correlation or of a forecast in, its page out."""

from babelscope.report.correlation.page import write_correlation_page, write_forecast_page

__all__ = ["write_correlation_page", "write_forecast_page"]
