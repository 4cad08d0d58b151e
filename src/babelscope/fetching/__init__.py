"""Fetching: checkpoints brought to this machine while others compute, and taken away again once measured."""

from babelscope.fetching.fetch import FetchedRef, Fetcher

__all__ = ["FetchedRef", "Fetcher"]
