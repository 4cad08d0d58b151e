"""Layers of every step in, what changes over the steps of each model out."""

from collections.abc import Mapping, Sequence
from typing import Any

from babelscope.probing.overlap.layer import Choices, Layer
from babelscope.probing.overlap.selections import step_order
from babelscope.probing.overlap.steps import agreement_over_steps
from babelscope.probing.overlap.training import common_cells, over_training
from babelscope.report.numbers import join

__all__ = ["over_steps"]


def over_steps(layers: Sequence[Layer], choices: Choices, warnings: list[dict[str, str]]) -> dict[str, Any]:
    """`training` and `between_steps`: models of which there are several steps."""
    series: dict[tuple[str, str], dict[int, dict[str, Layer]]] = {}
    for layer in layers:
        group = layer.group
        steps = series.setdefault((group.model, group.site), {}).setdefault(group.layer, {})
        steps[group.step] = layer
    training, between = [], []
    for (model, site), by_layer in series.items():
        several = {number: steps for number, steps in by_layer.items() if len(steps) > 1}
        if not several:
            continue
        cut = _cut_to_common(several, f"{model} {site}", warnings)
        if cut is None:
            continue
        training += [{"model": model, "site": site, **entry} for entry in over_training(cut, choices.ks)]
        between += [agreement_over_steps(list(steps.values()), choices.k) for steps in cut.values()]
    warnings += [*_same_weights(between), *_alone(between)]
    return {"training": training, "between_steps": between}


def _cut_to_common(
    by_layer: Mapping[int, Mapping[str, Layer]], title: str, warnings: list[dict[str, str]]
) -> dict[int, dict[str, Layer]] | None:
    every = [layer for steps in by_layer.values() for layer in steps.values()]
    kept = common_cells(every)
    if not any(len(codes) > 1 for codes in kept.values()):
        message = f"the steps of {title} have no two languages in common for any attribute; no curve over training"
        warnings.append({"kind": "steps", "message": message})
        return None
    cells = sum(map(len, kept.values()))
    most = max(int(layer.group.present.any(0).sum()) for layer in every)
    if most > cells:
        message = (
            f"curves of {title} over training are about the {cells} (language, attribute) cells that every step has; "
            f"single steps have up to {most}"
        )
        warnings.append({"kind": "steps", "message": message})
    return {
        number: {
            step: Layer(
                steps[step].group.only(kept),
                steps[step].neurons,
                steps[step].choices,
                steps[step].control,
            )
            for step in sorted(steps, key=step_order)
        }
        for number, steps in by_layer.items()
    }


def _same_weights(between: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """One line for every two steps that some layers take for the same weights."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for one in between:
        for pair in one["same_weights"]:
            said = f"{pair['agreement']:.3f} of the {one['k']} neurons in layer {one['layer']}"
            found.setdefault((one["model"], *pair["steps"]), []).append(said)
    return [
        {
            "kind": "same weights",
            "message": (
                f"{model} steps {first} and {second} look like the same weights uploaded twice: their selections "
                f"agree on {join(said)}, more than with any step between; that much is reproducible"
            ),
        }
        for (model, first, second), said in found.items()
    ]


def _alone(between: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """One line for every step that agrees with no other in any layer, where others do."""
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for one in between:
        for step in one["alone"] if len(one["alone"]) < len(one["steps"]) - 1 else ():
            found.setdefault((one["model"], step), []).append(one)
    lines = []
    for (model, step), entries in found.items():
        if len(entries) == sum(one["model"] == model and step in one["steps"] for one in between):
            most = max(_most(one, step) for one in entries)
            lines.append(
                f"{model} step {step}: its selections agree with those of no other step (on {most:.3f} at most, by "
                f"chance {entries[0]['expected']:.3f}), as if its weights were broken; read its overlaps as noise"
            )
    return [{"kind": "broken step", "message": line} for line in lines]


def _most(one: Mapping[str, Any], step: str) -> float:
    place = one["steps"].index(step)
    return max(value for at, value in enumerate(one["agreement"][place]) if at != place and value is not None)
