"""Alignment of languages at one checkpoint in, a forecast of their transfer out, and whether alignment adds anything.

What is decided here:
- Every language is predicted from the others (`ridge`), four ways: by their mean, from the baseline (pre-training
  share, script), from alignment, and from both. Errors are therefore of languages never seen.
- Alignment adds what the absolute error falls when it joins the baseline (or the mean, where there is no baseline).
  Its 95 % interval is a paired t interval over languages; p is one-sided, the share of relabellings of alignment over
  languages that do as well: what the baseline leaves of alignment is relabelled (Freedman and Lane 1983).
- `adds` is `yes` where the interval lies above 0 and p is below .05, `no` where the error does not fall at all, else
  `cannot tell`. Languages are related to each other, so that even this claims more than so few of them can.
"""

from dataclasses import dataclass
from functools import cache
from itertools import permutations
from math import factorial
from typing import Literal

import numpy as np
from jaxtyping import Float, Int
from scipy import stats

from babelscope.correlation.ridge import left_out_means, left_out_predictions
from babelscope.errors import BabelscopeError
from babelscope.report.numbers import join, plural

__all__ = ["DRAWS", "LEAST_LANGUAGES", "WAYS", "Adds", "Forecast", "Gain", "Way", "forecast"]

Way = Literal["mean", "baseline", "alignment", "both"]
Adds = Literal["yes", "no", "cannot tell"]

WAYS: tuple[Way, ...] = ("mean", "baseline", "alignment", "both")
LEAST_LANGUAGES = 5
DRAWS = 4999
"""Relabellings drawn where there are too many to list."""
_LISTED = factorial(7)
ALPHA = 0.05


@dataclass(frozen=True)
class Gain:
    """How much smaller the mean absolute error is one way than another."""

    way: Way
    than: Way
    value: float
    """Error of the second minus that of the first: above 0 where the first predicts better; units of the score."""
    low: float | None
    """95 %, paired over languages; None where they do not vary."""
    high: float | None
    p: float
    """One-sided: relabellings of the features that do as well."""
    test: str


@dataclass(frozen=True, eq=False)
class Forecast:
    """Predictions of each language from the others, and their errors."""

    languages: tuple[str, ...]
    features: tuple[str, ...]
    baseline: tuple[str, ...]
    observed: Float[np.ndarray, " language"]
    predicted: dict[Way, Float[np.ndarray, " language"]]
    """By way; without a baseline only by `mean` and `alignment`."""
    mae: dict[Way, float]
    """Mean absolute error, in units of the score."""
    r2: dict[Way, float]
    """1 minus squared errors over those of the mean of the others; above 0 is better than that mean."""
    gain: Gain
    """What alignment adds to the baseline, or to the mean where there is none: what `adds` is about."""
    gains: tuple[Gain, ...]
    """The same of alignment alone and the baseline alone over the mean."""
    adds: Adds
    note: str


def forecast(
    features: Float[np.ndarray, "language feature"],
    names: tuple[str, ...],
    baseline: Float[np.ndarray, "language baseline"],
    y: Float[np.ndarray, " language"],
    languages: tuple[str, ...],
    seed: int = 0,
    *,
    baseline_names: tuple[str, ...] | None = None,
    draws: int = DRAWS,
) -> Forecast:
    """Predict each language's score from its alignment, by what alignment and score go with in the others.

    Args:
        features: Alignment measures, without the source language.
        names: Of the measures.
        baseline: What is known without the model, as the logarithm of the pre-training share; may have no column.
        y: Scores.
        languages: Targets, in the order of the rows.
        seed: Of the relabellings that are drawn.
        baseline_names: Of its columns.
        draws: Relabellings where there are too many to list (more than 7 languages).

    Raises:
        BabelscopeError: If there are fewer than 5 languages, a value is missing, or the scores or every measure are
            the same in all languages.
    """
    features, baseline = np.asarray(features, dtype=float), np.asarray(baseline, dtype=float)
    y = np.asarray(y, dtype=float)
    baseline_names = baseline_names or tuple(f"baseline {i + 1}" for i in range(baseline.shape[1]))
    _check(features, names, baseline, y, languages)
    varied, told = [np.ptp(one, axis=0) > 0 for one in (features, baseline)]
    dropped = [name for name, ok in zip((*names, *baseline_names), [*varied, *told], strict=True) if not ok]
    names = tuple(name for name, ok in zip(names, varied, strict=True) if ok)
    baseline_names = tuple(name for name, ok in zip(baseline_names, told, strict=True) if ok)
    features, baseline = features[:, varied], baseline[:, told]
    predicted = _predictions(features, baseline, y)
    gains = _gains(features, baseline, y, predicted, *_orders(len(y), seed, draws))
    gain = gains.pop("both" if "both" in gains else "alignment")
    mean_error = ((y - predicted["mean"]) ** 2).sum()
    return Forecast(
        languages,
        names,
        baseline_names,
        y,
        predicted,
        {way: float(np.abs(y - one).mean()) for way, one in predicted.items()},
        {way: float(1 - ((y - one) ** 2).sum() / mean_error) for way, one in predicted.items()},
        gain,
        tuple(gains.values()),
        _adds(gain),
        f"the same in every language, so of no use: {join(dropped)}" if dropped else "",
    )


def _check(
    features: np.ndarray, names: tuple[str, ...], baseline: np.ndarray, y: np.ndarray, languages: tuple[str, ...]
) -> None:
    if len(languages) < LEAST_LANGUAGES:
        raise BabelscopeError(
            f"{plural(len(languages), 'target language')} with alignment and a score ({join(list(languages))}); to "
            f"predict one from the others takes {LEAST_LANGUAGES} or more: measure further languages"
        )
    gaps = ~(np.isfinite(features).all(1) & np.isfinite(baseline).all(1) & np.isfinite(y))
    if gaps.any():
        missing = [code for code, gap in zip(languages, gaps, strict=True) if gap]
        raise BabelscopeError(f"no value of a measure, a share or the score in {join(missing)}; leave these out")
    if np.ptp(y) == 0:
        raise BabelscopeError(f"the score is {y[0]:.4g} in every target language: there is nothing to predict")
    if not (np.ptp(features, axis=0) > 0).any():
        raise BabelscopeError(f"{join(list(names))}: the same in every target language, which predicts nothing")


def _predictions(features: np.ndarray, baseline: np.ndarray, y: np.ndarray) -> dict[Way, np.ndarray]:
    found: dict[Way, np.ndarray] = {"mean": left_out_means(y)}
    if baseline.shape[1]:
        found["baseline"] = left_out_predictions(baseline[None], y)[0]
    found["alignment"] = left_out_predictions(features[None], y)[0]
    if baseline.shape[1]:
        found["both"] = left_out_predictions(np.hstack([baseline, features])[None], y)[0]
    return found


def _gains(
    features: np.ndarray,
    baseline: np.ndarray,
    y: np.ndarray,
    predicted: dict[Way, np.ndarray],
    orders: Int[np.ndarray, "order language"],
    listed: bool,
) -> dict[Way, Gain]:
    """Of every way over the one it builds on."""
    nothing = baseline[:, :0]
    tried: dict[Way, tuple[Way, np.ndarray, np.ndarray]] = {
        "alignment": ("mean", features, nothing),
        "baseline": ("mean", baseline, nothing),
        "both": ("baseline", features, baseline),
    }
    return {way: _gain(way, *tried[way], y, predicted, orders, listed) for way in tried if way in predicted}


def _gain(
    way: Way,
    than: Way,
    moved: np.ndarray,
    held: np.ndarray,
    y: np.ndarray,
    predicted: dict[Way, np.ndarray],
    orders: Int[np.ndarray, "order language"],
    listed: bool,
) -> Gain:
    """Of features that join those held, against relabelled ones."""
    errors = {one: np.abs(y - predicted[one]) for one in (way, than)}
    fall = errors[than] - errors[way]
    design = np.hstack([np.ones((len(y), 1)), held])
    fitted = design @ np.linalg.lstsq(design, moved, rcond=None)[0]
    relabelled = fitted + (moved - fitted)[orders]
    beside = np.broadcast_to(held, (len(orders), *held.shape))
    null = np.abs(y - left_out_predictions(np.concatenate([beside, relabelled], -1), y)).mean(1)
    as_good = int((null <= errors[way].mean() + 1e-12).sum())
    p = as_good / len(orders) if listed else (as_good + 1) / (len(orders) + 1)
    reach = float(stats.t.ppf(0.975, len(y) - 1) * fall.std(ddof=1) / np.sqrt(len(y)))
    value = float(fall.mean())
    ends = (value - reach, value + reach) if reach > 0 else (None, None)
    rest = " (what the baseline leaves of them)" if held.shape[1] else ""
    count = f"all {len(orders):,} relabellings" if listed else f"{len(orders):,} random relabellings"
    return Gain(way, than, value, *ends, p, f"{count} of the features over languages{rest}, one-sided")


def _adds(gain: Gain) -> Adds:
    if gain.value <= 0:
        return "no"
    return "yes" if gain.low is not None and gain.low > 0 and gain.p < ALPHA else "cannot tell"


def _orders(languages: int, seed: int, draws: int) -> tuple[Int[np.ndarray, "order language"], bool]:
    if factorial(languages) <= _LISTED:
        return _all_orders(languages), True
    generator = np.random.default_rng((seed, 3))
    return generator.permuted(np.tile(np.arange(languages), (draws, 1)), axis=1), False


@cache
def _all_orders(length: int) -> Int[np.ndarray, "order place"]:
    return np.array(list(permutations(range(length))))
