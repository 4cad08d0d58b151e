"""What a probe says of every test word in, bits told about the attribute and their intervals out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, Int

from babelscope.errors import BabelscopeError
from babelscope.probing.calibration import calibrated
from babelscope.probing.greedy import Selection
from babelscope.scores import Interval

__all__ = ["Information", "Measure", "averaged", "measure"]

Measure = Literal["mi_bits", "nmi", "nmi_calibrated", "accuracy"]


@dataclass(frozen=True)
class Information:
    """What the chosen neurons tell about an attribute of the test words, by how many of them are used.

    Mutual information is bounded from below by entropy minus cross-entropy, both of the test words. The bound can be
    negative: a probe that is surer than it is right tells less than nothing. NMI is its share of the entropy, at most
    1. Sums are kept by lemma, for words of one lemma are not independent: intervals draw lemmas.
    """

    counts: Float[np.ndarray, "lemma value"]
    """Test words of each lemma and value."""
    loss: Float[np.ndarray, "lemma step"]
    """Summed loss (nats) of each lemma's words with 1 ... k neurons; the last step is all neurons of the probe."""
    calibrated_loss: Float[np.ndarray, "lemma step"] | None
    """The same after calibration on the dev words; None where it was not asked for."""
    right: Float[np.ndarray, "lemma step"]
    """Words whose value is named right."""
    draws: int = 1000
    seed: int = 0
    _drawn: dict = field(default_factory=dict, compare=False, repr=False)

    @property
    def k(self) -> int:
        """Neurons chosen."""
        return self.loss.shape[1] - 1

    @property
    def words(self) -> int:
        """Test words."""
        return round(float(self.counts.sum()))

    @cached_property
    def entropy_bits(self) -> float:
        """Entropy of the attribute over the test words, bits."""
        return float(_entropies(self.counts.sum(0)[None])[0] / np.log(2))

    @property
    def majority(self) -> float:
        """Accuracy of always naming the value most frequent among the test words."""
        return float(self.counts.sum(0).max() / self.counts.sum())

    @property
    def mi_bits(self) -> Float[np.ndarray, " rank"]:
        """Bits told with the neurons up to each rank; higher is better."""
        return self._values("mi_bits")[:-1]

    @property
    def nmi(self) -> Float[np.ndarray, " rank"]:
        """The same as a share of the entropy, at most 1."""
        return self._values("nmi")[:-1]

    @property
    def nmi_calibrated(self) -> Float[np.ndarray, " rank"]:
        """NMI after calibration on the dev words."""
        return self._values("nmi_calibrated")[:-1]

    @property
    def accuracy(self) -> Float[np.ndarray, " rank"]:
        """Fraction of test words whose value is named, [0, 1]."""
        return self._values("accuracy")[:-1]

    def at(self, k: int | None, measure: Measure = "nmi") -> Interval:
        """A measure with k neurons, all of the probe's where None, and its 95 % bootstrap interval over test lemmas.

        One lemma fewer is drawn than there are, so that values vary as much as they should (Rao and Wu 1988). No ends
        where there are fewer than two lemmas.

        Raises:
            BabelscopeError: If fewer than k neurons were chosen.
        """
        value = self.value(k, measure)
        drawn = self._resampled(measure)[:, -1 if k is None else k - 1]
        drawn = drawn[np.isfinite(drawn)]
        low, high = np.percentile(drawn, [2.5, 97.5]) if len(drawn) > 1 else (None, None)
        return Interval(value, None if low is None else float(low), None if high is None else float(high))

    def value(self, k: int | None, measure: Measure = "nmi") -> float:
        """The same without its interval, which costs a thousand times as much.

        Raises:
            BabelscopeError: If fewer than k neurons were chosen.
        """
        if k is not None and not 1 <= k <= self.k:
            raise BabelscopeError(f"no value with {k} neurons: {self.k} were chosen; give a k from 1 to {self.k}")
        return float(self._values(measure)[-1 if k is None else k - 1])

    def _values(self, measure: Measure) -> Float[np.ndarray, " step"]:
        return self._of(np.ones((1, len(self.counts))), measure)[0]

    def _resampled(self, measure: Measure) -> Float[np.ndarray, "draw step"]:
        lemmas = len(self.counts)
        if lemmas < 2:
            return np.empty((0, self.k + 1))
        if measure not in self._drawn:
            generator = np.random.default_rng([self.seed, lemmas])
            weights = generator.multinomial(lemmas - 1, np.full(lemmas, 1 / lemmas), size=self.draws)
            self._drawn[measure] = self._of(weights.astype(np.float64), measure)
        return self._drawn[measure]

    def _of(self, weights: Float[np.ndarray, "draw lemma"], measure: Measure) -> Float[np.ndarray, "draw step"]:
        """A measure of words drawn with these weights; NaN where their entropy is 0."""
        counts = weights @ self.counts
        words = counts.sum(1, keepdims=True)
        if measure == "accuracy":
            return weights @ self.right / words
        loss = self.calibrated_loss if measure == "nmi_calibrated" else self.loss
        if loss is None:
            raise BabelscopeError("calibrated NMI was not measured; measure with calibrate=True")
        entropy = _entropies(counts)[:, None]
        told = entropy - weights @ loss / words
        if measure == "mi_bits":
            return told / np.log(2)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(entropy > 0, told / entropy, np.nan)


def measure(
    selection: Selection,
    dev_labels: Int[torch.Tensor, " word"],
    test_labels: Int[torch.Tensor, " word"],
    test_lemmas: Int[np.ndarray, " word"],
    *,
    calibrate: bool = True,
    draws: int = 1000,
    seed: int = 0,
) -> Information:
    """What a selection tells about the attribute of the test words, which had no say in it.

    Args:
        selection: Chosen neurons and the log-probabilities with them.
        dev_labels: Values of the dev words: calibration is fitted to them.
        test_labels: Values of the test words.
        test_lemmas: Which lemma each test word belongs to; any whole numbers.
        calibrate: Whether to calibrate too.
        draws: Of the bootstrap over test lemmas.
        seed: Of these draws.
    """
    lemmas = np.unique(np.asarray(test_lemmas), return_inverse=True)[1].reshape(-1)
    test = torch.cat([selection.test, selection.test_all[None]])
    owner = torch.from_numpy(lemmas).to(test.device)
    counts = test.new_zeros(int(lemmas.max()) + 1, test.shape[2], dtype=torch.float64)
    counts.index_put_((owner, test_labels), counts.new_ones(()), accumulate=True)
    tuned = None
    if calibrate:
        dev = torch.cat([selection.dev, selection.dev_all[None]])
        tuned = _by_lemma(_losses(calibrated(dev, dev_labels, test), test_labels), owner, len(counts))
    return Information(
        counts=counts.cpu().numpy(),
        loss=_by_lemma(_losses(test, test_labels), owner, len(counts)),
        calibrated_loss=tuned,
        right=_by_lemma((test.argmax(2) == test_labels).double(), owner, len(counts)),
        draws=draws,
        seed=seed,
    )


def averaged(measured: Sequence[Information]) -> Information:
    """The mean over probes of the same words (seeds); intervals are over test lemmas, for these probes.

    Raises:
        BabelscopeError: If there is none, or they are of different words.
    """
    if not measured:
        raise BabelscopeError("no probe to average over; give at least one")
    first = measured[0]
    if any(not np.array_equal(one.counts, first.counts) or one.k != first.k for one in measured):
        raise BabelscopeError("only probes of the same test words and the same k can be averaged; these differ")
    tuned = [one.calibrated_loss for one in measured if one.calibrated_loss is not None]
    return Information(
        counts=first.counts,
        loss=np.mean([one.loss for one in measured], axis=0),
        calibrated_loss=np.mean(tuned, axis=0) if len(tuned) == len(measured) else None,
        right=np.mean([one.right for one in measured], axis=0),
        draws=first.draws,
        seed=first.seed,
    )


def _losses(
    log_p: Float[torch.Tensor, "step word value"], labels: Int[torch.Tensor, " word"]
) -> Float[torch.Tensor, "step word"]:
    # Gathered, not multiplied by a mask: 0 times a log-probability of minus infinity is not a number.
    return -log_p.gather(2, labels[None, :, None].expand(len(log_p), -1, 1)).squeeze(2).double()


def _by_lemma(
    words: Float[torch.Tensor, "step word"], owner: Int[torch.Tensor, " word"], lemmas: int
) -> Float[np.ndarray, "lemma step"]:
    sums = words.new_zeros(lemmas, len(words))
    return sums.index_add_(0, owner, words.T.contiguous()).cpu().numpy()


def _entropies(counts: Float[np.ndarray, "draw value"]) -> Float[np.ndarray, " draw"]:
    """Plug-in entropies, nats."""
    share = counts / counts.sum(1, keepdims=True)
    return -np.where(share > 0, share * np.log(np.where(share > 0, share, 1)), 0).sum(1)
