"""Records of points in, curves out: one metric of one language or layer over the points, with its errors."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy import stats

from babelscope.scores.result import Interval
from babelscope.scores.significance import jackknife_interval

__all__ = ["Curve", "make_curves"]

Numbers = Mapping[str, Float[np.ndarray, "row meaning"] | None]


@dataclass(frozen=True, eq=False)
class Curve:
    """One quantity at several points, in order."""

    metric: str
    """`lrds`, `sads`, `sklr`, `region_size`, or `loss` (nats per byte)."""
    language: str
    """`all`, or a code; the SADS of a language is the mean over its pairs."""
    layer: int | None
    """From 1; None for the whole model."""
    keys: tuple[str, ...]
    x: Float[np.ndarray, " point"]
    """Training step, or number of parameters."""
    values: Float[np.ndarray, " point"]
    reach: Float[np.ndarray, " point"]
    """Half of each value's 95 % interval; NaN where there is none, as for sizes."""
    replicates: tuple[Float[np.ndarray, " meaning"] | None, ...]
    """The value with one meaning left out, for each; None where there are none."""

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def family(self) -> tuple[str, str]:
        """Curves that are looked at together: those of one metric over languages, or over layers.

        A whole-model curve stands alone, as [Z25] says beforehand what is expected of each.
        """
        if self.layer is not None:
            return self.metric, "layers"
        return self.metric, "whole" if self.language == "all" else "languages"

    def at(self, places: Sequence[int]) -> "Curve":
        """The curve at some of its points."""
        kept = list(places)
        return Curve(
            self.metric,
            self.language,
            self.layer,
            tuple(self.keys[i] for i in kept),
            self.x[kept],
            self.values[kept],
            self.reach[kept],
            tuple(self.replicates[i] for i in kept),
        )

    def only(self, keys: Sequence[str]) -> "Curve":
        """The curve at the points of these keys."""
        return self.at([place for place, key in enumerate(self.keys) if key in keys])

    def joint(self) -> Float[np.ndarray, "point meaning"] | None:
        """Replicates of all points side by side; None unless every point has them, over as many meanings."""
        known = [row for row in self.replicates if row is not None and len(row) >= 3 and np.isfinite(row).all()]
        if len(known) < len(self) or len({len(row) for row in known}) != 1:
            return None
        return np.stack(known)

    def contrast(self, weights: Float[np.ndarray, " point"], confidence: float = 0.95) -> Interval:
        """A weighted sum of the values, such as last minus first.

        Points measured on the same meanings err together: with replicates the interval is the jackknife's of the sum
        itself. Elsewhere errors are taken to be independent, which makes it too wide where texts are shared.
        """
        used = self.at(np.flatnonzero(weights).tolist())
        factors = weights[weights != 0]
        value = float(factors @ used.values)
        joint = used.joint()
        if joint is not None:
            return Interval(value, *jackknife_interval(value, factors @ joint, confidence))
        if not np.isfinite(used.reach).all():
            return Interval(value, None, None)
        wider = stats.norm.ppf(0.5 + confidence / 2) / stats.norm.ppf(0.975)
        reach = float(np.sqrt(np.square(factors * used.reach).sum()) * wider)
        return Interval(value, value - reach, value + reach)

    def change(self, start: int, end: int, confidence: float = 0.95) -> Interval:
        """The value at one point minus that at an earlier one."""
        return self.contrast(self._ends(start, end), confidence)

    def sign(self, weights: Float[np.ndarray, " point"] | None = None, confidence: float = 0.95) -> int:
        """1 or -1 where the errors leave a weighted sum its sign, else 0; by itself that of last minus first.

        Only a paired interval can take a sign away: the others are too wide for that.
        """
        weights = self._ends(0, len(self) - 1) if weights is None else weights
        found = self.contrast(weights, confidence)
        paired = self.at(np.flatnonzero(weights).tolist()).joint() is not None
        low, high = (found.low, found.high) if paired else (found.value, found.value)
        return int(low is not None and low > 0) - int(high is not None and high < 0)

    def _ends(self, start: int, end: int) -> Float[np.ndarray, " point"]:
        weights = np.zeros(len(self))
        weights[start], weights[end] = -1.0, 1.0
        return weights

    def covariance(self) -> Float[np.ndarray, "point point"]:
        """Of the errors: the jackknife's over shared meanings, else independent ones; 0 where nothing is known."""
        joint = self.joint()
        if joint is not None:
            off = joint - joint.mean(1, keepdims=True)
            return (joint.shape[1] - 1) / joint.shape[1] * off @ off.T
        return np.diag(np.square(np.nan_to_num(self.reach) / stats.norm.ppf(0.975)))


def make_curves(
    points: Sequence[Mapping[str, Any]], replicates: Mapping[str, Numbers], layers: bool = True
) -> list[Curve]:
    """All curves of a series: whole model first, then by language, then by layer; without values that are no number.

    Args:
        points: Records of measured points, in order.
        replicates: By key: `lrds` and `sads` (level, meaning; level 0 is the whole model), and `pairs`
            (pair, meaning) where there are any, in the order of the record's pairs.
        layers: Whether layers are comparable, as they are within one training.
    """
    rows: dict[tuple[str, str, int | None], list[tuple[Mapping[str, Any], _Row]]] = {}
    for point in points:
        for place, row in _rows(point, replicates.get(point["key"]) or {}):
            if np.isfinite(row.value) and (place[2] is None or layers):
                rows.setdefault(place, []).append((point, row))
    order = ["whole", "languages", "layers"]
    curves = [_curve(place, found) for place, found in rows.items()]
    return sorted(curves, key=lambda curve: order.index(curve.family[1]))


@dataclass(frozen=True, eq=False)
class _Row:
    value: float
    reach: float = float("nan")
    replicates: Float[np.ndarray, " meaning"] | None = None


def _curve(place: tuple[str, str, int | None], found: list[tuple[Mapping[str, Any], _Row]]) -> Curve:
    return Curve(
        *place,
        tuple(point["key"] for point, _ in found),
        np.array([float("nan") if point["x"] is None else point["x"] for point, _ in found], dtype=float),
        np.array([row.value for _, row in found], dtype=float),
        np.array([row.reach for _, row in found], dtype=float),
        tuple(row.replicates for _, row in found),
    )


def _rows(point: Mapping[str, Any], replicates: Numbers) -> Iterator[tuple[tuple[str, str, int | None], _Row]]:
    for metric in ("lrds", "sads"):
        yield (metric, "all", None), _score(point[metric], replicates.get(metric), 0)
    # No errors of sizes: the jackknife of a count above a threshold is about four times too wide to compare two.
    yield ("sklr", "all", None), _Row(float(point["sklr"]["value"]))
    if point.get("loss_mean"):
        yield ("loss", "all", None), _score(point["loss_mean"])
    for language, row in _sads_by_language(point, replicates.get("pairs")):
        yield ("sads", language, None), row
    for language, size in point["regions"].items():
        yield ("region_size", language, None), _Row(float(size["size"]))
    for language, loss in (point.get("loss") or {}).items():
        yield ("loss", language, None), _score({**loss, "value": loss["nats_per_byte"]})
    for level in point["by_layer"]:
        for metric in ("lrds", "sads"):
            yield (metric, "all", level["layer"]), _score(level[metric], replicates.get(metric), level["layer"])
        yield ("region_size", "all", level["layer"]), _Row(float(sum(level["region_sizes"].values())))


def _score(score: Mapping[str, Any], replicates: np.ndarray | None = None, level: int = 0) -> _Row:
    value, low, high = score["value"], score.get("low"), score.get("high")
    if value is None:
        return _Row(float("nan"))
    reach = float("nan") if low is None or high is None else (high - low) / 2
    return _Row(float(value), float(reach), None if replicates is None else replicates[level])


def _sads_by_language(point: Mapping[str, Any], replicates: np.ndarray | None) -> Iterator[tuple[str, _Row]]:
    """Mean SADS of the pairs each language is in; without replicates, its error is at most the mean of theirs."""
    own: dict[str, list[int]] = {}
    pairs = [_score(pair["sads"]) for pair in point.get("pairs") or ()]
    for index, pair in enumerate(point.get("pairs") or ()):
        for side in ("language_a", "language_b"):
            own.setdefault(pair[side], []).append(index)
    for language, indices in own.items():
        mean = float(np.mean([pairs[index].value for index in indices]))
        reach = float(np.mean([pairs[index].reach for index in indices]))
        together = None if replicates is None else replicates[indices].mean(0)
        yield language, _Row(mean, reach, together)
