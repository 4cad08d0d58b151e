"""How many neurons regions share, against how many they would share by chance given their sizes in every layer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from babelscope.regions.mask import NeuronMask

__all__ = ["Overlap", "largest_sharing", "overlap"]


@dataclass(frozen=True)
class Overlap:
    """Neurons shared by each pair of regions."""

    shared: Int[np.ndarray, "language language"]
    jaccard: Float[np.ndarray, "language language"]
    """Shared over united, [0, 1]; 0 where both are empty."""
    expected: Float[np.ndarray, "language language"]
    """Jaccard of sets of the same sizes per layer, drawn at random (expected sharing over expected union)."""


def overlap(masks: Sequence[NeuronMask]) -> Overlap:
    """Overlap of every pair of regions over one model.

    Chance is taken layer by layer (sum of |A_l| |B_l| / N_l); otherwise a layer profile in common would alone look
    like sharing.
    """
    sizes = np.array([mask.by_layer for mask in masks], dtype=float)
    neurons = np.array(masks[0].neurons, dtype=float)
    flat = np.stack([mask.flat for mask in masks]).astype(np.float32)
    shared = np.rint(flat @ flat.T).astype(np.int64)
    chance = (sizes / neurons) @ sizes.T
    total = sizes.sum(1)
    both = total[:, None] + total[None, :]

    def jaccard(common: np.ndarray) -> np.ndarray:
        union = both - common
        return np.divide(common, union, out=np.zeros_like(union), where=union > 0)

    return Overlap(shared, jaccard(shared.astype(float)), jaccard(chance))


def largest_sharing(languages: int, threshold: float) -> int:
    """How many regions one neuron can belong to at most under a z threshold.

    z-scores over the languages sum to 0 and their squares to L, so m of them can exceed t only if
    m t^2 + (m t)^2 / (L - m) < L. At L = 9 and t = 2 that is one: such regions never overlap.
    """
    return max(
        (m for m in range(1, languages) if m * threshold**2 + (m * threshold) ** 2 / (languages - m) < languages),
        default=0,
    )
