"""Features and targets in, out-of-sample predictions out: each row predicted by ridge regression from all others.

The penalty is chosen among the other rows alone, by their own leave-one-out error in closed form, and features are
standardised on them alone: nothing of the predicted row is seen. The largest penalty all but predicts their mean.
"""

import numpy as np
from jaxtyping import Float

__all__ = ["PENALTIES", "left_out_means", "left_out_predictions"]

PENALTIES = np.logspace(-2, 4, 13)
"""Added to sums of squares of standardised features."""


def left_out_means(y: Float[np.ndarray, " row"]) -> Float[np.ndarray, " row"]:
    """The mean of all other rows."""
    return (y.sum() - y) / (len(y) - 1)


def left_out_predictions(
    features: Float[np.ndarray, "draw row feature"], y: Float[np.ndarray, " row"]
) -> Float[np.ndarray, "draw row"]:
    """Predictions of every row from the others, for many sets of features at once."""
    found = np.empty(features.shape[:2])
    for row in range(len(y)):
        others = np.arange(len(y)) != row
        found[:, row] = _predicted(features[:, others], y[others], features[:, row])
    return found


def _predicted(
    x: Float[np.ndarray, "draw row feature"], y: Float[np.ndarray, " row"], new: Float[np.ndarray, "draw feature"]
) -> Float[np.ndarray, " draw"]:
    mean = x.mean(1, keepdims=True)
    spread = x.std(1, keepdims=True)
    usable = spread > 1e-10 * np.abs(x).max(1, keepdims=True)
    scale = np.where(usable, 1 / np.where(usable, spread, 1.0), 0.0)
    x, new = (x - mean) * scale, (new - mean[:, 0]) * scale[:, 0]
    left, size, right = np.linalg.svd(x, full_matrices=False)
    y_mean = y.mean()
    inside = np.einsum("dnk,n->dk", left, y - y_mean)
    best, error = np.full(len(x), y_mean), np.full(len(x), np.inf)
    for penalty in PENALTIES:
        shrunk = size**2 / (size**2 + penalty)
        own = 1 / len(y) + np.einsum("dnk,dk->dn", left**2, shrunk)
        rest = (y - y_mean - np.einsum("dnk,dk->dn", left, shrunk * inside)) / (1 - own)
        loss = (rest**2).sum(1)
        slopes = np.einsum("dkf,dk->df", right, size / (size**2 + penalty) * inside)
        better = loss < error
        best = np.where(better, y_mean + (new * slopes).sum(1), best)
        error = np.where(better, loss, error)
    return best
