"""Probing: which neurons tell the values of a morphosyntactic attribute apart, and which of them languages share."""

from typing import TYPE_CHECKING

from babelscope.on_use import on_use

if TYPE_CHECKING:
    from babelscope.probing.options import PROBES, ProbeOptions
    from babelscope.probing.run import Probing, probe

__all__ = ["PROBES", "ProbeOptions", "Probing", "probe"]

# On use: overlap, below, reads tables and needs no torch.
__getattr__ = on_use(
    "babelscope.probing", {"PROBES": "options", "ProbeOptions": "options", "Probing": "run", "probe": "run"}
)
