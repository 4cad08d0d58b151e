"""Probing: which neurons tell the values of a morphosyntactic attribute apart, and which of them languages share."""

from babelscope.probing.options import PROBES, ProbeOptions
from babelscope.probing.run import Probing, probe

__all__ = ["PROBES", "ProbeOptions", "Probing", "probe"]
