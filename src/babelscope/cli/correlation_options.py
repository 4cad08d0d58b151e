"""Options that commands about tables of alignment and of scores share."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from babelscope.cli import options as o

if TYPE_CHECKING:
    from babelscope.correlation import CorrelationOptions

Scores = Annotated[
    list[Path] | None,
    typer.Option(help="Scores: transfer.csv, evaluation.csv, any table, or a folder; by default the folder of x."),
]
Preset = Annotated[str | None, typer.Option(help="w24: the published tables, and the paper's choices.")]
Score = Annotated[str, typer.Option(help="Of y: score, or its gap or ratio to the source language's.")]
Metric = Annotated[str | None, typer.Option(help="Of y: accuracy, macro_f1, or a table's column.")]
Method = Annotated[str | None, typer.Option(help="Of transfer.csv: lora, full, qlora or linear.")]
Task = Annotated[str | None, typer.Option(help="Of y: one task, where it holds several.")]
Averaged = Annotated[str | None, typer.Option(help="Of x: layers to average, such as 3,4.")]
Source = Annotated[str, typer.Option(help="Language that models were trained on for the task.")]
Model = Annotated[str | None, typer.Option(help="Only this model's checkpoints.")]


def correlation_options(layers: str | None, source: str, **chosen: Any) -> "CorrelationOptions":
    """The options of a correlation or forecast, from what a command line says."""
    from babelscope.correlation import CorrelationOptions

    return CorrelationOptions(layers=o.integers(layers, "--layers"), source=o.language_codes(source)[0], **chosen)
