"""Selections with a known overlap: rows as selections.csv has them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

Cells = Mapping[tuple[str, str], Sequence[Sequence[int]]]
"""Neurons of each seed, by language and attribute."""


def rows_of(
    cells: Cells,
    *,
    model: str = "tiny",
    step: str = "1",
    layer: int = 2,
    nmi: float | Mapping[tuple[str, str], float] | None = 0.5,
) -> list[dict[str, Any]]:
    """Rows of one layer of one checkpoint."""
    return [
        {
            "model": model,
            "step": step,
            "site": "hidden",
            "layer": layer,
            "language": language,
            "attribute": attribute,
            "probe": "gaussian",
            "seed": seed,
            "rank": rank,
            "neuron": int(neuron),
            "test_nmi": nmi[language, attribute] if isinstance(nmi, Mapping) else nmi,
            "test_accuracy": None,
        }
        for (language, attribute), picks in cells.items()
        for seed, neurons in enumerate(picks)
        for rank, neuron in enumerate(neurons, start=1)
    ]


def random_cells(
    languages: Iterable[str], attributes: Iterable[str], neurons: int, k: int, seeds: int = 1, seed: int = 0
) -> dict[tuple[str, str], list[list[int]]]:
    """Selections that know nothing: k of the neurons at random."""
    draw = np.random.default_rng(seed)
    places = [(language, attribute) for language in languages for attribute in attributes]
    return {place: [draw.choice(neurons, k, replace=False).tolist() for _ in range(seeds)] for place in places}


def sharing_cells(
    languages: Sequence[str],
    attributes: Sequence[str],
    neurons: int,
    k: int,
    shared: int,
    seeds: int = 1,
    seed: int = 0,
) -> dict[tuple[str, str], list[list[int]]]:
    """Selections of which `shared` neurons are the attribute's own in every language, the others nobody else's."""
    draw = np.random.default_rng(seed)
    pool = draw.permutation(neurons).tolist()
    own = {attribute: [pool.pop() for _ in range(shared)] for attribute in attributes}
    cells = {}
    for language in languages:
        for attribute in attributes:
            picks = []
            for _ in range(seeds):
                rest = [pool.pop() for _ in range(k - shared)]
                picks.append(draw.permutation([*own[attribute], *rest]).tolist())
            cells[language, attribute] = picks
    return cells


def at(content: Mapping[str, Any], k: int, group: int = 0) -> Mapping[str, Any]:
    """What is known of one group at one size."""
    return next(one for one in content["groups"][group]["by_k"] if one["k"] == k)


def pair(found: Mapping[str, Any], attribute: str, a: str, b: str) -> Mapping[str, Any]:
    """One pair of languages, whichever comes first."""
    return next(
        one
        for one in found["pairs"]
        if one["attribute"] == attribute and {one["language_a"], one["language_b"]} == {a, b}
    )


def attribute(found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """One attribute."""
    return next(one for one in found["attributes"] if one["attribute"] == name)
