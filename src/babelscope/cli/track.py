"""`babelscope track`: every checkpoint of a series, what changes along it, and one page for all."""

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from babelscope.cli import options as o
from babelscope.cli.model_options import takes_loading
from babelscope.errors import BabelscopeError, unknown_choice

if TYPE_CHECKING:
    from babelscope.engines import Engine
    from babelscope.models import ModelRef

FAILED = 1


def _declared(context: typer.Context, given: list[str]) -> list[str]:
    """The checkpoints as they were given; what a series file among them sets becomes the command's defaults."""
    files = [name for name in given if name.endswith(".toml")]
    if files:
        from babelscope.series.declared import read_declared

        known = {parameter.name for parameter in context.command.params}
        _, options = read_declared(files[0])
        context.default_map = {name: value for name, value in options.items() if name in known}
    return given


Checkpoints = Annotated[
    list[str],
    typer.Argument(
        # Eager: what a series file sets has to be known before the options that it sets are read.
        is_eager=True,
        callback=_declared,
        help="Folders of checkpoints, globs, hub/id@revision, `nano`, a preset such as bloom-560m, or a FILE.toml.",
    ),
]


@takes_loading
def track(
    context: typer.Context,
    checkpoints: Checkpoints,
    ref: "ModelRef",
    corpus: o.Corpus = "ntrex",
    langs: o.Langs = None,
    n: o.Number = None,
    offset: o.Offset = 0,
    out: Annotated[Path | None, typer.Option(help="Folder of the series; by default runs/track-<name>.")] = None,
    columns: o.Columns = None,
    split: o.Split = None,
    heldout: Annotated[
        str | None, typer.Option(help="Text of the held-out loss, as ablate's --text; the corpus itself by default.")
    ] = None,
    segment: Annotated[int | None, typer.Option(help="Tokens per segment of that text; 512, or the context.")] = None,
    stages: Annotated[
        str, typer.Option(help="What is measured at each point: scan, ablate, evaluate, retrieve, probe, transfer.")
    ] = "scan",
    controls: Annotated[int, typer.Option(help="Of ablate: matched random controls per region.")] = 1,
    tasks: Annotated[str, typer.Option(help="Of evaluate: tasks of lm-eval or our own.")] = "xlc_mini",
    limit: Annotated[int | None, typer.Option(help="Of evaluate: documents per task.")] = None,
    treebanks: o.Treebanks = "grammar",
    attributes: o.Attributes = "POS,Number,Gender",
    layers: o.Layers = None,
    seeds: o.Seeds = 3,
    unseen: o.Unseen = None,
    transfer_task: Annotated[str, typer.Option(help="Of transfer: pos, nli, or a table, as for transfer.")] = "pos",
    transfer_data: Annotated[
        str | None, typer.Option(help="Of transfer: its data; for pos, the treebanks by default.")
    ] = None,
    source: Annotated[str, typer.Option(help="Of transfer: the language of training.")] = "en",
    methods: Annotated[str, typer.Option(help="Of transfer: lora, full, qlora, linear.")] = "lora,linear",
    order: Annotated[
        str | None, typer.Option(help="training (by step) or scale (by size); by default told from the names.")
    ] = None,
    steps: Annotated[
        str | None, typer.Option(help="Only these: 0,1000,last, a range 1000:50000 (:5, every fifth), or log:12.")
    ] = None,
    label: Annotated[str | None, typer.Option(help="What to call the model of a training series in tables.")] = None,
    point_zero: Annotated[
        bool, typer.Option(help="Put the untrained model first if the series does not have it.")
    ] = True,
    site: Annotated[str, typer.Option(help="mlp or gate, as for scan.")] = "mlp",
    threshold: Annotated[float | None, typer.Option(help="Smallest z-score of a region's neurons.")] = None,
    share: Annotated[float | None, typer.Option(help="Give each region this fraction of neurons instead.")] = None,
    baseline: Annotated[bool, typer.Option(help="Measure the untrained model too (cached).")] = True,
    seed: Annotated[int | None, typer.Option(help="Shuffles sentences; also of nulls, controls, point zero.")] = None,
    batch_tokens: Annotated[int | None, typer.Option(help="Padded tokens per batch.")] = None,
    include_flagged: Annotated[bool, typer.Option(help="Let points that hygiene flags take part in trends.")] = False,
    evict: Annotated[bool, typer.Option(help="Remove checkpoints of the hub once measured.")] = False,
    engine: Annotated[str, typer.Option(help="local, or ray.")] = "local",
    address: Annotated[str | None, typer.Option(help="Of a Ray cluster; by default one is started here.")] = None,
    workers: Annotated[int | None, typer.Option(help="Tasks at once on Ray; as many as fit by default.")] = None,
    threads: Annotated[int | None, typer.Option(help="Threads per task.")] = None,
    gpus: Annotated[
        float, typer.Option(help="GPUs per task on Ray; fractions share one, 0 computes on the CPU.")
    ] = 0.0,
    shards: Annotated[int, typer.Option(help="Parts that each scan's forward pass is cut into.")] = 1,
    report_to: Annotated[
        str | None, typer.Option(help="Also log every point to tensorboard, wandb, mlflow or trackio.")
    ] = None,
    dry_run: o.DryRun = False,
    as_json: o.Json = False,
) -> None:
    """Measure every CHECKPOINT of a model, or every size of a family, and what changes along the series."""
    from babelscope.cli.progress import progress_bar
    from babelscope.cli.show import console, show_series_plan, show_warnings
    from babelscope.cli.show_track import show_track
    from babelscope.cli.transfer_choices import named_task
    from babelscope.corpus import load_streams
    from babelscope.evaluation import AblationOptions
    from babelscope.probing import ProbeOptions
    from babelscope.regions import choose_rule
    from babelscope.scanning import ScanOptions
    from babelscope.series import read_series
    from babelscope.storage import check_writable
    from babelscope.tracking import TrackOptions, plan_series, reporting
    from babelscope.tracking import track as run_track
    from babelscope.transfer import TransferOptions
    from babelscope.treebanks import load_treebanks, resolve_attributes

    draws = seed or 0
    choices = TrackOptions(
        o.names(stages), ScanOptions(site, threshold, share, None, baseline, draws, batch_tokens=batch_tokens),  # type: ignore[arg-type]
        AblationOptions(segment=segment, controls=controls, seed=draws, batch_tokens=batch_tokens),
        o.names(tasks),
        ProbeOptions(
            resolve_attributes(o.names(attributes)), o.integers(layers, "--layers"), seeds=seeds,
            unseen=o.language_codes(unseen),
        ),
        transfer=TransferOptions(o.names(methods), seeds), limit=limit, shards=shards, evict=evict,
        include_flagged=include_flagged,
    )  # fmt: skip
    text = o.read_corpus(corpus, langs, n, offset, seed, columns, split)
    choose_rule(len(text.languages), threshold, share)
    streams = load_streams(heldout, text.languages) if heldout else None
    banks = load_treebanks(treebanks) if "probe" in choices.stages else None
    task = None
    if "transfer" in choices.stages:
        data = treebanks if transfer_task == "pos" and transfer_data is None else transfer_data
        task = named_task(transfer_task, data, source, None, 0, {}, None)
    series = read_series(checkpoints, ref, order=order, steps=steps, point_zero=point_zero, seed=draws, label=label)
    out = out or Path("runs") / f"track-{series.name.replace('/', '--')}"
    runner = _engine(engine, out, address, workers, threads, gpus)
    if dry_run:
        show_series_plan(plan_series(series, text, choices), as_json)
        return
    check_writable(out)
    with progress_bar() as progress, reporting(report_to, out, series.name) as report:
        result = run_track(
            series, text, out, heldout=streams, treebanks=banks, task=task, options=choices, engine=runner,
            command=shlex.join(context.obj), progress=progress, on_point=report,
        )  # fmt: skip
        result.save()
    content = result.summary()
    show_warnings([*content["warnings"], *({"kind": "not sent", "message": line} for line in report.failures)])
    if as_json:
        typer.echo(json.dumps(content, ensure_ascii=False))
    else:
        show_track(content)
        console().print(f"report: {out / 'report.html'}", markup=False, soft_wrap=True)
    if result.failed:
        raise typer.Exit(FAILED)


def _engine(
    name: str, out: Path, address: str | None, workers: int | None, threads: int | None, gpus: float
) -> "Engine":
    if name not in ("local", "ray"):
        raise BabelscopeError(unknown_choice("engine", name, ("local", "ray")))
    if name == "local" and (address or workers is not None or gpus):
        raise BabelscopeError("got --address, --workers or --gpus, which are Ray's; add --engine ray")
    try:
        if name == "ray":
            from babelscope.engines.ray import RayEngine

            return RayEngine(
                address, workers=workers, threads=1 if threads is None else threads, gpus=gpus, folder=out
            )
        from babelscope.engines import LocalEngine
        from babelscope.tracking import prepare

        return LocalEngine(threads, prepare)
    except ValueError as error:
        raise BabelscopeError(f"cannot use the engine {name}: {error}") from error
