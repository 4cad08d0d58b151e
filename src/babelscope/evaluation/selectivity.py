"""Increases of loss under every region and its controls in; whether regions matter most to their own language out."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from math import factorial

import numpy as np
from jaxtyping import Float, Int
from scipy import stats

__all__ = ["Increases", "Relabelling", "Selectivity", "selectivities"]

MOST_EXACT = 50_000
"""Relabellings up to which all are listed instead of drawn."""
ENOUGH_CONTROLS = 99
"""Matched controls from which a language's own p-value is given."""


@dataclass(frozen=True)
class Selectivity:
    """How much more a region costs its own language than the others, beyond what matched random sets do.

    Nats per token; 0 by chance, higher is more selective.
    """

    value: float
    low: float | None
    """95 %: over texts (segments resampled, the same for all conditions) and over the luck of a random set, so that
    a set of random neurons covers 0 in 95 of 100 cases. None where controls are too few, or a text is one segment."""
    high: float | None
    own: float
    """Increase of the own language's mean loss."""
    others: float
    """Mean increase of the other languages'."""
    control: float
    """The same contrast, own minus others, under the matched controls."""
    p: float | None
    p_note: str = ""
    """Why there is no p."""


@dataclass(frozen=True)
class Relabelling:
    """The test behind the overall p: which region belongs to which language, permuted."""

    relabellings: int
    exact: bool
    """Whether all were listed rather than drawn."""
    floor: float
    """The smallest p it can give."""


@dataclass(frozen=True, eq=False)
class Increases:
    """Increase of the mean loss, nats per token: of the text as it is, and of each resampled text (first axis)."""

    region: Float[np.ndarray, "draw language region"]
    """Draw 0 is the text as it is."""
    control_mean: Float[np.ndarray, "draw language region"]
    """Mean over each region's controls."""
    control: Float[np.ndarray, "language region control"]
    """Each control, on the text as it is."""
    own: Int[np.ndarray, " region"]
    """Row of each region's own language."""
    sizes: Int[np.ndarray, " region"]
    """Neurons of each region; its controls have as many."""
    names: Sequence[str]
    """Languages of the regions."""


def contrast(increase: np.ndarray, axis: int) -> np.ndarray:
    """Each language's increase minus the mean increase of the others; languages lie along `axis`."""
    languages = increase.shape[axis]
    return (increase * languages - increase.sum(axis, keepdims=True)) / (languages - 1)


def selectivities(
    increases: Increases, relabellings: int = 9999, seed: int = 0
) -> tuple[Selectivity, dict[str, Selectivity], Relabelling] | None:
    """Overall and per language [METHODS 4], or None with fewer than two languages or without controls.

    The interval adds two variances. Text: that of the paired bootstrap over segments. Luck of the draw: how much the
    contrast of a random set of that size varies, s^2 (1 + 1/K) for K controls; a random set's effect is taken to be
    a sum over its neurons, so that mean and variance grow with its size, and all regions' controls tell of s.

    Args:
        increases: What deactivation did, beside nothing deactivated.
        relabellings: Draws for the overall p, where not all can be listed.
        seed: Of those draws.
    """
    languages, count, controls = increases.control.shape
    if languages < 2 or controls < 1:
        return None
    region, control = contrast(increases.region, 1), contrast(increases.control, 0)
    beyond = region - contrast(increases.control_mean, 1)
    own, each = increases.own, np.arange(count)
    text = beyond[1:, own, each]
    luck = [_luck(control[row], increases.sizes, int(size)) for row, size in zip(own, increases.sizes, strict=True)]
    luck = np.array(luck) * (1 + 1 / controls)
    freedom = count * controls - 1
    found = {}
    for k, name in enumerate(increases.names):
        variance = text[:, k].var(ddof=1) + luck[k]
        value = float(beyond[0, own[k], k])
        p, note = _own_p(float(region[0, own[k], k]), control[own[k], k])
        found[name] = Selectivity(
            value,
            *_interval(value, float(variance), freedom),
            own=float(increases.region[0, own[k], k]),
            others=float(np.delete(increases.region[0, :, k], own[k]).mean()),
            control=float(control[own[k], k].mean()),
            p=p,
            p_note=note,
        )
    value = float(beyond[0, own, each].mean())
    variance = float(text.mean(1).var(ddof=1) + luck.sum() / count**2)
    p, test = _relabelled(beyond[0][own], increases.sizes, relabellings, seed)
    overall = Selectivity(
        value,
        *_interval(value, variance, freedom),
        own=float(np.mean([one.own for one in found.values()])),
        others=float(np.mean([one.others for one in found.values()])),
        control=float(np.mean([one.control for one in found.values()])),
        p=p,
        p_note="" if p is not None else "one region cannot be given to another language",
    )
    return overall, found, test


def _luck(contrasts: Float[np.ndarray, "region control"], sizes: Int[np.ndarray, " region"], size: int) -> float:
    """Variance of one language's contrast under a random set of `size` neurons; NaN from a single control."""
    total = sizes.sum() * contrasts.shape[1]
    slope = contrasts.sum() / total
    residuals = (contrasts - slope * sizes[:, None]) / np.sqrt(sizes)[:, None]
    freedom = contrasts.size - 1
    return float(np.square(residuals).sum() / freedom * size) if freedom else float("nan")


def _interval(value: float, variance: float, freedom: int) -> tuple[float | None, float | None]:
    if freedom < 1 or not np.isfinite(variance):
        return None, None
    reach = float(stats.t.ppf(0.975, freedom) * np.sqrt(variance))
    return value - reach, value + reach


def _own_p(observed: float, controls: Float[np.ndarray, " control"]) -> tuple[float | None, str]:
    if len(controls) < ENOUGH_CONTROLS:
        return None, f"a p per language needs {ENOUGH_CONTROLS} controls or more, got {len(controls)}"
    return float((1 + _reached(controls, observed)) / (1 + len(controls))), ""


def _reached(draws: Float[np.ndarray, " draw"], observed: float) -> int:
    """How many draws are as large as what was observed; summed in another order, equal ones differ in last digits."""
    return int((draws >= observed - 1e-12 * (1 + abs(observed))).sum())


def _relabelled(
    beyond: Float[np.ndarray, "language region"], sizes: Int[np.ndarray, " region"], relabellings: int, seed: int
) -> tuple[float | None, Relabelling]:
    """P of the mean own contrast, when regions are given to languages at random; one-sided.

    A region given to a language counts as if it had the size of that language's own: contrasts of random sets vary
    with the square root of their size, and unscaled a sensitive language's large region would look chosen for it.
    """
    count = len(beyond)
    beyond = beyond * np.sqrt(sizes[:, None] / sizes[None, :])
    exact = factorial(count) <= MOST_EXACT if count < 20 else False
    if exact:
        labels = np.array(list(permutations(range(count))))
    else:
        generator = np.random.default_rng(seed)
        labels = generator.permuted(np.tile(np.arange(count), (relabellings, 1)), axis=1)
    means = beyond[np.arange(count), labels].mean(1)
    observed = np.diagonal(beyond).mean()
    reached = _reached(means, float(observed))
    drawn = 0 if exact else 1
    test = Relabelling(len(labels), exact, 1 / (len(labels) + drawn))
    return ((reached + drawn) / (len(labels) + drawn) if count > 1 else None), test
