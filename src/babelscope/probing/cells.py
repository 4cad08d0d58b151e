"""Vectors of one language and layer in, what probes find for each attribute there out: plain types, to be kept."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float

from babelscope.probing.control import shuffled
from babelscope.probing.gaussian import fit_gaussian
from babelscope.probing.greedy import Selection
from babelscope.probing.information import Information, Measure, averaged, measure
from babelscope.probing.options import ProbeOptions
from babelscope.probing.problem import Part, Problem
from babelscope.probing.selection import select_gaussian, select_linear
from babelscope.probing.training import TrainingOptions, TrainingTask, train_probes

__all__ = ["probe_cells"]

Vectors = Float[np.ndarray, "word neuron"]
Cell = dict[str, Any]

_MEASURES: tuple[Measure, ...] = ("mi_bits", "nmi", "nmi_calibrated", "accuracy")


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
        _Run(
            problem.resample(seed) if not control else shuffled(problem, seed).resample(seed), problem, seed, control
        )
        for problem in problems
        for control in (False, True)
        for seed in range(options.controls if control else options.seeds)
    ]
    selections = _linear(vectors, runs, max(ks), options, device) if options.probe != "gaussian" else None
    found: dict[str, list[tuple[_Run, Selection, Information]]] = {}
    for index, run in enumerate(runs):
        selection = selections(index) if selections else _gaussian(vectors, run, max(ks), options, device)
        told = measure(
            selection, _labels(run.problem.dev, device), _labels(run.problem.test, device), run.problem.test.lemmas
        )
        found.setdefault(run.problem.attribute, []).append((run, selection, told))
        if progress is not None:
            progress(index + 1)
    return {attribute: _cell(made, layer, vectors.shape[1], ks) for attribute, made in found.items()}


def _linear(
    vectors: Vectors, runs: Sequence[_Run], k: int, options: ProbeOptions, device: str | torch.device
) -> Callable[[int], Selection]:
    """Trains all runs together; what it returns selects one of them."""
    choices = TrainingOptions(family=options.probe, standardise=options.standardise)
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
    trained = train_probes(tasks, choices, device=device)

    def select(index: int) -> Selection:
        return select_linear(
            trained[index].probe, *_held_out(vectors, runs[index].problem, device), k=k, criterion=options.criterion
        )

    return select


def _gaussian(vectors: Vectors, run: _Run, k: int, options: ProbeOptions, device: str | torch.device) -> Selection:
    problem = run.problem
    train = torch.from_numpy(vectors[problem.train.rows]).to(device)
    fitted = fit_gaussian(train, _labels(problem.train, device), len(problem.values), cov=options.covariance)
    return select_gaussian(fitted, *_held_out(vectors, problem, device), k=k, criterion=options.criterion)


def _held_out(vectors: Vectors, problem: Problem, device: str | torch.device) -> tuple[torch.Tensor, ...]:
    parts = (problem.dev, problem.test)
    return tuple(
        made for part in parts for made in (torch.from_numpy(vectors[part.rows]).to(device), _labels(part, device))
    )


def _labels(part: Part, device: str | torch.device) -> torch.Tensor:
    return torch.from_numpy(part.labels).to(device)


def _cell(made: Sequence[tuple[_Run, Selection, Information]], layer: int, neurons: int, ks: Sequence[int]) -> Cell:
    """One attribute's probes: what they tell together, and each of them for the tables."""
    problem = made[0][0].whole
    told = averaged([information for run, _, information in made if not run.control])
    controls = [information for run, _, information in made if run.control]
    blank = averaged(controls) if controls else None
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
        "control": None if blank is None else _control(blank, ks, len(controls)),
        "curve": _curve(told, blank),
        "runs": [_run(*one) for one in made],
    }


def _control(blank: Information, ks: Sequence[int], seeds: int) -> dict[str, Any]:
    """What probes of shuffled labels tell: about nothing."""
    return {
        "seeds": seeds,
        "nmi": {str(k): float(blank.nmi[k - 1]) for k in ks},
        "accuracy": {str(k): float(blank.accuracy[k - 1]) for k in ks},
    }


def _curve(told: Information, blank: Information | None) -> list[dict[str, Any]]:
    columns = {name: getattr(told, name) for name in _MEASURES}
    return [
        {
            "rank": rank + 1,
            **{name: float(values[rank]) for name, values in columns.items()},
            "control_nmi": None if blank is None else float(blank.nmi[rank]),
        }
        for rank in range(told.k)
    ]


def _run(run: _Run, selection: Selection, told: Information) -> dict[str, Any]:
    """One probe's selection and what each step of it tells; lists by rank."""
    by_rank: Mapping[str, np.ndarray] = {
        "neuron": selection.neurons,
        "dev_score": selection.dev_score,
        "runner_up": selection.runner_up,
        **{name: getattr(told, name) for name in _MEASURES},
    }
    return {
        "seed": run.seed,
        "labels": "shuffled" if run.control else "true",
        "majority": told.majority,
        "entropy_bits": told.entropy_bits,
        **{name: values.tolist() for name, values in by_rank.items()},
        "all": {name: told.at(None, name).value for name in _MEASURES},
    }
