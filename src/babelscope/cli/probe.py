"""`babelscope probe`: which neurons tell a word's grammar, and which of them languages share."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from babelscope.cli import options as o
from babelscope.cli.model_options import takes_model

if TYPE_CHECKING:
    from babelscope.models import ModelRef


@takes_model
def probe(
    context: typer.Context,
    ref: "ModelRef",
    treebanks: o.Treebanks = "grammar",
    langs: o.Langs = None,
    n: Annotated[int | None, typer.Option("-n", help="Sentences per language; all by default.")] = None,
    layers: o.Layers = None,
    attributes: o.Attributes = "POS,Number,Gender",
    seeds: o.Seeds = 3,
    site: Annotated[str, typer.Option(help="hidden (states; layer 0 is the embeddings), mlp, or gate.")] = "hidden",
    family: Annotated[
        str,
        typer.Option("--probe", help="uniform_size, half_mask, poisson, conditional_poisson, unmasked, gaussian."),
    ] = "uniform_size",
    covariance: Annotated[
        str, typer.Option(help="Of the Gaussian probe: postmean, map (as released), ledoit-wolf.")
    ] = "postmean",
    k: Annotated[
        str | None, typer.Option("--k", help="Sizes of selections, such as 10,25,50 (the default, within the layer).")
    ] = None,
    criterion: Annotated[str, typer.Option(help="What the selection maximises on dev words: nmi, accuracy.")] = "nmi",
    controls: Annotated[int, typer.Option(help="Seeds whose probes are trained on shuffled labels too.")] = 1,
    values: Annotated[
        str, typer.Option(help="Values told apart: shared by all languages, or each language's own.")
    ] = "shared",
    minimum: Annotated[int, typer.Option(help="Words a value needs in train, dev and test.")] = 20,
    unseen: o.Unseen = None,
    pooling: Annotated[str, typer.Option(help="A word's vector: mean over its pieces, or the last one.")] = "mean",
    glued: Annotated[bool, typer.Option(help="Words without the spaces between them, as [W24] released it.")] = False,
    standardise: Annotated[bool, typer.Option(help="Centre and scale vectors by the training words.")] = True,
    edits: Annotated[bool, typer.Option(help="Edit labels by language, as [W24] did.")] = False,
    split_seed: Annotated[int, typer.Option(help="Of the split of lemmas into train, dev and test.")] = 0,
    batch_tokens: Annotated[int | None, typer.Option(help="Padded tokens per forward pass.")] = None,
    out: Annotated[Path | None, typer.Option(help="Run folder; by default runs/<model>-<step>.")] = None,
    as_json: o.Json = False,
) -> None:
    """Find the neurons of MODEL that tell grammar in each language, and those that languages share."""
    from babelscope.cli.progress import progress_bar
    from babelscope.cli.show import present
    from babelscope.cli.show_probing import show_probing
    from babelscope.probing import ProbeOptions
    from babelscope.probing import probe as run_probes
    from babelscope.run_folder import check_home
    from babelscope.storage import check_writable
    from babelscope.treebanks import load_treebanks, resolve_attributes

    choices = ProbeOptions(
        attributes=resolve_attributes(o.names(attributes)), layers=o.integers(layers, "--layers"), site=site,  # type: ignore[arg-type]
        pooling=pooling, glued=glued, probe=family, covariance=covariance, standardise=standardise,  # type: ignore[arg-type]
        criterion=criterion, ks=o.integers(k, "--k"), seeds=seeds, controls=controls,  # type: ignore[arg-type]
        values=values, minimum=minimum, unseen=o.language_codes(unseen), edits=edits, split_seed=split_seed,  # type: ignore[arg-type]
        batch_tokens=batch_tokens,
    )  # fmt: skip
    if out is not None:
        check_writable(out)
    banks = load_treebanks(treebanks, None if langs is None else o.names(langs), edits=edits, n=n)
    loaded = ref.load()
    out = out or Path("runs") / f"{loaded.label.replace('/', '--')}-{loaded.step}"
    check_writable(out)
    check_home(out, "probing", loaded.label, loaded.step)
    with progress_bar() as progress:
        result = run_probes(loaded, banks, options=choices, folder=out / "parts" / "probing", progress=progress)
        result.save(out, shlex.join(context.obj))
    content = result.summary()
    present(content, show_probing, out, as_json)
