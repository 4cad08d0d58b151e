"""Overlap: which of the neurons that probes selected do languages share, and how far beyond chance."""

from babelscope.probing.overlap.arranging import selections_of_rows
from babelscope.probing.overlap.chance import least_significant, often_by_chance, share_by_chance
from babelscope.probing.overlap.neurons import KS, headline, parse_neurons
from babelscope.probing.overlap.overlaps import Overlaps, overlap
from babelscope.probing.overlap.published import PRESETS, Preset, from_w24
from babelscope.probing.overlap.reading import read_selections
from babelscope.probing.overlap.saving import check_folder, save_overlaps
from babelscope.probing.overlap.selections import Group, Selections
from babelscope.probing.overlap.verdict import spoken_curve, training_verdict

__all__ = [
    "KS",
    "PRESETS",
    "Group",
    "Overlaps",
    "Preset",
    "Selections",
    "check_folder",
    "from_w24",
    "headline",
    "least_significant",
    "often_by_chance",
    "overlap",
    "parse_neurons",
    "read_selections",
    "save_overlaps",
    "selections_of_rows",
    "share_by_chance",
    "spoken_curve",
    "training_verdict",
]
