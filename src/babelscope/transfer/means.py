"""The answers of one method or two in, means over the target languages and their difference out, with intervals."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from babelscope.transfer.examples import TransferTask
from babelscope.transfer.metrics import Metric, counts_of, scored
from babelscope.transfer.predictions import Predictions

__all__ = ["Drawn", "estimate"]

_DRAWS = 1000
_TAILS = (2.5, 97.5)


class Drawn:
    """The mean score over the target languages in each bootstrap sample of sentences, and of seeds.

    Samples are the same for every method: translations of one sentence are drawn together, in all languages and for
    all methods. So methods are compared on the same sentences.
    """

    def __init__(self, task: TransferTask, predictions: Sequence[Predictions], seed: int = 0) -> None:
        """Counts and samples the answers of one method and layer, one per seed."""
        self._task = task
        ids = sorted({one.id for examples in task.test.values() for one in examples})
        place = {key: at for at, key in enumerate(ids)}
        rng = np.random.default_rng([seed, 2])
        picked = rng.integers(len(predictions), size=(_DRAWS, len(predictions)))
        self._picked = picked if len(predictions) > 1 else np.zeros((_DRAWS, 1), dtype=np.int64)
        weights = np.random.default_rng([seed, 3]).multinomial(len(ids), np.full(len(ids), 1 / len(ids)), size=_DRAWS)
        self._counts: dict[str, np.ndarray] = {}
        self._drawn: dict[str, np.ndarray] = {}
        for code, examples in task.test.items():
            rows = np.stack([counts_of(examples, one.test[code], len(task.labels)) for one in predictions])
            own = weights[:, [place[one.id] for one in examples]].astype(np.float32)
            self._counts[code] = rows.sum(axis=1)
            flat = own @ rows.transpose(1, 0, 2, 3).reshape(len(examples), -1).astype(np.float32)
            self._drawn[code] = flat.reshape(_DRAWS, *rows.shape[:1], *rows.shape[2:])

    def mean(self, metric: Metric) -> tuple[float, Float[np.ndarray, " draw"]]:
        """Unweighted mean over targets (the source where there is none), and the same in every sample."""
        return self._over(self._task.targets or (self._task.source,), metric)

    def source(self, metric: Metric) -> tuple[float, Float[np.ndarray, " draw"]]:
        """The source's score, and the same in every sample."""
        return self._over((self._task.source,), metric)

    def _over(self, codes: Sequence[str], metric: Metric) -> tuple[float, Float[np.ndarray, " draw"]]:
        values = [float(scored(self._counts[code], metric).mean()) for code in codes]
        drawn = [
            np.take_along_axis(scored(self._drawn[code], metric), self._picked, axis=1).mean(axis=1) for code in codes
        ]
        return float(np.mean(values)), np.mean(drawn, axis=0)


def estimate(value: float, drawn: Float[np.ndarray, " draw"]) -> dict[str, Any]:
    """A value with the spread of the middle 95 % of its bootstrap samples around it, of those in which it is defined.

    Samples that lose a rare label have a higher macro F1 on average; the spread is moved back to the value.
    """
    low, high = np.nanpercentile(drawn, _TAILS) - np.nanmean(drawn) + value
    return {"value": value, "low": float(low), "high": float(high)}
