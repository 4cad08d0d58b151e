"""A track on two Ray workers of one thread each against one process of two threads: wall time, largest difference."""

import argparse
import csv
import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from babelscope.activations import plan_shards
from babelscope.corpus import ParallelCorpus
from babelscope.engines import Engine, LocalEngine, RayEngine, Task
from babelscope.engines.cluster import Need, cluster
from babelscope.models import ModelRef
from babelscope.series import Series, read_series
from babelscope.tracking import TrackOptions, prepare, track
from corpus_of import SHARED, held_out


def checkpoints(most: int | None) -> Series:
    """Those of `bloom-s` where they are at hand, else the bundled series; no point zero is made."""
    folder = SHARED / "models" / "bloom-s"
    names = [str(folder)] if folder.is_dir() else ["nano"]
    series = read_series(names, ModelRef("", device="cpu"), point_zero=False)
    return replace(series, checkpoints=series.checkpoints[:most])


def warm(seconds: float) -> None:
    """Imports what tasks need: runs once in every worker."""
    import transformers  # noqa: F401

    import babelscope.tracking.stages  # noqa: F401

    time.sleep(seconds)


def measured(series: Series, text: ParallelCorpus, folder: Path, engine: Engine, options: TrackOptions) -> float:
    """Seconds of the series, after its first checkpoint has been measured to pay for imports and the baseline."""
    first = replace(series, checkpoints=series.checkpoints[:1])
    track(first, text, folder / "first", options=options, engine=engine)
    started = time.perf_counter()
    track(series, text, folder / "all", options=options, engine=engine).save()
    return time.perf_counter() - started


def numbers(folder: Path) -> dict[tuple[str, ...], float]:
    """Every number of the track's table and of its points' tables."""
    found = {}
    for path in sorted([folder / "track.csv", *folder.glob("points/*/scores.csv")]):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                values = {name: row.pop(name) for name in ("value", "low", "high", "null_mean") if name in row}
                place = (str(path.relative_to(folder)), *row.values())
                found |= {(*place, name): float(value) for name, value in values.items() if value}
    return found


def largest_difference(one: dict[tuple[str, ...], float], other: dict[tuple[str, ...], float]) -> float:
    """Over all numbers; both must have the same ones."""
    assert one.keys() == other.keys(), sorted(one.keys() ^ other.keys())[:3]
    return max(abs(one[place] - other[place]) for place in one)


def compare(work: Path, text: ParallelCorpus, series: Series, options: TrackOptions) -> dict[str, float]:
    """Seconds by engine, each with a cache of its own for the untrained model's scores."""
    seconds: dict[str, float] = {}
    with cluster(None, 2, Need(1, 0.0), work):
        # Both workers pay for their imports before the clock starts.
        RayEngine(threads=1).run([Task(f"warm-{i}", warm, (2.0,)) for i in range(2)], lambda outcome: None)
        os.environ["BABELSCOPE_CACHE"] = str(work / "cache-ray")
        ray_engine = RayEngine(threads=1, folder=work)
        seconds["ray"] = measured(series, text, work / "ray", ray_engine, options)
    os.environ["BABELSCOPE_CACHE"] = str(work / "cache-local")
    seconds["local"] = measured(series, text, work / "local", LocalEngine(threads=2, prepare=prepare), options)
    return seconds


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=200, help="sentences of each of nine languages")
    parser.add_argument("--shards", type=int, default=1)
    parser.add_argument("--checkpoints", type=int, help="the first so many only")
    given = parser.parse_args(arguments)
    series, text, options = checkpoints(given.checkpoints), held_out(given.n), TrackOptions(shards=given.shards)
    plan_shards(given.n, given.shards)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        seconds = compare(work, text, series, options)
        both = [numbers(work / name / "all") for name in ("ray", "local")]
    print(f"{len(series.checkpoints)} checkpoints, {text.n} sentences in {len(text.languages)} languages")
    print(f"Ray, 2 workers x 1 thread: {seconds['ray']:.1f} s; local, 2 threads: {seconds['local']:.1f} s")
    print(f"ratio {seconds['ray'] / seconds['local']:.2f} (goal 1.1, over at least 60 s of work)")
    print(f"largest difference of {len(both[0])} numbers: {largest_difference(*both):.1e} (goal 1e-6)")


if __name__ == "__main__":
    main()
