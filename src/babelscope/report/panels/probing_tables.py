"""A probing and an overlap as tables: what every cell tells, and what languages share at every size."""

from collections.abc import Mapping, Sequence
from typing import Any

from babelscope.report.figures.probing_curve import spread
from babelscope.report.figures.probing_readings import (
    cell_of,
    controlled,
    headline_k,
    layers_of,
    left_out,
    level,
    runs_of,
    value_of,
)
from babelscope.report.naming import language_name
from babelscope.report.numbers import DASH, count, interval, percent, significant
from babelscope.report.table import Table

__all__ = ["cells_table", "sizes_table"]

_MOST_LAYERS = 3
_MOST_ROWS = 240


def cells_table(content: Mapping[str, Any]) -> Table:
    """A row per attribute and language: its words, and what the selection tells in each layer, or why it is empty.

    Args:
        content: Of probing.json.
    """
    k, layers = headline_k(content), spread(layers_of(content), _MOST_LAYERS)
    columns = ["Attribute, language", "values", "words in train, dev, test", "entropy (bits)", "most frequent value"]
    for layer in layers:
        columns += [f"layer {layer}: NMI", "shuffled", "calibrated", "accuracy", "NMI of all"]
    codes: list[str] = list(dict.fromkeys([*content["languages"], *(content.get("unseen") or [])]))
    rows = [_cell_row(content, attribute, code, layers, k) for attribute in content["attributes"] for code in codes]
    note = (
        f"With {k} neurons, on test words; NMI with its 95 % interval over test lemmas; shuffled: a probe of "
        "shuffled labels; calibrated: temperature and bias fitted on dev words; most frequent "
        f"value: its share, the accuracy of always saying it. {DASH}: not probed, for the reason given."
    )
    return Table("What the selected neurons tell", tuple(columns), [row for row in rows if row], note)


def _cell_row(content: Mapping[str, Any], attribute: str, code: str, layers: list[int], k: int) -> list[Any]:
    """Nothing where neither a cell nor a reason is known."""
    cells = [cell_of(content, code, attribute, layer) for layer in layers]
    reason = dict(left_out(content, attribute)).get(code)
    first = next((cell for cell in cells if cell is not None), None)
    unseen = " (never pre-trained on)" if code in (content.get("unseen") or ()) else ""
    head = {"text": f"{attribute}, {language_name(dict(content), code)}{unseen}"}
    if first is None:
        return [head, {"text": f"{DASH} {reason}"}, *[DASH] * (3 + 5 * len(layers))] if reason else []
    said = ", ".join(first["values"]) + (f" (not compared: {reason})" if reason else "")
    sizes = " / ".join(count(first["n"][part]) for part in ("train", "dev", "test"))
    row: list[Any] = [head, {"text": said}, sizes, significant(first["entropy_bits"]), percent(first["majority"], 2)]
    for cell in cells:
        row += _measures(cell, k) if cell is not None else [DASH] * 5
    return row


def _measures(cell: Mapping[str, Any], k: int) -> list[str]:
    return [
        interval(level(cell, "nmi", k)),
        significant(controlled(cell, k), 2),
        significant(value_of(level(cell, "nmi_calibrated", k)), 2),
        percent(value_of(level(cell, "accuracy", k)), 2),
        significant(value_of(cell.get("nmi_all")), 2),
    ]


def sizes_table(overlap: Mapping[str, Any]) -> Table | None:
    """A row per layer and size of selection: the mean over attributes beside all it is read against.

    Args:
        overlap: Content of an overlap.

    Returns:
        None where nothing was compared.
    """
    runs = runs_of(overlap)
    rows = [
        [{"text": f"{_run_words(run, len(runs))}layer {group['layer']}, k = {found['k']}"}, *_macro(found)]
        for run, groups in runs.items()
        for group in groups
        for found in group.get("by_k") or []
        if found["macro"].get("overlap")
    ]
    if not rows:
        return None
    kinds = f"{len(overlap['attributes'])} attributes" if len(overlap["attributes"]) > 1 else overlap["attributes"][0]
    note = (
        "Overlap: mean share of k neurons that two languages' probes of one attribute both select; excess: beyond "
        "what probes of different attributes share between the same two languages; corrected: 0 at chance, 1 where "
        "all are shared; informative: without languages whose probes tell nothing (NMI at most 0). 95 % intervals "
        "redraw languages."
    )
    more = len(rows) - _MOST_ROWS
    note += f" {more} more rows are in overlap.json." if more > 0 else ""
    columns = ("Where", "pairs", "overlap", "chance", "excess", "corrected", "informative", "shuffled", "ceiling")
    name = f"Overlap at every size of selection, mean over {kinds}"
    return Table(name, (*columns, "NMI"), rows[:_MOST_ROWS], note, folded=len(rows) > 24)


def _run_words(run: Sequence[str], runs: int) -> str:
    return f"{run[0].rsplit('/', 1)[-1]} step {run[1]}, " if runs > 1 else ""


def _macro(found: Mapping[str, Any]) -> list[str]:
    macro = found["macro"]
    return [
        count(macro["pairs"]),
        interval(macro["overlap"]),
        significant(found["expected"]),
        *(interval(macro.get(name)) for name in ("excess", "corrected", "without_uninformative")),
        significant(value_of(macro.get("control"))),
        interval(macro.get("ceiling")),
        significant(macro.get("nmi"), 2),
    ]
