"""A model and a parallel corpus in, each neuron's mean and standard deviation over all tokens out."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor

from babelscope.activations import Batch, Progress, extract
from babelscope.corpus.parallel import ParallelCorpus
from babelscope.provenance import text_hash

if TYPE_CHECKING:
    from babelscope.models import LanguageModel

__all__ = ["NeuronStatistics", "neuron_statistics"]


@dataclass(frozen=True, eq=False)
class NeuronStatistics:
    """What is usual for each neuron: one vector per layer (layer 1 first), float32, on the CPU."""

    mean: tuple[Tensor, ...]
    deviation: tuple[Tensor, ...]
    """Population standard deviation over tokens."""
    tokens: int

    @cached_property
    def hash(self) -> str:
        """16 hex digits over all values."""
        return text_hash(*(layer.numpy().tobytes().hex() for layer in (*self.mean, *self.deviation)))

    @property
    def neurons(self) -> tuple[int, ...]:
        """Neurons per layer of the model they belong to."""
        return tuple(len(layer) for layer in self.mean)


class _Moments:
    """Reducer: count, mean and sum of squared deviations per neuron, batches merged exactly (Chan et al. 1983)."""

    def __init__(self, layers: int) -> None:
        self.tokens = 0
        self.mean: list[Tensor | float] = [0.0] * layers
        self.squares: list[Tensor | float] = [0.0] * layers
        self._pending: list[tuple[int, Tensor, Tensor]] = []
        self._count = 0

    def update(self, layer: int, values: Tensor, batch: Batch) -> None:
        own = values[batch.own.to(values.device)]
        # Apple's GPUs have no float64.
        own = (own.cpu() if own.device.type == "mps" else own).double()
        self._count = len(own)
        mean = own.mean(0)
        self._pending.append((layer - 1, mean.cpu(), (own - mean).square().sum(0).cpu()))

    def finish(self, batch: Batch) -> None:
        total = self.tokens + self._count
        for index, mean, squares in self._pending:
            shift = mean - self.mean[index]
            self.mean[index] = self.mean[index] + shift * (self._count / total)
            self.squares[index] = self.squares[index] + squares + shift**2 * (self.tokens * self._count / total)
        self.tokens = total
        self._pending.clear()

    def discard(self) -> None:
        self._pending.clear()


def neuron_statistics(
    model: "LanguageModel",
    corpus: ParallelCorpus,
    *,
    site: Literal["mlp", "gate"] = "mlp",
    progress: Progress | None = None,
) -> NeuronStatistics:
    """Mean and standard deviation of every neuron over all tokens of all sentences, specials left out.

    Args:
        model: From `load_model` or `wrap_model`.
        corpus: The sentences, usually those the regions were found on.
        site: Where the neurons are read; the one that will be intervened on.
        progress: Called as progress(what, done, total).
    """
    moments = _Moments(model.n_layers)
    extract(model, corpus, site=site, reducers=(moments,), progress=progress)
    means = [torch.as_tensor(mean) for mean in moments.mean]
    spreads = [(torch.as_tensor(squares) / moments.tokens).sqrt() for squares in moments.squares]
    return NeuronStatistics(
        tuple(mean.float() for mean in means), tuple(spread.float() for spread in spreads), moments.tokens
    )
