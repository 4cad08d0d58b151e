"""A layer and a size in, its means over language pairs with intervals out: per attribute and their macro average."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from babelscope.probing.overlap.bootstrap import Estimate, language_mean, mean_of, pair_mean
from babelscope.probing.overlap.layer import Layer
from babelscope.probing.overlap.pairs import pair_rows

__all__ = ["Means", "at_size", "attribute_means", "macro_means", "mean_of_all"]

Means = dict[str, Estimate | None]
"""`overlap`, `excess`, `without_uninformative` and `ceiling` of one attribute, or of their macro average."""


def at_size(layer: Layer, k: int) -> dict[str, Any]:
    """One entry of `by_k` in the content of an overlap: macro average, attributes and pairs.

    Args:
        layer: Selections of one layer.
        k: Size of a selection.
    """
    rows = pair_rows(layer, k)
    found = {name: attribute_means(layer, k, name) for name in layer.group.attributes}
    return {
        "k": k,
        "expected": k / layer.neurons,
        "macro": _macro(layer, k, found),
        "attributes": [_attribute(layer, k, name, means, rows) for name, means in found.items()],
        "pairs": rows,
    }


def attribute_means(layer: Layer, k: int, attribute: str) -> Means:
    """Means of one attribute over the pairs of seen languages; None where there is nothing to average."""
    pairs, weights = layer.pairs(k, attribute), layer.weights
    silent = layer.uninformative(k, attribute)
    bad = np.array([code in silent for code in layer.group.languages], dtype=bool)
    ceiling = np.where(layer.seen, layer.ceiling(k)[:, layer.place(attribute)], np.nan)
    told = np.isfinite(layer.nmi(k)[layer.seen, layer.place(attribute)]).any()
    return {
        "overlap": pair_mean(pairs, weights),
        "excess": pair_mean(pairs - layer.different(k), weights),
        "without_uninformative": pair_mean(np.where(bad[:, None] | bad, np.nan, pairs), weights) if told else None,
        "ceiling": language_mean(ceiling, weights),
    }


def macro_means(layer: Layer, found: dict[str, Means]) -> Means:
    """Unweighted means over the macro's attributes; None unless every one of them has the number."""
    parts = [found[name] for name in layer.macro_attributes]
    macro: Means = {}
    for kind in ("overlap", "excess", "without_uninformative", "ceiling"):
        values = [part[kind] for part in parts]
        macro[kind] = mean_of([one for one in values if one is not None]) if values and None not in values else None
    return macro


def _macro(layer: Layer, k: int, found: dict[str, Means]) -> dict[str, Any]:
    macro, names = macro_means(layer, found), layer.macro_attributes
    overlap, chance = macro["overlap"], k / layer.neurons
    corrected = None
    if overlap is not None and chance < 1:
        corrected = overlap.scaled(1 / (1 - chance), -chance / (1 - chance))
    controls = [layer.control_pairs(k, name) for name in names]
    nmi = [layer.attribute_nmi(k, name) for name in names]
    return {
        "overlap": _dict(overlap),
        "excess": _dict(macro["excess"]),
        "corrected": _dict(corrected),
        "without_uninformative": _dict(macro["without_uninformative"]),
        "ceiling": _counted(macro["ceiling"]),
        "control": mean_of_all(controls),
        "nmi": mean_of_all(nmi),
        "attributes": list(names),
        "pairs": overlap.n if overlap is not None else 0,
    }


def mean_of_all(values: Sequence[float | None]) -> float | None:
    """Their mean; None if one of them is missing, or all are."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known and len(known) == len(values) else None


def _attribute(layer: Layer, k: int, attribute: str, means: Means, rows: list[dict[str, Any]]) -> dict[str, Any]:
    overlap = means["overlap"]
    weighted = layer.seen_only(layer.all_pairs(layer.shared[k].weighted, attribute))
    own = [row for row in rows if row["attribute"] == attribute]
    unseen = layer.choices.unseen
    own = [row for row in own if not unseen & {row["language_a"], row["language_b"]}]
    return {
        "attribute": attribute,
        "languages": list(layer.languages_of(attribute)),
        "pairs": overlap.n if overlap is not None else 0,
        "overlap": _dict(overlap),
        "rank_weighted": float(np.nanmean(weighted)) if np.isfinite(weighted).any() else None,
        "excess": _dict(means["excess"]),
        "without_uninformative": _dict(means["without_uninformative"]),
        "ceiling": _counted(means["ceiling"]),
        "control": layer.control_pairs(k, attribute),
        "significant": sum(row["significant"] for row in own),
        "specific": sum(row["specific"] is True for row in own),
        "tested": sum(row["specific"] is not None for row in own),
        "nmi": layer.attribute_nmi(k, attribute),
        "uninformative": list(layer.uninformative(k, attribute)),
        "apart": _apart(layer, k, attribute),
    }


def _apart(layer: Layer, k: int, attribute: str) -> list[dict[str, Any]]:
    """Each unseen language with the seen ones."""
    pairs, nmi = layer.all_pairs(layer.shared[k].overlap, attribute), layer.nmi(k)[:, layer.place(attribute)]
    found = []
    for place in np.flatnonzero(~layer.seen):
        with_seen = pairs[place][layer.seen]
        if np.isfinite(with_seen).any():
            found.append(
                {
                    "language": layer.group.languages[place],
                    "overlap": float(np.nanmean(with_seen)),
                    "nmi": float(nmi[place]) if np.isfinite(nmi[place]) else None,
                }
            )
    return found


def _dict(estimate: Estimate | None) -> dict[str, Any] | None:
    return None if estimate is None else estimate.as_dict()


def _counted(estimate: Estimate | None) -> dict[str, Any] | None:
    return None if estimate is None else {**estimate.as_dict(), "n": estimate.n}
