"""Predictions in, plain JSON types out, and back: what a finished seed is kept as while others run."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from babelscope.transfer.predictions import Predictions

__all__ = ["restored", "storable"]


def storable(predictions: Predictions) -> dict[str, Any]:
    """Plain JSON types of all that predictions hold."""
    return {
        "method": predictions.method,
        "layer": predictions.layer,
        "seed": predictions.seed,
        "dev_score": float(predictions.dev_score),
        "test": {code: [np.asarray(one).tolist() for one in said] for code, said in predictions.test.items()},
        "details": dict(predictions.details),
    }


def restored(stored: Mapping[str, Any]) -> Predictions:
    """The predictions that were stored."""
    test = {code: [np.array(one, dtype=np.int64) for one in said] for code, said in stored["test"].items()}
    return Predictions(**{**stored, "test": test})
