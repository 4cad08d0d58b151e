"""A probe, dev and test words in, the k neurons that tell most about the attribute out, best first."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int

from babelscope.errors import BabelscopeError, unknown_choice
from babelscope.probing.gaussian import GaussianProbe
from babelscope.probing.gaussian_search import GaussianSearch
from babelscope.probing.greedy import CRITERIA, Criterion, Search, Selection, choose
from babelscope.probing.linear import LinearProbe
from babelscope.probing.linear_search import LinearSearch

__all__ = ["select_gaussian", "select_linear"]

_CENTRED = 2**26
"""Numbers a Gaussian probe may centre at once: half a gigabyte."""


def select_linear(
    probe: LinearProbe,
    dev: Float[torch.Tensor, "word neuron"],
    dev_labels: Int[torch.Tensor, " word"],
    test: Float[torch.Tensor, "word neuron"],
    test_labels: Int[torch.Tensor, " word"],
    *,
    k: int,
    criterion: Criterion = "nmi",
    candidates: Sequence[int] | None = None,
    memory: int = 2**30,
) -> Selection:
    """Greedy selection of a linear probe's inputs, exact: the others are zero, weights and bias stay [METHODS 6c].

    The dev words choose; the test words only watch.

    Args:
        probe: It standardises the words itself.
        dev: Vectors of the dev words, as the model gave them.
        dev_labels: Their values, 0 ... K - 1.
        test: Vectors of the test words.
        test_labels: Their values.
        k: How many neurons to choose.
        criterion: What makes a neuron good: `nmi` or `accuracy`.
        candidates: Neurons to choose from; all by default.
        memory: Bytes that may be spent on not computing exponentials again in every step.

    Raises:
        BabelscopeError: If k is larger than the number of candidates, a vector or weight is not a number, all dev
            words have one value, or shapes disagree.
    """
    words = _Words(dev, dev_labels, test, test_labels)
    columns = _checked(probe.neurons, probe.classes, words, k, criterion, candidates)
    _numbers("weights of the probe", probe.weight)
    search = LinearSearch(
        probe.weight[columns],
        probe.bias,
        probe.standardise(dev)[:, columns],
        dev_labels,
        probe.standardise(test)[:, columns],
        criterion,
        memory,
    )
    return _selection(search, probe, columns, words, k, criterion)


def select_gaussian(
    probe: GaussianProbe,
    dev: Float[torch.Tensor, "word neuron"],
    dev_labels: Int[torch.Tensor, " word"],
    test: Float[torch.Tensor, "word neuron"],
    test_labels: Int[torch.Tensor, " word"],
    *,
    k: int,
    criterion: Criterion = "nmi",
    candidates: Sequence[int] | None = None,
) -> Selection:
    """Greedy selection of a Gaussian probe's inputs, exact: the others are integrated out [METHODS 6c].

    Arguments, result and errors as in `select_linear`.
    """
    words = _Words(dev, dev_labels, test, test_labels)
    columns = _checked(probe.neurons, probe.classes, words, k, criterion, candidates)
    _numbers("means of the probe", probe.means)
    part = probe if candidates is None else probe.subset(columns.tolist())
    search = GaussianSearch(part, dev[:, columns], dev_labels, test[:, columns], criterion)
    return _selection(search, probe, columns, words, k, criterion)


class _Words(NamedTuple):
    dev: Float[torch.Tensor, "word neuron"]
    dev_labels: Int[torch.Tensor, " word"]
    test: Float[torch.Tensor, "word neuron"]
    test_labels: Int[torch.Tensor, " word"]


def _selection(
    search: Search,
    probe: LinearProbe | GaussianProbe,
    columns: Int[torch.Tensor, " candidate"],
    words: _Words,
    k: int,
    criterion: Criterion,
) -> Selection:
    choices = choose(search, k)
    return Selection(
        neurons=columns.cpu().numpy()[[choice.neuron for choice in choices]],
        dev_score=_score([choice.quality for choice in choices], words.dev_labels, criterion),
        runner_up=_score([choice.runner_up for choice in choices], words.dev_labels, criterion),
        criterion=criterion,
        dev=torch.stack([choice.said.dev.float() for choice in choices]),
        test=torch.stack([choice.said.test.float() for choice in choices]),
        dev_all=_everything(probe, words.dev),
        test_all=_everything(probe, words.test),
    )


def _everything(
    probe: LinearProbe | GaussianProbe, words: Float[torch.Tensor, "word neuron"]
) -> Float[torch.Tensor, "word value"]:
    """What the probe says with all its neurons, some words at a time: a Gaussian one centres them for every value."""
    some = max(1, _CENTRED // (probe.neurons * probe.classes))
    try:
        return torch.cat([probe.log_probabilities(part).float() for part in words.split(some)])
    except torch.linalg.LinAlgError as error:  # pyright: ignore[reportPrivateImportUsage]
        raise BabelscopeError(
            f"a covariance of the Gaussian probe's {probe.neurons} neurons is singular, expected positive definite "
            f"ones; fit it to more words, or with another covariance ({str(error).splitlines()[0]})"
        ) from error


def _score(
    quality: Sequence[float], labels: Int[torch.Tensor, " word"], criterion: Criterion
) -> Float[np.ndarray, " rank"]:
    """Mean log-likelihoods as NMI, accuracies as they are."""
    if criterion == "accuracy":
        return np.array(quality)
    share = torch.bincount(labels).double() / len(labels)
    return 1 + np.array(quality) / float(-torch.xlogy(share, share).sum())


def _checked(
    neurons: int, values: int, words: _Words, k: int, criterion: str, candidates: Sequence[int] | None
) -> Int[torch.Tensor, " candidate"]:
    """The columns to choose from, in order; raises where the selection could not be made."""
    if criterion not in CRITERIA:
        raise BabelscopeError(unknown_choice("criterion", criterion, CRITERIA))
    _same_shape("dev", words.dev, words.dev_labels, neurons, values)
    _same_shape("test", words.test, words.test_labels, neurons, values)
    if int(words.dev_labels.min()) == int(words.dev_labels.max()):
        raise BabelscopeError(
            "all dev words have the same value, expected two or more: no neuron can tell anything; leave this "
            "attribute out"
        )
    columns = sorted(set(range(neurons) if candidates is None else map(int, candidates)))
    if columns and not 0 <= columns[0] <= columns[-1] < neurons:
        raise BabelscopeError(
            f"candidates run from {columns[0]} to {columns[-1]}; the probe has neurons 0 to {neurons - 1}"
        )
    if not 1 <= k <= len(columns):
        raise BabelscopeError(f"cannot choose k = {k} of {len(columns)} neurons; give a k from 1 to {len(columns)}")
    return torch.tensor(columns, device=words.dev.device)


def _same_shape(name: str, words: torch.Tensor, labels: torch.Tensor, neurons: int, values: int) -> None:
    if words.ndim != 2 or words.shape[1] != neurons or len(words) != len(labels) or not len(words):
        raise BabelscopeError(
            f"the {name} words have vectors of shape {tuple(words.shape)} and {len(labels)} labels; expected one row "
            f"of {neurons} neurons, the probe's, for every label"
        )
    if int(labels.min()) < 0 or int(labels.max()) >= values:
        raise BabelscopeError(
            f"the {name} labels run from {int(labels.min())} to {int(labels.max())}; expected 0 to {values - 1}, the "
            "values the probe was trained on"
        )
    _numbers(f"vectors of the {name} words", words)


def _numbers(what: str, rows: torch.Tensor) -> None:
    """Refuse what is not a number: it would be chosen or skipped in silence."""
    if not bool(torch.isfinite(rows.sum(dtype=torch.float64))):
        bad = (~torch.isfinite(rows)).nonzero()
        if len(bad):
            row, column = bad[0].tolist()
            raise BabelscopeError(
                f"{what}: {float(rows[row, column])} at row {row}, column {column} ({len(bad)} of {rows.numel()} are "
                "not finite); leave these words or this layer out, or run the model in float32"
            )
