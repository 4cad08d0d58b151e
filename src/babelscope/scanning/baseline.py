"""The untrained model's scores: what tokens, names, digits and length alone give, measured once and cached."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from babelscope.activations import Progress, extract
from babelscope.corpus.parallel import ParallelCorpus
from babelscope.errors import BabelscopeError
from babelscope.provenance import text_hash, versions
from babelscope.scanning.options import ScanOptions
from babelscope.scores import Alignment, Permutations, Score, alignment, cosine_sums
from babelscope.storage import read_json, write_json

if TYPE_CHECKING:
    from babelscope.models import LanguageModel

__all__ = ["Baseline", "cache_root", "untrained_baseline"]

LAYOUT = "2"
"""Part of the cache key: files of another layout are never read."""


@dataclass(frozen=True)
class Baseline:
    """LRDS and SADS of the untrained model, for the whole model (layer None) and each layer."""

    lrds: dict[int | None, Score]
    sads: dict[int | None, Score]
    cached: bool
    """Whether it came from the cache."""


def cache_root() -> Path:
    """Folder of cached baselines: $BABELSCOPE_CACHE, else the user's cache folder."""
    import platformdirs

    return Path(os.environ.get("BABELSCOPE_CACHE") or platformdirs.user_cache_dir("babelscope"))


def untrained_baseline(
    model: "LanguageModel",
    corpus: ParallelCorpus,
    options: ScanOptions,
    progress: Progress | None = None,
    folder: Path | None = None,
) -> Baseline:
    """Scores of the same architecture and tokenizer with weights re-initialised under the scan's seed.

    Cached by architecture, tokenizer, corpus, site, dtype and seed: a series of checkpoints pays for it once.
    """
    key = _key(model, corpus, options)
    path = cache_root() / "baselines" / f"{key}.json"
    cached = _read_cached(path, corpus.n)
    if cached is not None:
        return cached
    from babelscope.models import untrained

    def show(what: str, done: int, total: int) -> None:
        if progress is not None:
            progress("untrained model", done, total)

    extraction = extract(
        untrained(model, options.seed),
        corpus,
        site=options.site,
        budget=options.batch_tokens,
        folder=folder,
        progress=show,
    )
    keep_map = options.wants_map(extraction.activations.rows)
    permutations = Permutations.draw(len(corpus.languages), corpus.n, keep_map, options.draws, options.seed)
    levels = [
        alignment(sums, permutations)
        for sums in cosine_sums(extraction.activations, extraction.squared_norms, permutations, keep_map)
    ]
    content = {"levels": [_level(level) for level in levels], "model": model.name, "corpus": corpus.name}
    # Only a saving for next time: a cache that cannot be written to must not cost the measurement.
    with suppress(BabelscopeError):
        write_json(path, "baseline", content)
    return _from_json(content, corpus.n, cached=False)


def _read_cached(path: Path, n: int) -> Baseline | None:
    """What an earlier run stored; None where there is nothing, or nothing readable."""
    try:
        return _from_json(read_json(path, "baseline"), n, cached=True)
    except (BabelscopeError, KeyError, TypeError, ValueError):
        return None


def _key(model: "LanguageModel", corpus: ParallelCorpus, options: ScanOptions) -> str:
    # Packages count too: they draw the weights.
    packages = versions(("babelscope", "torch", "transformers"))
    identity = (
        model.config_hash,
        model.tokenizer_hash,
        str(model.special),
        model.dtype,
        repr(sorted(packages.items())),
    )
    return text_hash(
        *identity,
        corpus.hash,
        ",".join(corpus.languages),
        options.site,
        f"{options.seed}",
        f"{options.draws}",
        LAYOUT,
    )


def _level(level: Alignment) -> dict[str, Any]:
    def plain(score: Score) -> dict[str, Any]:
        assert score.replicates is not None
        finite = score.low is not None
        replicates = score.replicates.tolist() if finite else None
        return {"value": score.value, "low": score.low, "high": score.high, "replicates": replicates}

    return {"layer": level.layer, "lrds": plain(level.lrds), "sads": plain(level.sads)}


def _from_json(content: dict[str, Any], n: int, cached: bool) -> Baseline:
    def scores(name: str) -> dict[int | None, Score]:
        return {level["layer"]: _score(level[name], n) for level in content["levels"]}

    return Baseline(scores("lrds"), scores("sads"), cached)


def _score(stored: dict[str, Any], n: int) -> Score:
    replicates = None if stored["replicates"] is None else np.array(stored["replicates"])
    return Score(stored["value"], stored["low"], stored["high"], n, replicates=replicates)
