"""Regions: the neurons that matter to one language more than to the others."""

from babelscope.regions.mask import NeuronMask
from babelscope.regions.overlap import Overlap, largest_sharing, overlap
from babelscope.regions.random import matched_random
from babelscope.regions.reference import named_region
from babelscope.regions.regions import Regions, Size, find_regions
from babelscope.regions.rule import DEFAULT_SHARE, DEFAULT_THRESHOLD, RegionRule, choose_rule
from babelscope.regions.zscore import contributions, largest_z, zscores

__all__ = [
    "DEFAULT_SHARE",
    "DEFAULT_THRESHOLD",
    "NeuronMask",
    "Overlap",
    "RegionRule",
    "Regions",
    "Size",
    "choose_rule",
    "contributions",
    "find_regions",
    "largest_sharing",
    "largest_z",
    "matched_random",
    "named_region",
    "overlap",
    "zscores",
]
