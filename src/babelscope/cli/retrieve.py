"""`babelscope retrieve`: how close translations are in each layer, and how often they find each other."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from babelscope.cli import options as o
from babelscope.cli.model_options import takes_model

if TYPE_CHECKING:
    from babelscope.models import ModelRef


@takes_model
def retrieve(
    context: typer.Context,
    ref: "ModelRef",
    corpus: o.Corpus = "ntrex",
    langs: o.Langs = None,
    n: o.Number = None,
    offset: o.Offset = 0,
    out: Annotated[Path | None, typer.Option(help="Run folder; by default runs/<model>-<step>.")] = None,
    columns: o.Columns = None,
    split: o.Split = None,
    pooling: Annotated[
        str, typer.Option(help="A sentence's vector: mean over its tokens, its last one, or mean,last for both.")
    ] = "mean",
    site: Annotated[str, typer.Option(help="hidden (states; layer 0 is the embeddings), mlp, or gate.")] = "hidden",
    pivot: Annotated[
        str | None, typer.Option(help="Compare every language with this one only; by default all pairs.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Shuffle sentences before selecting.")] = None,
    batch_tokens: Annotated[int | None, typer.Option(help="Padded tokens per forward pass.")] = None,
    as_json: o.Json = False,
) -> None:
    """Measure how close translations are in every layer of MODEL, and how often they find each other."""
    from babelscope.cli.progress import progress_bar
    from babelscope.cli.show import present
    from babelscope.cli.show_retrieval import show_retrieval
    from babelscope.retrieval import RetrievalOptions
    from babelscope.retrieval import retrieve as run_retrieval
    from babelscope.run_folder import check_home
    from babelscope.storage import check_writable

    choices = RetrievalOptions(o.names(pooling), site, pivot, batch_tokens)  # type: ignore[arg-type]
    text = o.read_corpus(corpus, langs, n, offset, seed, columns, split)
    choices.pairs(text.languages)
    if out is not None:
        check_writable(out)
    loaded = ref.load()
    out = out or Path("runs") / f"{loaded.label.replace('/', '--')}-{loaded.step}"
    check_writable(out)
    check_home(out, "retrieval", loaded.label, loaded.step)
    with progress_bar() as progress:
        result = run_retrieval(loaded, text, options=choices, folder=out / "parts" / "retrieval", progress=progress)
        result.save(out, shlex.join(context.obj))
    content = result.summary()
    present(content, show_retrieval, out, as_json)
