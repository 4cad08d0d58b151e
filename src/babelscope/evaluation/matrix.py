"""An Ablation in; its perplexity matrix out, with intervals, and the increases that selectivity is made of."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float
from scipy import stats

from babelscope.evaluation.bootstrap import percent, percentiles, resampled_means
from babelscope.evaluation.selectivity import Increases

if TYPE_CHECKING:
    from babelscope.evaluation.impact import Ablation

__all__ = ["Cell", "Matrix", "matrix"]


@dataclass(frozen=True)
class Cell:
    """Increase of one language's perplexity, percent."""

    increase_pct: float
    low: float | None
    """95 %; None where there is a single segment. Where the increase is infinite, no interval is finite."""
    high: float | None


@dataclass(frozen=True, eq=False)
class Matrix:
    """One dose of every region: what it does to every language."""

    region: dict[str, dict[str, Cell]]
    """By deactivated, then evaluated language; intervals by the paired bootstrap over segments."""
    random: dict[str, dict[str, Cell]]
    """Mean over each region's controls; empty without controls."""
    random_mean: dict[str, Cell]
    """Mean over all controls, by evaluated language; its interval also covers which neurons were drawn."""
    increases: Increases


def matrix(ablation: "Ablation", dose: float = 1.0) -> Matrix:
    """Percent increases of perplexity and the raw increases behind them.

    Args:
        ablation: What was measured.
        dose: Fraction of the regions.
    """
    none = ablation.conditions[0]
    region = [c for c in ablation.conditions if c.kind == "region" and c.dose == dose]
    random = [c for c in ablation.conditions if c.kind == "random" and c.dose == dose]
    controls = len(random) // len(region)
    found = Matrix({c.deactivated: {} for c in region}, {}, {}, _increases(ablation, region, controls))
    if controls:
        found.random.update({c.deactivated: {} for c in region})
    for row, language in enumerate(ablation.languages):
        nll = ablation.nll(language, [none, *region, *random])
        tokens = ablation.losses[none.key][language].tokens
        observed = nll.sum(1) / tokens.sum()
        seed = (ablation.options.seed, *language.encode())
        draws = resampled_means(nll, tokens, ablation.options.resamples, seed)
        gained, drawn = observed[1:] - observed[0], draws[:, 1:] - draws[:, :1]
        count, single = len(region), len(tokens) < 2
        found.increases.region[0, row], found.increases.region[1:, row] = gained[:count], drawn[:, :count]
        pct, pct_drawn = percent(gained), percent(drawn)
        for k, condition in enumerate(region):
            found.region[condition.deactivated][language] = _cell(pct[k], pct_drawn[:, k], single)
        if not controls:
            continue
        by_region = gained[count:].reshape(count, controls)
        found.increases.control[row] = by_region
        found.increases.control_mean[0, row] = by_region.mean(1)
        found.increases.control_mean[1:, row] = drawn[:, count:].reshape(-1, count, controls).mean(2)
        random_pct = pct_drawn[:, count:].reshape(-1, count, controls).mean(2)
        for k, condition in enumerate(region):
            mean = pct[count:].reshape(count, controls)[k].mean()
            found.random[condition.deactivated][language] = _cell(mean, random_pct[:, k], single)
        found.random_mean[language] = _mean_of_controls(pct[count:], random_pct.mean(1), single)
    return found


def _increases(ablation: "Ablation", region: list, controls: int) -> Increases:
    shape = (ablation.options.resamples + 1, len(ablation.languages), len(region))
    return Increases(
        region=np.empty(shape),
        control_mean=np.empty(shape),
        control=np.empty((*shape[1:], controls)),
        own=np.array([ablation.languages.index(c.deactivated) for c in region]),
        sizes=np.array([c.neurons for c in region]),
        names=[c.deactivated for c in region],
    )


def _cell(value: float, draws: Float[np.ndarray, " resample"], single: bool) -> Cell:
    return Cell(float(value), None, None) if single else Cell(float(value), *percentiles(draws))


def _mean_of_controls(
    values: Float[np.ndarray, " control"], draws: Float[np.ndarray, " resample"], single: bool
) -> Cell:
    """Mean over random sets, with an interval over the text and over which sets were drawn."""
    mean, count = float(values.mean()), len(values)
    if single or count < 2:
        return _cell(mean, draws, single)
    with np.errstate(invalid="ignore"):
        variance = draws.var(ddof=1) + values.var(ddof=1) / count
    reach = float(stats.t.ppf(0.975, count - 1) * np.sqrt(variance))
    return Cell(mean, mean - reach, mean + reach)
