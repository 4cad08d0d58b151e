"""Series: what a command line names in, checkpoints in the order of their training or size out; nothing is loaded."""

from babelscope.series.checkpoints import Checkpoint, Order, Series
from babelscope.series.presets import PRESETS
from babelscope.series.reading import read_series

__all__ = ["PRESETS", "Checkpoint", "Order", "Series", "read_series"]
