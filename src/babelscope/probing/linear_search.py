"""A linear probe and its words in, the quality of every neuron beside the chosen ones out: all at once."""

import numpy as np
import torch
from jaxtyping import Float, Int

from babelscope.probing.greedy import Criterion, Said

__all__ = ["LinearSearch"]

_BLOCK = 2**19
"""Words times neurons worked on at a time: 2 MB, which stay in the processor's cache."""
_SMALLEST = 1e-25
"""Sums of exponentials below this may have lost terms to underflow, and are computed again in double precision."""


class LinearSearch:
    """Subsets of a linear probe's inputs, the others zero: logits are Z = b + the chosen x_d W_d [METHODS 6c.3].

    With p = softmax(Z), the log-likelihood of a word with neuron d added is Z_y + x_d W_dy - LSE_c(Z_c + x_d W_dc),
    and its last term is LSE(Z) + log sum_c p_c exp(x_d W_dc). The exponentials stay the same from step to step: they
    are computed once (less their largest over c, which depends on the sign of x_d alone), and a step multiplies them
    with p and takes one logarithm per word and neuron, in place of an exponential per word, neuron and value.

    Args:
        weight: W.
        bias: b.
        dev: Words the neurons are chosen on.
        labels: Their values, 0 ... K - 1.
        test: Words that only watch.
        criterion: What makes a neuron good.
        memory: Bytes the exponentials may take; what does not fit is computed in every step.
    """

    def __init__(
        self,
        weight: Float[torch.Tensor, "neuron value"],
        bias: Float[torch.Tensor, " value"],
        dev: Float[torch.Tensor, "word neuron"],
        labels: Int[torch.Tensor, " word"],
        test: Float[torch.Tensor, "word neuron"],
        criterion: Criterion = "nmi",
        memory: int = 2**30,
    ) -> None:
        self.neurons = len(weight)
        self.error = 0.0 if criterion == "accuracy" else 5e-6
        self._weight, self._bias = weight.double(), bias.double()
        self._dev, self._labels, self._test = dev, labels, test
        self._logits = self._bias.repeat(len(dev), 1)
        self._test_logits = self._bias.repeat(len(test), 1)
        self._criterion = criterion
        self._kept: list[torch.Tensor] = []
        # What is computed in every step should not leave the cache before it is used.
        whole = 4 * weight.numel() * len(dev) <= memory
        self._rows = max(1, (_BLOCK if whole else _BLOCK // 16) // self.neurons)
        if criterion == "nmi":
            self._top, self._low = self._weight.amax(1), self._weight.amin(1)
            self._constant = self._constant_terms()
            blocks = memory // (4 * weight.numel() * self._rows)
            starts = range(0, len(dev), self._rows)[:blocks]
            self._kept = [self._exponentials(slice(start, start + self._rows)) for start in starts]

    def qualities(self) -> Float[np.ndarray, " neuron"]:
        """Dev quality of the chosen set with each neuron added; mean log-likelihood (nats) or accuracy."""
        return (self._accuracies() if self._criterion == "accuracy" else self._likelihoods()).cpu().numpy()

    def exact(self, neurons: Int[np.ndarray, " candidate"]) -> Float[np.ndarray, " candidate"]:
        """Mean log-likelihood of a few neurons in double precision, from the definition."""
        some = torch.from_numpy(neurons).to(self._weight.device)
        total = torch.zeros(len(some), dtype=torch.float64, device=some.device)
        for start in range(0, len(self._dev), 1024):
            rows = slice(start, start + 1024)
            logits = self._logits[rows, None, :] + self._dev[rows, some, None].double() * self._weight[some]
            own = logits.gather(2, self._labels[rows, None, None].expand(-1, len(some), 1)).squeeze(2)
            total += (own - logits.logsumexp(2)).sum(0)
        return (total / len(self._dev)).cpu().numpy()

    def add(self, neuron: int) -> None:
        """Choose a neuron."""
        self._logits += torch.outer(self._dev[:, neuron].double(), self._weight[neuron])
        self._test_logits += torch.outer(self._test[:, neuron].double(), self._weight[neuron])

    def log_probabilities(self) -> Said:
        """With the neurons chosen so far."""
        return Said(self._logits.log_softmax(1), self._test_logits.log_softmax(1))

    def _constant_terms(self) -> Float[torch.Tensor, " neuron"]:
        """Mean over words of x_d W_dy less the largest x_d W_dc over c: what no step changes."""
        values = self._weight.shape[1]
        sums = torch.zeros(values, self.neurons, dtype=torch.float64, device=self._dev.device)
        positive = torch.zeros(self.neurons, dtype=torch.float64, device=self._dev.device)
        for rows, labels in zip(self._dev.split(1024), self._labels.split(1024), strict=True):
            block = rows.double()
            sums.index_add_(0, labels, block)
            positive += block.clamp(min=0).sum(0)
        negative = sums.sum(0) - positive
        own = (self._weight.T * sums).sum(0)
        return (own - positive * self._top - negative * self._low) / len(self._dev)

    def _exponentials(self, rows: slice) -> Float[torch.Tensor, "word value neuron"]:
        """exp(x_d W_dc - max over c): in (0, 1]."""
        block = self._dev[rows].float()
        positive, negative = block.clamp(min=0), block.clamp(max=0)
        above = (self._weight.T - self._top).float()
        below = (self._weight.T - self._low).float()
        return (positive[:, None, :] * above).addcmul_(negative[:, None, :], below).exp_()

    def _likelihoods(self) -> Float[torch.Tensor, " neuron"]:
        log_p = self._logits.log_softmax(1)
        p = log_p.exp().float()
        sums = torch.zeros(self.neurons, dtype=torch.float64, device=p.device)
        for index, start in enumerate(range(0, len(p), self._rows)):
            rows = slice(start, start + self._rows)
            exponentials = self._kept[index] if index < len(self._kept) else self._exponentials(rows)
            total = torch.bmm(p[rows, None, :], exponentials).squeeze(1)
            lost = total < _SMALLEST if total.amin() < _SMALLEST else None
            logs = total.log_()
            if lost is not None:
                logs[lost] = self._directly(start, lost, log_p)
            sums += logs.sum(0)
        own = log_p.gather(1, self._labels[:, None]).mean()
        return own + self._constant - sums / len(p)

    def _directly(
        self, start: int, lost: torch.Tensor, log_p: Float[torch.Tensor, "word value"]
    ) -> Float[torch.Tensor, " lost"]:
        """The logarithms that single precision cannot hold."""
        word, neuron = lost.nonzero(as_tuple=True)
        word = word + start
        x = self._dev[word, neuron].double()
        largest = x.clamp(min=0) * self._top[neuron] + x.clamp(max=0) * self._low[neuron]
        return ((log_p[word] + x[:, None] * self._weight[neuron]).logsumexp(1) - largest).float()

    def _accuracies(self) -> Float[torch.Tensor, " neuron"]:
        """Fraction of words whose own value has the largest logit, the first of equal ones."""
        right = torch.zeros(self.neurons, dtype=torch.float64, device=self._dev.device)
        values = self._weight.shape[1]
        for value in range(values):
            for rows in (self._labels == value).nonzero().squeeze(1).split(self._rows):
                x, logits = self._dev[rows].double(), self._logits[rows]
                own = torch.addcmul(logits[:, value, None], x, self._weight[:, value])
                ahead = torch.ones_like(own, dtype=torch.bool)
                for other in range(values):
                    if other != value:
                        rival = torch.addcmul(logits[:, other, None], x, self._weight[:, other])
                        ahead &= own > rival if other < value else own >= rival
                right += ahead.sum(0)
        return right / len(self._dev)
