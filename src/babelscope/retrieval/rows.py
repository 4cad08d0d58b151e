"""A retrieval in, the rows of retrieval.csv out: every ordered pair, each language's mean, the mean of all."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from babelscope.retrieval.run import Retrieval

__all__ = ["MEASURES", "retrieval_rows"]

MEASURES = (
    "cosine", "unrelated", "margin", "margin_low", "margin_high",
    "centred_cosine", "centred_unrelated", "centred_margin", "centred_margin_low", "centred_margin_high",
    "accuracy", "accuracy_low", "accuracy_high", "accuracy_raw", "mutual",
)  # fmt: skip
"""What is measured of a pair, as columns are called."""


def retrieval_rows(retrieval: "Retrieval") -> list[dict[str, Any]]:
    """Per pooling and layer: all pairs first, then languages, then pair by pair."""
    fields, corpus = retrieval.model_fields, retrieval.corpus
    shared = {"model": fields["model"], "step": fields["step"], "site": retrieval.options.site}
    about = {"n": corpus.n, "chance": 1 / corpus.n}
    return [
        {**shared, "layer": str(level["layer"]), "pooling": level["pooling"], **about, **row}
        for level in retrieval.levels
        for row in _level_rows(level, corpus.languages)
    ]


def _level_rows(level: dict[str, Any], codes: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    yield {"language": "all", "language_b": "all", **{name: level["all"][name] for name in MEASURES}}
    languages, pairs = level["languages"], level["pairs"]
    for a, code in enumerate(codes):
        yield {"language": code, "language_b": "all", **{name: languages[name][a] for name in MEASURES}}
    for a, code in enumerate(codes):
        for b, other in enumerate(codes):
            if pairs["cosine"][a][b] is not None:
                yield {"language": code, "language_b": other, **{name: pairs[name][a][b] for name in MEASURES}}
