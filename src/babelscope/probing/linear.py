"""Word vectors in, log-probabilities of a value out: a linear probe that reads any subset of the neurons."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

__all__ = ["LinearProbe"]


@dataclass(frozen=True, eq=False)
class LinearProbe:
    """Multinomial logistic regression on standardised neurons; a neuron that is not read counts as its mean, zero."""

    weight: Float[Tensor, "neuron value"]
    bias: Float[Tensor, " value"]
    mean: Float[Tensor, " neuron"]
    """Of the training words; zero where the probe was trained on raw vectors."""
    scale: Float[Tensor, " neuron"]
    """Standard deviation of the training words; one where the probe was trained on raw vectors."""

    @property
    def neurons(self) -> int:
        """How many there are to choose from."""
        return self.weight.shape[0]

    @property
    def classes(self) -> int:
        """How many values it tells apart."""
        return self.weight.shape[1]

    def standardise(self, vectors: Float[Tensor, "word neuron"]) -> Float[Tensor, "word neuron"]:
        """The vectors as the probe was trained on: centred and scaled by its training words."""
        return (vectors - self.mean) / self.scale

    def log_probabilities(
        self, vectors: Float[Tensor, "word neuron"], subset: Sequence[int] | None = None
    ) -> Float[Tensor, "word value"]:
        """Log-probability of each value given a subset of the neurons, nats.

        Args:
            vectors: As read from the model, not standardised.
            subset: Neurons that are read; the others count as zero. None reads all of them, an empty one none.
        """
        inputs = self.standardise(vectors)
        if subset is not None:
            hidden = torch.ones(self.neurons, dtype=torch.bool, device=inputs.device)
            hidden[list(subset)] = False
            inputs = inputs.masked_fill(hidden, 0.0)
        return (inputs @ self.weight + self.bias).log_softmax(dim=-1)
