"""`babelscope demo`: the whole story of the bundled series on the bundled corpus, offline."""

from pathlib import Path
from typing import Annotated

import typer

SENTENCES = 60
"""Of each language, for the perplexity matrix: few enough for a demo."""
LAYER, SEEDS = "3", 2
"""Of probes: one layer, as two would double their time."""


def demo(context: typer.Context, out: Annotated[Path, typer.Option(help="Folder.")] = Path("runs/demo")) -> None:
    """Track the bundled model through its training, then switch off its regions, and probe it for grammar."""
    from babelscope.cli.ablate import ablate
    from babelscope.cli.probe import probe
    from babelscope.cli.track import track
    from babelscope.models.bundled import BUNDLED
    from babelscope.storage import read_json

    track(context, [BUNDLED], corpus="mini", segment=64, out=out)
    last = out / read_json(out / "track.json", "track")["points"][-1]["folder"]
    ablate(context, BUNDLED, regions=last, text="mini", n=SENTENCES, segment=64, out=last)
    probe(context, BUNDLED, layers=LAYER, seeds=SEEDS, out=last)
