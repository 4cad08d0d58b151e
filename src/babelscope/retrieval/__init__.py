"""Parallel sentences: how close translations are in each layer, and how often they find each other."""

from babelscope.retrieval.options import RetrievalOptions
from babelscope.retrieval.run import Retrieval, retrieve

__all__ = ["Retrieval", "RetrievalOptions", "retrieve"]
