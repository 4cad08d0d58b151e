"""Word vectors with labels in, one Gaussian per value out: a probe that is fitted in closed form [T20].

A subset of the neurons needs no new fit: its distribution is the sub-vector and sub-matrix of the whole one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from babelscope.errors import BabelscopeError, unknown_choice

__all__ = ["Covariance", "GaussianProbe", "fit_gaussian"]

Covariance = Literal["map", "postmean", "ledoit-wolf"]
"""`map`: joint mode of the posterior, as in [T20]. `postmean`: its mean. `ledoit-wolf`: shrunk towards a sphere."""

_LEAST = 1e-6
"""Variance of a neuron that is constant within a value, as a share of its variance over all words."""


@dataclass(frozen=True, eq=False)
class GaussianProbe:
    """p(value | neurons) by Bayes' rule from one Gaussian per value."""

    log_prior: Float[Tensor, " value"]
    """Log of each value's share of the training words, nats."""
    means: Float[Tensor, "value neuron"]
    covariances: Float[Tensor, "value neuron neuron"]

    @property
    def neurons(self) -> int:
        """How many there are to choose from."""
        return self.means.shape[1]

    @property
    def classes(self) -> int:
        """How many values it tells apart."""
        return self.means.shape[0]

    def subset(self, neurons: Sequence[int]) -> "GaussianProbe":
        """The same probe of these neurons only, in this order: exact, because Gaussians marginalise that way."""
        chosen = torch.as_tensor(list(neurons), dtype=torch.long, device=self.means.device)
        return GaussianProbe(self.log_prior, self.means[:, chosen], self.covariances[:, chosen][:, :, chosen])

    def log_probabilities(
        self, vectors: Float[Tensor, "word neuron"], subset: Sequence[int] | None = None
    ) -> Float[Tensor, "word value"]:
        """Log-probability of each value given a subset of the neurons, nats, float64.

        Args:
            vectors: As read from the model.
            subset: Neurons that are read. None reads all of them, an empty one none: then the prior is left.
        """
        if subset is not None:
            vectors = vectors[:, torch.as_tensor(list(subset), dtype=torch.long, device=vectors.device)]
            return self.subset(subset).log_probabilities(vectors)
        roots = torch.linalg.cholesky(self.covariances)
        centred = vectors.double() - self.means[:, None]
        whitened = torch.linalg.solve_triangular(roots, centred.mT, upper=False)
        log_determinants = 2 * roots.diagonal(dim1=1, dim2=2).log().sum(-1)
        joint = self.log_prior - 0.5 * (log_determinants + whitened.square().sum(1).T)
        return joint.log_softmax(dim=-1)


def fit_gaussian(
    vectors: Float[np.ndarray, "word neuron"] | Float[Tensor, "word neuron"],
    labels: Int[np.ndarray, " word"] | Int[Tensor, " word"],
    classes: int,
    cov: Covariance = "postmean",
    diagonal: bool = False,
) -> GaussianProbe:
    """Fits one Gaussian per value to its training words, in float64.

    `map` and `postmean` have a normal-inverse-Wishart prior whose mean is the value's own, with 0.01 pseudo-words,
    D + 2 degrees of freedom and the neurons' variances as scale. `map` divides the scatter by n + 2D + 4 whatever the
    size of the subset that is read: for few words it is far too narrow, and the probe too sure of itself.

    Args:
        vectors: Of the training words.
        labels: Their values, from 0.
        classes: How many values there are.
        cov: How covariances are estimated.
        diagonal: Whether neurons are taken as independent given the value.

    Raises:
        BabelscopeError: If vectors hold NaN or infinite numbers, or a value has no word.
    """
    if cov not in get_args(Covariance):
        raise BabelscopeError(unknown_choice("covariance", cov, get_args(Covariance)))
    inputs = torch.as_tensor(np.asarray(vectors) if isinstance(vectors, np.ndarray) else vectors).double()
    labels = torch.as_tensor(labels).to(inputs.device).long()
    counts = torch.bincount(labels, minlength=classes)
    if len(counts) > classes or (counts == 0).any():
        raise BabelscopeError(
            f"a Gaussian needs words of each of the {classes} values, got {counts.tolist()}; leave values out"
        )
    if not torch.isfinite(inputs).all():
        raise BabelscopeError("the vectors hold NaN or infinite numbers; expected finite ones: check the model")
    least = _LEAST * inputs.var(0, correction=0)
    least[least == 0] = 1.0
    means, covariances = [], []
    for value in range(classes):
        mine = inputs[labels == value]
        means.append(mine.mean(0))
        covariance = _ESTIMATES[cov](mine - means[-1], least)
        covariances.append(covariance.diagonal().diag() if diagonal else covariance)
    prior = (counts.double() / counts.sum()).log()
    return GaussianProbe(prior, torch.stack(means), torch.stack(covariances))


def _posterior_scale(
    centred: Float[Tensor, "word neuron"], least: Float[Tensor, " neuron"]
) -> Float[Tensor, "neuron neuron"]:
    """Scale matrix of the posterior: the scatter, and the prior's diagonal of variances."""
    scatter = centred.T @ centred
    variances = scatter.diagonal() / len(centred)
    return scatter + torch.maximum(variances, least).diag()


def _map(centred: Float[Tensor, "word neuron"], least: Float[Tensor, " neuron"]) -> Float[Tensor, "neuron neuron"]:
    words, neurons = centred.shape
    covariance = _posterior_scale(centred, least) / (words + 2 * neurons + 4)
    smallest = torch.linalg.eigvalsh(covariance)[0]
    if smallest < 0:
        covariance.diagonal().add_(-10 * smallest)
    return covariance


def _posterior_mean(
    centred: Float[Tensor, "word neuron"], least: Float[Tensor, " neuron"]
) -> Float[Tensor, "neuron neuron"]:
    return _posterior_scale(centred, least) / (len(centred) + 1)


def _ledoit_wolf(
    centred: Float[Tensor, "word neuron"], least: Float[Tensor, " neuron"]
) -> Float[Tensor, "neuron neuron"]:
    """The empirical covariance, shrunk towards a multiple of the identity (Ledoit and Wolf 2004)."""
    words, neurons = centred.shape
    empirical = centred.T @ centred / words
    level = empirical.trace() / neurons
    spread = empirical.square().sum() - neurons * level**2
    noise = (centred.square().sum(1).square().sum() / words - empirical.square().sum()) / words
    share = (noise.clamp(min=0) / spread).clamp(max=1) if spread > 0 else torch.ones(())
    covariance = (1 - share) * empirical
    covariance.diagonal().add_(share * level)
    covariance.diagonal().clamp_(min=least)
    return covariance


_ESTIMATES = {"map": _map, "postmean": _posterior_mean, "ledoit-wolf": _ledoit_wolf}
