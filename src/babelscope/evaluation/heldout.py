"""Losses on held-out text in, nats per byte with intervals out: what tells a healthy checkpoint from a broken one."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import stats

from babelscope.evaluation.perplexity import Losses

__all__ = ["loss_record", "mean_loss"]


def loss_record(losses: Losses) -> dict[str, Any]:
    """One language's loss as plain JSON types; `low` and `high` are those of nats per byte, None below 3 segments.

    The interval is that of a ratio of sums over segments (linearised, t quantiles): segments vary, languages and
    weights do not.
    """
    error, segments = _standard_error(losses), len(losses.tokens)
    value = losses.nats_per_byte
    half = None if error is None else error * float(stats.t.ppf(0.975, segments - 1))
    return {
        "nats_per_byte": value,
        "low": None if half is None else value - half,
        "high": None if half is None else value + half,
        "nats_per_token": losses.nats_per_token,
        "perplexity": _finite(losses.perplexity),
        "tokens": int(losses.tokens.sum()),
        "bytes": int(losses.bytes.sum()),
        "segments": segments,
    }


def mean_loss(losses: Mapping[str, Losses]) -> dict[str, float | None]:
    """Mean over languages of nats per byte, every language counting once; the interval takes texts as independent."""
    value = float(np.mean([loss.nats_per_byte for loss in losses.values()]))
    errors = [_standard_error(loss) for loss in losses.values()]
    known = [error for error in errors if error is not None]
    if len(known) < len(errors):
        return {"value": value, "low": None, "high": None}
    degrees = min(len(loss.tokens) for loss in losses.values()) - 1
    half = float(np.sqrt(np.sum(np.square(known))) / len(known) * stats.t.ppf(0.975, degrees))
    return {"value": value, "low": value - half, "high": value + half}


def _standard_error(losses: Losses) -> float | None:
    segments = len(losses.tokens)
    if segments < 3:
        return None
    residuals = losses.nll - losses.nats_per_byte * losses.bytes
    spread = np.square(residuals).sum() * segments / (segments - 1)
    return float(np.sqrt(spread) / losses.bytes.sum())


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
