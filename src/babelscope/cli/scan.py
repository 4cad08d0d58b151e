"""`babelscope scan`: scores, regions and a report for one model on one corpus."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from babelscope.cli import options as o
from babelscope.cli.model_options import takes_model

if TYPE_CHECKING:
    from babelscope.models import ModelRef


@takes_model
def scan(
    context: typer.Context,
    ref: "ModelRef",
    corpus: o.Corpus = "ntrex",
    langs: o.Langs = None,
    n: o.Number = None,
    offset: o.Offset = 0,
    out: Annotated[Path | None, typer.Option(help="Run folder; by default runs/<model>-<step>.")] = None,
    columns: o.Columns = None,
    split: o.Split = None,
    site: Annotated[
        str, typer.Option(help="mlp: input of the MLP's output projection; gate: before the product.")
    ] = "mlp",
    threshold: Annotated[
        float | None, typer.Option(help="Smallest z-score of a region's neurons; 2 by default.")
    ] = None,
    share: Annotated[
        float | None, typer.Option(help="Give each region this fraction of the neurons instead.")
    ] = None,
    keep_map: Annotated[bool | None, typer.Option("--map/--no-map", help="Form the full similarity map.")] = None,
    baseline: Annotated[bool, typer.Option(help="Measure the untrained model too (cached).")] = True,
    seed: Annotated[
        int | None, typer.Option(help="Shuffle sentences before selecting; also seeds the nulls.")
    ] = None,
    batch_tokens: Annotated[int | None, typer.Option(help="Padded tokens per batch.")] = None,
    on_disk: Annotated[bool | None, typer.Option(help="Keep vectors in files: less memory, and resumable.")] = None,
    dry_run: o.DryRun = False,
    as_json: o.Json = False,
) -> None:
    """Measure alignment scores and language regions of MODEL, and write a report."""
    from babelscope.cli.progress import progress_bar
    from babelscope.cli.show import present, show_plan, show_scan
    from babelscope.regions import choose_rule
    from babelscope.scanning import ScanOptions
    from babelscope.scanning import scan as run_scan
    from babelscope.scanning.workspace import workspace
    from babelscope.storage import check_writable

    choices = ScanOptions(site, threshold, share, keep_map, baseline, seed or 0, batch_tokens=batch_tokens)  # type: ignore[arg-type]
    text = o.read_corpus(corpus, langs, n, offset, seed, columns, split)
    choose_rule(len(text.languages), threshold, share)
    if out is not None and not dry_run:
        check_writable(out)
    loaded = ref.load()
    if dry_run:
        from babelscope.activations import plan

        show_plan(plan(loaded, text, site=choices.site, budget=batch_tokens), as_json)
        return
    out = out or Path("runs") / f"{loaded.label.replace('/', '--')}-{loaded.step}"
    check_writable(out)
    with progress_bar() as progress, workspace(out, loaded, text, on_disk) as folder:
        result = run_scan(loaded, text, options=choices, folder=folder, progress=progress)
        result.save(out, shlex.join(context.obj))
    summary = result.summary()
    present(summary, lambda _: show_scan(result), out, as_json)
