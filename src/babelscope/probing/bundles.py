"""Tasks that read the same words in, their probes out: one product per step for all of them, each stops by itself."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from babelscope.probing.batches import Batch, Batches
from babelscope.probing.linear import LinearProbe
from babelscope.probing.masks import Adam, LearntMasks, SharedMasks
from babelscope.probing.tasks import TrainingOptions, TrainingTask

__all__ = ["Bundle", "Trained"]


@dataclass(frozen=True, eq=False)
class Trained:
    """A probe and how its training went."""

    probe: LinearProbe
    best: int
    """Step whose weights the probe has."""
    looks: tuple[tuple[int, float], ...]
    """Step and loss of each look at the held-out words: nats under fixed masks, with the penalties."""
    stopped: bool
    """Whether patience ended the training, rather than its length."""
    scores: Float[Tensor, " neuron"] | None = None
    """Where masks are learnt: the inclusion scores that went with the weights."""


class Bundle:
    """P probes of K values that read the same D neurons of the same words.

    Weights lie as (value, probe, neuron): one product with the masked batch serves all probes, and the softmax runs
    over the outermost axis, where it is fastest.
    """

    def __init__(
        self, tasks: Sequence[TrainingTask], batches: Batches, shared: SharedMasks | None, options: TrainingOptions
    ) -> None:
        """Takes tasks of the same words and number of values; without shared masks, each learns its own."""
        self._batches, self._options = batches, options
        self._classes, self._probes = tasks[0].classes, len(tasks)
        self.neurons = batches.neurons
        self.steps = options.steps if options.epochs is None else options.epochs * batches.per_epoch
        self._every = options.every if options.epochs is None else batches.per_epoch
        self._initialise(tasks)
        self._masks = shared or self._learnt(tasks)
        self.step_count = 0
        self._best = self._weight.clone(), self._bias.clone()
        self._best_scores = torch.zeros(len(tasks), batches.neurons, device=batches.mean.device)
        self._best_step = [0] * len(tasks)
        self._looks: list[list[tuple[int, float]]] = [[] for _ in tasks]
        self._unimproved = [0] * len(tasks)

    @property
    def running(self) -> bool:
        """Whether any of its probes is still trained."""
        return self.step_count < self.steps and min(self._unimproved) < self._options.patience

    def step(self) -> None:
        """One batch: masks, gradient, Adam, inclusion scores where they are learnt; and a look where one is due."""
        options = self._options
        rate = options.rate
        if options.decay:
            rate *= 0.5 + 0.5 * math.cos(math.pi * self.step_count / self.steps)
        batch = self._batches.next().repeated(options.draws)
        chances = self._move(batch, rate)
        if isinstance(self._masks, LearntMasks):
            self._teach(self._masks, batch, chances, rate)
        self.step_count += 1
        if self.step_count % self._every == 0 or self.step_count == self.steps:
            self._look()

    def results(self) -> list[Trained]:
        """The probes in the order of the tasks, each with its best weights."""
        weight, bias = self._best
        return [
            Trained(
                LinearProbe(
                    weight[:, index].T.contiguous(), bias[:, index].clone(), self._batches.mean, self._batches.scale
                ),
                self._best_step[index],
                tuple(self._looks[index]),
                self._unimproved[index] >= self._options.patience,
                self._best_scores[index].clone() if isinstance(self._masks, LearntMasks) else None,
            )
            for index in range(self._probes)
        ]

    def _initialise(self, tasks: Sequence[TrainingTask]) -> None:
        """Weights and biases as torch initialises a linear layer, from each task's own seed."""
        neurons, device = self._batches.neurons, self._batches.mean.device
        size = self._classes * self._probes
        theta = torch.empty(size * (neurons + 1))
        for index, task in enumerate(tasks):
            generator = torch.Generator().manual_seed(task.seed)
            draws = torch.rand(self._classes, neurons + 1, generator=generator).mul_(2).sub_(1) / math.sqrt(neurons)
            theta[: size * neurons].view(self._classes, self._probes, neurons)[:, index] = draws[:, :-1]
            theta[size * neurons :].view(self._classes, self._probes)[:, index] = draws[:, -1]
        self._adam = Adam(theta.to(device))
        self._weight, self._bias = self._parts(self._adam.parameter)
        self._gradient = torch.zeros_like(self._adam.parameter)

    def _learnt(self, tasks: Sequence[TrainingTask]) -> LearntMasks:
        neurons, device = self._batches.neurons, self._batches.mean.device
        generators = [torch.Generator().manual_seed(task.seed + 1) for task in tasks]
        scores = torch.stack([torch.rand(neurons, generator=generator) for generator in generators])
        return LearntMasks(scores.to(device), self._options)

    def _parts(self, theta: Float[Tensor, " parameter"]) -> tuple[Tensor, Tensor]:
        """Weights (value, probe, neuron) and biases (value, probe) of a flat vector, as views."""
        neurons = self._batches.neurons
        cut = self._classes * self._probes * neurons
        return theta[:cut].view(self._classes, self._probes, neurons), theta[cut:].view(self._classes, self._probes)

    def _logits(self, inputs: Tensor) -> Float[Tensor, "value probe word"]:
        """Of masked inputs: (word, neuron) where probes share them, (probe, word, neuron) where each has its own."""
        if inputs.ndim == 3:
            return torch.einsum("kpd,pnd->kpn", self._weight, inputs) + self._bias[..., None]
        flat = torch.addmm(self._bias.view(-1, 1), self._weight.view(-1, inputs.shape[1]), inputs.T)
        return flat.view(self._classes, self._probes, -1)

    def _move(self, batch: Batch, rate: float) -> Float[Tensor, "probe word"]:
        """Moves the weights against the gradient of the mean loss; returns the probability of each true value."""
        masks = self._masks.fresh(len(batch.inputs))
        inputs = _masked(batch, masks)
        wrong = self._logits(inputs).softmax(0)
        truth = batch.labels[None]
        chances = wrong.gather(0, truth)[0]
        wrong.scatter_add_(0, truth, wrong.new_full((1, 1, 1), -1.0).expand(truth.shape))
        wrong *= batch.weights
        weight, bias = self._parts(self._gradient)
        if inputs.ndim == 3:
            weight.copy_(torch.einsum("kpn,pnd->kpd", wrong, inputs))
        else:
            torch.mm(wrong.view(-1, len(inputs)), inputs, out=weight.view(-1, inputs.shape[1]))
        torch.sum(wrong, 2, out=bias)
        if self._options.l1:
            self._gradient.add_(self._adam.parameter.sign(), alpha=self._options.l1)
        if self._options.l2:
            self._gradient.add_(self._adam.parameter, alpha=2 * self._options.l2)
        self._adam.step(self._gradient, rate)
        return chances

    def _teach(self, masks: LearntMasks, batch: Batch, chances: Float[Tensor, "probe word"], rate: float) -> None:
        """Moves the inclusion scores, by masks that the weights have not seen.

        The baseline is each value's mean loss under the masks that they have seen: independent of the new ones, so
        that it takes away noise and leaves the gradient's expectation as it is.
        """
        drawn = masks.fresh(len(batch.inputs))
        losses = self._losses(batch, drawn)
        if self._options.baseline:
            seen = batch.weights * -chances.clamp_min(1e-30).log()
            sums = seen.new_zeros(2, self._probes, self._classes)
            sums[0].scatter_add_(1, batch.labels, seen)
            sums[1].scatter_add_(1, batch.labels, batch.weights)
            means = sums[0] / sums[1].clamp_min(1e-30)
            losses = losses - means.gather(1, batch.labels)
        masks.learn(drawn, losses * batch.weights, rate)

    def _losses(self, batch: Batch, masks: Tensor) -> Float[Tensor, "probe word"]:
        """Loss of each word under its mask, nats."""
        log_chances = self._logits(_masked(batch, masks)).log_softmax(0)
        return -log_chances.gather(0, batch.labels[None])[0]

    def _look(self) -> None:
        """Held-out losses under fixed masks; keeps the weights of each probe that has improved."""
        loss = self._penalties()
        for batch in self._batches.held_out():
            losses = self._losses(batch, self._masks.fixed(batch.places))
            loss += (losses * batch.weights).sum(1)
        if isinstance(self._masks, LearntMasks):
            loss -= self._options.tau * self._masks.entropy()
        for index, value in enumerate(loss.tolist()):
            if self._unimproved[index] >= self._options.patience:
                continue
            self._unimproved[index] += 1
            if value < min((seen for _, seen in self._looks[index]), default=math.inf):
                self._best[0][:, index] = self._weight[:, index]
                self._best[1][:, index] = self._bias[:, index]
                if isinstance(self._masks, LearntMasks):
                    self._best_scores[index] = self._masks.scores[index]
                self._best_step[index], self._unimproved[index] = self.step_count, 0
            self._looks[index].append((self.step_count, value))

    def _penalties(self) -> Float[Tensor, " probe"]:
        sizes = self._weight.abs().sum((0, 2)) + self._bias.abs().sum(0)
        squares = self._weight.square().sum((0, 2)) + self._bias.square().sum(0)
        return self._options.l1 * sizes + self._options.l2 * squares


def _masked(batch: Batch, masks: Tensor) -> Tensor:
    """Inputs under the masks that all probes share, in place, or under each probe's own."""
    return batch.inputs.mul_(masks) if masks.ndim == 2 else batch.inputs * masks
