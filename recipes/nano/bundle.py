"""A finished run in; some of its checkpoints around one tokenizer, as babelscope bundles a series, out."""

import argparse
import shutil
import sys
from pathlib import Path

from babelscope.errors import BabelscopeError, unknown_choice


def main(given: list[str] | None = None) -> int:
    """Copies, and says how large the series is."""
    parser = argparse.ArgumentParser(prog="bundle.py", description=__doc__)
    parser.add_argument("run", type=Path, help="folder that pretrain.py has finished")
    parser.add_argument("series", type=Path, help="folder to make; it must not exist")
    parser.add_argument("--steps", required=True, help="which ones, such as 0,64,512,3500")
    options = parser.parse_args(given)
    try:
        size = bundle(options.run, options.series, [int(step) for step in options.steps.split(",")])
    except BabelscopeError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    sys.stdout.write(f"{options.series}: {size / 1e6:.1f} MB\n")
    return 0


def bundle(run: Path, series: Path, steps: list[int]) -> int:
    """Copies the steps without their tokenizers, one tokenizer and the records of the run; returns the bytes of it.

    Raises:
        BabelscopeError: If a step is not there, or the series is.
    """
    known = {folder.name: folder for folder in run.glob("step*")}
    for step in steps:
        if f"step{step:05d}" not in known:
            raise BabelscopeError(unknown_choice(f"step of {run}", f"step{step:05d}", known))
    if series.exists():
        raise BabelscopeError(f"{series} is there already; remove it or give another folder")
    for step in steps:
        own = known[f"step{step:05d}"]
        shutil.copytree(own, series / own.name, ignore=shutil.ignore_patterns("tokenizer*"))
    (series / "tokenizer").mkdir()
    for file in known[f"step{steps[0]:05d}"].glob("tokenizer*"):
        shutil.copy(file, series / "tokenizer")
    for name in ("recipe.json", "heldout.json"):
        shutil.copy(run / name, series)
    return sum(file.stat().st_size for file in series.rglob("*") if file.is_file())


if __name__ == "__main__":
    raise SystemExit(main())
