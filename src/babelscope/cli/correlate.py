"""`babelscope correlate`: how an alignment measure goes with scores, over checkpoints and languages."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from babelscope.cli import correlation_options as c
from babelscope.cli import options as o


def correlate(
    context: typer.Context,
    x: Annotated[
        list[Path],
        typer.Option(help="Alignment: overlap.csv, scores.csv, retrieval.csv, any table, or the folder of a series."),
    ],
    y: c.Scores = None,
    preset: c.Preset = None,
    measure: Annotated[
        str | None, typer.Option(help="Of x: overlap, excess, sads, centred_margin, ...; or a table's column.")
    ] = None,
    score: c.Score = "score",
    metric: c.Metric = None,
    method: c.Method = None,
    task: c.Task = None,
    layers: c.Averaged = None,
    pooling: Annotated[str, typer.Option(help="Of retrieval.csv: mean or last.")] = "mean",
    partners: Annotated[
        str, typer.Option(help="Alignment with the source language, or the mean with all.")
    ] = "source",
    source: c.Source = "en",
    model: c.Model = None,
    covariates: Annotated[
        list[Path] | None, typer.Option(help="Folder of the series that knows flags, losses and what probes tell.")
    ] = None,
    exclude: Annotated[
        str | None, typer.Option(help="Steps to leave out, beside flagged ones, such as 600000.")
    ] = None,
    include_flagged: Annotated[
        bool, typer.Option("--include-flagged", help="Let flagged checkpoints count.")
    ] = False,
    since: Annotated[
        float | None, typer.Option(help="Also without the checkpoints before this step; 100000 with w24.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of permutations and the bootstrap.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Folder to write; by default runs/correlation-<name>.")] = None,
    as_json: o.Json = False,
) -> None:
    """Correlate alignment with transfer: as usually done, and within languages, beyond training progress."""
    from babelscope.cli.show import present
    from babelscope.cli.show_correlation import show_correlation
    from babelscope.correlation import check_folder
    from babelscope.correlation import correlate as run

    out = out or Path("runs") / f"correlation-{x[0].name.removesuffix('.gz').removesuffix('.csv')}"
    check_folder(out, "correlation")
    options = c.correlation_options(
        layers,
        source,
        measure=measure,
        score=score,
        metric=metric,
        method=method,
        task=task,
        pooling=pooling,
        partners=partners,
        model=model,
        exclude=o.names(exclude or ""),
        include_flagged=include_flagged,
        since=since,
        seed=seed,
    )
    found = run(x, y, options, preset=preset, covariates=covariates or ())
    content = found.save(out, shlex.join(context.obj))
    present(content, show_correlation, out, as_json)
