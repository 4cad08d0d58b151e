"""Records in, the same with what some of them are for: those of a paper, or the one that stands in for a headline."""

from collections.abc import Sequence
from dataclasses import replace

from babelscope.correlation.records import Record

__all__ = ["PLAIN", "WITH_FINISHED", "as_published", "with_headline"]

WITH_FINISHED = "as published, with final"
"""Note of a record about other checkpoints than the rest: the finished model is among them."""
PLAIN = ("pearson", "spearman")
"""What [W24] reports."""
_STAND_INS = ("pearson_partial:nmi+loss", "pearson_partial:nmi", "pearson_partial:loss", "pearson")
"""The preferred first."""


def as_published(records: Sequence[Record], with_finished: Sequence[Record]) -> list[Record]:
    """Marks the plain correlations of all checkpoints, as [W24] reports them.

    Over checkpoints the finished model is not among them; over checkpoints and languages it is wherever it has a
    score [METHODS f.4].

    Args:
        records: Without the finished model.
        with_finished: Plain ones over checkpoints and languages, with it; empty where it has no score.
    """
    found: list[Record] = []
    for one in records:
        replaced = one.unit == "checkpoint_language" and bool(with_finished)
        plain = one.method in PLAIN and not one.excluded and not replaced
        found.append(_marked(one, "as published") if plain else one)
    return [*found, *(_marked(one, WITH_FINISHED) for one in with_finished)]


def _marked(one: Record, note: str) -> Record:
    return replace(one, role="as published", note="; ".join(filter(None, [note, one.note])))


def with_headline(records: Sequence[Record]) -> list[Record]:
    """Over checkpoints alone: the correlation given the most covariates of a headline stands in for it."""
    clean = [one for one in records if one.exclusion == "flagged" and one.method in _STAND_INS]
    if not clean:
        return list(records)
    chosen = min(clean, key=lambda one: _STAND_INS.index(one.method))
    note = "languages are not told apart, so this stands in for the correlation within them"
    return [
        replace(one, role="headline", note="; ".join(filter(None, [note, one.note]))) if one is chosen else one
        for one in records
    ]
