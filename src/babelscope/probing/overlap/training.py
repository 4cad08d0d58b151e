"""Layers of several steps in, overlap over training out: by layer and their mean, on what every step has."""

from collections.abc import Mapping, Sequence
from typing import Any

from babelscope.probing.overlap.bootstrap import Estimate, difference, mean_of
from babelscope.probing.overlap.layer import Layer
from babelscope.probing.overlap.means import Means, attribute_means, macro_means, mean_of_all
from babelscope.probing.overlap.selections import step_order
from babelscope.report.numbers import interval, significant

__all__ = ["common_cells", "over_training"]

Steps = dict[str, Layer]


def common_cells(layers: Sequence[Layer]) -> dict[str, list[str]]:
    """Languages by attribute that every layer has a selection of: what steps can be compared on."""
    found: dict[str, list[str]] = {}
    first = layers[0].group
    for attribute in first.attributes:
        for code in first.languages:
            if all(_has(layer, code, attribute) for layer in layers):
                found.setdefault(attribute, []).append(code)
    return found


def _has(layer: Layer, code: str, attribute: str) -> bool:
    group = layer.group
    if code not in group.languages or attribute not in group.attributes:
        return False
    return bool(group.present[:, group.languages.index(code), group.attributes.index(attribute)].any())


def over_training(layers: Mapping[int, Steps], ks: Sequence[int]) -> list[dict[str, Any]]:
    """Entries of `training` for one model and site; empty where there are not two steps with a pair in common.

    Layers have an entry each, and their mean where all steps have several. Every point of an entry is about the same
    languages and attributes, so that differences between steps are paired.

    Args:
        layers: Layers by number, then step, steps in order; cut to their common cells.
        ks: Sizes of selections.
    """
    found = []
    every = sorted({step for steps in layers.values() for step in steps}, key=step_order)
    shared = [number for number, steps in layers.items() if set(steps) == set(every)]
    for k in ks:
        measured = {
            number: {step: _measure(layer, k) for step, layer in steps.items()} for number, steps in layers.items()
        }
        for number, steps in measured.items():
            found.append(_entry(number, k, steps))
        if len(shared) > 1:
            mean = {step: _averaged([measured[number][step] for number in shared]) for step in every}
            found.append({**_entry("mean", k, mean), "layers": shared})
    return [entry for entry in found if len(entry["points"]) > 1]


def _measure(layer: Layer, k: int) -> dict[str, Any]:
    each = {name: attribute_means(layer, k, name) for name in layer.macro_attributes}
    macro: Means = macro_means(layer, each)
    controls = [layer.control_pairs(k, name) for name in each]
    nmi = [layer.attribute_nmi(k, name) for name in each]
    return {
        **macro,
        "expected": k / layer.neurons,
        "control": mean_of_all(controls),
        "nmi": mean_of_all(nmi),
        "attributes": list(each),
    }


def _averaged(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {"attributes": parts[0]["attributes"]}
    for name in ("overlap", "excess", "without_uninformative", "ceiling"):
        values = [part[name] for part in parts]
        found[name] = None if any(value is None for value in values) else mean_of(values)
    for name in ("expected", "control", "nmi"):
        found[name] = mean_of_all([part[name] for part in parts])
    return found


def _entry(layer: int | str, k: int, steps: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    points = [(step, at) for step, at in steps.items() if at["overlap"] is not None]
    clean = [(step, at) for step, at in points if at["nmi"] is None or at["nmi"] > 0]
    changes = {name: _change(clean, name) for name in ("overlap", "excess")}
    return {
        "layer": layer,
        "k": k,
        "attributes": points[0][1]["attributes"] if points else [],
        "points": [_point(step, at) for step, at in points],
        "change": changes["overlap"],
        "excess_change": changes["excess"],
        "verdict": _verdict(changes["overlap"], clean),
    }


def _point(step: str, at: Mapping[str, Any]) -> dict[str, Any]:
    estimates = {name: at[name] for name in ("overlap", "excess", "without_uninformative", "ceiling")}
    return {
        "step": step,
        "expected": at["expected"],
        **{name: None if one is None else one.as_dict() for name, one in estimates.items()},
        "control": at["control"],
        "nmi": at["nmi"],
        "informative": at["nmi"] is None or at["nmi"] > 0,
    }


def _change(clean: Sequence[tuple[str, Mapping[str, Any]]], name: str) -> dict[str, Any] | None:
    """Last minus first of the steps at which probes know something."""
    known: list[tuple[str, Estimate]] = [(step, at[name]) for step, at in clean if at[name] is not None]
    if len(known) < 2:
        return None
    (first, earlier), (last, later) = known[0], known[-1]
    found = difference(later, earlier).as_dict()
    return {"from": first, "to": last, **found, "direction": _direction(found)}


def _direction(change: Mapping[str, Any]) -> str:
    if change["low"] is None:
        return "not decided"
    return "rises" if change["low"] > 0 else "falls" if change["high"] < 0 else "no clear change"


def _verdict(change: Mapping[str, Any] | None, clean: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
    if change is None:
        return "Fewer than two steps at which probes know anything: nothing can be said of a change."
    at = dict(clean)
    ends = [significant(at[change[end]]["overlap"].value) for end in ("from", "to")]
    steps = f"from step {change['from']} to step {change['to']} ({ends[0]} to {ends[1]}, change {interval(change)})"
    return {
        "rises": f"Overlap rises {steps}.",
        "falls": f"Overlap falls {steps}.",
        "no clear change": f"Overlap shows no clear change {steps}.",
        "not decided": f"Too few languages to tell whether overlap changes {steps}.",
    }[change["direction"]]
