"""The regions of two runs in, how their sizes differ and what they share against chance out."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from babelscope.comparison.run import Run
from babelscope.comparison.shared import Shared, shared_neurons

__all__ = ["NO_INTERVAL", "RegionChange", "RegionChanges", "region_changes"]

NO_INTERVAL = "no interval: the jackknife of a count above a threshold is several times too wide to be of use"


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
