"""Everything the page of a series is made from, and which similarity maps it can hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float

from babelscope.corpus.parallel import ParallelCorpus
from babelscope.report.cosine_map import cosine_map

__all__ = ["SeriesMaterial", "map_keys", "small_map"]

_MAP_ROWS = 180
"""Rows of each map, unless there are so many languages that two sentences of each are more."""
_MAP_BUDGET = 1_400_000
"""Bytes of all maps together, as the page holds them."""
_MOST_MAPS = 48


@dataclass(frozen=True)
class SeriesMaterial:
    """What was measured of a series."""

    content: dict[str, Any]
    """The content of track.json."""
    maps: Mapping[str, Float[np.ndarray, "row row"]] = field(default_factory=dict)
    """Whole-model cosines by key of the point, whole or from `small_map`; rows are (language, sentence)."""
    corpus: ParallelCorpus | None = None
    """The sentences, where they are at hand."""


def _sentences(languages: int, n: int) -> int:
    return min(n, max(2, _MAP_ROWS // languages))


def map_keys(content: Mapping[str, Any]) -> list[str]:
    """Keys of the points whose maps the page can hold: all, or evenly spaced ones with the first and the last.

    Args:
        content: Of track.json.
    """
    keys = [point["key"] for point in content["points"] if point["status"] == "done"]
    rows = len(content["languages"]) * _sentences(len(content["languages"]), content["sentences"])
    most = max(2, min(_MOST_MAPS, int(_MAP_BUDGET / (rows * (rows + 1) / 2 * 4 / 3))))
    if len(keys) <= most:
        return keys
    return [keys[int(i)] for i in np.linspace(0, len(keys) - 1, most).round()]


def small_map(similarity: Float[np.ndarray, "row row"], languages: Sequence[str]) -> Float[np.ndarray, "kept kept"]:
    """The part of a similarity map that the page draws: evenly spaced sentences, the same of every language.

    A folder of hundreds of maps need not be in memory at once: reduce each as it is read.

    Args:
        similarity: Rows are (language, sentence).
        languages: Their codes.
    """
    n = len(similarity) // len(languages)
    return cosine_map(similarity, len(languages), n, most_rows=len(languages) * _sentences(len(languages), n)).matrix
