"""Live: inside somebody's training loop, the alignment of the model it trains, within a share of its time."""

from babelscope.live.alarm import AlignmentWarning
from babelscope.live.callback import AlignmentCallback
from babelscope.live.measurement import Measurement
from babelscope.live.monitor import AlignmentMonitor

__all__ = ["AlignmentCallback", "AlignmentMonitor", "AlignmentWarning", "Measurement"]
