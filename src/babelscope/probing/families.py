"""The number of neurons in, random subsets of them out: the distributions that probes are trained under.

A probe of the latent-subset family sees each word through a random subset of its neurons, the others set to zero. Two
families are fixed, and their masks are shared by all the probes that train together; two have inclusion scores that
each probe learns for itself. Log-probabilities and entropies are in nats.
"""

import math
from collections.abc import Callable
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from babelscope.errors import BabelscopeError, unknown_choice
from babelscope.probing.conditional import sample_subsets, size_entropies, size_tables

__all__ = [
    "FAMILIES",
    "ConditionalPoisson",
    "Family",
    "HalfMask",
    "Poisson",
    "Sizes",
    "Unmasked",
    "UniformSize",
    "make_family",
]

Sizes = Literal["log", "root", "flat"]
"""How likely a subset's size is: in proportion to 1/size, to 1/sqrt(size), or every size alike."""

_POWERS: dict[Sizes, float] = {"log": -1.0, "root": -0.5, "flat": 0.0}


class HalfMask:
    """Every neuron is in with probability 1/2: what the Poisson family comes to at the entropy weight of [W24]."""

    shared = True

    def __init__(self, neurons: int, sizes: Sizes = "root") -> None:
        """Ignores `sizes`: they follow a binomial distribution."""
        self.neurons = neurons

    def sample(self, draws: int, generator: torch.Generator) -> Float[Tensor, "draw neuron"]:
        """Masks of 0 and 1."""
        bits = torch.randint(0, 2, (draws, self.neurons), generator=generator, device=generator.device)
        return bits.float()

    def log_prob(self, masks: Float[Tensor, "draw neuron"]) -> Float[Tensor, " draw"]:
        """Log-probability of each mask."""
        return torch.full((len(masks),), -self.neurons * math.log(2), dtype=torch.float64)

    def entropy(self) -> Float[Tensor, ""]:
        """Of one mask."""
        return torch.tensor(self.neurons * math.log(2), dtype=torch.float64)


class UniformSize:
    """First a size between 1 and D, then any subset of that size: the probe learns to read small subsets too."""

    shared = True

    def __init__(self, neurons: int, sizes: Sizes = "root") -> None:
        """Takes the number of neurons and how sizes are drawn."""
        self.neurons = neurons
        weights = torch.arange(1, neurons + 1, dtype=torch.float64) ** _POWERS[sizes]
        self._sizes = weights / weights.sum()

    def sample(self, draws: int, generator: torch.Generator) -> Float[Tensor, "draw neuron"]:
        """Masks of 0 and 1."""
        device = generator.device
        chances = self._sizes.to(device, torch.float32)
        size_index = torch.multinomial(chances, draws, replacement=True, generator=generator)
        heights = torch.rand(draws, self.neurons, generator=generator, device=device)
        bar = _ascending(heights).gather(1, size_index[:, None])
        return (heights <= bar).float()

    def log_prob(self, masks: Float[Tensor, "draw neuron"]) -> Float[Tensor, " draw"]:
        """Log-probability of each mask; minus infinity for the empty one, which is never drawn."""
        members = masks.sum(-1).long()
        chances = self._sizes.log().to(masks.device)
        found = chances[(members - 1).clamp(min=0)] - self._log_subsets().to(masks.device)[(members - 1).clamp(min=0)]
        return torch.where(members > 0, found, -math.inf)

    def entropy(self) -> Float[Tensor, ""]:
        """Of one mask."""
        return (self._sizes * (self._log_subsets() - self._sizes.log())).sum()

    def _log_subsets(self) -> Float[Tensor, " size"]:
        """Log of how many subsets have 1, 2, ... D members."""
        size = torch.arange(1, self.neurons + 1, dtype=torch.float64)
        whole = torch.tensor(self.neurons + 1.0, dtype=torch.float64)
        return torch.lgamma(whole) - torch.lgamma(size + 1) - torch.lgamma(whole - size)


def _ascending(heights: Float[Tensor, "draw neuron"]) -> Float[Tensor, "draw neuron"]:
    """Each row sorted; by NumPy on the CPU, where it is many times faster."""
    if heights.device.type == "cpu":
        return torch.from_numpy(np.sort(heights.numpy(), axis=1))
    return heights.sort(dim=1).values


class Unmasked:
    """Every neuron is always in: an ordinary classifier, masked only when it is read (Dalvi et al. 2019)."""

    shared = True

    def __init__(self, neurons: int, sizes: Sizes = "root") -> None:
        """Ignores `sizes`: there is one."""
        self.neurons = neurons

    def sample(self, draws: int, generator: torch.Generator) -> Float[Tensor, "draw neuron"]:
        """Masks of ones."""
        return torch.ones(draws, self.neurons, device=generator.device)

    def log_prob(self, masks: Float[Tensor, "draw neuron"]) -> Float[Tensor, " draw"]:
        """Zero for the full mask, minus infinity for any other."""
        return torch.where(masks.sum(-1) == self.neurons, 0.0, -math.inf).double()

    def entropy(self) -> Float[Tensor, ""]:
        """None at all."""
        return torch.zeros((), dtype=torch.float64)


class Poisson:
    """Each neuron is in independently, with the probability sigmoid(score); the scores are learnt [S22, W24]."""

    shared = False

    def __init__(self, scores: Float[Tensor, "probe neuron"], sizes: Sizes = "root") -> None:
        """Takes one row of scores per probe; `sizes` follow from them."""
        self.scores = scores
        self._chances = scores.detach().sigmoid()

    def sample(self, draws: int, generator: torch.Generator) -> Float[Tensor, "probe draw neuron"]:
        """Masks of 0 and 1; the probes share the randomness, so that none depends on how many there are."""
        uniform = torch.rand(draws, self.scores.shape[1], generator=generator, device=generator.device)
        return (uniform < self._chances[:, None]).float()

    def log_prob(self, masks: Float[Tensor, "probe draw neuron"]) -> Float[Tensor, "probe draw"]:
        """Log-probability of each mask, differentiable by the scores."""
        weight = (masks.to(self.scores.dtype) @ self.scores[..., None])[..., 0]
        return weight - torch.nn.functional.softplus(self.scores).sum(-1, keepdim=True)

    def entropy(self) -> Float[Tensor, " probe"]:
        """Of one mask, differentiable by the scores."""
        return (torch.nn.functional.softplus(self.scores) - self.scores.sigmoid() * self.scores).sum(-1)


class ConditionalPoisson:
    """A size between 1 and D, each alike, then a subset of that size in proportion to exp(w·C); w is learnt [S23].

    The log-probability is -log D + w·C - A(|C|). The code released with [S22], [S23] and [W24] divides by the weights
    of all sizes instead, although it samples given the size, which biases the gradient of the scores.
    """

    shared = False

    def __init__(self, scores: Float[Tensor, "probe neuron"], sizes: Sizes = "flat") -> None:
        """Takes one row of scores per probe; `sizes` are always flat here."""
        self.scores = scores.double()
        self._tables = size_tables(self.scores)

    def sample(self, draws: int, generator: torch.Generator) -> Float[Tensor, "probe draw neuron"]:
        """Masks of 0 and 1; the probes share sizes and randomness."""
        neurons, device = self.scores.shape[1], generator.device
        sizes = torch.randint(1, neurons + 1, (draws,), generator=generator, device=device)
        uniform = torch.rand(draws, neurons, generator=generator, device=device, dtype=torch.float64)
        return sample_subsets(self.scores.detach(), self._tables.detach(), sizes, uniform).float()

    def log_prob(self, masks: Float[Tensor, "probe draw neuron"]) -> Float[Tensor, "probe draw"]:
        """Log-probability of each mask, differentiable by the scores; minus infinity for the empty one."""
        neurons = self.scores.shape[1]
        sizes: Int[Tensor, "probe draw"] = masks.sum(-1).long()
        weight = (masks.double() @ self.scores[..., None])[..., 0]
        found = weight - self._tables[:, -1].gather(1, sizes) - math.log(neurons)
        return found.masked_fill(sizes == 0, -math.inf)

    def entropy(self) -> Float[Tensor, " probe"]:
        """Of one mask, differentiable by the scores: log D plus the mean entropy of the sizes."""
        neurons = self.scores.shape[1]
        return math.log(neurons) + size_entropies(self.scores, self._tables)[:, 1:].mean(-1)


Family = HalfMask | UniformSize | Unmasked | Poisson | ConditionalPoisson

FAMILIES: dict[str, Callable[..., Family]] = {
    "conditional_poisson": ConditionalPoisson,
    "half_mask": HalfMask,
    "poisson": Poisson,
    "uniform_size": UniformSize,
    "unmasked": Unmasked,
}
"""How random subsets are drawn while a probe trains."""


def make_family(name: str) -> Callable[..., Family]:
    """The class of that name: fixed families take the number of neurons, learnt ones their scores.

    Raises:
        BabelscopeError: If there is no family of that name.
    """
    if name not in FAMILIES:
        raise BabelscopeError(unknown_choice("probe family", name, FAMILIES))
    return FAMILIES[name]
