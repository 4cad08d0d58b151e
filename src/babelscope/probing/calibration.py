"""Log-probabilities of dev and test words in, those of the test words with the confidence set right out."""

import torch
from jaxtyping import Float, Int

__all__ = ["calibrated"]

_STEPS = 50
_CLOSE = 1e-7
"""Nats per word still to gain, by Newton's own estimate, at which the fit stops."""


def calibrated(
    dev: Float[torch.Tensor, "rank word value"],
    labels: Int[torch.Tensor, " word"],
    test: Float[torch.Tensor, "rank other value"],
) -> Float[torch.Tensor, "rank other value"]:
    """Log-probabilities of the test words after one temperature and one bias per value, fitted to the dev words.

    A probe that saw about half of its inputs in training is too sure or too unsure of itself when it sees ten, which
    costs bits and says nothing of what the ten tell. At each rank log q is the log softmax of t log p + b, where t
    and b have the least loss on the dev words; (t - 1)² / 2 + b² / 2, with the weight of one dev word, keeps them
    finite where the dev words are told apart without error.

    Args:
        dev: Log-probabilities (nats) of the dev words with each number of neurons.
        labels: Values of the dev words.
        test: Log-probabilities of the test words with the same neurons.

    Returns:
        Calibrated log-probabilities (nats) of the test words.
    """
    values = dev.shape[2]
    fit = torch.zeros(values + 1, dtype=torch.float64, device=dev.device)
    fit[0] = 1
    found = torch.empty_like(test)
    for rank in range(len(dev)):
        fit = _fit(dev[rank], labels, fit)
        small = fit.to(test.dtype)
        found[rank] = (small[0] * test[rank] + small[1:]).log_softmax(1)
    return found


def _fit(
    log_p: Float[torch.Tensor, "word value"],
    labels: Int[torch.Tensor, " word"],
    fit: Float[torch.Tensor, " parameter"],
) -> Float[torch.Tensor, " parameter"]:
    """Damped Newton from a guess, (t, b); the loss is convex."""
    rest = torch.zeros_like(fit)
    rest[0] = 1
    share = torch.bincount(labels, minlength=log_p.shape[1]).double() / len(labels)
    own = log_p.gather(1, labels[:, None]).mean(dtype=torch.float64)
    loss, log_q = _loss(log_p, share, own, fit, rest)
    for _ in range(_STEPS):
        gradient, curvature = _derivatives(log_p, log_q, share, own)
        gradient += (fit - rest) / len(log_p)
        curvature.diagonal().add_(1 / len(log_p))
        step = torch.linalg.solve(curvature, gradient)
        promised = float(gradient @ step)
        if promised < _CLOSE:
            break
        length = 1.0
        while True:
            trial = fit - length * step
            lower, tried = _loss(log_p, share, own, trial, rest)
            if lower <= loss - 1e-4 * length * promised or length < 1e-6:
                break
            length /= 2
        if lower >= loss:
            break
        fit, loss, log_q = trial, lower, tried
    return fit


def _loss(
    log_p: Float[torch.Tensor, "word value"],
    share: Float[torch.Tensor, " value"],
    own: torch.Tensor,
    fit: Float[torch.Tensor, " parameter"],
    rest: Float[torch.Tensor, " parameter"],
) -> tuple[float, Float[torch.Tensor, "word value"]]:
    """Loss in nats per word, and log q."""
    small = fit.to(log_p.dtype)
    logits = small[0] * log_p + small[1:]
    normaliser = logits.logsumexp(1)
    loss = normaliser.mean(dtype=torch.float64) - fit[0] * own - fit[1:] @ share
    penalty = 0.5 * (fit - rest).square().sum() / len(log_p)
    return float(loss + penalty), logits - normaliser[:, None]


def _derivatives(
    log_p: Float[torch.Tensor, "word value"],
    log_q: Float[torch.Tensor, "word value"],
    share: Float[torch.Tensor, " value"],
    own: torch.Tensor,
) -> tuple[Float[torch.Tensor, " parameter"], Float[torch.Tensor, "parameter parameter"]]:
    """Gradient and Hessian of the loss without its penalty."""
    words, values = log_p.shape
    q = log_q.exp()
    weighted = q * log_p
    expected = weighted.sum(1)
    mean = q.sum(0, dtype=torch.float64) / words
    gradient = torch.cat([(expected.mean(dtype=torch.float64) - own)[None], mean - share])
    curvature = gradient.new_empty(values + 1, values + 1)
    curvature[1:, 1:] = mean.diag() - (q.T @ q).double() / words
    curvature[0, 1:] = curvature[1:, 0] = (weighted.sum(0) - q.T @ expected).double() / words
    curvature[0, 0] = ((weighted * log_p).sum(1) - expected.square()).mean(dtype=torch.float64)
    return gradient, curvature
