"""Runs the commands that the pages show, and writes what they print: one file per name in `transcripts/`.

    python docs/transcripts.py                        # all
    python docs/transcripts.py doctor corpora         # these; what they need is run too, unless --work has it
    python docs/transcripts.py correlate --given published=FOLDER

Commands run offline, in one folder, in the order of `COMMANDS`, as a user would run them one after the other.
"""

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["COMMANDS", "GIVEN", "PAGES", "RECORDED", "Shown", "arguments", "record", "shown", "words"]

PAGES = Path(__file__).parent / "transcripts"
RECORDED = Path(__file__).parent / "recorded"
GIVEN = {
    "published": "the tables that [W24] published",
    "shared": "models/bloom-s, data/ntrex, data/pud and data/vtb: a trained series and what it is measured on",
}
"""Folders that are not part of this repository, by the name that command lines give them."""
WIDTH = 100


@dataclass(frozen=True)
class Shown:
    """Command lines that one transcript shows."""

    lines: tuple[str, ...]
    needs: tuple[str, ...] = ()
    """Transcripts whose files these commands read."""
    given: tuple[str, ...] = ()
    """Folders they read that are not part of this repository: see `GIVEN`."""
    keep: tuple[str, ...] = ()
    """Files that pages show: copied to `recorded/`, under the same name."""


COMMANDS: dict[str, Shown] = {
    "scan": Shown(
        ("babelscope scan nano --corpus mini --out runs/nano",), keep=("runs/nano/figures/sads-by-layer.svg",)
    ),
    "ablate": Shown(
        ("babelscope ablate nano --regions runs/nano --text mini --langs en,fr,es,zh --segment 64",),
        ("scan",),
        keep=("runs/nano/figures/perplexity-matrix.svg",),
    ),
    "generate": Shown(("babelscope generate nano --regions runs/nano --langs fr,zh -n 1 --tokens 24",), ("scan",)),
    "evaluate": Shown(
        ("babelscope evaluate nano --tasks xlc_mini_fr,xlc_mini_es --deactivate runs/nano:fr",), ("scan",)
    ),
    "probe": Shown(
        ("babelscope probe nano --treebanks grammar --langs en,fr,es --layers 3 --seeds 2 --out runs/nano",),
        ("scan",),
        keep=("runs/nano/figures/information-by-neurons.svg",),
    ),
    "overlap": Shown(
        ("babelscope overlap runs/nano/selections.csv --neurons 96 --out runs/overlap",), ("scan", "probe")
    ),
    "track": Shown(
        (
            "babelscope track nano --steps 0,64,3500 --corpus mini --langs en,fr,es,zh,ar,hi --segment 64 "
            "--out runs/series",
        ),
        keep=("runs/series/figures/sads-over-training.svg",),
    ),
    "compare": Shown(
        (
            "babelscope compare runs/series/points/nano-64 runs/series/points/nano-3500 "
            "--fail-below diff.sads=0 --fail-above lrds=0.6",
        ),
        ("track",),
    ),
    "doctor": Shown(("babelscope doctor nano",)),
    "corpora": Shown(("babelscope corpora",)),
    "plan": Shown(("babelscope scan nano --corpus mini --dry-run",)),
    "mistakes": Shown(
        (
            "babelscope scan nano --corpus mini --langs en,fr,tlh",
            "babelscope scan nano --corpus nowhere",
            "babelscope scan nano --corpus mini --langs en,fr --threshold 3",
        )
    ),
    "demo": Shown(("babelscope demo",)),
    "retrieve": Shown(
        ("babelscope retrieve nano --corpus mini --langs en,fr,es,zh,ar,hi --out runs/nano",),
        ("scan",),
        keep=("runs/nano/figures/retrieval-by-layer.svg",),
    ),
    "transfer": Shown(
        ("babelscope transfer nano --task pos --data grammar --targets es,fr,id,zh --train 300 --out runs/nano",),
        ("scan",),
        keep=("runs/nano/figures/transfer-by-language.svg",),
    ),
    "w24_overlap": Shown(
        ("babelscope overlap published/selections.csv.gz --preset w24 --out runs/w24-overlap | tail -n 32",),
        given=("published",),
        keep=(
            "runs/w24-overlap/figures/overlap-over-training.svg",
            "runs/w24-overlap/figures/overlap-over-training-2.svg",
        ),
    ),
    "correlate": Shown(
        (
            "babelscope correlate --preset w24 --x published --y published/transfer_xnli.csv --model bloom-560m "
            "--out runs/w24-560m",
        ),
        given=("published",),
        keep=("runs/w24-560m/figures/every-way.svg",),
    ),
    "forecast": Shown(
        (
            "babelscope forecast --preset w24 --x published --y published/transfer_pos.csv --model bloom-560m "
            "--step final --shares bloom --out runs/w24-forecast",
        ),
        given=("published",),
        keep=("runs/w24-forecast/figures/predictions.svg",),
    ),
    "w24_correlate": Shown(
        ("babelscope correlate --preset w24 --x published --out runs/w24 | tail -n 20",),
        given=("published",),
        keep=(
            "runs/w24/correlation.csv",
            "runs/w24/figures/means-by-checkpoint-overlap-50-xnli-accuracy.svg",
            "runs/w24/figures/languages-bloom-560m-overlap-50-xnli-accuracy.svg",
            "runs/w24/figures/every-way-overlap-50-xnli-accuracy-0.svg",
        ),
    ),
    "series_track": Shown(
        (
            "babelscope track shared/models/bloom-s --steps 0,64,256,1000,3500 "
            "--stages scan,retrieve,probe,transfer --corpus shared/data/ntrex "
            "--langs ar,en,es,fr,hi,id,pt,vi,zh -n 100 --offset 1597 --treebanks shared/data/pud "
            "--transfer-data shared/data/pud+shared/data/vtb --layers 3,4 --unseen de --no-baseline "
            "--out runs/bloom-s",
        ),
        given=("shared",),
        keep=("runs/bloom-s/figures/transfer-over-training.svg",),
    ),
    "series_correlate": Shown(
        ("babelscope correlate --x runs/bloom-s --metric accuracy --out runs/bloom-s-overlap",),
        ("series_track",),
        given=("shared",),
    ),
    "series_sads": Shown(
        ("babelscope correlate --x runs/bloom-s --measure sads --out runs/bloom-s-sads",),
        ("series_track",),
        given=("shared",),
    ),
}


def shown(line: str) -> str:
    """A command line as a page shows it: cut before an option where it would be too wide."""
    rows, row = [], ""
    for part in re.split(r" (?=-)", line):
        if row and len(row) + len(part) > WIDTH - 8:
            rows.append(row + " \\")
            row = "   "
        row = f"{row} {part}" if row else part
    return "$ " + "\n".join([*rows, row])


def arguments(line: str) -> tuple[list[str], slice]:
    """A command line's arguments, and which rows of what it prints are shown: all, or those of `| tail -n N`."""
    command, _, cut = line.partition(" | ")
    chosen = shlex.split(cut)
    if chosen and chosen[:2] not in (["head", "-n"], ["tail", "-n"]):
        raise ValueError(f"got {cut!r} after {command!r}; expected head -n N or tail -n N")
    rows = (
        slice(None) if not chosen else slice(int(chosen[2])) if chosen[0] == "head" else slice(-int(chosen[2]), None)
    )
    return shlex.split(command)[1:], rows


def record(name: str, folder: Path) -> str:
    """Runs one transcript's commands in a folder and returns what a terminal would have shown."""
    environment = {
        **os.environ,
        "COLUMNS": str(WIDTH),
        "NO_COLOR": "1",
        "HF_HUB_OFFLINE": "1",
        "PYTHONIOENCODING": "utf-8",
    }
    parts = []
    for line in COMMANDS[name].lines:
        given, rows = arguments(line)
        run = [sys.executable, "-c", "from babelscope.cli import run; run()", *given]
        done = subprocess.run(
            run, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
        )
        if "Traceback" in done.stdout:
            raise SystemExit(f"{line}\n{done.stdout}")
        said = done.stdout.replace(str(folder) + "/", "").splitlines()[rows]
        text = "\n".join("\n".join(textwrap.wrap(row, WIDTH)) if len(row) > WIDTH else row.rstrip() for row in said)
        parts.append(f"{shown(line)}\n{text}\n" + (f"[exit code {done.returncode}]\n" if done.returncode else ""))
    return "\n".join(parts)


def words(text: str) -> list[str]:
    """The words of a transcript without its numbers and its drawn lines: what must not change unseen."""
    return [word for word in re.findall(r"[^\W\d_]+", text) if len(word) > 1]


def _wanted(names: Iterable[str]) -> list[str]:
    """The names and all they need, in the order of COMMANDS."""
    found = set(names)
    for name in reversed(COMMANDS):
        found |= set(COMMANDS[name].needs) if name in found else set()
    return [name for name in COMMANDS if name in found]


def main() -> None:
    """Parses, runs, writes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="transcripts to make again; all by default")
    parser.add_argument("--work", type=Path, help="folder to run in; kept, and what lies in it is not made again")
    about = "; ".join(f"{name}: {what}" for name, what in GIVEN.items())
    parser.add_argument("--given", action="append", default=[], metavar="NAME=FOLDER", help=about)
    options = parser.parse_args()
    given = dict(one.split("=", 1) for one in options.given)
    asked = options.names or [name for name, entry in COMMANDS.items() if given.keys() >= set(entry.given)]
    PAGES.mkdir(exist_ok=True)
    RECORDED.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = (options.work or Path(scratch)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        for name, place in given.items():
            if not (folder / name).exists():
                (folder / name).symlink_to(Path(place).resolve(), target_is_directory=True)
        for name in asked if options.work else _wanted(asked):
            sys.stderr.write(f"{name}\n")
            (PAGES / f"{name}.txt").write_text(record(name, folder), encoding="utf-8")
            for path in COMMANDS[name].keep:
                shutil.copyfile(folder / path, RECORDED / Path(path).name)


if __name__ == "__main__":
    main()
