"""`babelscope generate`: the same prompts with nothing, a region and a random control deactivated."""

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from babelscope.cli import options as o
from babelscope.cli.model_options import takes_model
from babelscope.errors import BabelscopeError

if TYPE_CHECKING:
    from babelscope.models import ModelRef


@takes_model
def generate(
    context: typer.Context,
    ref: "ModelRef",
    regions: o.Regions,
    langs: o.Langs = None,
    prompts: Annotated[str, typer.Option(help="Corpus whose sentences are begun; as --corpus of a scan.")] = "mini",
    n: Annotated[int, typer.Option("-n", help="Prompts per language.")] = 3,
    tokens: Annotated[int, typer.Option(help="New tokens per prompt, at most.")] = 64,
    sample: Annotated[bool, typer.Option("--sample/--greedy", help="Draw tokens, or take the likeliest.")] = False,
    temperature: Annotated[float | None, typer.Option(help="Of the draws; 1 by default.")] = None,
    top_p: Annotated[float | None, typer.Option(help="Draw among tokens of this probability; 1: all.")] = None,
    seed: Annotated[int, typer.Option(help="Of the draws and of the random control.")] = 0,
    mode: o.Mode = "zero",
    factor: o.Factor = None,
    other_model: o.OtherModel = False,
    out: Annotated[Path | None, typer.Option(help="Run folder; by default the one of the regions.")] = None,
    batch_tokens: Annotated[int | None, typer.Option(help="Padded tokens per batch.")] = None,
    as_json: o.Json = False,
) -> None:
    """Continue prompts with MODEL, as it is and with each language's region deactivated."""
    from babelscope.cli.progress import progress_bar
    from babelscope.cli.show import show_warnings
    from babelscope.cli.show_generation import show_generation
    from babelscope.evaluation.conditions import Intervention
    from babelscope.evaluation.continuation import Decoding
    from babelscope.evaluation.generation import generate_under
    from babelscope.evaluation.prompts import read_prompt_corpus
    from babelscope.languages import canonical
    from babelscope.regions import Regions
    from babelscope.run_folder import check_home
    from babelscope.storage import check_writable

    if not sample and (temperature is not None or top_p is not None):
        raise BabelscopeError("got --temperature or --top-p without --sample; greedy decoding takes neither")
    if batch_tokens is not None and batch_tokens < 1:
        raise BabelscopeError(f"a batch needs at least 1 token, got --batch-tokens {batch_tokens}")
    drawing = {"temperature": 1.0 if temperature is None else temperature, "top_p": 1.0 if top_p is None else top_p}
    decoding = Decoding(tokens, sample, seed=seed, **drawing)
    found = Regions.load(regions)
    wanted = [canonical(code) for code in (langs or "").replace(",", " ").split()] or None
    text = read_prompt_corpus(prompts, wanted or [code for code in found if found[code].size], found, n)
    out = out or (regions if regions.is_dir() else regions.parent)
    check_writable(out)
    loaded = ref.load()
    check_home(out, "generation", loaded.label, loaded.step, found.source)
    with progress_bar() as progress:
        statistics = o.statistics_for(mode, loaded, found, regions, progress)
        change = Intervention(mode, found.site, factor, statistics, seed)  # type: ignore[arg-type]
        run = {"folder": out / "parts" / "generation", "progress": progress, "other_model": other_model}
        result = generate_under(
            loaded, found, text, languages=wanted, n=n, decoding=decoding, intervention=change, seed=seed,
            budget=batch_tokens, **run,
        )  # fmt: skip
        result.save(out, shlex.join(context.obj), regions)
    content = result.summary()
    show_warnings(content["warnings"])
    if as_json:
        typer.echo(json.dumps(content, ensure_ascii=False))
    else:
        show_generation(content, out / "report.html")
