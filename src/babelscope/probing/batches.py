"""Tasks that read the same words in, standardised batches with every task's labels and weights out."""

import math
import warnings
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from babelscope.errors import BabelscopeError
from babelscope.probing.tasks import TrainingOptions, TrainingTask

__all__ = ["Batch", "Batches", "as_tensor"]

_HELD_OUT_AT_ONCE = 4096


class Batch(NamedTuple):
    """Words of one step, for P tasks."""

    inputs: Float[Tensor, "word neuron"]
    """Standardised, not yet masked; fresh memory, to be masked in place."""
    labels: Int[Tensor, "probe word"]
    weights: Float[Tensor, "probe word"]
    """Zero where a task does not learn from the word; each task's weights add up to one over what it learns from."""
    places: Int[Tensor, " word"]
    """Where the words stand among the reference words."""

    def repeated(self, draws: int) -> "Batch":
        """The same words once per draw, for that many masks each."""
        if draws == 1:
            return self
        weights = self.weights.repeat(1, draws) / draws
        return Batch(self.inputs.repeat(draws, 1), self.labels.repeat(1, draws), weights, self.places.repeat(draws))


class Batches:
    """The words of a bundle of tasks: one order, one standardisation, one matrix of labels.

    All of the tasks walk through the reference words in one order, so that a batch is gathered, standardised and
    masked once; a word that a task leaves out (a seed's resample, early stopping) has weight zero for it.
    """

    def __init__(
        self, vectors: Float[Tensor, "row neuron"], tasks: Sequence[TrainingTask], options: TrainingOptions
    ) -> None:
        """Takes tasks of the same words and number of values, and their vectors where training is to happen."""
        reference = tasks[0].reference_rows()
        self._vectors, device = vectors, vectors.device
        self._rows = torch.from_numpy(reference).to(device)
        self.neurons = vectors.shape[1]
        self.mean, self.scale = self._moments(options.standardise)
        self._shift, self._inverse = -self.mean / self.scale, 1 / self.scale
        self._label(tasks, reference, options.validation, device)
        self.per_epoch = math.ceil(len(reference) / options.batch)
        self._generator = torch.Generator().manual_seed(options.seed)
        self._queue: list[Tensor] = []

    def next(self) -> Batch:
        """The next words; a pass takes all of them, in a seeded order, in batches of nearly equal size."""
        if not self._queue:
            order = torch.randperm(len(self._rows), generator=self._generator).to(self._rows.device)
            self._queue = list(order.tensor_split(self.per_epoch))[::-1]
        places = self._queue.pop()
        weights = self._weights.index_select(1, places)
        weights /= weights.sum(dim=1, keepdim=True).clamp_(min=1)
        return Batch(self._inputs(places), self._labels.index_select(1, places), weights, places)

    def held_out(self) -> Iterator[Batch]:
        """The words that some task holds out, always in the same order."""
        for start in range(0, len(self._held), _HELD_OUT_AT_ONCE):
            part = slice(start, start + _HELD_OUT_AT_ONCE)
            places = self._held[part]
            labels = self._labels.index_select(1, places)
            yield Batch(self._inputs(places), labels, self._held_weights[:, part], places)

    def _inputs(self, places: Int[Tensor, " word"]) -> Float[Tensor, "word neuron"]:
        vectors = self._vectors.index_select(0, self._rows[places])
        return torch.addcmul(self._shift, vectors, self._inverse)

    def _moments(self, standardise: bool) -> tuple[Float[Tensor, " neuron"], Float[Tensor, " neuron"]]:
        """Mean and deviation over the reference words; a neuron that is constant there has a deviation of one."""
        origin = self._vectors[self._rows[0]].double()
        sums = torch.zeros(2, self.neurons, dtype=torch.float64, device=self._rows.device)
        for rows in self._rows.split(_HELD_OUT_AT_ONCE):
            # Moments about one of the words: neurons with huge means and small spreads lose no digits.
            block = self._vectors[rows].double() - origin
            sums += torch.stack([block.sum(0), block.square().sum(0)])
        if not torch.isfinite(sums).all():
            neuron = int((~torch.isfinite(sums)).any(0).nonzero()[0])
            raise BabelscopeError(
                f"word vectors hold NaN or infinite numbers (neuron {neuron}); expected finite ones: check the model "
                "and its dtype"
            )
        if not standardise:
            return torch.zeros_like(origin).float(), torch.ones_like(origin).float()
        centre, square = sums / len(self._rows)
        deviation = (square - centre.square()).clamp(min=0).sqrt()
        mean = centre + origin
        deviation[deviation <= 1e-6 * mean.abs()] = 1.0
        return mean.float(), deviation.float()

    def _label(
        self, tasks: Sequence[TrainingTask], reference: Int[np.ndarray, " word"], share: float, device: torch.device
    ) -> None:
        labels = np.zeros((len(tasks), len(reference)), dtype=np.int64)
        weights, held = np.zeros((2, *labels.shape), dtype=np.float32)
        for index, task in enumerate(tasks):
            places = np.searchsorted(reference, task.rows)
            out = task.held_out(share)
            labels[index, places] = task.labels
            weights[index, places[~out]] = 1
            held[index, places[out]] = 1 / out.sum()
        somewhere = np.flatnonzero(held.any(axis=0))
        self._labels = torch.from_numpy(labels).to(device)
        self._weights = torch.from_numpy(weights).to(device)
        self._held = torch.from_numpy(somewhere).to(device)
        self._held_weights = torch.from_numpy(held[:, somewhere]).to(device)


def as_tensor(vectors: Float[np.ndarray, "row neuron"] | Float[Tensor, "row neuron"]) -> Float[Tensor, "row neuron"]:
    """The vectors as torch sees them: float32 ones are not copied, files that are mapped stay mapped."""
    if isinstance(vectors, Tensor):
        return vectors.float()
    with warnings.catch_warnings():
        # A file mapped read-only: torch warns that it could write there, which nothing here does.
        warnings.filterwarnings("ignore", message=".*not writable.*")
        return torch.from_numpy(np.asarray(vectors)).float()
