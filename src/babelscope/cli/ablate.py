"""`babelscope ablate`: what breaks when a language's region is switched off."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from babelscope.cli import options as o
from babelscope.cli.model_options import takes_model

if TYPE_CHECKING:
    from babelscope.models import ModelRef


@takes_model
def ablate(
    context: typer.Context,
    ref: "ModelRef",
    regions: o.Regions,
    text: Annotated[
        str, typer.Option(help="A folder of <lang>.txt, a corpus or table as for scan, xlsum, or hf:OWNER/NAME.")
    ] = "ntrex",
    langs: o.Langs = None,
    out: Annotated[Path | None, typer.Option(help="Folder; by default the run folder of the regions.")] = None,
    n: Annotated[int | None, typer.Option("-n", help="Sentences or lines per language; all by default.")] = None,
    offset: o.Offset = 0,
    documents: Annotated[int, typer.Option(help="Documents per language, of datasets of documents.")] = 500,
    columns: o.Columns = None,
    split: o.Split = None,
    windows: Annotated[
        str, typer.Option(help="rolling: every token scored once; paper: separate segments.")
    ] = "rolling",
    segment: Annotated[int | None, typer.Option(help="Tokens per segment; 512, or the context if smaller.")] = None,
    controls: Annotated[int, typer.Option(help="Matched random controls per region.")] = 1,
    doses: Annotated[str | None, typer.Option(help="Shares of each region to try too, such as 0.25,0.5.")] = None,
    mode: o.Mode = "zero",
    factor: o.Factor = None,
    seed: Annotated[int, typer.Option(help="Of controls, resampling, relabelling and noise.")] = 0,
    other_model: o.OtherModel = False,
    batch_tokens: Annotated[int | None, typer.Option(help="Tokens per batch.")] = None,
    dry_run: o.DryRun = False,
    as_json: o.Json = False,
) -> None:
    """Deactivate each language's region in MODEL, and see what every language loses."""
    from babelscope.cli.progress import progress_bar
    from babelscope.cli.show import present, show_forecast
    from babelscope.cli.show_ablation import show_ablation
    from babelscope.corpus import load_streams
    from babelscope.evaluation import AblationOptions, forecast, set_up
    from babelscope.evaluation import ablate as run_ablation
    from babelscope.regions import Regions
    from babelscope.run_folder import check_home
    from babelscope.storage import check_writable

    shares = o.numbers(doses, "--doses") if doses else ()
    choices = AblationOptions(windows, segment, controls, shares, mode, factor, seed, batch_tokens=batch_tokens)  # type: ignore[arg-type]
    found = Regions.load(regions)
    out = out or (regions if regions.is_dir() else regions.parent)
    if not dry_run:
        check_writable(out)
    streams = load_streams(
        text, langs or o.remote_languages(text, found), n=n, offset=offset, documents=documents,
        columns=o.mapping(columns), split=split,
    )  # fmt: skip
    loaded = ref.load()
    found.check(loaded, other_model)
    if dry_run:
        show_forecast(forecast(set_up(loaded, found, streams, options=choices, other_model=other_model)), as_json)
        return
    check_home(out, "ablation", loaded.label, loaded.step, found.source)
    with progress_bar() as progress:
        statistics = o.statistics_for(mode, loaded, found, regions, progress)
        result = run_ablation(
            loaded, found, streams, options=choices, statistics=statistics, folder=out / "parts" / "ablation",
            progress=progress, other_model=other_model,
        )  # fmt: skip
        result.save(out, shlex.join(context.obj), regions)
    content = result.summary()
    present(content, show_ablation, out, as_json)
