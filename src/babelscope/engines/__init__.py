"""Engines: where the tasks of a run are carried out, and what became of each."""

from babelscope.engines.local import LocalEngine
from babelscope.engines.ray import RayEngine
from babelscope.engines.task import Engine, Outcome, Task

__all__ = ["Engine", "LocalEngine", "Outcome", "RayEngine", "Task"]
