"""The numbers of a probing in, what they say out: sentences for a verdict, and what a reader should be wary of."""

from collections.abc import Mapping, Sequence
from typing import Any

from babelscope.languages import name
from babelscope.report.numbers import significant

__all__ = ["findings", "noticed"]

Content = Mapping[str, Any]


def findings(content: Content) -> list[str]:
    """One sentence per attribute on what the probes decode, then what languages share."""
    k = str(content["k"])
    said = [
        _decoded(attribute, layer, cells, k)
        for attribute in content["attributes"]
        for layer in content["layers"]
        if (cells := _cells(content, attribute, layer))
    ]
    if content["overlap"] is None:
        return [*said, "No attribute was probed in two languages, so nothing can be said of what they share."]
    return said + list(content["overlap"]["verdict"])


def _cells(content: Content, attribute: str, layer: int) -> list[Content]:
    return [
        cell
        for cell in content["cells"]
        if (cell["attribute"], cell["layer"]) == (attribute, layer) and cell["language"] not in content["unseen"]
    ]


def _decoded(attribute: str, layer: int, cells: Sequence[Content], k: str) -> str:
    told = [cell for cell in cells if (cell["nmi"][k]["low"] or 0) > 0]
    mean = sum(cell["nmi"][k]["value"] for cell in cells) / len(cells)
    controls = [cell["control"]["nmi"][k] for cell in cells if cell["control"]]
    beside = f"; with shuffled labels {significant(sum(controls) / len(controls))}" if controls else ""
    return (
        f"Layer {layer}: {k} neurons tell {attribute} in {len(told)} of {len(cells)} languages "
        f"(NMI {significant(mean)} on average{beside})."
    )


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
        ("nothing decoded", f"selections whose test NMI is 0 or less say nothing about neurons: {'; '.join(blank)}",
         len(blank)),
        ("words without vectors", f"words left out, as no token or context reaches them: {_listed(dropped)}",
         sum(dropped.values())),
        ("incomparable", "; ".join(f"{one['attribute']}: {one['language']} {one['reason']}"
                                   for one in content["incomparable"]), len(content["incomparable"])),
    ]  # fmt: skip
    found = [
        {"kind": kind, "message": message, "count": count, "examples": []}
        for kind, message, count in warnings
        if count
    ]
    return found + [{"count": 1, "examples": [], **warning} for warning in overlap["warnings"]]


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} of {name(code)}" for code, count in counts.items() if count)
