"""The content of generation.json in, its measures by language and the verdict in a terminal out."""

from pathlib import Path
from typing import Any

from rich import box
from rich.markup import escape
from rich.table import Table

from babelscope.cli.show import console
from babelscope.report.naming import short_name
from babelscope.report.numbers import DASH, plural

__all__ = ["show_generation"]

_KINDS = ("none", "region", "random")


def show_generation(content: dict[str, Any], report: Path) -> None:
    """Prints a row of measures per language, the verdict, and where the texts are.

    Args:
        content: What generation.json holds.
        report: The page that shows the texts side by side.
    """
    out = console()
    step = f" step {content['step']}" if content.get("step") else ""
    settings = content["settings"]
    size = f"{plural(settings['n'], 'prompt')} per language, up to {plural(settings['tokens'], 'token')}"
    out.print(f"{content['model']}{step} · {size}", style="italic", markup=False)
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    table.add_column("language", no_wrap=True)
    for name in ("kept language", "malformed", "repeated %", "in script %"):
        table.add_column(name, justify="right", no_wrap=True)
    groups = content["aggregates"]["by_language"]
    for code in content["languages"]:
        last = code == content["languages"][-1]
        table.add_row(f"{escape(short_name(content, code))} ({code})", *_cells(groups[code]), end_section=last)
    table.add_row("overall", *_cells(content["aggregates"]["overall"]), style="bold")
    out.print(table)
    out.print("each: as it is · region deactivated · random control", style="dim")
    for sentence in content["verdict"]:
        out.print(sentence, markup=False)
    out.print(f"report: {report}", markup=False, soft_wrap=True)


def _cells(group: dict[str, Any]) -> list[str]:
    kept = [group[kind]["own_language"] for kind in _KINDS]
    columns = [[f"{share['count']}/{share['n']}" if share["n"] else DASH for share in kept]]
    columns.append([str(group[kind]["malformed"]["count"]) for kind in _KINDS])
    columns += [[_percent(group[kind][name]["value"]) for kind in _KINDS] for name in ("repetition", "script")]
    return [" · ".join(cells) for cells in columns]


def _percent(share: float | None) -> str:
    return DASH if share is None else f"{100 * share:.0f}"
