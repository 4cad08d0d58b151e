"""The content of a comparison in, tables of differences and a line per gate in a terminal out."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from babelscope.cli.show import console, plain_table
from babelscope.report.naming import language_name
from babelscope.report.numbers import DASH, count, fixed, interval, p_value, significant

if TYPE_CHECKING:
    from babelscope.comparison import Ruling

__all__ = ["show_comparison", "show_rulings"]

ARROW = {"lower": "↓", "higher": "↑"}
STYLE = {"better": "green", "worse": "red"}
SHORT = {"not distinguishable": "unclear", "no interval": DASH}
"""In tables, where width is short."""
BOTH = 96
"""Characters that the layers' LRDS and SADS need side by side."""


def show_comparison(content: dict[str, Any]) -> None:
    """Prints the scores of A and B side by side, the layers, the regions, and the verdict.

    Args:
        content: What `Comparison.summary` returns.
    """
    out = console()
    for name in ("a", "b"):
        run = content[name]
        folder = f" · {run['folder']}" if run["folder"] else ""
        out.print(f"{name.upper()}: {run['model']} step {run['step']}{folder}", markup=False, soft_wrap=True)
    out.print(_scores(content))
    out.print("↓ lower is better, ↑ higher is better; unclear: not distinguishable", style="dim")
    if content["by_layer"]:
        names = ("lrds", "sads")
        for shown in (names,) if out.width >= BOTH else ((name,) for name in names):
            out.print(_layers(content["by_layer"], shown))
        out.print("p corrected by Holm over the layers of each score", style="dim")
    if content["regions"] is not None:
        out.print(_regions(content))
        out.print(f"sizes have {content['regions']['note']}", style="dim", markup=False)
    for sentence in content["verdict"]:
        out.print(sentence, markup=False)


def _scores(content: dict[str, Any]) -> Table:
    title = f"{content['corpus']['name']} · {content['sentences']} sentences in {len(content['languages'])} languages"
    table = plain_table(title, "score", "A", "B", "B − A", "p", "B is")
    rows = [(f"{name.upper()}", content[name]) for name in ("lrds", "sads")]
    gains = content["gains"] or {}
    # Models of one architecture share their untrained twin: their gains differ as their scores do.
    if any(abs(gain["value"] - content[name]["value"]) > 1e-9 for name, gain in gains.items()):
        rows += [(f"gain {name.upper()}", gain) for name, gain in gains.items()]
    if content["loss"] is not None:
        rows.append(("nats per byte", content["loss"]["all"]))
    for name, one in rows:
        ends = [significant(one["a"]), significant(one["b"])]
        table.add_row(f"{name} {ARROW[one['better']]}", *ends, *_cells(one, one["p"]))
    if content["regions"] is not None:
        size = content["regions"]["sklr"]
        table.add_row("SKLR", count(size["a"]), count(size["b"]), fixed(size["value"], 0), DASH, DASH)
    return table


def _cells(one: dict[str, Any], p: float | None) -> list[str]:
    """The difference with its interval, p, and what may be said of B."""
    outcome: str = one["outcome"]
    said, style = SHORT.get(outcome, outcome), STYLE.get(outcome)
    bare = p_value(p).removeprefix("p").strip("\u00a0=")
    return [escape(interval(one)), bare or DASH, f"[{style}]{said}[/]" if style else said]


def _layers(layers: Sequence[dict[str, Any]], names: Sequence[str]) -> Table:
    heads = [
        text for name in names for text in (f"{name.upper()} {ARROW[layers[0][name]['better']]}, B − A", "p", "B is")
    ]
    table = plain_table("By layer", "layer", *heads)
    for layer in layers:
        cells = [cell for name in names for cell in _cells(layer[name], layer[name]["p_holm"])]
        table.add_row(str(layer["layer"]), *cells)
    return table


def _regions(content: dict[str, Any]) -> Table:
    found = content["regions"]["by_language"]
    shared = any(change["shared"] for change in found.values())
    heads = ["A", "B", "B − A", "chance A", "chance B", *(["Jaccard", "by chance"] if shared else [])]
    table = plain_table(f"Regions: neurons{', and their Jaccard, A with B' if shared else ''}", "language", *heads)
    for code in content["languages"]:
        change = found[code]
        cells = [count(change["a"]), count(change["b"]), fixed(change["value"], 0)]
        cells += [count(change["a_null"]), count(change["b_null"])]
        if both := change["shared"]:
            chance = f"{fixed(both['low'], 3)} … {fixed(both['high'], 3)}"
            cells += [fixed(both["jaccard"], 3), chance]
        table.add_row(escape(f"{language_name(content, code)} ({code})"), *cells)
    return table


def show_rulings(rulings: Sequence["Ruling"], stderr: bool = False) -> None:
    """One line per gate: what was asked, what B has, and what became of it."""
    out = console(stderr=stderr)
    for ruling in rulings:
        style = "red" if ruling.refused else "yellow" if ruling.outcome == "undecided" else None
        out.print(str(ruling), style=style, markup=False, soft_wrap=True)
