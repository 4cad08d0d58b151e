"""Token ids of each language's text in, training blocks of one language each out, in an order the seed decides."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.random import Generator

from babelscope.errors import BabelscopeError

__all__ = ["Blocks"]


class Blocks:
    """All blocks of a run in order; block i is the same whoever asks, so that a run can go on from any step."""

    def __init__(self, ids: Mapping[str, np.ndarray], *, blocks: int, length: int, seed: int) -> None:
        """Draws a language for every block, by the square root of its tokens, and a place in its text.

        Args:
            ids: Token ids of each language's text.
            blocks: How many blocks the run will read.
            length: Tokens of a block.
            seed: Decides the order.

        Raises:
            BabelscopeError: If a language has less text than two blocks.
        """
        for name, some in ids.items():
            if len(some) < 2 * length:
                raise BabelscopeError(
                    f"{name} has {len(some)} tokens of text to train on, less than two blocks of {length}; "
                    "add text, leave the file out or use a smaller --block"
                )
        self.ids, self.length, self.names = ids, length, sorted(ids)
        random = np.random.default_rng(seed)
        weights = np.sqrt([len(ids[name]) for name in self.names])
        self.language = random.choice(len(self.names), size=blocks, p=weights / weights.sum())
        self.start = np.zeros(blocks, dtype=np.int64)
        for k, name in enumerate(self.names):
            rows = np.flatnonzero(self.language == k)
            self.start[rows] = _places(len(ids[name]), length, len(rows), random)

    def __len__(self) -> int:
        return len(self.language)

    def __getitem__(self, index: int) -> dict[str, Any]:
        import torch

        start = self.start[index]
        block = self.ids[self.names[self.language[index]]][start : start + self.length]
        return {"input_ids": torch.from_numpy(block.astype(np.int64))}


def _places(tokens: int, length: int, wanted: int, random: Generator) -> np.ndarray:
    """Where blocks start: every pass over a text is shuffled, and cuts it at other places than the last."""
    places = [np.zeros(0, dtype=np.int64)]
    while sum(map(len, places)) < wanted:
        # One block fewer than fit, so that the first may start anywhere in its length.
        places.append(random.permutation(tokens // length - 1) * length + random.integers(length))
    return np.concatenate(places)[:wanted]
