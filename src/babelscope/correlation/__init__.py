"""Correlation and forecast: does alignment go with transfer, within languages and beyond training progress?"""

from babelscope.correlation.options import CorrelationOptions
from babelscope.correlation.prediction import TransferForecast, forecast_transfer
from babelscope.correlation.records import Averages, Pairs, Record
from babelscope.correlation.run import PRESETS, Correlation, correlate
from babelscope.correlation.saving import check_folder

__all__ = [
    "PRESETS",
    "Averages",
    "Correlation",
    "CorrelationOptions",
    "Pairs",
    "Record",
    "TransferForecast",
    "check_folder",
    "correlate",
    "forecast_transfer",
]
