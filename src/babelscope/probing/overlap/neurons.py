"""A number of neurons as the user gives it in, that of each group of selections out; what cannot be is refused."""

from collections.abc import Mapping, Sequence

import numpy as np

from babelscope.errors import BabelscopeError
from babelscope.probing.overlap.selections import ABSENT, Group, Selections

__all__ = ["KS", "check_sizes", "headline", "implausible", "neurons_of", "parse_neurons"]

KS = (10, 25, 50)
"""Sizes at which overlaps are reported, as far as layers and selections reach."""
LEVEL = 1e-6
FORM = "a number, or MODEL=NUMBER,MODEL=NUMBER (MODEL:SITE=NUMBER where sites differ)"


def parse_neurons(text: str) -> int | dict[str, int]:
    """What --neurons says: 1024, or bloom-560m=1024,bloom-1b1=1536.

    Raises:
        BabelscopeError: If it is neither, or names a model twice.
    """
    if "=" not in text:
        return _number(text, text)
    found: dict[str, int] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, number = part.rpartition("=")
        if not name.strip():
            raise BabelscopeError(f"got {text!r} for the neurons of a layer, expected {FORM}")
        if name.strip() in found:
            raise BabelscopeError(f"got {text!r} for the neurons of a layer: {name.strip()} is given twice")
        found[name.strip()] = _number(number, text)
    return found


def _number(part: str, text: str) -> int:
    try:
        number = int(part)
    except ValueError:
        number = 0
    if number < 1:
        raise BabelscopeError(f"got {text!r} for the neurons of a layer, expected {FORM}")
    return number


def neurons_of(selections: Selections, neurons: int | Mapping[str, int]) -> list[int]:
    """Neurons of each group's layer.

    Args:
        selections: What was selected.
        neurons: Of every layer; or by model, by `model:site` or by `model:site:layer`.

    Raises:
        BabelscopeError: If a model is not named, or has selected a neuron it does not have.
    """
    found = []
    for group in selections.groups:
        number = neurons if isinstance(neurons, int) else _named(group, neurons)
        largest = int(group.neurons.max())
        if largest >= number:
            raise BabelscopeError(
                f"{group.title} selects neuron {largest} where neurons are 0 to {number - 1}; give the number of "
                f"neurons of its layer, such as --neurons {group.model}={_usual(largest)}"
            )
        found.append(number)
    return found


def _named(group: Group, neurons: Mapping[str, int]) -> int:
    for name in (f"{group.model}:{group.site}:{group.layer}", f"{group.model}:{group.site}", group.model):
        if name in neurons:
            return neurons[name]
    raise BabelscopeError(
        f"the neurons of {group.model} are not given (they are for {', '.join(neurons) or 'no model'}); "
        f"add {group.model}=NUMBER to --neurons"
    )


def _usual(largest: int) -> int:
    """The next multiple of 64, which hidden sizes are."""
    return (largest // 64 + 1) * 64


def check_sizes(selections: Selections, neurons: Sequence[int], ks: Sequence[int] | None) -> tuple[int, ...]:
    """The sizes to compare, ascending: those asked for, or those of KS that every selection and layer has.

    Raises:
        BabelscopeError: If a size asked for is larger than a layer or a selection, or none of KS fits.
    """
    if ks is not None and (not ks or min(ks) < 1):
        raise BabelscopeError(f"got k {', '.join(map(str, ks)) or 'none'}, expected sizes of 1 or more")
    shortest, of = min(((_shortest(group), group) for group in selections.groups), key=lambda one: one[0])
    least = min(neurons)
    if ks is None:
        return tuple(k for k in KS if k <= min(shortest, least)) or (min(shortest, least),)
    for k in sorted(set(ks)):
        if k > least:
            raise BabelscopeError(f"got k = {k}, more than the {least} neurons of a layer; give a smaller --k")
        if k > shortest:
            raise BabelscopeError(
                f"got k = {k}, and a selection of {of.title} has {shortest} neurons; give a --k of at most "
                f"{shortest}, or select more"
            )
    return tuple(sorted(set(ks)))


def headline(ks: Sequence[int], neurons: int) -> int:
    """The size that is spoken of: the one nearest to a twentieth of the layer, as 50 of BLOOM's 1,024 [METHODS 6i].

    Half of a small layer is shared by any two selections of it, so the largest size would say little there.
    """
    return min(ks, key=lambda k: abs(k - neurons / 20))


def _shortest(group: Group) -> int:
    return int((group.neurons != ABSENT).sum(-1)[group.present].min())


def implausible(selections: Selections, neurons: Sequence[int]) -> list[str]:
    """Lines on models whose selections stay far below the number of neurons given for them.

    Were distinct neurons drawn at random, the largest would be this small less than once in a million tables.
    """
    largest: dict[tuple[str, str, int], set[int]] = {}
    for group, number in zip(selections.groups, neurons, strict=True):
        distinct = set(np.unique(group.neurons[group.neurons != ABSENT]).tolist())
        largest.setdefault((group.model, group.site, number), set()).update(distinct)
    said = []
    for (model, site, number), distinct in largest.items():
        below = max(distinct) + 1
        if _usual(below - 1) < number and len(distinct) * np.log(below / number) < np.log(LEVEL):
            said.append(
                f"{model} was said to have {number} neurons in a {site} layer, but the {len(distinct)} distinct ones "
                f"selected are all below {below}; if it has {_usual(below - 1)}, chance is higher than stated"
            )
    return said
