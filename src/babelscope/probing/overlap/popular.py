"""A layer in, the neurons that most of its selections have in common out."""

from typing import Any

import numpy as np

from babelscope.probing.overlap.chance import often_by_chance
from babelscope.probing.overlap.layer import Layer
from babelscope.probing.overlap.selections import ABSENT

__all__ = ["SHOWN", "popular_neurons"]

SHOWN = 12


def popular_neurons(layer: Layer, k: int, most: int = SHOWN) -> list[dict[str, Any]]:
    """The neurons in the most selections of size k, by attribute and by language; seen languages only.

    A cell (language, attribute) with several seeds counts once: as the share of its seeds that selected the neuron.

    Args:
        layer: Selections of one layer.
        k: Size of a selection.
        most: How many to give.
    """
    picks = layer.group.neurons[:, layer.seen, :, :k]
    seeds, languages, attributes, _ = picks.shape
    there = picks[..., 0] != ABSENT
    share = np.zeros((languages, attributes, layer.neurons))
    for seed in range(seeds):
        at = np.argwhere(there[seed])
        for language, attribute in at:
            share[language, attribute, picks[seed, language, attribute]] += 1
    share /= np.maximum(there.sum(0), 1)[..., None]
    count, cells = share.sum((0, 1)), int(there.any(0).sum())
    best = np.argsort(-count, kind="stable")[:most]
    best = best[count[best] > 0]
    p = often_by_chance(count[best].tolist(), cells, layer.neurons, k)
    seen = [code for code, kept in zip(layer.group.languages, layer.seen, strict=True) if kept]
    return [
        {
            "neuron": int(neuron),
            "count": round(float(count[neuron]), 3),
            "of": cells,
            "attributes": _counts(layer.group.attributes, share[..., neuron].sum(0)),
            "languages": _counts(seen, share[..., neuron].sum(1)),
            "p": float(chance),
        }
        for neuron, chance in zip(best, p, strict=True)
    ]


def _counts(names: tuple[str, ...] | list[str], values: np.ndarray) -> dict[str, float]:
    return {name: round(float(value), 3) for name, value in zip(names, values, strict=True) if value > 0}
