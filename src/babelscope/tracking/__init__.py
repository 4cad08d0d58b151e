"""Tracking: every checkpoint of a series measured, nothing of it twice, and what came of it in one folder."""

from babelscope.tracking.options import STAGES, TrackOptions
from babelscope.tracking.plan import SeriesPlan, plan_series
from babelscope.tracking.reporting import reporting
from babelscope.tracking.run import Track, prepare, track

__all__ = ["STAGES", "SeriesPlan", "Track", "TrackOptions", "plan_series", "prepare", "reporting", "track"]
