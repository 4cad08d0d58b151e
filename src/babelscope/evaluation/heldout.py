"""Losses on held-out text in, nats per byte with intervals out: what tells a healthy checkpoint from a broken one."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import stats

from babelscope.evaluation.perplexity import Losses

__all__ = ["loss_record", "mean_loss"]


def loss_record(losses: Losses) -> dict[str, Any]:
    """One language's loss as plain JSON types; None stands for whatever is not a finite number.

    `low` and `high` are those of nats per byte, None below 3 segments: the interval is that of a ratio of sums over
    segments (linearised, t quantiles). Segments vary, languages and weights do not.
    """
    low, high = _ends(losses.nats_per_byte, _variance(losses), len(losses.tokens) - 1)
    return {
        "nats_per_byte": _finite(losses.nats_per_byte),
        "low": low,
        "high": high,
        "nats_per_token": _finite(losses.nats_per_token),
        "perplexity": _finite(losses.perplexity),
        "tokens": int(losses.tokens.sum()),
        "bytes": int(losses.bytes.sum()),
        "segments": len(losses.tokens),
    }


def mean_loss(losses: Mapping[str, Losses]) -> dict[str, float | None]:
    """Mean over languages of nats per byte, every language counting once; the interval takes texts as independent.

    Languages differ in their errors and in how many segments tell them, so the degrees of freedom are Welch's.
    """
    value = float(np.mean([loss.nats_per_byte for loss in losses.values()]))
    variances = np.array([_variance(loss) for loss in losses.values()])
    spread = np.square(variances) / [max(1, len(loss.tokens) - 1) for loss in losses.values()]
    freedom = float(variances.sum() ** 2 / spread.sum()) if spread.sum() else 1.0
    low, high = _ends(value, float(variances.sum()) / len(variances) ** 2, freedom)
    return {"value": _finite(value), "low": low, "high": high}


def _variance(losses: Losses) -> float:
    """Of nats per byte over segments; NaN for fewer than 3, or where a loss is no finite number."""
    segments = len(losses.tokens)
    if segments < 3 or not np.isfinite(losses.nll).all():
        return float("nan")
    residuals = losses.nll - losses.nats_per_byte * losses.bytes
    return float(np.square(residuals).sum() * segments / (segments - 1) / losses.bytes.sum() ** 2)


def _ends(value: float, variance: float, freedom: float) -> tuple[float | None, float | None]:
    half = float(np.sqrt(variance) * stats.t.ppf(0.975, freedom))
    return _finite(value - half), _finite(value + half)


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
