"""The content of a probing in, tables and a verdict in a terminal out."""

from collections.abc import Mapping
from typing import Any

from rich.markup import escape
from rich.table import Table

from babelscope import languages
from babelscope.cli.show import console, plain_table
from babelscope.cli.show_overlap import overlap_tables
from babelscope.report.numbers import DASH, fixed

__all__ = ["show_probing"]


def show_probing(content: Mapping[str, Any]) -> None:
    """What the probes tell, cell by cell; what languages share; what could not be probed; and the verdict.

    Args:
        content: Of probing.json.
    """
    out = console()
    k = str(content["k"])
    for layer in content["layers"]:
        out.print(_information(content, layer, k))
    out.print(f"NMI of {k} neurons on test words: 1 at most, 0 or less tells nothing; mean over seeds", style="dim")
    if content["overlap"] is not None:
        for table in overlap_tables(content["overlap"]):
            out.print(table)
    for one in content["infeasible"]:
        out.print(f"left out: {one['attribute']} in {one['language']}: {one['reason']}", style="dim", markup=False)
    for sentence in content["verdict"]:
        out.print(sentence, markup=False)


def _information(content: Mapping[str, Any], layer: int, k: str) -> Table:
    """NMI by language and attribute, the mean of shuffled labels below."""
    title = f"{content['model']} step {content['step']} · {content['site']}, layer {layer} · {content['probe']}"
    table = plain_table(title, "language", *content["attributes"])
    cells = {(cell["language"], cell["attribute"]): cell for cell in content["cells"] if cell["layer"] == layer}
    for code in content["languages"]:
        mark = ", unseen" if code in content["unseen"] else ""
        found = [cells.get((code, attribute)) for attribute in content["attributes"]]
        table.add_row(
            f"{languages.name(code)} ({code}{mark})",
            *(escape(_ends(cell["nmi"][k])) if cell else DASH for cell in found),
        )
    by_attribute = [
        [cell["control"]["nmi"][k] for (_, told), cell in cells.items() if told == attribute and cell["control"]]
        for attribute in content["attributes"]
    ]
    if any(by_attribute):
        means = (fixed(sum(values) / len(values), 2) if values else DASH for values in by_attribute)
        table.add_row("shuffled labels", *means, style="dim")
    return table


def _ends(score: Mapping[str, Any]) -> str:
    if score["low"] is None:
        return fixed(score["value"], 2)
    return f"{fixed(score['value'], 2)} [{fixed(score['low'], 2)}, {fixed(score['high'], 2)}]"
