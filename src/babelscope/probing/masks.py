"""Training options in, masks for every step and look out: shared by all probes, or learnt by each."""

import math
from typing import Protocol

import torch
from jaxtyping import Float, Int
from torch import Tensor

from babelscope.probing.families import ConditionalPoisson, Poisson, make_family
from babelscope.probing.tasks import TrainingOptions

__all__ = ["Adam", "LearntMasks", "Masks", "SharedMasks"]

_FIXED = 2048
"""Masks that held-out words are read under, over and over: a word's place among the reference words picks its own."""


class Masks(Protocol):
    """Where a bundle's masks come from: (draw, neuron) where probes share them, (probe, draw, neuron) where not."""

    def fresh(self, draws: int) -> Tensor:
        """For one step."""
        ...

    def fixed(self, places: Int[Tensor, " word"]) -> Tensor:
        """For held-out words, by their places among the reference words: the same at every look."""
        ...


class SharedMasks:
    """Masks of a fixed family for all bundles of one width: drawn once per step, however many probes there are."""

    def __init__(self, neurons: int, options: TrainingOptions, device: torch.device) -> None:
        """Two streams of masks, from the options' seed."""
        self._family = make_family(options.family)(neurons, options.sizes)
        self._draws = options.batch * options.draws
        self._generator = torch.Generator(device).manual_seed(options.seed)
        self._current = torch.empty(0, neurons)
        self._next = self._family.sample(self._draws, self._generator)
        self._fixed = self._family.sample(_FIXED, torch.Generator(device).manual_seed(options.seed + 1))

    def advance(self) -> None:
        """Makes the masks drawn last those of the step."""
        self._current = self._next

    def draw(self) -> None:
        """Draws masks for the next step; those of this one stay."""
        self._next = self._family.sample(self._draws, self._generator)

    def fresh(self, draws: int) -> Float[Tensor, "draw neuron"]:
        """The first of the step's masks."""
        return self._current[:draws]

    def fixed(self, places: Int[Tensor, " word"]) -> Float[Tensor, "word neuron"]:
        """Masks that never change."""
        return self._fixed[places % _FIXED]


class LearntMasks:
    """Masks whose inclusion scores each probe learns, by the score-function gradient [S22, b.3]."""

    def __init__(self, scores: Float[Tensor, "probe neuron"], options: TrainingOptions) -> None:
        """Takes the initial scores."""
        self._family = make_family(options.family)
        self._adam = Adam(scores)
        self._tau, self._seed = options.tau, options.seed
        self._generator = torch.Generator(scores.device).manual_seed(options.seed)
        self._current = self._distribution(scores)

    @property
    def scores(self) -> Float[Tensor, "probe neuron"]:
        """The inclusion scores at present."""
        return self._adam.parameter

    def fresh(self, draws: int) -> Float[Tensor, "probe draw neuron"]:
        """New masks at every call: the two sets of a step are independent."""
        return self._current.sample(draws, self._generator)

    def fixed(self, places: Int[Tensor, " word"]) -> Float[Tensor, "probe word neuron"]:
        """Masks of the present scores, from randomness that never changes."""
        generator = torch.Generator(self.scores.device).manual_seed(self._seed + 1)
        return self._current.sample(_FIXED, generator)[:, places % _FIXED]

    def entropy(self) -> Float[Tensor, " probe"]:
        """Of one mask of each probe, nats."""
        return self._current.entropy().float()

    def learn(
        self, masks: Float[Tensor, "probe draw neuron"], reward: Float[Tensor, "probe draw"], rate: float
    ) -> None:
        """Moves the scores so that masks with a small reward (a loss, weighted by word) come more often.

        Args:
            masks: Of `fresh`, none of which trained the weights in this step.
            reward: Loss of each word under its mask times the word's weight.
            rate: Learning rate.
        """
        with torch.enable_grad():
            scores = self._adam.parameter.clone().requires_grad_()
            current = self._distribution(scores)
            loss = (reward * current.log_prob(masks)).sum() - self._tau * current.entropy().sum()
            (gradient,) = torch.autograd.grad(loss, scores)
        self._adam.step(gradient, rate)
        self._current = self._distribution(self._adam.parameter)

    def _distribution(self, scores: Float[Tensor, "probe neuron"]) -> Poisson | ConditionalPoisson:
        family = self._family(scores)
        assert isinstance(family, Poisson | ConditionalPoisson)
        return family


class Adam:
    """Adam on one tensor, in place."""

    def __init__(self, parameter: Tensor) -> None:
        """Starts with zero moments."""
        self.parameter = parameter
        self._mean = torch.zeros_like(parameter)
        self._square = torch.zeros_like(parameter)
        self._steps = 0

    def step(self, gradient: Tensor, rate: float) -> None:
        """Moves the parameter against the gradient."""
        self._steps += 1
        self._mean.lerp_(gradient, 0.1)
        self._square.mul_(0.999).addcmul_(gradient, gradient, value=0.001)
        root = self._square.sqrt().div_(math.sqrt(1 - 0.999**self._steps)).add_(1e-8)
        self.parameter.addcdiv_(self._mean, root, value=-rate / (1 - 0.9**self._steps))
