"""Vectors of one language and layer in, what probes find for each attribute there out: plain types, to be kept."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from jaxtyping import Float

from babelscope.probing.control import shuffled
from babelscope.probing.gaussian import fit_gaussian
from babelscope.probing.greedy import Selection
from babelscope.probing.information import Information, Measure, averaged, measure
from babelscope.probing.linear import LinearProbe
from babelscope.probing.options import ProbeOptions
from babelscope.probing.problem import Part, Problem
from babelscope.probing.selection import select_gaussian, select_linear
from babelscope.probing.side_by_side import side_by_side
from babelscope.probing.training import TrainingOptions, TrainingTask, train_probes

__all__ = ["probe_cells", "training_options"]

Vectors = Float[np.ndarray, "word neuron"]
Cell = dict[str, Any]

_MEASURES: tuple[Measure, ...] = ("mi_bits", "nmi", "nmi_calibrated", "accuracy")
_MEMORY = 2**32
"""Bytes that the selections under way may take together, as far as they can be told."""


@dataclass(frozen=True, eq=False)
class _Run:
    """One probe to be made: an attribute, a seed, and whether its labels are shuffled."""

    problem: Problem
    """Of the seed: its training words are resampled, its labels shuffled if it is a control."""
    whole: Problem
    """Before resampling."""
    seed: int
    control: bool


def probe_cells(
    vectors: Vectors,
    problems: Sequence[Problem],
    layer: int,
    options: ProbeOptions,
    *,
    device: str | torch.device = "cpu",
    progress: Callable[[int], None] | None = None,
) -> dict[str, Cell]:
    """Trains, selects and measures everything about one layer of one language: by attribute, in plain types.

    Args:
        vectors: Of the language's words at this layer.
        problems: One per attribute, whose rows are rows of `vectors`.
        layer: Its number.
        options: Which probes, how many seeds and controls, which sizes.
        device: Where probes are trained.
        progress: Called with how many of its probes are done.
    """
    ks = options.sizes(vectors.shape[1])
    runs = [
        _Run((shuffled(problem, seed) if control else problem).resample(seed), problem, seed, control)
        for problem in problems
        for control in (False, True)
        for seed in range(options.controls if control else options.seeds)
    ]
    probes = _trained(vectors, runs, options, device) if options.probe != "gaussian" else None
    together = _together(vectors.shape[1], max(len(problem.values) for problem in problems), options, device)
    share = _MEMORY // together
    jobs = [
        partial(_measured, vectors, run, max(ks), options, device, share, probes[index] if probes else None)
        for index, run in enumerate(runs)
    ]
    found: dict[str, list[tuple[_Run, Selection, Information]]] = {}
    for index, (run, (selection, told)) in enumerate(zip(runs, side_by_side(jobs, together), strict=True)):
        found.setdefault(run.problem.attribute, []).append((run, selection, told))
        if progress is not None:
            progress(index + 1)
    return {attribute: _cell(made, layer, vectors.shape[1], ks) for attribute, made in found.items()}


def training_options(options: ProbeOptions) -> TrainingOptions:
    """How the linear probes of a probing are trained."""
    return TrainingOptions(family=options.probe, standardise=options.standardise)


def _together(neurons: int, values: int, options: ProbeOptions, device: str | torch.device) -> int:
    """How many selections run at a time: as many as torch has threads and memory allows; one where it is a GPU's."""
    if torch.device(device).type != "cpu":
        return 1
    if options.probe != "gaussian":
        return torch.get_num_threads()
    # Covariances in double precision, and a copy of them while they are factored.
    return max(1, min(torch.get_num_threads(), _MEMORY // (2 * 8 * values * neurons**2)))


def _trained(
    vectors: Vectors, runs: Sequence[_Run], options: ProbeOptions, device: str | torch.device
) -> list[LinearProbe]:
    """Trains the linear probes of all runs together."""
    tasks = [
        TrainingTask(
            vectors,
            run.problem.train.rows,
            run.problem.train.labels,
            len(run.problem.values),
            groups=run.problem.train.lemmas,
            reference=run.whole.train.rows,
            seed=run.seed,
        )
        for run in runs
    ]
    return [one.probe for one in train_probes(tasks, training_options(options), device=device)]


def _measured(
    vectors: Vectors,
    run: _Run,
    k: int,
    options: ProbeOptions,
    device: str | torch.device,
    memory: int,
    probe: LinearProbe | None,
) -> tuple[Selection, Information]:
    """Selects k neurons of one probe (fitted here if it is Gaussian) and measures what they tell."""
    problem = run.problem
    dev, dev_labels = _part(vectors, problem.dev, device)
    test, test_labels = _part(vectors, problem.test, device)
    if probe is not None:
        selection = select_linear(
            probe, dev, dev_labels, test, test_labels, k=k, criterion=options.criterion, memory=min(memory, 2**30)
        )
    else:
        train, labels = _part(vectors, problem.train, device)
        fitted = fit_gaussian(train, labels, len(problem.values), cov=options.covariance)
        selection = select_gaussian(fitted, dev, dev_labels, test, test_labels, k=k, criterion=options.criterion)
    told = measure(selection, dev_labels, test_labels, problem.test.lemmas, calibrate=not run.control)
    return selection.without_words(), told


def _part(vectors: Vectors, part: Part, device: str | torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.from_numpy(vectors[part.rows]).to(device), torch.from_numpy(part.labels).to(device)


def _cell(made: Sequence[tuple[_Run, Selection, Information]], layer: int, neurons: int, ks: Sequence[int]) -> Cell:
    """One attribute's probes: what they tell together, and each of them for the tables."""
    problem = made[0][0].whole
    told = averaged([information for run, _, information in made if not run.control])
    controls = [information for run, _, information in made if run.control]
    # Their labels, and so their entropies, are not the same words': numbers are averaged, and not their sums.
    blank: dict[str, np.ndarray] = {
        name: np.mean([getattr(one, name) for one in controls], axis=0) for name in ("nmi", "accuracy") if controls
    }
    return {
        "language": problem.language,
        "attribute": problem.attribute,
        "layer": layer,
        "neurons": neurons,
        "values": list(problem.values),
        "n": problem.n,
        "lemmas": problem.lemmas,
        "entropy_bits": told.entropy_bits,
        "majority": told.majority,
        "seeds": sum(not run.control for run, _, _ in made),
        **{name: {str(k): asdict(told.at(k, name)) for k in ks} for name in _MEASURES},
        **{f"{name}_all": asdict(told.at(None, name)) for name in _MEASURES},
        "control": _control(blank, ks, len(controls)) if controls else None,
        "curve": _curve(told, blank["nmi"] if controls else None),
        "runs": [_run(*one) for one in made],
    }


def _control(blank: Mapping[str, np.ndarray], ks: Sequence[int], seeds: int) -> dict[str, Any]:
    """What probes of shuffled labels tell: about nothing."""
    return {
        "seeds": seeds,
        **{name: {str(k): float(values[k - 1]) for k in ks} for name, values in blank.items()},
    }


def _curve(told: Information, blank: np.ndarray | None) -> list[dict[str, Any]]:
    columns = {name: getattr(told, name) for name in _MEASURES}
    return [
        {
            "rank": rank + 1,
            **{name: float(values[rank]) for name, values in columns.items()},
            "control_nmi": None if blank is None else float(blank[rank]),
        }
        for rank in range(told.k)
    ]


def _run(run: _Run, selection: Selection, told: Information) -> dict[str, Any]:
    """One probe's selection and what each step of it tells; lists by rank."""
    # Controls are not calibrated: that they tell nothing needs no finer measure.
    measures: list[Measure] = [name for name in _MEASURES if not (run.control and name == "nmi_calibrated")]
    by_rank: Mapping[str, np.ndarray] = {
        "neuron": selection.neurons,
        "dev_score": selection.dev_score,
        "runner_up": selection.runner_up,
        **{name: getattr(told, name) for name in measures},
    }
    return {
        "seed": run.seed,
        "labels": "shuffled" if run.control else "true",
        "majority": told.majority,
        "entropy_bits": told.entropy_bits,
        **{name: _plain(values) for name, values in by_rank.items()},
        "all": {name: told.value(None, name) for name in measures},
    }


def _plain(values: np.ndarray) -> list[float | None]:
    """The last of all neurons has no runner-up, and files hold no NaN."""
    return [None if value != value else value for value in values.tolist()]
