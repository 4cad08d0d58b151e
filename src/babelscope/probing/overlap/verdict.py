"""The content of an overlap in, a few sentences out: what languages share, beyond what, and what is not shown."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from babelscope.probing.overlap.selections import step_order
from babelscope.report.numbers import count, interval, join, plural, significant

__all__ = ["spoken_curve", "training_verdict", "verdict"]

Place = tuple[str, str]
"""Model and site."""
FEW = 3
NAMED = 6
"""Steps up to which each is named."""
TOGETHER = 0.5
"""Correlation over steps from which overlap is said to go with what probes know."""


def verdict(content: Mapping[str, Any]) -> list[str]:
    """Sentences on each model, at the size that is spoken of: overlap, excess, ceiling, change; each can say no.

    Args:
        content: With `k`, `groups` and `training`.
    """
    if not content["groups"]:
        return []
    k = content["k"]
    places: list[Place] = list(dict.fromkeys((group["model"], group["site"]) for group in content["groups"]))
    said = [sentence for place in places for sentence in _of_model(content, place, k)]
    return said or [f"No attribute was probed in two languages that can be compared at k = {k}: nothing is shared."]


def training_verdict(content: Mapping[str, Any]) -> list[str]:
    """What became of overlap over the training of each model, at the size that is spoken of; nothing without steps.

    Args:
        content: With `k`, `groups` and `training`.
    """
    places = dict.fromkeys((group["model"], group["site"]) for group in content["groups"])
    curves = {place: spoken_curve(content, *place) for place in places}
    return [line for place, curve in curves.items() if curve for line in _of_training(curve, place[0])]


def spoken_curve(content: Mapping[str, Any], model: str, site: str) -> Mapping[str, Any] | None:
    """The curve over training that is spoken of: the mean over layers, or the first layer's; None without steps.

    Args:
        content: With `k` and `training`.
        model: Whose.
        site: Of the neurons.
    """
    wanted = (model, site, content["k"])
    curves = [one for one in content["training"] if (one["model"], one["site"], one["k"]) == wanted]
    return next((one for one in curves if one["layer"] == "mean"), curves[0] if curves else None)


def _of_model(content: Mapping[str, Any], place: Place, k: int) -> list[str]:
    groups = [group for group in content["groups"] if (group["model"], group["site"]) == place]
    whole = spoken_curve(content, *place)
    said = []
    if whole is None:
        for step in sorted({group["step"] for group in groups}, key=step_order):
            said += _of_step([group for group in groups if group["step"] == step], k)
        return [*said, *_ceiling(content, groups, k, said)]
    layers = whole.get("layers", [whole["layer"]])
    last = next((point["step"] for point in reversed(whole["points"]) if point["informative"]), None)
    if last is not None:
        last_groups = [group for group in groups if group["step"] == last and group["layer"] in layers]
        point = next(point for point in whole["points"] if point["step"] == last)
        said += _reading(last_groups, k, point, whole["attributes"])
    return [*said, *_of_training(whole, place[0]), *_ceiling(content, groups, k, said)]


def _of_step(groups: Sequence[Mapping[str, Any]], k: int) -> list[str]:
    """One step: each layer, or the one with the highest overlap and the one with the lowest where there are many."""
    known = [group for group in groups if _at(group, k)["macro"]["overlap"] is not None]
    if len(known) > FEW:
        order = sorted(known, key=lambda group: _at(group, k)["macro"]["overlap"]["value"])
        ends = [
            f"{significant(_at(group, k)['macro']['overlap']['value'])} in layer {group['layer']}" for group in order
        ]
        span = f"Of {len(known)} layers, overlap is highest with {ends[-1]} and lowest with {ends[0]}."
        return [*_reading([order[-1]], k, _at(order[-1], k)["macro"], _at(order[-1], k)["macro"]["attributes"]), span]
    return [
        sentence
        for group in known
        for sentence in _reading([group], k, _at(group, k)["macro"], _at(group, k)["macro"]["attributes"])
    ]


def _at(group: Mapping[str, Any], k: int) -> Mapping[str, Any]:
    return next(at for at in group["by_k"] if at["k"] == k)


def _reading(
    groups: Sequence[Mapping[str, Any]], k: int, macro: Mapping[str, Any], attributes: Sequence[str]
) -> list[str]:
    """Overlap against chance, against different attributes, pair by pair, and against two seeds of one probe."""
    first, overlap = groups[0], macro["overlap"]
    expected = float(np.mean([_at(group, k)["expected"] for group in groups]))
    layers = join([str(group["layer"]) for group in groups])
    where = f"{first['model']} step {first['step']}, {'layers' if len(groups) > 1 else 'layer'} {layers}"
    shares = f"two languages share {interval(overlap)} of the {k} neurons selected for one attribute"
    over = f" (mean over {join(list(attributes))})" if len(attributes) > 1 else f" ({attributes[0]})"
    said = [f"{where}: {shares}{over}; by chance it would be {significant(expected)}{_chance(overlap, expected)}."]
    nmi = macro["nmi"]
    if nmi is not None and nmi <= 0:
        return [
            *said,
            f"Its probes know nothing of the labels on average (mean test NMI {significant(nmi)}): this says "
            "nothing about sharing.",
        ]
    more = [_excess(macro["excess"]), _pairs(groups, k, attributes)]
    if macro["control"] is not None:
        more.append(f"Probes of shuffled labels share {significant(macro['control'])}.")
    if macro["ceiling"] is not None:
        more.append(f"Two seeds of one probe agree on {interval(macro['ceiling'])}, the most that can be expected.")
    return [*said, " ".join(more)]


def _chance(overlap: Mapping[str, Any], expected: float) -> str:
    if overlap["low"] is None:
        return " (too few languages for an interval)"
    return ", from which this is not distinguishable" if overlap["low"] <= expected <= overlap["high"] else ""


def _excess(excess: Mapping[str, Any] | None) -> str:
    if excess is None:
        return (
            "There is no different attribute to compare with: that these neurons are selected for whatever is asked "
            "is not ruled out."
        )
    if excess["low"] is None:
        apart = significant(abs(excess["value"]))
        return (
            f"Different attributes of the same languages share {apart} {'less' if excess['value'] > 0 else 'more'}."
        )
    if excess["low"] > 0:
        return f"That exceeds what different attributes of the same languages share by {interval(excess)}."
    return (
        f"It does not clearly exceed what different attributes of the same languages share (by {interval(excess)}): "
        "sharing that is about the attribute is not shown."
    )


def _pairs(groups: Sequence[Mapping[str, Any]], k: int, attributes: Sequence[str]) -> str:
    cells = [one for group in groups for one in _at(group, k)["attributes"] if one["attribute"] in attributes]
    pairs, beyond = sum(one["pairs"] for one in cells), sum(one["significant"] for one in cells)
    specific, tested = sum(one["specific"] for one in cells), sum(one["tested"] for one in cells)
    apart = (
        f"; of the {count(tested)} whose languages have a different attribute too, {count(specific)} share more than "
        "that would give"
    )
    counted = "" if len(cells) == 1 else " (by attribute and layer)"
    return (
        f"Of {plural(pairs, 'language pair')}{counted}, {count(beyond)} {'shares' if beyond == 1 else 'share'} more "
        f"than chance{apart if tested else ''} (corrected by Holm)."
    )


def _of_training(entry: Mapping[str, Any], model: str) -> list[str]:
    where = "in the mean of its layers" if entry["layer"] == "mean" else f"in layer {entry['layer']}"
    said = [f"Over training of {model}, {where}: {entry['verdict'][0].lower()}{entry['verdict'][1:]}"]
    if (excess := entry["excess_change"]) is not None:
        outcome = {"not decided": "is not decided", "no clear change": "shows no clear change"}.get(
            excess["direction"], excess["direction"]
        )
        alike = entry["change"] is not None and entry["change"]["direction"] == excess["direction"]
        said.append(f"The excess {outcome}{' too' if alike else ''} (change {interval(excess)}).")
    said += _follows_probes([point for point in entry["points"] if point["informative"]])
    return [" ".join(said), *_uninformative(entry["points"])]


def _follows_probes(points: Sequence[Mapping[str, Any]]) -> list[str]:
    if len(points) < FEW + 1 or any(point["nmi"] is None for point in points):
        return []
    overlap, nmi = ([point["overlap"]["value"] for point in points], [point["nmi"] for point in points])
    if np.ptp(overlap) == 0 or np.ptp(nmi) == 0:
        return []
    r = float(np.corrcoef(overlap, nmi)[0, 1])
    if r < TOGETHER:
        return []
    return [
        f"Over {len(points)} steps overlap goes with what probes know (r = {significant(r, 2)} with mean test NMI): "
        "from such a table the two cannot be told apart."
    ]


def _uninformative(points: Sequence[Mapping[str, Any]]) -> list[str]:
    """The steps whose probes know nothing, in one sentence; none where there are none."""
    silent = sorted((point for point in points if not point["informative"]), key=lambda point: point["nmi"])
    if not silent:
        return []
    if len(silent) == 1:
        (point,) = silent
        where, nmi = f"step {point['step']}", significant(point["nmi"])
        there = f", {interval(point['overlap'])} against {significant(point['expected'])} by chance,"
    else:
        steps = [point["step"] for point in points if not point["informative"]]
        where = f"steps {join(steps)}" if len(steps) <= NAMED else f"{len(steps)} of {len(points)} steps"
        nmi, there = f"{significant(silent[0]['nmi'])} to {significant(silent[-1]['nmi'])}", ""
    return [
        f"At {where} probes know nothing of the labels on average (mean test NMI {nmi}); overlap there{there} says "
        "nothing about sharing and is left out of the change."
    ]


def _ceiling(
    content: Mapping[str, Any], groups: Iterable[Mapping[str, Any]], k: int, said: Sequence[str]
) -> list[str]:
    """What is known of how far a selection agrees with itself, where cells have one seed."""
    groups = list(groups)
    if not said or any(_at(group, k)["macro"]["ceiling"] is not None for group in groups):
        return []
    model = groups[0]["model"]
    pairs = [pair for one in content["between_steps"] if one["model"] == model for pair in one["same_weights"]]
    once = "One seed per cell, so no ceiling is measured"
    if not pairs:
        return [f"{once}: how far a selection would agree with itself is not known."]
    first, second = pairs[0]["steps"]
    agreement = float(np.mean([pair["agreement"] for pair in pairs if pair["steps"] == [first, second]]))
    return [
        f"{once}; steps {first} and {second}, which look like the same weights, agree on {significant(agreement)}, "
        "which can stand for it."
    ]
