"""Lengths of examples and a seed in, batches of like length in a random order out; another order in every epoch."""

from collections.abc import Iterator, Sequence

import numpy as np

__all__ = ["LengthBatches"]

_TOGETHER = 8
"""Batches whose examples are sorted by length among themselves: more would make every epoch's batches alike."""


class LengthBatches:
    """Every example once per pass; little padding, since neighbours of like length share a batch."""

    def __init__(self, lengths: Sequence[int], size: int, seed: int) -> None:
        """Each pass is drawn from the seed and the number of passes before it.

        Args:
            lengths: Tokens per example.
            size: Examples per batch; the last one of a pass may have fewer.
            seed: Of the order.
        """
        self._lengths = np.asarray(lengths)
        self._size = size
        self._seed = seed
        self._passes = 0

    def __len__(self) -> int:
        """Batches per pass."""
        return -(-len(self._lengths) // self._size)

    def __iter__(self) -> Iterator[list[int]]:
        """The indices of each batch, the longest examples of a batch first."""
        draw = np.random.default_rng([self._seed, self._passes])
        self._passes += 1
        order = draw.permutation(len(self._lengths))
        batches: list[list[int]] = []
        for start in range(0, len(order), self._size * _TOGETHER):
            together = order[start : start + self._size * _TOGETHER]
            together = together[np.argsort(-self._lengths[together], kind="stable")]
            firsts = range(0, len(together), self._size)
            batches += [together[first : first + self._size].tolist() for first in firsts]
        for place in draw.permutation(len(batches)):
            yield batches[place]
