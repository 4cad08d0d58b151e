"""Greedy selection of 50 neurons: seconds, times faster than a dense forward pass per candidate, peak memory.

Each case runs in its own process, so that its peak memory is its own. The dense pass is that of METHODS 6c.2, timed
on a slice of the candidates and extrapolated to all of them, in the same process before and after the selection.
"""

import argparse
import json
import resource
import subprocess
import sys
import time

import numpy as np
import torch

from babelscope.probing.gaussian import GaussianProbe
from babelscope.probing.information import measure
from babelscope.probing.linear import LinearProbe
from babelscope.probing.selection import select_gaussian, select_linear

K = 50
SLICE = 30


def words(neurons: int, values: int, n: int, seed: int = 0) -> tuple[LinearProbe, list[torch.Tensor]]:
    """Words whose values follow a probe in which few neurons matter much, and that probe."""
    generator = torch.Generator().manual_seed(seed)
    weight = torch.randn(neurons, values, generator=generator) / torch.arange(1, neurons + 1)[:, None] ** 0.5
    bias = torch.randn(values, generator=generator)
    vectors = torch.randn(2 * n, neurons, generator=generator)
    labels = (vectors @ weight + bias).softmax(1).multinomial(1, generator=generator).squeeze(1)
    probe = LinearProbe(weight, bias, torch.zeros(neurons), torch.ones(neurons))
    return probe, [vectors[:n], labels[:n], vectors[n:], labels[n:]]


def gaussian(neurons: int, values: int) -> GaussianProbe:
    generator = torch.Generator().manual_seed(1)
    means = 0.2 * torch.randn(values, neurons, generator=generator).double()
    roots = torch.randn(values, neurons, neurons, generator=generator).double() / neurons**0.5
    covariances = roots @ roots.mT + 0.1 * torch.eye(neurons)
    return GaussianProbe(torch.full((values,), -float(np.log(values))).double(), means, covariances)


def dense(probe: LinearProbe, vectors: torch.Tensor, labels: torch.Tensor) -> float:
    """Seconds of one candidate by a zero-masked forward pass, the fastest of a slice: in favour of the dense pass."""
    fastest = float("inf")
    for neuron in range(SLICE):
        started = time.perf_counter()
        masked = torch.zeros_like(vectors)
        masked[:, [neuron]] = vectors[:, [neuron]]
        log_p = (masked @ probe.weight + probe.bias).log_softmax(1)
        float(log_p.gather(1, labels[:, None]).mean())
        fastest = min(fastest, time.perf_counter() - started)
    return fastest


def case(kind: str, neurons: int, values: int, n: int, memory: int) -> dict[str, float]:
    probe, material = words(neurons, values, n)
    before = peak()
    slow = min(dense(probe, *material[:2]) for _ in range(2)) if kind == "linear" else float("nan")
    started = time.perf_counter()
    if kind == "linear":
        found = select_linear(probe, *material, k=K, memory=memory)
    else:
        found = select_gaussian(gaussian(neurons, values), *material, k=K)
    seconds = time.perf_counter() - started
    started = time.perf_counter()
    measure(found, material[1], material[3], np.arange(n) // 10).at(K)
    told = time.perf_counter() - started
    if kind == "linear":
        slow = min(slow, dense(probe, *material[:2]))
    return {"seconds": seconds, "measure": told, "dense": slow, "peak": peak() - before}


def peak() -> int:
    """Largest resident memory of this process so far, bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    for kind, neurons, values, n, memory in (
        ("linear", 2048, 16, 5000, 2**30),
        ("linear", 2048, 16, 5000, 0),
        ("gaussian", 1024, 4, 5000, 0),
        ("linear", 192, 12, 5000, 2**30),
    ):
        command = [sys.executable, __file__, "--case", kind, *map(str, (neurons, values, n, memory))]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        ratio = found["dense"] * K * neurons / found["seconds"]
        against = f"; {ratio:.0f} x the dense pass ({1000 * found['dense']:.1f} ms each)" if kind == "linear" else ""
        kept = f", {memory / 2**30:.0f} GiB for exponentials" if kind == "linear" else ""
        print(
            f"{kind}, {K} of {neurons} neurons, {n} words, {values} values{kept}: {found['seconds']:.1f} s{against}; "
            f"measuring {found['measure']:.2f} s; {found['peak'] / 2**30:.2f} GiB above its words"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", nargs=5, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        kind, *numbers = options.case
        print(json.dumps(case(kind, *map(int, numbers))))
    else:
        main()
