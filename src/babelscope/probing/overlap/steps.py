"""Layers of one model over its steps in, how alike the same selections are at any two steps out."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from babelscope.probing.overlap.layer import Layer
from babelscope.probing.overlap.selections import ABSENT
from babelscope.probing.overlap.sharing import agreement

__all__ = ["agreement_over_steps", "same_weights"]

CLEARLY = 4.0
"""Standard errors over cells."""
AT_CHANCE = 2.0
"""Times chance, up to which a step is taken to have nothing in common with any other."""


def agreement_over_steps(layers: Sequence[Layer], k: int) -> dict[str, Any]:
    """Agreement of the selections of one (language, attribute, seed) at every two steps, mean over cells.

    Args:
        layers: One layer of one model, by step.
        k: Size of a selection.

    Returns:
        An entry of `between_steps`: steps, their agreement as a matrix, the pairs that look like the same weights,
        and the steps that agree with no other beyond chance.
    """
    first = layers[0]
    cells = _by_cell(layers, k)
    mean = _means(cells)
    return {
        "model": first.group.model,
        "site": first.group.site,
        "layer": first.group.layer,
        "k": k,
        "expected": k / first.neurons,
        "steps": [layer.group.step for layer in layers],
        "agreement": [[float(value) if np.isfinite(value) else None for value in row] for row in mean],
        "same_weights": [
            {"steps": [layers[a].group.step, layers[b].group.step], "agreement": float(mean[a, b])}
            for a, b in same_weights(cells, k / first.neurons)
        ],
        "alone": [layers[a].group.step for a in sorted(_alone(cells, k / first.neurons))],
    }


def _by_cell(layers: Sequence[Layer], k: int) -> Float[np.ndarray, "cell step step"]:
    group = layers[0].group
    depth = min(layer.group.neurons.shape[-1] for layer in layers)
    seeds = min(layer.group.neurons.shape[0] for layer in layers)
    found = []
    for code in group.languages:
        for attribute in group.attributes:
            picks = np.stack([_cell(layer, code, attribute, seeds, depth) for layer in layers])
            if (picks[..., 0] != ABSENT).any(0).any():
                found.append(np.stack([agreement(picks[:, seed], layers[0].neurons, k) for seed in range(seeds)]))
    together = np.concatenate(found)
    return together[np.isfinite(together).any((1, 2))]


def _cell(layer: Layer, code: str, attribute: str, seeds: int, depth: int) -> np.ndarray:
    group = layer.group
    if code not in group.languages or attribute not in group.attributes:
        return np.full((seeds, depth), ABSENT)
    return group.neurons[:seeds, group.languages.index(code), group.attributes.index(attribute), :depth]


def same_weights(cells: Float[np.ndarray, "cell step step"], chance: float) -> list[tuple[int, int]]:
    """Pairs of steps that look like one set of weights uploaded twice.

    Training moves selections on: a step is more like its neighbours than like steps beyond them. Two steps are named
    where every selection is the same, or where they are clearly more alike than either is to each step between them.
    Steps between that say nothing are passed over: those with nothing in common with any other, and those named
    already, the most alike first.

    Args:
        cells: Agreement of every (language, attribute, seed) at every two steps.
        chance: Agreement of random selections.
    """
    steps = cells.shape[1]
    mean, silent = _means(cells), _alone(cells, chance)
    found: list[tuple[int, int]] = []
    while True:
        clear = [
            (a, b)
            for a in range(steps)
            for b in range(a + 1, steps)
            if (a, b) not in found and (mean[a, b] > 1 - 1e-9 or _lead(cells, a, b, silent) > CLEARLY)
        ]
        if not clear:
            return sorted(found)
        found.append(max(clear, key=lambda pair: mean[pair]))
        silent |= set(found[-1])


def _alone(cells: np.ndarray, chance: float) -> set[int]:
    """Steps whose selections have nothing in common with those of any other step."""
    mean = _means(cells)
    np.fill_diagonal(mean, np.nan)
    return {step for step, others in enumerate(mean) if not (others > AT_CHANCE * chance).any()}


def _means(cells: np.ndarray) -> np.ndarray:
    steps = range(cells.shape[1])
    return np.array([[_mean(cells[:, a, b]) for b in steps] for a in steps])


def _mean(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def _lead(cells: np.ndarray, a: int, b: int, silent: set[int]) -> float:
    """By how many standard errors a and b are more alike than either is to any step between them, at least."""
    leads = [cells[:, a, b] - cells[:, end, m] for m in range(a + 1, b) if m not in silent for end in (a, b)]
    return min((_errors_above_zero(lead[np.isfinite(lead)]) for lead in leads), default=-math.inf)


def _errors_above_zero(lead: np.ndarray) -> float:
    if len(lead) < 3:
        return -math.inf
    mean, error = float(lead.mean()), float(lead.std(ddof=1)) / math.sqrt(len(lead))
    return mean / error if error > 0 else math.inf if mean > 0 else -math.inf
