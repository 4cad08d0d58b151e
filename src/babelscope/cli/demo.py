"""`babelscope demo`: the bundled model on the bundled corpus, offline."""

from pathlib import Path
from typing import Annotated

import typer


def demo(context: typer.Context, out: Annotated[Path, typer.Option(help="Run folder.")] = Path("runs/demo")) -> None:
    """Scan the bundled model on the bundled corpus, offline, and say where the report is."""
    from babelscope.cli.scan import scan

    scan(context, "nano", corpus="mini", revision="step03500", out=out)
