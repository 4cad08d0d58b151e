"""Word vectors with labels in, linear probes out: many of them trained at once as one batched problem."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import torch
from jaxtyping import Float
from torch import Tensor

from babelscope.probing.batches import Batches, as_tensor
from babelscope.probing.bundles import Bundle, Trained
from babelscope.probing.families import make_family
from babelscope.probing.masks import SharedMasks
from babelscope.probing.tasks import TrainingOptions, TrainingTask

__all__ = ["Trained", "TrainingOptions", "TrainingTask", "train_probes"]

_WIDE = 1024
"""Neurons from which on a step's products are worth splitting over cores."""


def train_probes(
    tasks: Sequence[TrainingTask],
    options: TrainingOptions | None = None,
    *,
    device: str | torch.device = "cpu",
    progress: Callable[[int, int], None] | None = None,
) -> list[Trained]:
    """Trains all probes together; each comes out as if it had been trained alone.

    Masks are drawn once per step and serve every probe of that step. Tasks that read the same words share the masked
    matrix as well, so that a step of all of them is one product.

    Args:
        tasks: In any order.
        options: How they are trained.
        device: Where they are trained, and where the probes' tensors lie.
        progress: Called after each step with the steps done and the steps there are, over all bundles of tasks.

    Returns:
        One per task, in their order, with the weights that were best on its held-out words.

    Raises:
        BabelscopeError: If vectors hold NaN or infinite numbers, or a task has too few groups to hold any out.
    """
    options = options or TrainingOptions()
    device = torch.device(device)
    trained: dict[int, Trained] = {}
    shared: dict[int, SharedMasks] = {}
    running = [(members, _bundle(mine, vectors, shared, options)) for members, mine, vectors in _group(tasks, device)]
    total, done = sum(bundle.steps for _, bundle in running), 0
    widest = max((bundle.neurons for _, bundle in running), default=0)
    with _side_by_side(device, len(running) + len(shared), widest) as run:
        while running:
            for masks in shared.values():
                masks.advance()
            # The next step's masks are drawn while this step is taken.
            run([masks.draw for masks in shared.values()] + [bundle.step for _, bundle in running])
            done += len(running)
            for members, bundle in running:
                if not bundle.running:
                    done += bundle.steps - bundle.step_count
                    trained.update(zip(members, bundle.results(), strict=True))
            running = [(members, bundle) for members, bundle in running if bundle.running]
            if progress is not None:
                progress(done, total)
    return [trained[index] for index in range(len(tasks))]


@contextmanager
def _side_by_side(
    device: torch.device, jobs: int, neurons: int
) -> Iterator[Callable[[Sequence[Callable[[], None]]], object]]:
    """Gives what runs jobs and waits for them: on a CPU each in a thread of its own.

    A step's products are small: split over cores they gain nothing, and where other work keeps a core busy, the
    others wait for it at every one of them. So cores are given to jobs; only wide products get those left over.
    """
    threads = torch.get_num_threads()
    if device.type != "cpu" or threads == 1 or jobs == 0:
        yield lambda jobs: [_without_gradients(job) for job in jobs]
        return
    torch.set_num_threads(max(1, threads // jobs) if neurons >= _WIDE else 1)
    try:
        with ThreadPoolExecutor(min(threads, jobs)) as pool:
            yield lambda jobs: list(pool.map(_without_gradients, jobs))
    finally:
        torch.set_num_threads(threads)


def _without_gradients(job: Callable[[], None]) -> None:
    with torch.no_grad():
        job()


def _group(
    tasks: Sequence[TrainingTask], device: torch.device
) -> Iterator[tuple[list[int], list[TrainingTask], Float[Tensor, "row neuron"]]]:
    """Places, tasks and vectors of those that share vectors, reference rows and number of values."""
    groups: dict[tuple[int, int, bytes], list[int]] = {}
    for index, task in enumerate(tasks):
        key = (id(task.vectors), task.classes, task.reference_rows().tobytes())
        groups.setdefault(key, []).append(index)
    placed: dict[int, Tensor] = {}
    for (name, _, _), members in groups.items():
        if name not in placed:
            placed[name] = as_tensor(tasks[members[0]].vectors).to(device)
        yield members, [tasks[index] for index in members], placed[name]


def _bundle(
    tasks: Sequence[TrainingTask],
    vectors: Float[Tensor, "row neuron"],
    shared: dict[int, SharedMasks],
    options: TrainingOptions,
) -> Bundle:
    batches = Batches(vectors, tasks, options)
    if not make_family(options.family).shared:
        return Bundle(tasks, batches, None, options)
    if batches.neurons not in shared:
        shared[batches.neurons] = SharedMasks(batches.neurons, options, vectors.device)
    return Bundle(tasks, batches, shared[batches.neurons], options)
