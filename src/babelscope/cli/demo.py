"""`babelscope demo`: the bundled model on the bundled corpus, offline."""

from pathlib import Path
from typing import Annotated

import typer

SENTENCES = 60
"""Of each language, for the perplexity matrix: few enough for a demo."""


def demo(context: typer.Context, out: Annotated[Path, typer.Option(help="Run folder.")] = Path("runs/demo")) -> None:
    """Scan the bundled model offline, switch off each language's region, and say where the report is."""
    from babelscope.cli.ablate import ablate
    from babelscope.cli.scan import scan

    scan(context, "nano", corpus="mini", revision="step03500", out=out)
    ablate(context, "nano", regions=out, text="mini", n=SENTENCES, segment=64, revision="step03500", out=out)
