"""The regions of two runs in, how their sizes differ and what they share against chance out."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy import stats

from babelscope.comparison.run import Run
from babelscope.regions import NeuronMask, overlap

__all__ = ["NO_INTERVAL", "RegionChange", "RegionChanges", "Shared", "region_changes", "shared_neurons"]

NO_INTERVAL = "no interval: the jackknife of a count above a threshold is several times too wide to be of use"


@dataclass(frozen=True)
class Shared:
    """Neurons that two regions have in common."""

    neurons: int
    jaccard: float
    """Shared over united, [0, 1]."""
    expected: float
    """Jaccard of sets of the same sizes per layer, drawn at random."""
    low: float
    """2.5th percentile of the Jaccard by chance."""
    high: float
    """97.5th percentile."""


@dataclass(frozen=True)
class RegionChange:
    """Sizes of one language's region, or of all together, in A and in B."""

    a: int
    b: int
    a_null: float
    """Size by chance in A: language labels permuted within each meaning."""
    b_null: float
    shared: Shared | None
    """None for all regions together, and where the models differ in shape."""

    @property
    def value(self) -> int:
        """B minus A, in neurons."""
        return self.b - self.a

    def as_dict(self) -> dict[str, Any]:
        """The fields and the difference, as plain JSON types."""
        return {**asdict(self), "value": self.value}


@dataclass(frozen=True)
class RegionChanges:
    """All regions together, and each language's."""

    sklr: RegionChange
    by_language: dict[str, RegionChange]

    def as_dict(self) -> dict[str, Any]:
        """Both, and why there is no interval."""
        each = {code: change.as_dict() for code, change in self.by_language.items()}
        return {"sklr": self.sklr.as_dict(), "by_language": each, "note": NO_INTERVAL}


def region_changes(a: Run, b: Run) -> tuple[RegionChanges | None, str]:
    """Changes of region sizes, and a note on what could not be compared (empty if all could)."""
    rules = [{name: run.summary["region_rule"][name] for name in ("kind", "value")} for run in (a, b)]
    if rules[0] != rules[1]:
        spelled = " and ".join(f"{rule['kind']} {rule['value']:g}" for rule in rules)
        return None, f"regions were not compared: they were made by different rules ({spelled})"
    same_shape = a.summary["neurons_per_layer"] == b.summary["neurons_per_layer"]
    note = "" if same_shape else "the models differ in shape, so no neuron of one is a neuron of the other"
    one, other = (run.regions if same_shape else None for run in (a, b))
    if same_shape and (one is None or other is None):
        note = "neurons in common were not counted: a regions.safetensors is gone"
    rows = [{row["language"]: row for row in run.summary["regions"]} for run in (a, b)]
    changes = {
        code: RegionChange(
            rows[0][code]["size"],
            rows[1][code]["size"],
            rows[0][code]["null_mean"],
            rows[1][code]["null_mean"],
            None if one is None or other is None else shared_neurons(one[code], other[code]),
        )
        for code in a.summary["languages"]
    }
    return RegionChanges(_sklr(a.summary, b.summary), changes), note


def _sklr(a: Mapping[str, Any], b: Mapping[str, Any]) -> RegionChange:
    return RegionChange(a["sklr"], b["sklr"], a["sklr_null"]["mean"], b["sklr_null"]["mean"], None)


def shared_neurons(one: NeuronMask, other: NeuronMask) -> Shared:
    """Overlap of two sets of neurons against sets of the same sizes per layer, drawn at random.

    Per layer the number in common is hypergeometric; layers are independent, so the total is their convolution.
    """
    found = overlap([one, other])
    chance = np.ones(1)
    start = 0
    for neurons, first, second in zip(one.neurons, one.by_layer, other.by_layer, strict=True):
        lowest, layer = _shared_in_layer(neurons, first, second)
        start += lowest
        chance = np.convolve(chance, layer)
    cumulated = np.cumsum(chance)
    united = one.size + other.size

    def jaccard(level: float) -> float:
        common = start + int(np.searchsorted(cumulated, level * cumulated[-1]))
        return common / (united - common) if united else 0.0

    return Shared(
        int(found.shared[0, 1]),
        float(found.jaccard[0, 1]),
        float(found.expected[0, 1]),
        jaccard(0.025),
        jaccard(0.975),
    )


def _shared_in_layer(neurons: int, first: int, second: int) -> tuple[int, np.ndarray]:
    """Smallest count worth naming, and the probability of it and of those that follow."""
    mean = first * second / neurons
    variance = mean * (neurons - first) * (neurons - second) / (neurons * max(1, neurons - 1))
    # Beyond 12 standard deviations there is nothing that a double could add up.
    reach = 12 * math.sqrt(variance) + 1
    low = max(0, first + second - neurons, int(mean - reach))
    high = min(first, second, int(mean + reach) + 1)
    return low, stats.hypergeom.pmf(np.arange(low, high + 1), neurons, first, second)
