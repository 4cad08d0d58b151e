"""A retrieval that never ran: what retrieval.json would hold, from drawn vectors that share a planted meaning."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from babelscope.corpus.parallel import CorpusSource, ParallelCorpus
from babelscope.retrieval import Retrieval, RetrievalOptions
from babelscope.retrieval.content import series_record
from babelscope.retrieval.level import measure_level
from report.fake_series import fake_track
from report.fake_summary import LANGUAGES

SHARES = (0.3, 0.6, 0.9, 0.7)
"""Of each layer, how much of a vector is its sentence's meaning."""


def planted(languages: int, n: int, share: float, seed: int = 0, width: int = 32) -> torch.Tensor:
    """Vectors by language and sentence: a meaning, noise, and an offset of each language."""
    draw = torch.Generator().manual_seed(seed)
    meaning = torch.randn(n, width, generator=draw)
    noise = torch.randn(languages, n, width, generator=draw)
    offset = 2 * torch.randn(languages, 1, width, generator=draw)
    return share * meaning + (1 - share) * noise + offset


def fake_retrieval(
    codes: Sequence[str] = tuple(LANGUAGES), *, shares: Sequence[float] = SHARES, n: int = 40,
    poolings: Sequence[Any] = ("mean",), pivot: str | None = None, step: str = "3500", site: Any = "hidden",
) -> dict[str, Any]:  # fmt: skip
    """The content of retrieval.json.

    Args:
        codes: Languages.
        shares: By layer, from the first; 0 is noise.
        n: Sentences.
        poolings: Of which each later one is noisier.
        pivot: Language of all pairs.
        step: Of the checkpoint.
        site: Whose layers these are.
    """
    text = tuple(tuple(f"sentence {i} of {code}" for i in range(n)) for code in codes)
    corpus = ParallelCorpus("fake", tuple(codes), text, tuple(map(str, range(n))), CorpusSource("fake"))
    options = RetrievalOptions(tuple(poolings), site, pivot)
    first = 0 if site == "hidden" else 1
    levels = [
        {"pooling": pooling, "layer": layer, "tokens": dict.fromkeys(codes, 9 * n), "warnings": []}
        | measure_level(planted(len(codes), n, share / (1 + place), 7 * layer), options.pairs(codes))
        for place, pooling in enumerate(poolings)
        for layer, share in enumerate(shares, start=first)
    ]
    fields: Mapping[str, str] = {"model": "tiny", "step": step, "weights": "0" * 16}
    return Retrieval(tuple(levels), corpus, options, fields).summary() | {"command": "babelscope retrieve tiny"}


def fake_retrieval_track(
    steps: Sequence[int] = (0, 16, 256, 3500), codes: Sequence[str] = tuple(LANGUAGES), **more: Any
) -> dict[str, Any]:
    """A series whose translations find each other ever more often; `flagged` is as for `fake_track`.

    Args:
        steps: Of its checkpoints.
        codes: Languages.
        more: `flagged`, `failed`, `order` for the series; what else there is for `fake_retrieval`.
    """
    of_track = {name: more.pop(name) for name in ("flagged", "failed", "order") if name in more}
    content = fake_track(steps, languages=codes, **of_track)
    for place, point in enumerate(content["points"]):
        grown = (place + 1) / len(content["points"])
        found = fake_retrieval(codes, shares=[0.2, 0.2 + 0.35 * grown], step=str(point["step"]), **more)
        point["retrieval"] = series_record(found) if point["status"] == "done" else None
    return content
