"""`babelscope transfer`: what a model that learns a task in one language can then do in others."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from babelscope.cli import options as o
from babelscope.cli.model_options import takes_model

if TYPE_CHECKING:
    from babelscope.models import ModelRef


@takes_model
def transfer(
    context: typer.Context,
    ref: "ModelRef",
    task: Annotated[str, typer.Option(help="pos, nli, or a table of texts with a label and a language.")] = "pos",
    data: Annotated[
        str | None,
        typer.Option(help="Of pos: treebanks, joined by + (default: grammar). Of nli: xnli (default), or a folder."),
    ] = None,
    columns: Annotated[
        str | None, typer.Option(help="Columns of a table, such as text=sentence,label=class,language=lang.")
    ] = None,
    source: Annotated[str, typer.Option(help="Language of training.")] = "en",
    targets: Annotated[str | None, typer.Option(help="Languages of testing; all by default.")] = None,
    method: Annotated[
        str | None, typer.Option(help="lora, full, qlora (needs a GPU), linear (frozen); by default lora,linear.")
    ] = None,
    seeds: Annotated[int, typer.Option(help="Fine-tunings per method.")] = 3,
    recipe: Annotated[str, typer.Option(help="Whose defaults: default (chosen on dev sets), or w24.")] = "default",
    epochs: Annotated[int | None, typer.Option(help="10 for words and 3 for texts by default.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="The method's own by default.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Examples per step; 32 by default.")] = None,
    accumulate: Annotated[int | None, typer.Option(help="Parts of a batch, where memory is short.")] = None,
    max_length: Annotated[int | None, typer.Option(help="Tokens of a training example; 128 by default.")] = None,
    lora_rank: Annotated[int | None, typer.Option(help="Of the adapters; 8 by default.")] = None,
    pooling: Annotated[str | None, typer.Option(help="A word's token: last (default), or first.")] = None,
    separator: Annotated[str | None, typer.Option(help="Between two texts; a line break by default.")] = None,
    layers: Annotated[str | None, typer.Option(help="Of linear: such as 0,3,4,6 (0: embeddings).")] = None,
    checkpointing: Annotated[bool, typer.Option("--checkpointing", help="Less memory, a third more time.")] = False,
    split_seed: Annotated[int, typer.Option(help="Of the split of ids into train, dev and test.")] = 0,
    train: Annotated[int | None, typer.Option(help="Training examples at most.")] = None,
    test: Annotated[int | None, typer.Option(help="Test examples per language at most.")] = None,
    out: Annotated[Path | None, typer.Option(help="Run folder; by default runs/<model>-<step>.")] = None,
    as_json: o.Json = False,
) -> None:
    """Train MODEL on a task in one language and test it in the others, which it never saw labels of."""
    from babelscope.cli.progress import progress_bar
    from babelscope.cli.show import present
    from babelscope.cli.show_transfer import show_transfer
    from babelscope.cli.transfer_choices import named_task, transfer_options
    from babelscope.run_folder import check_home
    from babelscope.storage import check_writable
    from babelscope.transfer import zero_shot_transfer

    given = dict(
        methods=o.names(method) if method else None, seeds=seeds, epochs=epochs, learning_rate=learning_rate,
        batch_size=batch_size, accumulate=accumulate, max_length=max_length, lora_rank=lora_rank, pooling=pooling,
        separator=separator, layers=o.integers(layers, "--layers"), checkpointing=checkpointing or None,
    )  # fmt: skip
    transfer_options(recipe, "tokens", given)
    if out is not None:
        check_writable(out)
    limit = {name: most for name, most in (("train", train), ("test", test)) if most is not None}
    wanted = named_task(task, data, source, targets, split_seed, limit, columns)
    choices = transfer_options(recipe, wanted.kind, given)
    loaded = ref.load()
    out = out or Path("runs") / f"{loaded.label.replace('/', '--')}-{loaded.step}"
    check_writable(out)
    check_home(out, "transfer", loaded.label, loaded.step)
    with progress_bar() as progress:
        result = zero_shot_transfer(
            loaded, wanted, options=choices, folder=out / "parts" / "transfer", progress=progress
        )
        result.save(out, shlex.join(context.obj))
    content = result.summary()
    present(content, show_transfer, out, as_json)
