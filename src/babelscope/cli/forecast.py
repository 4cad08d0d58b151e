"""`babelscope forecast`: which languages should transfer well, from the alignment of one checkpoint."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from babelscope.cli import options as o


def forecast(
    context: typer.Context,
    x: Annotated[list[Path], typer.Option(help="Alignment: tables, or run folders, or the folder of a series.")],
    step: Annotated[str, typer.Option(help="The checkpoint whose alignment is used.")],
    y: Annotated[list[Path] | None, typer.Option(help="Scores; by default in the folder of x.")] = None,
    of: Annotated[str | None, typer.Option(help="Step whose scores are predicted; by default the same.")] = None,
    shares: Annotated[
        str | None,
        typer.Option(help="Percent of the pre-training text: en=30,fr=13, a table of language and share, or bloom."),
    ] = None,
    preset: Annotated[str | None, typer.Option(help="w24: the published tables.")] = None,
    measure: Annotated[
        str | None, typer.Option(help="Of x: overlap, sads, centred_margin, ...; several by commas.")
    ] = None,
    score: Annotated[str, typer.Option(help="Of y: score, or its gap or ratio to the source language's.")] = "score",
    metric: Annotated[str | None, typer.Option(help="Of y: accuracy, macro_f1, or a table's column.")] = None,
    method: Annotated[str | None, typer.Option(help="Of transfer.csv: lora, full, qlora or linear.")] = None,
    task: Annotated[str | None, typer.Option(help="Of y, where it holds several.")] = None,
    layers: Annotated[str | None, typer.Option(help="Of x, averaged, such as 3,4.")] = None,
    source: Annotated[str, typer.Option(help="Language that the model was trained on for the task.")] = "en",
    model: Annotated[str | None, typer.Option(help="Where tables hold several.")] = None,
    seed: Annotated[int, typer.Option(help="Of relabellings.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Folder to write; by default runs/forecast-<step>.")] = None,
    as_json: o.Json = False,
) -> None:
    """Predict each language's transfer from the others, by alignment, by share and script, and by both."""
    from babelscope.cli.show import present
    from babelscope.cli.show_forecast import show_forecast
    from babelscope.correlation import CorrelationOptions, check_folder, forecast_transfer

    out = out or Path("runs") / f"forecast-{step}"
    check_folder(out, "forecast")
    options = CorrelationOptions(
        measure=measure,
        score=score,  # type: ignore[arg-type]
        metric=metric,
        method=method,
        task=task,
        layers=o.integers(layers, "--layers"),
        source=o.language_codes(source)[0],
        model=model,
        seed=seed,
    )
    found = forecast_transfer(x, y, options, step=step, of=of, shares=shares, preset=preset)
    content = found.save(out, shlex.join(context.obj))
    present(content, show_forecast, out, as_json)
