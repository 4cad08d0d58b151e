"""A layer in, one row per attribute and pair of languages out: overlap, chance, exact p, Holm, excess."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np

from babelscope.probing.overlap.chance import share_by_chance
from babelscope.probing.overlap.layer import Layer
from babelscope.scores import holm

__all__ = ["LEVEL", "pair_rows"]

LEVEL = 0.05


def pair_rows(layer: Layer, k: int) -> list[dict[str, Any]]:
    """Every comparable pair, unseen languages included; p is corrected within each attribute.

    Pairs with an unseen language are a family of their own: whether they are in the table changes no other p.
    `specific` says whether a pair shares more than its different attributes do: these share as many as random
    selections from k / (their mean overlap) neurons would, and p is taken in a layer of that many. It is approximate,
    since that mean is itself an estimate; None where there is no different attribute.

    Args:
        layer: Selections of one layer.
        k: Size of a selection.
    """
    tail = share_by_chance(layer.neurons, k)
    different = layer.different(k)
    rows: list[dict[str, Any]] = []
    for attribute in layer.group.attributes:
        families: tuple[list[dict[str, Any]], list[dict[str, Any]]] = ([], [])
        for a, b, row in _attribute_pairs(layer, k, attribute, tail, different):
            families[0 if layer.seen[a] and layer.seen[b] else 1].append(row)
        for family in families:
            for row, p in zip(family, holm([row["p"] for row in family]), strict=True):
                row |= {"p_holm": p, "significant": p <= LEVEL}
            tested = [row for row in family if row["p_excess"] is not None]
            for row, p in zip(tested, holm([row["p_excess"] for row in tested]), strict=True):
                row["specific"] = p <= LEVEL
        rows += sorted((row for family in families for row in family), key=lambda row: row.pop("place"))
    return rows


def _attribute_pairs(
    layer: Layer, k: int, attribute: str, tail: tuple[float, ...], different: np.ndarray
) -> Iterator[tuple[int, int, dict[str, Any]]]:
    codes, place, shared = layer.group.languages, layer.place(attribute), layer.shared[k]
    overlap = layer.all_pairs(shared.overlap, attribute)
    for a, b in combinations(range(len(codes)), 2):
        if not np.isfinite(overlap[a, b]):
            continue
        count, seeds = int(shared.counts[a, place, b, place]), int(shared.seeds[a, place, b, place])
        value, apart = float(overlap[a, b]), float(different[a, b])
        excess = np.isfinite(apart)
        yield (
            a,
            b,
            {
                "place": (a, b),
                "attribute": attribute,
                "language_a": codes[a],
                "language_b": codes[b],
                "overlap": value,
                "p": tail[count // seeds],
                "p_holm": None,
                "significant": None,
                "excess": value - apart if excess else None,
                "p_excess": _beyond(apart, layer.neurons, k, count // seeds) if excess else None,
                "specific": None,
            },
        )


def _beyond(different: float, neurons: int, k: int, shared: int) -> float:
    """P(sharing as many) in a layer of as many neurons as would give the overlap of different attributes."""
    alike = neurons if different <= k / neurons else max(k, round(k / different))
    return share_by_chance(alike, k)[shared]
