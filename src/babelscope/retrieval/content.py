"""A retrieval in, the content of retrieval.json out: plain types; and what a series keeps of it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float
from scipy import stats

from babelscope import languages
from babelscope.provenance import versions
from babelscope.retrieval.findings import findings, noticed

if TYPE_CHECKING:
    from babelscope.retrieval.run import Retrieval

__all__ = ["series_record", "summarise_retrieval"]

Level = Mapping[str, Any]


def summarise_retrieval(retrieval: "Retrieval") -> dict[str, Any]:
    """Every number but those of single pairs, which only the best layer of each pooling keeps."""
    corpus, options, fields = retrieval.corpus, retrieval.options, retrieval.model_fields
    codes = corpus.languages
    best = {pooling: _best(_of(retrieval.levels, pooling)) for pooling in options.poolings}
    content: dict[str, Any] = {
        "model": fields["model"],
        "step": fields["step"],
        "site": options.site,
        "layers": list(retrieval.layers),
        "poolings": list(options.poolings),
        "languages": list(codes),
        "language_info": {code: languages.describe(code) for code in codes},
        "corpus": {
            "name": corpus.name,
            "hash": corpus.hash,
            "source": corpus.source.location,
            "revision": corpus.source.revision,
            "licence": corpus.source.licence,
            "dropped": corpus.dropped,
        },
        "sentences": corpus.n,
        "tokens": dict(retrieval.tokens),
        "pivot": options.pivot,
        "pairs_measured": len(options.pairs(codes)),
        "chance": 1 / corpus.n,
        "mutual_chance": 1 / (2 * corpus.n - 1),
        "best": best,
        "levels": [_level(level, codes) for level in retrieval.levels],
        "pairs": {pooling: _pairs(retrieval.levels, pooling, best[pooling]["layer"]) for pooling in options.poolings},
        "options": asdict(options),
        "signature": retrieval.signature.spelled(),
        "versions": dict(versions()),
        "timings": dict(retrieval.timings),
    }
    return content | {"verdict": findings(content), "warnings": [*retrieval.warnings, *noticed(content)]}


def series_record(content: Mapping[str, Any]) -> dict[str, Any]:
    """What a series follows of one checkpoint: every layer's mean over pairs, and each language's accuracy.

    Args:
        content: Of retrieval.json.
    """
    kept = ("site", "poolings", "pivot", "sentences", "chance", "best")
    return {name: content[name] for name in kept} | {
        "levels": [
            {
                "pooling": level["pooling"],
                "layer": level["layer"],
                "all": level["all"],
                "languages": {
                    code: {
                        name: found[name] for name in ("accuracy", "accuracy_low", "accuracy_high", "centred_margin")
                    }
                    for code, found in level["languages"].items()
                },
            }
            for level in content["levels"]
        ]
    }


def _of(levels: Sequence[Level], pooling: str) -> list[Level]:
    return [level for level in levels if level["pooling"] == pooling]


def _best(levels: Sequence[Level]) -> dict[str, Any]:
    """The layer of the highest accuracy, and what is left of it when layers are chosen on other sentences.

    `chosen_apart`: every sentence is measured in the layer that is best for the other half of them. `gain`: the same
    minus its accuracy in the embeddings, None where those were not measured; both with intervals over sentences.
    """
    top = max(levels, key=lambda level: level["all"]["accuracy"])
    found = np.array([level["by_sentence"] for level in levels])
    half = np.arange(found.shape[1]) % 2
    layer = np.array([found[:, half == 1].mean(1).argmax(), found[:, half == 0].mean(1).argmax()])[half]
    apart = found[layer, np.arange(found.shape[1])]
    return {
        "layer": top["layer"],
        **{name: top["all"][name] for name in ("accuracy", "accuracy_low", "accuracy_high")},
        "chosen_apart": _mean(apart),
        "gain": _mean(apart - found[0]) if levels[0]["layer"] == 0 else None,
    }


def _mean(values: Float[np.ndarray, " sentence"]) -> dict[str, float]:
    """With its 95 % t interval."""
    reach = stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    mean = float(values.mean())
    return {"value": mean, "low": mean - float(reach), "high": mean + float(reach)}


def _level(level: Level, codes: Sequence[str]) -> dict[str, Any]:
    by_code = {code: {name: row[a] for name, row in level["languages"].items()} for a, code in enumerate(codes)}
    kept = ("pooling", "layer", "all", "undirected")
    return {name: level[name] for name in kept} | {"languages": by_code}


def _pairs(levels: Sequence[Level], pooling: str, layer: int) -> dict[str, Any]:
    """Matrices of (language looked from, language looked in) by measure."""
    return next(level["pairs"] for level in _of(levels, pooling) if level["layer"] == layer)
