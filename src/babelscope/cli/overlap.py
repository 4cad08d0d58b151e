"""`babelscope overlap`: which of the selected neurons languages share, from a table of selections."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from babelscope.cli import options as o
from babelscope.errors import BabelscopeError, unknown_choice


def overlap(
    context: typer.Context,
    selections: Annotated[
        Path, typer.Argument(metavar="SELECTIONS", help="selections.csv of `probe` or others, or .csv.gz.")
    ],
    neurons: Annotated[
        str | None, typer.Option(metavar="D", help="Neurons of a layer: 1024, or bloom-560m=1024,bloom-1b1=1536.")
    ] = None,
    preset: Annotated[
        str | None, typer.Option(help="w24: the published table, its layers, sizes and macro average.")
    ] = None,
    k: Annotated[str | None, typer.Option("--k", help="Sizes of selections; 10,25,50 where they fit.")] = None,
    attributes: Annotated[
        str | None, typer.Option(help="Those of the mean and of the excess, such as POS,Number; all by default.")
    ] = None,
    unseen: o.Unseen = None,
    probe: Annotated[str | None, typer.Option(help="Family of probes, where the table has several.")] = None,
    controls: Annotated[
        Path | None, typer.Option(help="information.csv of `probe`, or selections of probes of shuffled labels.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the draws of languages.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Folder to write; by default runs/overlap-<name>.")] = None,
    as_json: o.Json = False,
) -> None:
    """Compare the neurons that probes of different languages selected: overlap, chance, excess, over training."""
    from babelscope.cli.show import present
    from babelscope.cli.show_overlap import show_overlap
    from babelscope.probing import overlap as po

    if preset is not None and preset not in po.PRESETS:
        raise BabelscopeError(unknown_choice("preset", preset, po.PRESETS))
    chosen = po.PRESETS[preset] if preset else None
    if neurons is None and chosen is None:
        raise BabelscopeError(
            "how many neurons a layer has is not given; add --neurons 1024, or --neurons MODEL=1024,MODEL=1536"
        )
    name = selections.name.removesuffix(".gz").removesuffix(".csv")
    out = out or Path("runs") / f"overlap-{name}"
    po.check_folder(out)
    sizes = po.parse_neurons(neurons) if neurons is not None else chosen.neurons  # type: ignore[union-attr]
    wanted = o.names(attributes) if attributes else chosen.attributes if chosen else None
    change = chosen.change if chosen else None
    found = po.overlap(
        po.read_selections(selections, probe=probe, change=change),
        sizes,
        o.integers(k, "--k"),
        unseen=o.language_codes(unseen),
        attributes=wanted,
        controls=po.read_selections(controls, probe=probe, change=change, labels="shuffled") if controls else None,
        seed=seed,
    )
    content = po.save_overlaps(found, out, shlex.join(context.obj))
    present(content, show_overlap, out, as_json)
