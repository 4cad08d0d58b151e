"""Two scans on the same meanings in, a Comparison out: what is better in B than in A, and what cannot be told."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from jaxtyping import Float

from babelscope.comparison.difference import Difference, corrected, paired
from babelscope.comparison.loss_change import loss_changes
from babelscope.comparison.matching import ComparisonWarning, Match, match
from babelscope.comparison.region_change import RegionChanges, region_changes
from babelscope.comparison.run import Run, read_run

if TYPE_CHECKING:
    from babelscope.scanning import Scan

__all__ = ["Comparison", "LayerDifference", "compare"]

Name = Literal["lrds", "sads"]
BETTER: dict[Name, Literal["higher", "lower"]] = {"lrds": "lower", "sads": "higher"}


@dataclass(frozen=True)
class LayerDifference:
    """What a comparison says of one layer."""

    layer: int
    """From 1."""
    lrds: Difference
    sads: Difference


@dataclass(frozen=True, eq=False)
class Comparison:
    """B minus A, score by score; made by `compare`."""

    a: Run
    b: Run
    """The candidate: what gates look at."""
    lrds: Difference
    sads: Difference
    gains: dict[str, Difference] | None
    """`lrds` and `sads` over each model's own untrained twin; None where one was not measured."""
    by_layer: tuple[LayerDifference, ...]
    """p corrected by Holm over the layers; empty where the models have different numbers of layers."""
    pairs: dict[tuple[str, str], Difference]
    """SADS of each language pair, p corrected by Holm over the pairs."""
    regions: RegionChanges | None
    loss: dict[str, Difference] | None
    """Held-out nats per byte, `all` and each language (p corrected by Holm); for points of a series."""
    warnings: tuple[ComparisonWarning, ...]

    @property
    def verdict(self) -> list[str]:
        """Sentences with numbers; each of them can say no."""
        from babelscope.comparison.verdict import verdict

        return verdict(self)

    def summary(self) -> dict[str, Any]:
        """All numbers as plain JSON types."""
        from babelscope.comparison.summary import summarise

        return summarise(self)

    def save(self, path: str | Path, content: dict[str, Any] | None = None) -> Path:
        """Writes the comparison to one file, JSON or CSV by its suffix.

        Args:
            path: Replaced if it is there.
            content: For JSON, what to write instead of the plain summary, such as one with the gates' rulings.

        Raises:
            BabelscopeError: If the suffix is another, or the file cannot be written.
        """
        from babelscope.comparison.summary import save_comparison

        return save_comparison(self, Path(path), content)

    def __repr__(self) -> str:
        return (
            f"Comparison({self.b.title} minus {self.a.title}: lrds={self.lrds.value:.3g}, sads={self.sads.value:.3g})"
        )


def compare(a: "str | Path | Scan | Run", b: "str | Path | Scan | Run") -> Comparison:
    """Compares two scans meaning by meaning: every difference is B minus A, with a paired jackknife [METHODS 2].

    The models may be of different families. Languages, sentences and site must be the same: replicates belong to the
    whole set of meanings.

    Args:
        a: What B is held against: a run folder, the folder of a point of a series, or a Scan.
        b: The candidate.

    Raises:
        BabelscopeError: If either holds no scan with replicates, or they cannot be compared; the message says why.
    """
    one, other = read_run(a), read_run(b)
    found = match(one, other)
    warnings = list(found.warnings)
    whole = {name: _paired(one, other, found, name, 0) for name in BETTER}
    gains = _gains(one, other, found, warnings)
    by_layer = _layers(one, other, found, warnings)
    pairs = _pairs(one, other, found, warnings)
    regions, said = region_changes(one, other)
    loss, silent = loss_changes(one, other)
    warnings += [ComparisonWarning(kind, text) for kind, text in (("regions", said), ("loss", silent)) if text]
    return Comparison(
        one, other, whole["lrds"], whole["sads"], gains, by_layer, pairs, regions, loss, tuple(warnings)
    )


def _paired(a: Run, b: Run, found: Match, name: Name, level: int) -> Difference:
    left = getattr(a.replicates, name)[level], getattr(b.replicates, name)[level][found.order]
    return paired(a.levels[level][name]["value"], b.levels[level][name]["value"], *left, BETTER[name])


def _gains(a: Run, b: Run, found: Match, warnings: list[ComparisonWarning]) -> dict[str, Difference] | None:
    lacks = {name: any(run.summary[score]["gain"] is None for score in BETTER) for name, run in (("A", a), ("B", b))}
    if any(lacks.values()):
        if not all(lacks.values()):
            text = f"gains were not compared: no untrained model was measured for {'A' if lacks['A'] else 'B'}"
            warnings.append(ComparisonWarning("gain", text))
        return None
    seeds = [run.fields.get("seed") for run in (a, b)]
    if seeds[0] != seeds[1]:
        text = f"the untrained models were made with different seeds ({seeds[0]} and {seeds[1]}), which moves gains"
        warnings.append(ComparisonWarning("gain", text))
    left_a, left_b = _left_gains(a), _left_gains(b)
    return {
        name: paired(
            a.summary[name]["gain"]["value"],
            b.summary[name]["gain"]["value"],
            left_a.get(name),
            None if name not in left_b else left_b[name][found.order],
            better,
        )
        for name, better in BETTER.items()
    }


def _left_gains(run: Run) -> dict[str, Float[np.ndarray, " meaning"]]:
    found = run.replicates
    bases = {"lrds": found.baseline_lrds, "sads": found.baseline_sads}
    return {name: getattr(found, name)[0] - base[0] for name, base in bases.items() if base is not None}


def _layers(a: Run, b: Run, found: Match, warnings: list[ComparisonWarning]) -> tuple[LayerDifference, ...]:
    layers = a.replicates.layers
    if layers != b.replicates.layers:
        text = f"layers were not compared: A has {layers} of them, B {b.replicates.layers}; the whole models were"
        warnings.append(ComparisonWarning("layers", text))
        return ()
    families = ([_paired(a, b, found, name, level) for level in range(1, layers + 1)] for name in BETTER)
    lrds, sads = (corrected(family) for family in families)
    return tuple(LayerDifference(index + 1, *both) for index, both in enumerate(zip(lrds, sads, strict=True)))


def _pairs(a: Run, b: Run, found: Match, warnings: list[ComparisonWarning]) -> dict[tuple[str, str], Difference]:
    values = {_pair(row): row["sads"]["value"] for row in b.summary["pairs"]}
    rows_a, rows_b = _pair_rows(a), _pair_rows(b)
    if not rows_a or not rows_b:
        text = "language pairs have no intervals: there are too many for their replicates to be kept"
        warnings.append(ComparisonWarning("pairs", text))
    names, family = [], []
    for row in a.summary["pairs"]:
        pair = _pair(row)
        left_b = rows_b.get(pair)
        left_b = None if left_b is None else left_b[found.order]
        names.append((row["language_a"], row["language_b"]))
        family.append(paired(row["sads"]["value"], values[pair], rows_a.get(pair), left_b, BETTER["sads"]))
    return dict(zip(names, corrected(family), strict=True))


def _pair(row: dict[str, Any]) -> frozenset[str]:
    return frozenset((row["language_a"], row["language_b"]))


def _pair_rows(run: Run) -> dict[frozenset[str], Float[np.ndarray, " meaning"]]:
    rows = run.replicates.pairs
    return {} if rows is None else dict(zip(map(frozenset, run.replicates.pair_names), rows, strict=True))
