"""A Gaussian per value and the words in, the quality of every neuron beside the chosen ones out: all at once."""

import numpy as np
import torch
from jaxtyping import Float, Int

from babelscope.probing.gaussian import GaussianProbe
from babelscope.probing.greedy import Criterion, Said

__all__ = ["GaussianSearch"]

_BLOCK = 2**18
"""Numbers worked on at a time: 2 MB, which stay in the processor's cache."""
_LEAST = 1e-10
"""Least variance a neuron may keep given the chosen ones, as a fraction of its own."""


class GaussianSearch:
    """Subsets of a Gaussian probe's inputs, the others integrated out [METHODS 6c.4].

    Given the chosen neurons S, neuron d of value v is normal with residual R = x_d - m_vd - U_v B_vd and variance s²:
    U holds the whitened residuals of the chosen neurons, B the rows of the covariance's Cholesky factor in the order
    of choice. Adding d adds -log s - R²/2s² to log p(v) + log N(x_S), up to a constant that all values share. R is
    made again from U and B in every step: a small matrix product, where keeping it would take words x neurons x
    values numbers. A column of ones in U takes the mean off in the same product.

    Args:
        probe: Prior, means and covariances.
        dev: Words the neurons are chosen on.
        labels: Their values, 0 ... K - 1.
        test: Words that only watch.
        criterion: What makes a neuron good.
    """

    error = 0.0

    def __init__(
        self,
        probe: GaussianProbe,
        dev: Float[torch.Tensor, "word neuron"],
        labels: Int[torch.Tensor, " word"],
        test: Float[torch.Tensor, "word neuron"],
        criterion: Criterion = "nmi",
    ) -> None:
        self.neurons = probe.neurons
        self._means, self._covariances = probe.means.double(), probe.covariances.double()
        self._labels, self._criterion = labels, criterion
        self._words = len(dev)
        self._variances = self._covariances.diagonal(dim1=1, dim2=2).clone()
        self._least = _LEAST * self._variances
        self._both = torch.cat([dev, test])
        self._joint = probe.log_prior.double()[:, None].repeat(1, len(self._both))
        self._whitened = self._means.new_ones(probe.classes, len(self._both), 1)
        self._factor = self._means.new_zeros(probe.classes, 0, self.neurons)

    def qualities(self) -> Float[np.ndarray, " neuron"]:
        """Dev quality of the chosen set with each neuron added; mean log-likelihood (nats) or accuracy."""
        values = len(self._means)
        deviation = self._variances.sqrt()
        halved = 0.5**0.5 / deviation[:, None, :]
        factor = torch.cat([self._means[:, None, :], self._factor], dim=1) * halved
        total = self._means.new_zeros(self.neurons)
        for start in range(0, self._words, step := max(1, _BLOCK // (values * self.neurons))):
            rows = slice(start, min(start + step, self._words))
            z = torch.baddbmm(self._both[rows].double() * halved, self._whitened[:, rows], factor, alpha=-1)
            joint = self._joint[:, rows, None] - deviation.log()[:, None, :]
            total += self._sum_over(joint.addcmul_(z, z, value=-1), self._labels[rows])
        return (total / self._words).cpu().numpy()

    def exact(self, neurons: Int[np.ndarray, " candidate"]) -> Float[np.ndarray, " candidate"]:
        """The same of a few neurons: `qualities` is in double precision already."""
        return self.qualities()[neurons]

    def add(self, neuron: int) -> None:
        """Choose a neuron: its term joins the likelihoods, then all others are conditioned on it."""
        deviation = self._variances[:, neuron].sqrt()
        column = torch.cat([self._means[:, None, neuron], self._factor[:, :, neuron]], dim=1)
        residual = self._both[:, neuron].double() - (self._whitened @ column[:, :, None]).squeeze(2)
        white = residual / deviation[:, None]
        self._joint -= 0.5 * white.square() + deviation.log()[:, None]
        explained = (self._factor[:, :, neuron, None] * self._factor).sum(1)
        row = (self._covariances[:, neuron] - explained) / deviation[:, None]
        self._variances = torch.maximum(self._variances - row.square(), self._least)
        self._whitened = torch.cat([self._whitened, white[:, :, None]], dim=2)
        self._factor = torch.cat([self._factor, row[:, None, :]], dim=1)

    def log_probabilities(self) -> Said:
        """With the neurons chosen so far."""
        log_p = self._joint.log_softmax(0).T
        return Said(log_p[: self._words], log_p[self._words :])

    def _sum_over(
        self, joint: Float[torch.Tensor, "value word neuron"], labels: Int[torch.Tensor, " word"]
    ) -> Float[torch.Tensor, " neuron"]:
        own = joint.gather(0, labels[None, :, None].expand(1, -1, self.neurons)).squeeze(0)
        if self._criterion == "accuracy":
            return _ahead(joint, own, labels).sum(0).double()
        largest = joint.amax(0)
        return (own - largest - joint.sub_(largest).exp_().sum(0).log_()).sum(0)


def _ahead(
    joint: Float[torch.Tensor, "value word neuron"],
    own: Float[torch.Tensor, "word neuron"],
    labels: Int[torch.Tensor, " word"],
) -> torch.Tensor:
    """Whether a word's own value is the most likely, the first of equal ones."""
    ahead = torch.ones_like(own, dtype=torch.bool)
    for other, rival in enumerate(joint):
        ahead &= torch.where((other < labels)[:, None], own > rival, own >= rival)
    return ahead
