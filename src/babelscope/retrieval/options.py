"""The choices of one retrieval, checked together before any work starts, and saved with its results."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from babelscope.activations import AnySite, SentencePooling
from babelscope.errors import BabelscopeError, unknown_choice
from babelscope.languages import canonical

__all__ = ["RetrievalOptions"]


@dataclass(frozen=True)
class RetrievalOptions:
    """What can be chosen about a retrieval, apart from the model and the corpus."""

    poolings: tuple[SentencePooling, ...] = ("mean",)
    """A sentence's vector: the mean over its tokens, its last token, or both in one pass."""
    site: AnySite = "hidden"
    """Which vectors: hidden states (layer 0: the embeddings), or the MLP's neurons."""
    pivot: str | None = None
    """Language of which all pairs are, such as en; by default every two languages are a pair."""
    batch_tokens: int | None = None
    """Padded tokens per forward pass; chosen by device if not given."""

    def __post_init__(self) -> None:
        for kind, got, known in (("site", (self.site,), AnySite), ("pooling", self.poolings, SentencePooling)):
            for one in got:
                if one not in get_args(known):
                    raise BabelscopeError(unknown_choice(kind, one, get_args(known)))
        if not self.poolings or len(set(self.poolings)) < len(self.poolings):
            got = ",".join(self.poolings) or "none"
            raise BabelscopeError(f"each pooling once, mean or last or both, got {got}; try --pooling mean,last")
        if self.pivot is not None:
            object.__setattr__(self, "pivot", canonical(self.pivot))
        if self.batch_tokens is not None and self.batch_tokens < 1:
            raise BabelscopeError(f"a batch needs at least 1 token, got --batch-tokens {self.batch_tokens}")

    def pairs(self, languages: Sequence[str]) -> list[tuple[int, int]]:
        """The pairs of languages that are measured, by their indices.

        Raises:
            BabelscopeError: If the pivot is not among the languages.
        """
        if self.pivot is not None and self.pivot not in languages:
            raise BabelscopeError(f"got {self.pivot!r} in --pivot; the corpus has {', '.join(languages)}")
        every = [(a, b) for a in range(len(languages)) for b in range(a + 1, len(languages))]
        return [
            pair for pair in every if self.pivot is None or self.pivot in (languages[pair[0]], languages[pair[1]])
        ]
