"""`babelscope compare`: is B better than A, and does it clear the bars."""

import json
import shlex
from pathlib import Path
from typing import Annotated

import typer

from babelscope.cli import options as o


def compare(
    context: typer.Context,
    a: Annotated[Path, typer.Argument(metavar="A", help="Run folder of a scan, or of a point of a series.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="The candidate: another one, on the same sentences.")],
    fail_below: Annotated[
        list[str] | None,
        typer.Option(metavar="METRIC=VALUE", help="Exit with 1 if B lies below, such as sads=0.04 or diff.sads=0."),
    ] = None,
    fail_above: Annotated[
        list[str] | None, typer.Option(metavar="METRIC=VALUE", help="Exit with 1 if B lies above, such as lrds=0.6.")
    ] = None,
    strict: Annotated[
        bool, typer.Option(help="Refuse B too where its interval covers a bar: let through only what clears it.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="File to write: .json for everything, .csv for the table.")] = None,
    as_json: o.Json = False,
) -> None:
    """Compare two scans on the same sentences, B minus A, with paired intervals; gate B by its scores.

    A gate fails where B's whole 95 % interval lies beyond the bar: noise refuses nothing.
    With --strict it also fails where the interval covers the bar: too few sentences let nothing through.
    Exit code: 0 let through, 1 refused, 2 bad input.
    """
    from babelscope.cli.show import console, show_warnings
    from babelscope.cli.show_comparison import show_comparison, show_rulings
    from babelscope.comparison import check_file, parse_gates, rule
    from babelscope.comparison import compare as run_comparison

    gates = [*parse_gates(fail_below or (), "below"), *parse_gates(fail_above or (), "above")]
    if out is not None:
        check_file(out)
    found = run_comparison(a, b)
    rulings = rule(found, gates, strict)
    content = found.summary()
    content |= {"gates": [ruling.as_dict() for ruling in rulings], "command": shlex.join(context.obj)}
    if out is not None:
        found.save(out, content)
    show_warnings(content["warnings"])
    if as_json:
        typer.echo(json.dumps(content, ensure_ascii=False))
    else:
        show_comparison(content)
        if out is not None:
            console().print(
                f"table: {out}" if out.suffix == ".csv" else f"all numbers: {out}", markup=False, soft_wrap=True
            )
    show_rulings(rulings, stderr=as_json)
    if any(ruling.refused for ruling in rulings):
        raise typer.Exit(1)
