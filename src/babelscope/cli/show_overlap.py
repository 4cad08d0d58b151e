"""The content of an overlap in, tables and a verdict in a terminal out."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from babelscope.cli.show import console, plain_table
from babelscope.probing.overlap import spoken_curve
from babelscope.report.numbers import DASH, fixed, interval, join, significant

__all__ = ["overlap_tables", "show_overlap"]

FEW = 3
"""Layers up to which each has a table of its attributes."""
WIDE = 96
"""Characters from which the interval of the excess fits beside ceiling and control."""


def show_overlap(content: Mapping[str, Any]) -> None:
    """The tables, what their columns are, and the verdict.

    Args:
        content: What `Overlaps.content` holds.
    """
    out = console()
    for table in overlap_tables(content):
        out.print(table)
    out.print(
        "overlap: shared neurons over k, [0, 1]; excess: beyond different attributes of the same two languages",
        style="dim",
    )
    out.print(
        "sharing: pairs beyond chance at 5 %, corrected by Holm; NMI: what probes know of test words", style="dim"
    )
    for sentence in content["verdict"]:
        out.print(sentence, markup=False)


def overlap_tables(content: Mapping[str, Any]) -> list[Table]:
    """Per model: overlap over training where there are steps; then, at the last one, by attribute or by layer.

    Args:
        content: What `Overlaps.content` holds.
    """
    k, width = content["k"], console().width
    tables = []
    for model, site in dict.fromkeys((group["model"], group["site"]) for group in content["groups"]):
        groups = [group for group in content["groups"] if (group["model"], group["site"]) == (model, site)]
        entry = spoken_curve(content, model, site)
        last = groups[-1]["step"] if entry is None else entry["points"][-1]["step"]
        layers = None if entry is None else entry.get("layers", [entry["layer"]])
        shown = [one for one in groups if one["step"] == last and (layers is None or one["layer"] in layers)]
        tables += [_training(entry, k, width)] if entry is not None else []
        many = len(shown) > FEW
        tables += [_layers(shown, k, width)] if many else [_attributes(group, k, width) for group in shown]
    return tables


def _has(parts: Sequence[Mapping[str, Any]], name: str) -> bool:
    return any(part[name] is not None for part in parts)


def _extra(parts: Sequence[Mapping[str, Any]]) -> list[str]:
    """Columns that only some tables have numbers for."""
    return [name for name in ("ceiling", "control") if _has(parts, name)]


def _numbers(part: Mapping[str, Any], extra: Sequence[str], width: int) -> list[str]:
    excess = part["excess"]
    if extra and width < WIDE and excess is not None:
        excess = {**excess, "low": None}
    cells = [escape(interval(part["overlap"])), escape(interval(excess))]
    nmi = DASH if part["nmi"] is None else fixed(part["nmi"], 2)
    return [*cells, *(significant(_value(part[name]), 2) for name in extra), nmi]


def _value(number: Mapping[str, Any] | float | None) -> float | None:
    return number["value"] if isinstance(number, Mapping) else number


def _training(entry: Mapping[str, Any], k: int, width: int) -> Table:
    layers = [str(number) for number in entry.get("layers", [entry["layer"]])]
    extra = _extra(entry["points"])
    where = f"{entry['site']} {'layers' if len(layers) > 1 else 'layer'} {join(layers)}"
    of = f"k = {k}, chance {significant(entry['points'][0]['expected'])}"
    title = f"{entry['model']} · {where} · {of} · {join(list(entry['attributes']))}"
    table = plain_table(title, "step", "overlap", "excess", *extra, "NMI")
    for point in entry["points"]:
        style = None if point["informative"] else "yellow"
        table.add_row(escape(point["step"]), *_numbers(point, extra, width), style=style)
    return table


def _at(group: Mapping[str, Any], k: int) -> Mapping[str, Any]:
    return next(at for at in group["by_k"] if at["k"] == k)


def _title(group: Mapping[str, Any], k: int, layer: str = "") -> str:
    chance = significant(_at(group, k)["expected"])
    return (
        f"{group['model']} step {group['step']} · {group['site']}{layer} · k = {k} of {group['neurons']}, "
        f"chance {chance}"
    )


def _layers(groups: Sequence[Mapping[str, Any]], k: int, width: int) -> Table:
    macros = [_at(group, k)["macro"] for group in groups]
    extra = _extra(macros)
    table = plain_table(_title(groups[0], k), "layer", "overlap", "excess", *extra, "NMI")
    for group, macro in zip(groups, macros, strict=True):
        table.add_row(str(group["layer"]), *_numbers(macro, extra, width))
    return table


def _attributes(group: Mapping[str, Any], k: int, width: int) -> Table:
    """The attributes of the mean, the mean, then any others."""
    at = _at(group, k)
    macro, among = at["macro"], at["macro"]["attributes"]
    known = {one["attribute"]: one for one in at["attributes"] if one["overlap"] is not None}
    extra = _extra([*known.values(), macro])
    table = plain_table(
        _title(group, k, f" layer {group['layer']}"), "", "overlap", "excess", *extra, "NMI", "sharing"
    )
    for name in [*among, *(name for name in known if name not in among)]:
        one = known[name]
        table.add_row(escape(name), *_numbers(one, extra, width), f"{one['significant']}/{one['pairs']}")
        if len(among) > 1 and name == among[-1]:
            table.add_row("mean", *_numbers(macro, extra, width), DASH, style="bold", end_section=True)
    return table
