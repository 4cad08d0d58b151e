"""Runs whose truth is known: scores of made-up activations, without a model or a folder."""

from typing import Any

import numpy as np
import torch

from babelscope.activations import Activations
from babelscope.comparison.run import Run
from babelscope.provenance import text_hash
from babelscope.scanning import Replicates
from babelscope.scores import Permutations, alignment, cosine_sums


def meanings(languages: int, sentences: int, neurons: int, strength: float, seed: int, own: float = 0.0) -> list[Any]:
    """Shared and own parts of two models' activations.

    The same `seed` gives the same sentences: what they mean, and what each language makes of them.

    Args:
        languages: How many.
        sentences: Per language.
        neurons: Of one layer.
        strength: Of what translations share; 0 for none.
        seed: Of the sentences.
        own: Of what keeps languages apart.
    """
    generator = torch.Generator().manual_seed(seed)
    meaning = torch.randn(1, sentences, neurons, generator=generator)
    wording = torch.randn(languages, sentences, neurons, generator=generator)
    language = torch.randn(languages, 1, neurons, generator=torch.Generator().manual_seed(99))
    return [strength * meaning + wording + own * language]


def model_of(layers: list[Any], noise: float, seed: int) -> Activations:
    """Activations of one model: the sentences, and noise of its own in every layer."""
    # Far from the seeds of sentences, or the noise would be one of them.
    generator = torch.Generator().manual_seed(10**9 + seed)
    blocks = [layer + noise * torch.randn(layer.shape, generator=generator) for layer in layers]
    return Activations([f"l{a}" for a in range(len(blocks[0]))], blocks)


def run_of(activations: Activations, name: str = "made-up", **fields: str) -> Run:
    """The run a scan of these activations would leave."""
    languages, n = activations.languages, activations.sentences
    permutations = Permutations.draw(len(languages), n, keep_map=True, draws=20, seed=0)
    levels = [
        alignment(sums, permutations)
        for sums in cosine_sums(activations, activations.squared_norms(), permutations, True)
    ]
    ordered = [levels[-1], *levels[:-1]]
    pairs = {(languages[a], languages[b]): score for (a, b), score in levels[-1].pairs.items()}
    signature = {"model": name, "step": "1", **fields}
    replicates = Replicates(
        tuple(languages),
        tuple(str(i) for i in range(n)),
        tuple(text_hash(str(i)) for i in range(n)),
        np.stack([level.lrds.replicates for level in ordered]),  # type: ignore[arg-type]
        np.stack([level.sads.replicates for level in ordered]),  # type: ignore[arg-type]
        tuple(pairs),
        np.stack([score.replicates for score in pairs.values()]),  # type: ignore[arg-type]
        signature=signature,
    )
    scores = [{"lrds": level.lrds.as_dict(), "sads": level.sads.as_dict()} for level in ordered]
    summary = {
        "model": name,
        "step": "1",
        "site": "mlp",
        "languages": list(languages),
        "language_info": {code: {"name": code} for code in languages},
        "corpus": {"name": "made-up"},
        "sentences": n,
        "layers": activations.n_layers,
        "neurons": sum(activations.neurons),
        "neurons_per_layer": list(activations.neurons),
        **scores[0],
        "by_layer": [{"layer": layer, **score} for layer, score in enumerate(scores[1:], start=1)],
        "pairs": [{"language_a": a, "language_b": b, "sads": score.as_dict()} for (a, b), score in pairs.items()],
        "region_rule": {"kind": "threshold", "value": 2.0},
        "sklr": 0,
        "sklr_null": {"mean": 0.0},
        "regions": [{"language": code, "size": 0, "null_mean": 0.0} for code in languages],
        "signature": {"short": "", "long": "", "fields": signature},
    }
    return Run(summary, replicates, None)
