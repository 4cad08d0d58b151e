"""Dynamics: records of a series' points in, what rises, falls, turns, lives on and cannot be trusted out."""

from babelscope.dynamics.content import track_content
from babelscope.dynamics.rows import track_rows

__all__ = ["track_content", "track_rows"]
