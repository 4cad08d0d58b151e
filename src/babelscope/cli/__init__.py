"""The command line: parse, one library call, write."""

import os
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from babelscope.cli.ablate import ablate
from babelscope.cli.compare import compare
from babelscope.cli.corpora import corpora
from babelscope.cli.correlate import correlate
from babelscope.cli.demo import demo
from babelscope.cli.doctor import doctor
from babelscope.cli.errors import run_guarded
from babelscope.cli.evaluate import evaluate
from babelscope.cli.forecast import forecast
from babelscope.cli.generate import generate
from babelscope.cli.overlap import overlap
from babelscope.cli.probe import probe
from babelscope.cli.retrieve import retrieve
from babelscope.cli.scan import scan
from babelscope.cli.track import track
from babelscope.cli.transfer import transfer

__all__ = ["COMMANDS", "main", "run"]

COMMANDS: dict[str, Callable[..., Any]] = {
    "scan": scan,
    "ablate": ablate,
    "generate": generate,
    "evaluate": evaluate,
    "retrieve": retrieve,
    "probe": probe,
    "overlap": overlap,
    "transfer": transfer,
    "track": track,
    "compare": compare,
    "correlate": correlate,
    "forecast": forecast,
    "doctor": doctor,
    "corpora": corpora,
    "demo": demo,
}


def _print_version(asked: bool) -> None:
    if asked:
        from babelscope import __version__

        typer.echo(f"babelscope {__version__}")
        raise typer.Exit


def _app() -> typer.Typer:
    app = typer.Typer(
        name="babelscope",
        help="How far a multilingual language model's languages share one space of meaning, where, and since when.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )

    @app.callback()
    def root(
        version: Annotated[
            bool,
            typer.Option("--version", help="Print the version and stop.", is_eager=True, callback=_print_version),
        ] = False,
    ) -> None:
        pass

    for name, command in COMMANDS.items():
        app.command(name)(command)
    return app


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command line and returns its exit code: 0 done, 1 a check failed, 2 bad input, 130 interrupted."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    return run_guarded(lambda: _app()(arguments, standalone_mode=False, obj=["babelscope", *arguments]))


def run() -> None:
    """Entry point of the `babelscope` command."""
    # The hub client logs each attempt to connect; what came of them is ours to say, in one line.
    os.environ.setdefault("HF_HUB_VERBOSITY", "critical")
    sys.exit(main())
