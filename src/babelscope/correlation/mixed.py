"""Cells in, the slope of a mixed model out: score ~ alignment + covariates, with a random intercept per language.

All variables are standardised over the cells used, so that the slope is in standard deviations and, with neither
covariates nor random effects, would be Pearson's r. `mixed` has random intercepts of languages (MixedLM of
statsmodels); `mixed_crossed` has them of checkpoints too, since what is odd about a checkpoint is odd in all its
languages: without them its interval is too narrow.

Fitted by REML with the search of Nelder and Mead, as gradients give up where a random effect has no variance; the
standard error is that of generalised least squares under the variances found, which exists there too. Interval and p
by Student's t with as many degrees of freedom as checkpoints, less one, less the slopes (alignment and covariates):
normal quantiles would take each cell for new evidence.
"""

import warnings
from dataclasses import replace

import numpy as np
from jaxtyping import Float
from scipy import stats

from babelscope.correlation.cells import Cells
from babelscope.correlation.computing import noted
from babelscope.correlation.methods import Method
from babelscope.correlation.records import Record
from babelscope.errors import MissingExtraError
from babelscope.report.numbers import join, plural

__all__ = ["MIXED", "mixed", "require_statsmodels"]

MIXED = ("mixed", "mixed_crossed")
LEAST_LANGUAGES = 3


def require_statsmodels() -> None:
    """Refuse without statsmodels.

    Raises:
        MissingExtraError: If it is not installed.
    """
    try:
        import statsmodels  # noqa: F401
    except ImportError:
        raise MissingExtraError("statsmodels", "stats", "a mixed model") from None


def mixed(blank: Record, method: Method, cells: Cells, seed: int = 0) -> Record:
    """The record with the slope of alignment as r; without numbers, and a note why, where it cannot be fitted.

    Args:
        blank: What is known beforehand.
        method: Its name, one of `MIXED`, and the covariates.
        cells: Complete ones, with the covariates.
        seed: Not used: nothing is drawn.
    """
    covariates = method.covariates
    try:
        require_statsmodels()
    except MissingExtraError as missing:
        return noted(blank, str(missing))
    freedom = len(cells.checkpoints) - 2 - len(covariates)
    if freedom < 1 or len(cells.languages) < LEAST_LANGUAGES:
        left = f"{plural(len(cells.checkpoints), 'checkpoint')} and {plural(len(cells.languages), 'language')} left"
        return noted(blank, f"{left}, {3 + len(covariates)} and {LEAST_LANGUAGES} are needed")
    design, score = _standardised(cells)
    if np.linalg.matrix_rank(design, tol=1e-8 * len(design)) < design.shape[1]:
        return noted(blank, f"not fitted: alignment{_and(covariates)} cannot be told apart")
    slope, error, why = _fit(design, score, cells, method.name == "mixed_crossed")
    if slope is None or error is None:
        return noted(blank, f"not fitted: {why}")
    reach = float(stats.t.ppf(0.975, freedom)) * error
    given = f"; given {join(list(covariates))}" if covariates else ""
    found = replace(
        blank,
        r=slope,
        low=slope - reach,
        high=slope + reach,
        p=float(2 * stats.t.sf(abs(slope) / error, freedom)),
        p_parametric=float(2 * stats.norm.sf(abs(slope) / error)),
        interval=f"REML, t with {plural(freedom, 'degree')} of freedom",
        test=f"t test of the slope, {plural(freedom, 'degree')} of freedom (checkpoints)",
    )
    return noted(found, f"standardised slope{given}{why}")


def _and(covariates: tuple[str, ...]) -> str:
    return f" and {join(list(covariates))}" if covariates else ""


def _standardised(cells: Cells) -> tuple[Float[np.ndarray, "cell term"], Float[np.ndarray, " cell"]]:
    known = cells.complete
    tables = np.column_stack([cells.x[known], cells.z[known], cells.y[known]])
    spread = tables.std(0)
    tables = (tables - tables.mean(0)) / np.where(spread > 1e-12 * np.abs(tables).max(0), spread, np.inf)
    return np.column_stack([np.ones(len(tables)), tables[:, :-1]]), tables[:, -1]


def _fit(
    design: np.ndarray, score: np.ndarray, cells: Cells, crossed: bool
) -> tuple[float | None, float | None, str]:
    """Slope, standard error and a remark that begins with a semicolon; or why there are none."""
    from statsmodels.regression.mixed_linear_model import MixedLM, VCSpec

    known = cells.complete
    effects = [cells.blocks[known], np.nonzero(known)[0]][: 2 if crossed else 1]
    inside = [np.equal.outer(one, np.unique(one)).astype(float) for one in effects]
    names = [[[str(i) for i in range(one.shape[1])]] for one in inside]
    spec = VCSpec(["language", "checkpoint"][: len(inside)], names, [[one] for one in inside])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            model = MixedLM(score, design, groups=np.zeros(len(score)), exog_vc=spec)
            fitted = model.fit(reml=True, method="nm")
            shares = [float(one) / float(fitted.scale) for one in np.ravel(fitted.vcomp)]
            variance = np.eye(len(score)) + sum(
                share * one @ one.T for share, one in zip(shares, inside, strict=True)
            )
            spread = np.linalg.inv(design.T @ np.linalg.solve(variance, design)) * float(fitted.scale)
            slope, error = float(fitted.fe_params[1]), float(np.sqrt(spread[1, 1]))
        except (np.linalg.LinAlgError, ValueError, ZeroDivisionError) as singular:
            return None, None, f"singular ({singular})"
    if not fitted.converged or not np.isfinite([slope, error]).all() or error <= 0:
        return None, None, "REML did not converge"
    return slope, error, "; a random effect has no variance" if min(shares) < 1e-6 else ""
