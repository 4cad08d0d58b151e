"""Scores, regions and intervals at BLOOM-7b1's shape: time, peak memory, growth with sentences, streaming from files.

Each case runs in its own process, so that its peak memory is its own. It is run twice there and the second time
counts: on a virtual machine the first touch of memory that the host has taken back can cost ten times the work.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from babelscope.activations import Activations
from babelscope.regions import choose_rule, find_regions
from babelscope.scores import Permutations, alignment, cosine_sums

LANGUAGES = 9


def analyse(activations: Activations, keep_map: bool) -> float:
    """Everything a scan does after the forward pass; returns its seconds."""
    started = time.perf_counter()
    norms = activations.squared_norms()
    permutations = Permutations.draw(LANGUAGES, activations.sentences, keep_map)
    for sums in cosine_sums(activations, norms, permutations, keep_map):
        alignment(sums, permutations)
    find_regions(activations, norms, choose_rule(LANGUAGES))
    return time.perf_counter() - started


def in_memory(layers: int, width: int, sentences: int, keep_map: bool) -> dict[str, float]:
    generator = torch.Generator().manual_seed(0)
    blocks = [torch.randn(LANGUAGES, sentences, width, generator=generator) for _ in range(layers)]
    activations = Activations([str(a) for a in range(LANGUAGES)], blocks)
    first = analyse(activations, keep_map)
    seconds = analyse(activations, keep_map)
    return {"first": first, "seconds": seconds, "input": 4 * LANGUAGES * sentences * layers * width, "peak": peak()}


def streamed(layers: int, width: int, sentences: int, folder: Path) -> dict[str, float]:
    seconds = analyse(Activations.from_folder(folder, [str(a) for a in range(LANGUAGES)]), keep_map=False)
    return {"seconds": seconds, "input": 4 * LANGUAGES * sentences * layers * width, "peak": peak()}


def write_layers(layers: int, width: int, sentences: int, folder: Path) -> None:
    generator = np.random.default_rng(0)
    for layer in range(1, layers + 1):
        mapped = np.lib.format.open_memmap(
            folder / f"layer_{layer:04d}.npy", mode="w+", dtype=np.float32, shape=(LANGUAGES, sentences, width)
        )
        for a in range(LANGUAGES):
            mapped[a] = generator.standard_normal((sentences, width), dtype=np.float32)
        del mapped


def peak() -> int:
    """Largest resident memory of this process so far, interpreter and libraries included, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def case(*arguments: object) -> dict[str, float]:
    command = [sys.executable, __file__, "--case", *map(str, arguments)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main(stream: bool) -> None:
    large = case("memory", 30, 16384, 100, 1)
    print(
        f"491,520 neurons x 900 sentences, with map: {large['seconds']:.1f} s (first {large['first']:.1f} s); "
        f"peak {large['peak'] / 2**30:.2f} GiB = {large['peak'] / large['input']:.2f} x the input"
    )
    linear = case("memory", 30, 16384, 100, 0)
    print(f"the same without the map: {linear['seconds']:.1f} s; peak {linear['peak'] / linear['input']:.2f} x input")
    per = {}
    for n in (100, 200, 400, 800, 1600):
        per[n] = case("memory", 24, 2048, n, 0)["seconds"] / n
        print(
            f"49,152 neurons, n = {n}: {1000 * per[n]:.1f} ms per meaning, {per[n] / per[100]:.2f} x that of n = 100"
        )
    if stream:
        with tempfile.TemporaryDirectory(dir=".") as folder:
            case("write", 30, 16384, 1600, folder)
            result = case("stream", 30, 16384, 1600, folder)
        print(
            f"491,520 neurons, n = 1600, streamed from {result['input'] / 2**30:.1f} GiB of files: "
            f"{result['seconds']:.0f} s, peak {result['peak'] / 2**30:.2f} GiB"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stream", action="store_true", help="also the streamed case: 28 GB of disk, many minutes")
    parser.add_argument("--case", nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.case:
        main(options.stream)
    else:
        kind, layers, width, sentences, last = options.case
        shape = (int(layers), int(width), int(sentences))
        if kind == "memory":
            print(json.dumps(in_memory(*shape, keep_map=last == "1")))
        elif kind == "stream":
            print(json.dumps(streamed(*shape, Path(last))))
        else:
            write_layers(*shape, Path(last))
            print("{}")
