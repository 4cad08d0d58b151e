"""A frozen model and a task in, the answers of a linear classifier of each layer's vectors out: a cheap baseline."""

import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from jaxtyping import Float, Int

from babelscope.activations.word_pieces import word_pieces
from babelscope.activations.words import WordVectors, word_vectors
from babelscope.errors import MissingExtraError
from babelscope.transfer.examples import NO_LABEL, Example, TransferTask, as_treebank
from babelscope.transfer.options import TransferOptions
from babelscope.transfer.predictions import Predictions
from babelscope.transfer.sharing import first_words

if TYPE_CHECKING:
    from babelscope.activations import Progress
    from babelscope.models import LanguageModel

__all__ = ["MOST", "PENALTIES", "Vector", "frozen_probe"]

Vector = Literal["last", "mean", "first"]
"""Which tokens of a word or text its vector is of: the last, which alone has read all of it, all, or the first."""
MOST = 30_000
"""Training vectors: of larger sets, the examples whose ids have the first hashes."""
PENALTIES = (0.001, 0.01, 0.1, 1.0)
"""Inverse strengths of the squared penalty that are tried, strongest first."""
_STEPS = 500


def frozen_probe(
    model: "LanguageModel",
    task: TransferTask,
    *,
    layers: Sequence[int] | None = None,
    pooling: Vector = "last",
    separator: str = "\n",
    seed: int = 0,
    folder: Path | None = None,
    progress: "Progress | None" = None,
) -> list[Predictions]:
    """Logistic regression on the vectors of a model that is left as it is, one classifier per layer.

    Vectors are of a word, or of the whole text, and standardised by the training's mean and deviation. The penalty is
    the one of `PENALTIES` that is best on the source language's development set. The loss is convex: nothing is drawn
    at random, and every seed gives the same answers.

    Args:
        model: A loaded model; its weights, mode and hooks are as before afterwards.
        task: From `load_task`.
        layers: Which hidden states, 0 being the embeddings; by default those of `TransferOptions`.
        pooling: How tokens become one vector.
        separator: What stands between the two sentences of a pair.
        seed: What the predictions are said to be of.
        folder: Keep the vectors in files here while this runs, and not in memory.
        progress: Called with what is done, how much, and of how much.

    Returns:
        Predictions in the order of the layers.

    Raises:
        MissingExtraError: If scikit-learn is not installed.
        BabelscopeError: If a layer does not exist.
        ModelError: If no word of a language has a vector.
    """
    try:
        import sklearn.linear_model  # noqa: F401
    except ImportError:
        raise MissingExtraError("scikit-learn", "transfer", "the linear probe") from None
    started = time.perf_counter()
    chosen = TransferOptions(layers=None if layers is None else tuple(layers)).layers_of(model.n_layers)

    def read(examples: Sequence[Example], language: str, called: str) -> _Read:
        return _Read(model, examples, language, called, chosen, pooling, separator, folder, progress)

    taught = first_words(task.train, MOST)
    train, dev = (read(own, task.source, part) for part, own in (("train", taught), ("dev", task.dev)))
    fitted = {layer: _Fitted(train, dev, layer) for layer in chosen}
    answers: dict[int, dict[str, list[Int[np.ndarray, " word"]]]] = {layer: {} for layer in chosen}
    dropped: dict[str, int] = {}
    for language, examples in task.test.items():
        test = read(examples, language, "test")
        dropped[language] = test.dropped
        for layer in chosen:
            answers[layer][language] = test.answered(fitted[layer])
    seconds = round(time.perf_counter() - started, 2)
    return [
        Predictions(
            method="linear", layer=str(layer), seed=seed, dev_score=fitted[layer].dev_score, test=answers[layer],
            details=fitted[layer].details | {
                "pooling": pooling, "training_examples": len(taught), "without_vector": dropped, "seconds": seconds,
            },
        )
        for layer in chosen
    ]  # fmt: skip


class _Read:
    """The vectors of examples at each layer, with their labels and places."""

    def __init__(
        self,
        model: "LanguageModel",
        examples: Sequence[Example],
        language: str,
        called: str,
        layers: Sequence[int],
        pooling: Vector,
        separator: str,
        folder: Path | None,
        progress: "Progress | None",
    ) -> None:
        self.examples = examples
        bank = as_treebank(examples, language, f"the {called} set", separator)
        pieces = word_pieces(model, bank)
        if pooling == "first":
            pieces = replace(pieces, places=[[tokens[:1] for tokens in words] for words in pieces.places])
        self.vectors: WordVectors = word_vectors(
            model,
            bank,
            layers,
            pooling="last" if pooling == "last" else "mean",
            pieces=pieces,
            wanted=[[w for w, label in enumerate(one.gold) if label != NO_LABEL] for one in examples],
            folder=None if folder is None else folder / f"{called}-{language}",
            progress=progress,
        )
        self.labels = np.array([examples[s].gold[w] for s, w in self.vectors.rows], dtype=np.int64)
        self.dropped = sum(self.vectors.dropped.values())

    def answered(self, fitted: "_Fitted") -> list[Int[np.ndarray, " word"]]:
        """A classifier's answer for every word of every example; none for words without a vector."""
        given = [np.full(len(one.gold), NO_LABEL, dtype=np.int64) for one in self.examples]
        for (sentence, word), answer in zip(self.vectors.rows, fitted.answers(self), strict=True):
            given[sentence][word] = answer
        return given


class _Fitted:
    """The classifier of one layer: the best of one per penalty."""

    def __init__(self, train: _Read, dev: _Read, layer: int) -> None:
        self.layer = layer
        vectors = train.vectors.layer(layer)
        self._mean = vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
        spread = vectors.std(axis=0, dtype=np.float64).astype(np.float32)
        self._spread = np.where(spread > 0, spread, np.float32(1))
        self._best, grid = self._choose(self._standardised(vectors), train.labels, dev)
        self.dev_score = grid[self._best.penalty]
        self.details: dict[str, Any] = {
            "penalty": self._best.penalty,
            "dev_by_penalty": {str(penalty): score for penalty, score in grid.items()},
            "converged": self._best.converged,
            "training_vectors": len(train.labels),
        }

    def _choose(
        self, vectors: Float[np.ndarray, "word neuron"], labels: Int[np.ndarray, " word"], dev: _Read
    ) -> tuple["_Classifier", dict[float, float]]:
        """The classifier that is best in development, and each penalty's score, up to the first that is worse."""
        grid: dict[float, float] = {}
        best = None
        for classifier in _path(vectors, labels):
            right = int((self._answers(dev, classifier) == dev.labels).sum())
            # Words without a vector are wrong, as they are in a test.
            score = right / (len(dev.labels) + dev.dropped)
            grid[classifier.penalty] = score
            if best is not None and score < grid[best.penalty]:
                break
            if best is None or score > grid[best.penalty]:
                best = classifier
        assert best is not None
        return best, grid

    def _standardised(self, vectors: Float[np.ndarray, "word neuron"]) -> Float[np.ndarray, "word neuron"]:
        return (vectors - self._mean) / self._spread

    def _answers(self, read: _Read, classifier: "_Classifier") -> Int[np.ndarray, " word"]:
        scores = self._standardised(read.vectors.layer(self.layer)) @ classifier.weights.T + classifier.bias
        return classifier.classes[scores.argmax(axis=1)]

    def answers(self, read: _Read) -> Int[np.ndarray, " word"]:
        """The likeliest label of every vector."""
        return self._answers(read, self._best)


@dataclass(frozen=True, eq=False)
class _Classifier:
    """One multinomial logistic regression."""

    penalty: float
    classes: Int[np.ndarray, " label"]
    weights: Float[np.ndarray, "label neuron"]
    bias: Float[np.ndarray, " label"]
    converged: bool


def _path(vectors: Float[np.ndarray, "word neuron"], labels: Int[np.ndarray, " word"]) -> Iterator[_Classifier]:
    """A classifier per penalty, each from where the stronger one before it ended."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(max_iter=_STEPS, warm_start=True)
    for penalty in PENALTIES:
        model.set_params(C=penalty)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(vectors, labels)
        weights, bias = np.array(model.coef_), np.array(model.intercept_)
        if len(model.classes_) == 2:
            # Of two labels one row tells both: the other's score is 0.
            weights, bias = np.stack([0 * weights[0], weights[0]]), np.array([0 * bias[0], bias[0]])
        yield _Classifier(penalty, model.classes_, weights, bias, bool(model.n_iter_.max() < _STEPS))
