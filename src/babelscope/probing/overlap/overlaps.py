"""Selections in, their overlaps out: the public call of this package."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from babelscope import languages
from babelscope.errors import BabelscopeError, unknown_choice
from babelscope.probing.overlap.bootstrap import DRAWS
from babelscope.probing.overlap.layer import Choices, Layer
from babelscope.probing.overlap.means import at_size
from babelscope.probing.overlap.neurons import check_sizes, headline, implausible, neurons_of
from babelscope.probing.overlap.popular import popular_neurons
from babelscope.probing.overlap.selections import Group, Selections
from babelscope.probing.overlap.series import over_steps
from babelscope.probing.overlap.verdict import verdict
from babelscope.provenance import Signature, versions

__all__ = ["Overlaps", "overlap"]

COLUMNS = ("model", "step", "site", "layer")
PAIR = ("overlap", "expected", "p", "p_holm", "significant", "excess")


@dataclass(frozen=True, eq=False)
class Overlaps:
    """What languages share of the neurons that probes selected."""

    content: dict[str, Any] = field(repr=False)
    """Plain JSON types: `groups` (macro averages, attributes, pairs by k; popular neurons), `training`, `verdict`."""

    def rows(self) -> list[dict[str, Any]]:
        """Rows of overlap.csv: every comparable pair of languages, unseen ones included."""
        found = []
        for group in self.content["groups"]:
            place = {name: group[name] for name in COLUMNS}
            for at in group["by_k"]:
                for pair in at["pairs"]:
                    known = {**pair, "expected": at["expected"], "significant": str(pair["significant"]).lower()}
                    names = {name: pair[name] for name in ("attribute", "language_a", "language_b")}
                    found.append({**place, **names, "k": at["k"], **{name: known[name] for name in PAIR}})
        return found


def overlap(
    selections: Selections,
    neurons: int | Mapping[str, int],
    ks: Sequence[int] | None = None,
    *,
    unseen: Iterable[str] = (),
    incomparable: Iterable[Mapping[str, Any]] = (),
    attributes: Sequence[str] | None = None,
    controls: Selections | None = None,
    seed: int = 0,
    draws: int = DRAWS,
) -> Overlaps:
    """Compares the neurons that different languages' probes selected for the same attribute.

    The overlap of two languages is the share of k neurons that both selected, compared seed by seed and averaged.
    Random selections share k over the layer's neurons; p is exact, corrected by Holm over the pairs of an attribute.
    Some neurons are selected for whatever is asked, so the excess over the overlap of different attributes between
    the same two languages is the stricter number. Intervals resample languages, since pairs share them.

    Args:
        selections: Read from a table, or made from rows.
        neurons: Neurons of a layer; a mapping where models differ.
        ks: Sizes of selections; by default those of 10, 25 and 50 that all selections have.
        unseen: Languages the model was not trained on: in no mean, their pairs corrected apart.
        incomparable: What cannot be compared, with `attribute` and `language`, or `language_a` and `language_b`.
        attributes: Those of the macro average and of the excess; by default all that two languages have.
        controls: Selections of probes trained on shuffled labels, of the same layers.
        seed: Of the draws of languages.
        draws: How many.

    Raises:
        BabelscopeError: If k, a neuron, a model, a language or an attribute does not fit the selections.
    """
    sizes = neurons_of(selections, neurons)
    checked = check_sizes(selections, sizes, ks)
    choices = Choices(
        ks=checked,
        k=headline(checked, min(sizes)),
        unseen=_unseen(unseen, selections),
        attributes=_attributes(attributes, selections),
        incomparable=tuple(incomparable),
        seed=seed,
        draws=draws,
    )
    layers = [
        Layer(group, number, choices, _control(controls, group))
        for group, number in zip(selections.groups, sizes, strict=True)
    ]
    warnings = [{"kind": "neurons", "message": line} for line in implausible(selections, sizes)]
    content: dict[str, Any] = {
        "source": selections.source,
        "probe": selections.probe,
        "ks": list(choices.ks),
        "k": choices.k,
        "attributes": list(choices.attributes or selections.attributes),
        "languages": list(selections.languages),
        "language_info": {code: languages.describe(code) for code in selections.languages},
        "unseen": [code for code in selections.languages if code in choices.unseen],
        "draws": draws,
        "seed": seed,
        "groups": [_group(layer) for layer in layers],
        **over_steps(layers, choices, warnings),
    }
    signature = _signature(selections, sizes, choices, controls)
    about = {"signature": signature.spelled(), "versions": dict(versions())}
    return Overlaps({**content, "verdict": verdict(content), "warnings": warnings, **about})


def _signature(
    selections: Selections, neurons: Sequence[int], choices: Choices, controls: Selections | None
) -> Signature:
    groups = selections.groups
    found = versions(("babelscope", "numpy", "scipy"))
    return Signature.of(
        model=",".join(dict.fromkeys(group.model for group in groups)),
        selections=selections.hash,
        controls=controls.hash if controls is not None else "none",
        languages=",".join(selections.languages),
        site=",".join(dict.fromkeys(group.site for group in groups)),
        neurons=",".join(
            dict.fromkeys(f"{group.model}:{number}" for group, number in zip(groups, neurons, strict=True))
        ),
        k=",".join(map(str, choices.ks)),
        attributes=",".join(choices.attributes or selections.attributes),
        unseen=",".join(sorted(choices.unseen)) or "none",
        draws=choices.draws,
        seed=choices.seed,
        version=found["babelscope"],
        numpy=found["numpy"],
        scipy=found["scipy"],
    )


def _unseen(codes: Iterable[str], selections: Selections) -> frozenset[str]:
    found = frozenset(languages.canonical(code) for code in codes)
    return found & set(selections.languages)


def _attributes(asked: Sequence[str] | None, selections: Selections) -> tuple[str, ...] | None:
    for name in asked or ():
        if name not in selections.attributes:
            raise BabelscopeError(unknown_choice("attribute", name, selections.attributes))
    return tuple(dict.fromkeys(asked)) if asked else None


def _control(controls: Selections | None, group: Group) -> Group | None:
    wanted = (group.model, group.step, group.site, group.layer)
    return next(
        (one for one in controls.groups if (one.model, one.step, one.site, one.layer) == wanted)
        if controls
        else iter(()),
        None,
    )


def _group(layer: Layer) -> dict[str, Any]:
    group = layer.group
    return {
        "model": group.model,
        "step": group.step,
        "site": group.site,
        "layer": group.layer,
        "neurons": layer.neurons,
        "seeds": group.neurons.shape[0],
        "by_k": [at_size(layer, k) for k in layer.choices.ks],
        "neurons_shared": popular_neurons(layer, layer.choices.k),
    }
