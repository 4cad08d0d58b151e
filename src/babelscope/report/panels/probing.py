"""Which neurons tell an attribute of words, and which of them languages share."""

from collections.abc import Mapping
from typing import Any

from babelscope.report.drawing import Drawing
from babelscope.report.figures.probing_curve import information_curves
from babelscope.report.figures.probing_layers import overlap_layers
from babelscope.report.figures.probing_neurons import shared_neurons
from babelscope.report.figures.probing_overlap import overlap_maps
from babelscope.report.figures.probing_readings import headline_k
from babelscope.report.numbers import join
from babelscope.report.panels.panel import Facts, Material
from babelscope.report.panels.probing_method import OF_OVERLAP, OF_PROBING, treebanks_table
from babelscope.report.panels.probing_tables import cells_table, sizes_table

__all__ = ["compared", "facts"]

_REASON = (
    "Not measured in this run; `babelscope probe MODEL --treebanks DIR --layers 3,6 --attributes POS,Number,Gender` "
    "fills this section."
)
_MOST_MAPS = 12


def facts(material: Material) -> Facts:
    """Verdict, figures, tables with every cell's n, and why what is missing is missing."""
    probing = material.probing
    if probing is None:
        return {"figures": [], "reason": _REASON}
    drawings = information_curves(probing) if probing["cells"] else []
    notes = [] if drawings else ["No attribute could be probed in any language; the table says why."]
    notes += _given_up(probing)
    overlap, tables = probing.get("overlap"), [cells_table(probing)]
    if overlap:
        shared = _with_names(overlap, probing)
        drawings += compared(shared, shared["groups"], headline_k(shared))
        table = sizes_table(shared)
        tables += [table] if table else []
        notes += _omitted(shared, drawings)
    else:
        notes.append("Overlap was not counted: it takes an attribute that two languages mark.")
    treebanks = treebanks_table(probing)
    tables += [treebanks] if treebanks else []
    return {
        "figures": drawings,
        "sentences": list(probing.get("verdict") or []),
        "tables": tables,
        "notes": notes,
        "definitions": [*OF_PROBING, *(OF_OVERLAP if overlap else ())],
        "warnings": [(warning["kind"], warning["message"]) for warning in probing.get("warnings") or []],
    }


def _with_names(overlap: Mapping[str, Any], probing: Mapping[str, Any]) -> dict[str, Any]:
    """An overlap that knows the names of languages and why cells are missing."""
    keys = ("language_info", "infeasible", "incomparable", "cells")
    known = {key: probing[key] for key in keys if probing.get(key)}
    names = [name for name in probing["attributes"] if name in overlap["attributes"]]
    return {**overlap, **known, "attributes": names}


def compared(overlap: Mapping[str, Any], groups: list[dict[str, Any]], k: int) -> list[Drawing]:
    """Overlap by layer, the maps of pairs, and the most shared neurons of the layers that have maps.

    Args:
        overlap: Content of an overlap.
        groups: Its groups of one model, step and site.
        k: Size of the selections.
    """
    layers, maps = overlap_layers(groups, k, overlap["attributes"]), overlap_maps(overlap, groups, k)
    mapped = {row[3] for drawing in maps for row in drawing.rows}
    neurons = [shared_neurons(overlap, group) for group in groups if group["layer"] in mapped]
    return [drawing for drawing in (layers, *maps[:_MOST_MAPS], *neurons) if drawing is not None]


def _given_up(probing: Mapping[str, Any]) -> list[str]:
    """Values that were not probed anywhere, because too few words of some language have them."""
    lost: dict[str, list[str]] = {}
    for one in probing.get("given_up") or []:
        lost.setdefault(one["attribute"], []).append(one["value"])
    said = [f"{attribute} {join(values)}" for attribute, values in lost.items()]
    if not said:
        return []
    why = "Values left out in all languages, so that they can be compared, as one has too few words"
    return [f"{why}: {'; '.join(said)}."]


def _omitted(overlap: Mapping[str, Any], drawings: list[Drawing]) -> list[str]:
    """What of the pairs no figure shows."""
    drawn = {(row[3], row[4]) for d in drawings if d.columns[4:6] == ("attribute", "language_a") for row in d.rows}
    known = {(g["layer"], p["attribute"]) for g in overlap["groups"] for at in g["by_k"] for p in at["pairs"]}
    if not known - drawn:
        return []
    return [
        "Maps of pairs are drawn in the layer of the largest mean overlap where there are more than two, and for "
        f"{_MOST_MAPS} attributes at most; overlap.csv has every layer, attribute and pair."
    ]
