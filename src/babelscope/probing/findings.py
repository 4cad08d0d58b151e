"""The numbers of a probing in, what they say out: sentences for a verdict, and what a reader should be wary of."""

from collections.abc import Mapping, Sequence
from typing import Any

from babelscope.languages import name
from babelscope.report.numbers import count, join, plural, significant

__all__ = ["findings", "noticed"]

Content = Mapping[str, Any]
FEW = 3
"""Layers that are spoken of one by one, and cells that a warning names; of more there is a summary."""


def findings(content: Content) -> list[str]:
    """One sentence per attribute on what the probes decode, then what languages share."""
    said = []
    for attribute in content["attributes"]:
        by_layer = {layer: _cells(content, attribute, layer) for layer in content["layers"]}
        by_layer = {layer: cells for layer, cells in by_layer.items() if cells}
        if by_layer:
            said.append(_decoded(attribute, by_layer, content["k"]))
    if content["overlap"] is None:
        return [*said, "No attribute was probed in two languages, so nothing can be said of what they share."]
    return said + list(content["overlap"]["verdict"])


def _cells(content: Content, attribute: str, layer: int) -> list[Content]:
    return [
        cell
        for cell in content["cells"]
        if (cell["attribute"], cell["layer"]) == (attribute, layer) and cell["language"] not in content["unseen"]
    ]


def _decoded(attribute: str, by_layer: Mapping[int, Sequence[Content]], k: int) -> str:
    """Each layer, or the one that tells most and the one that tells least where there are many."""
    neurons = f"{plural(k, 'neuron')} {'tells' if k == 1 else 'tell'} {attribute}"
    if len(by_layer) <= FEW:
        return f"{neurons} {join([f'in layer {layer} {_told(cells, k)}' for layer, cells in by_layer.items()])}."
    order = sorted(by_layer, key=lambda layer: _mean_nmi(by_layer[layer], k))
    least, most = order[0], order[-1]
    if not any(_languages(cells, k) for cells in by_layer.values()):
        nmi = _nmi(by_layer[most], k)
        return f"{neurons} in no language in any of {len(by_layer)} layers: at best, in layer {most}, {nmi}."
    return (
        f"Of {len(by_layer)} layers, {neurons} best in layer {most}, {_told(by_layer[most], k)}, and worst in layer "
        f"{least}, {_told(by_layer[least], k)}."
    )


def _told(cells: Sequence[Content], k: int) -> str:
    return f"in {_languages(cells, k)} of {plural(len(cells), 'language')} ({_nmi(cells, k)})"


def _languages(cells: Sequence[Content], k: int) -> int:
    """Languages that are told: the interval of the NMI lies above 0."""
    return sum((cell["nmi"][str(k)]["low"] or 0) > 0 for cell in cells)


def _nmi(cells: Sequence[Content], k: int) -> str:
    controls = [cell["control"]["nmi"][str(k)] for cell in cells if cell["control"]]
    beside = f"; with shuffled labels {significant(sum(controls) / len(controls))}" if controls else ""
    return f"mean NMI {significant(_mean_nmi(cells, k))}{beside}"


def _mean_nmi(cells: Sequence[Content], k: int) -> float:
    return sum(cell["nmi"][str(k)]["value"] for cell in cells) / len(cells)


def noticed(content: Content) -> list[dict[str, Any]]:
    """Warnings: cells that decode nothing, languages that could not be compared, words without vectors."""
    k = str(content["k"])
    blank = [
        f"{cell['attribute']} in {name(cell['language'])}, layer {cell['layer']}"
        for cell in content["cells"]
        if cell["nmi"][k]["value"] <= 0
    ]
    dropped = {code: sum(bank["without_vector"].values()) for code, bank in content["treebanks"].items()}
    overlap = content["overlap"] or {"warnings": []}
    warnings = [
        ("nothing decoded", f"selections whose test NMI is 0 or less say nothing about neurons: {_some(blank)}",
         len(blank)),
        ("words without vectors", f"words left out, as no token or context reaches them: {_listed(dropped)}",
         sum(dropped.values())),
        ("incomparable", "; ".join(f"{one['attribute']}: {name(one['language'])} {one['reason']}"
                                   for one in content["incomparable"]), len(content["incomparable"])),
    ]  # fmt: skip
    found = [
        {"kind": kind, "message": message, "count": count, "examples": []}
        for kind, message, count in warnings
        if count
    ]
    return found + [{"count": 1, "examples": [], **warning} for warning in overlap["warnings"]]


def _some(cells: Sequence[str]) -> str:
    more = len(cells) - FEW
    return f"{'; '.join(cells[:FEW])}{f'; and {count(more)} more, see the table' if more > 0 else ''}"


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} of {name(code)}" for code, count in counts.items() if count)
