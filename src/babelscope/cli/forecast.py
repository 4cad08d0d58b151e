"""`babelscope forecast`: which languages should transfer well, from the alignment of one checkpoint."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from babelscope.cli import correlation_options as c
from babelscope.cli import options as o


def forecast(
    context: typer.Context,
    x: Annotated[list[Path], typer.Option(help="Alignment: tables, or run folders, or the folder of a series.")],
    step: Annotated[str, typer.Option(help="The checkpoint whose alignment is used.")],
    y: c.Scores = None,
    of: Annotated[str | None, typer.Option(help="Step whose scores are predicted; by default the same.")] = None,
    shares: Annotated[
        str | None,
        typer.Option(help="Percent of the pre-training text: en=30,fr=13, a table of language and share, or bloom."),
    ] = None,
    preset: c.Preset = None,
    measure: Annotated[
        str | None, typer.Option(help="Of x: overlap, sads, centred_margin, ...; several by commas.")
    ] = None,
    score: c.Score = "score",
    metric: c.Metric = None,
    method: c.Method = None,
    task: c.Task = None,
    layers: c.Averaged = None,
    source: c.Source = "en",
    model: c.Model = None,
    seed: Annotated[int, typer.Option(help="Of relabellings.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Folder to write; by default runs/forecast-<step>.")] = None,
    as_json: o.Json = False,
) -> None:
    """Predict each language's transfer from the others, by alignment, by share and script, and by both."""
    from babelscope.cli.show import present
    from babelscope.cli.show_forecast import show_forecast
    from babelscope.correlation import check_folder, forecast_transfer

    out = out or Path("runs") / f"forecast-{step}"
    check_folder(out, "forecast")
    options = c.correlation_options(
        layers,
        source,
        measure=measure,
        score=score,
        metric=metric,
        method=method,
        task=task,
        model=model,
        seed=seed,
    )
    found = forecast_transfer(x, y, options, step=step, of=of, shares=shares, preset=preset)
    content = found.save(out, shlex.join(context.obj))
    present(content, show_forecast, out, as_json)
