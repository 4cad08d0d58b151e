"""Sentence vectors of one layer in, its numbers out: of each pair, of each language, of all; plain JSON types."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from jaxtyping import Bool, Float
from scipy import stats
from torch import Tensor

from babelscope.corpus.parallel import CorpusWarning
from babelscope.evaluation.accuracy import wilson
from babelscope.scores.retrieval import Closeness, centred, closeness, neighbours, unit_vectors

__all__ = ["measure_level", "plain_warning", "share_interval"]

Level = dict[str, Any]
Matrix = Float[np.ndarray, "language language"]


def measure_level(vectors: Float[Tensor, "language sentence neuron"], pairs: Sequence[tuple[int, int]]) -> Level:
    """Cosines and retrieval of one layer.

    Args:
        vectors: One per language and sentence, as they are.
        pairs: Which two languages are compared, by their indices.

    Returns:
        `pairs`: by measure, a matrix of (language looked from, language looked in), None where not compared.
        `languages`: by measure, the mean over the pairs of each. `all`: the mean over all. `by_sentence`: the share
        of pairs in which each sentence finds its translation. `undirected`: share of vectors that equal their
        language's mean.
    """
    raw, middle = unit_vectors(vectors), centred(vectors)
    measured = np.zeros((len(vectors), len(vectors)), dtype=bool)
    for a, b in pairs:
        measured[a, b] = measured[b, a] = True
    hits = neighbours(middle, pairs)
    of_raw = neighbours(raw, pairs)
    tables = {**_margins(closeness(raw), "", measured), **_margins(closeness(middle), "centred_", measured)}
    shares = {"accuracy": hits, "accuracy_raw": of_raw, "mutual": hits & hits.transpose(1, 0, 2)}
    found: Level = {"pairs": {}, "languages": {}, "all": {}}
    for name, (values, left_out) in tables.items():
        _add_mean(found, name, values, left_out, measured)
    for name, right in shares.items():
        _add_share(found, name, right, measured, name == "accuracy")
    return found | {
        "by_sentence": hits[measured].mean(0).tolist(),
        "undirected": float(1 - middle.directed.double().mean()),
    }


def _margins(
    found: Closeness, prefix: str, measured: Bool[np.ndarray, "language language"]
) -> dict[str, tuple[Matrix, Float[np.ndarray, "sentence language language"] | None]]:
    return {
        f"{prefix}cosine": (found.cosine, None),
        f"{prefix}unrelated": (found.unrelated, None),
        f"{prefix}margin": (found.margin, found.left_out),
    }


def _add_mean(found: Level, name: str, values: Matrix, left_out: np.ndarray | None, measured: np.ndarray) -> None:
    """A mean of cosines at every level of pooling over pairs, with its jackknife interval where it has one."""
    found["pairs"][name] = _matrix(values, measured)
    found["languages"][name] = [float(row[own].mean()) for row, own in zip(values, measured, strict=True)]
    found["all"][name] = float(values[measured].mean())
    if left_out is None:
        return
    reach = _reach(left_out)
    by_language = [_reach(left_out[:, a, own].mean(-1)) for a, own in enumerate(measured)]
    whole = _reach(left_out[:, measured].mean(-1))
    for end, sign in (("low", -1), ("high", 1)):
        found["pairs"][f"{name}_{end}"] = _matrix(values + sign * reach, measured)
        middles = found["languages"][name]
        found["languages"][f"{name}_{end}"] = [
            _number(m + sign * r) for m, r in zip(middles, by_language, strict=True)
        ]
        found["all"][f"{name}_{end}"] = _number(found["all"][name] + sign * whole)


def _add_share(found: Level, name: str, right: np.ndarray, measured: np.ndarray, ends: bool) -> None:
    """A share of sentences, with its interval over sentences if wanted."""
    values = right.mean(-1)
    found["pairs"][name] = _matrix(values, measured)
    found["languages"][name] = [float(row[own].mean()) for row, own in zip(values, measured, strict=True)]
    found["all"][name] = float(values[measured].mean())
    if not ends:
        return
    n = right.shape[-1]
    of_pairs = np.array([[wilson(value * n, n) for value in row] for row in values])
    of_languages = [share_interval(right[a, own]) for a, own in enumerate(measured)]
    whole = share_interval(right[measured])
    for place, end in enumerate(("low", "high")):
        found["pairs"][f"{name}_{end}"] = _matrix(of_pairs[..., place], measured)
        found["languages"][f"{name}_{end}"] = [interval[place] for interval in of_languages]
        found["all"][f"{name}_{end}"] = whole[place]


def share_interval(right: Bool[np.ndarray, "pair sentence"]) -> tuple[float, float]:
    """Wilson's 95 % interval of a mean over pairs, on as many sentences as it is worth.

    The pairs see the same sentences, so they are worth between one pair (n sentences) and as many independent ones;
    the variance between sentences says where. The sentences to choose from stay the same: drawing those anew would
    make copies, which tie with the translation.
    """
    by_sentence = right.mean(0)
    n, mean = len(by_sentence), float(by_sentence.mean())
    variance = float(by_sentence.var(ddof=1)) / n
    worth = mean * (1 - mean) / variance if variance > 0 and 0 < mean < 1 else n
    worth = round(min(max(worth, n), n * len(right)))
    return wilson(mean * worth, worth)


def _reach(left_out: Float[np.ndarray, "sentence ..."]) -> Any:
    """Half the width of 95 % jackknife intervals, for all that follows the first axis."""
    n = len(left_out)
    error = np.sqrt((n - 1) / n * np.square(left_out - left_out.mean(0)).sum(0))
    return stats.t.ppf(0.975, n - 1) * error


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _matrix(values: Matrix, measured: np.ndarray) -> list[list[float | None]]:
    return [
        [_number(value) if known else None for value, known in zip(row, mask, strict=True)]
        for row, mask in zip(values, measured, strict=True)
    ]


def plain_warning(warning: CorpusWarning) -> dict[str, Any]:
    """A warning as JSON holds it."""
    return asdict(warning) | {"examples": [list(example) for example in warning.examples]}
