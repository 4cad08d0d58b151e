"""The content of an evaluation in, text for a terminal out."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from babelscope.cli.show import console

__all__ = ["show_evaluation"]


def show_evaluation(content: Mapping[str, Any]) -> None:
    """A table of tasks by conditions for each region (or one of the intact model), and the verdict."""
    out = console()
    step = f" step {content['step']}" if content.get("step") else ""
    title = f"{content['model']}{step} · accuracy ± standard error, percent"
    for region in content["deactivated"] or [""]:
        out.print(title, style="italic", markup=False)
        out.print(_table(content, region))
    if any(result["alone"] is not None for result in content["conditions"][0]["results"]):
        out.print("alone: the choices without the text before them; what exceeds it was read from the text")
    for sentence in content["verdict"]:
        out.print(sentence, markup=False)


def _table(content: Mapping[str, Any], region: str) -> Table:
    own = [one for one in content["conditions"] if region and one["deactivated"] == region]
    kinds = [("intact", content["conditions"][:1])]
    kinds += [(f"− {region}", [one for one in own if one["kind"] == "region"])] if region else []
    controls = [one for one in own if one["kind"] == "random"]
    if controls:
        kinds += [(f"− random ×{len(controls)}" if len(controls) > 1 else "− random", controls)]
    table = Table()
    table.add_column("task", no_wrap=True)
    for name in (*(name for name, _ in kinds), "alone", "chance", *([] if region else ["n"])):
        table.add_column(name, justify="right", no_wrap=True)
    for i, task in enumerate(content["tasks"]):
        none = content["conditions"][0]["results"][i]
        cells = [_cell([condition["results"][i] for condition in found]) for _, found in kinds]
        alone = "—" if none["alone"] is None else f"{100 * none['alone']:.1f}"
        row = [escape(task["task"]), *cells, alone, f"{100 * none['chance']:.1f}"]
        table.add_row(*row, *([] if region else [f"{none['n']}"]))
    return table


def _cell(results: Sequence[Mapping[str, Any]]) -> str:
    accuracy = 100 * sum(result["accuracy"] for result in results) / len(results)
    error = results[0]["stderr"] if len(results) == 1 else None
    return f"{accuracy:.1f}" if error is None else f"{accuracy:.1f} ± {100 * error:.1f}"
