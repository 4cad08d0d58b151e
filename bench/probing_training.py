"""Probe training: many together against one after another, and what families and settings find on real vectors.

Without arguments: the ratio of times, on drawn vectors. With `--model` and `--treebanks`: a table of families and
settings, each with the test NMI of its greedy selections (raw and calibrated), accuracy, how far selections agree
between seeds, and seconds per probe.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path

import numpy as np
import torch

from babelscope.probing.training import TrainingOptions, TrainingTask, train_probes

KS = (1, 10, 25, 50)


def drawn(words: int, neurons: int, classes: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    labels = generator.integers(0, classes, words)
    vectors = generator.normal(size=(words, neurons)).astype(np.float32)
    vectors += 0.3 * generator.normal(size=(classes, neurons)).astype(np.float32)[labels]
    return vectors, labels


def tasks_of(
    vectors: np.ndarray, labels: np.ndarray, attributes: Sequence[tuple[int, float, int]]
) -> list[TrainingTask]:
    """Probes of one language and layer: per attribute its values, the share of words that have it, and its probes."""
    made = []
    for classes, share, probes in attributes:
        rows = np.arange(int(share * len(labels)))
        for seed in range(probes):
            kept = rows[np.random.default_rng(seed).random(len(rows)) < 0.9]
            made.append(TrainingTask(vectors, kept, labels[kept] % classes, classes, kept // 5, rows, seed))
    return made


def ratio(words: int, neurons: int, options: TrainingOptions, rounds: int) -> None:
    """32 probes as a run has them (two layers, three attributes, seeds and controls), and 32 that share nothing."""
    generator = np.random.default_rng(0)
    bundles = [drawn(words, neurons, 12, generator) for _ in range(32)]
    run = [(12, 1.0, 6), (2, 0.6, 5), (2, 0.5, 5)]
    cases = {
        "two layers x three attributes x seeds": [task for pair in bundles[:2] for task in tasks_of(*pair, run)],
        "32 different languages and layers": [task for pair in bundles for task in tasks_of(*pair, [(12, 1.0, 1)])],
    }
    for name, tasks in cases.items():
        assert len(tasks) == 32
        found = []
        for _ in range(rounds):
            together = timed(lambda tasks=tasks: train_probes(tasks, options))
            apart = timed(lambda tasks=tasks: [train_probes([task], options) for task in tasks])
            found.append((together / apart, together, apart))
        best = sorted(found)[len(found) // 2]
        print(f"{name}: 32 together {best[1]:.1f} s / one after another {best[2]:.1f} s = {best[0]:.3f}", flush=True)


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


# on real vectors


COLUMNS = (
    *(f"{kind}{k or 'all'}" for kind in ("nmi", "cal") for k in (*KS, None)),
    *("acc10", "acc50", "accall"),
    *(f"agr{k}" for k in KS[1:]),
)
MEASURES = {"nmi": "nmi", "cal": "nmi_calibrated", "acc": "accuracy"}


@dataclass
class Scores:
    """What one setting found: by column, a value per cell (language, attribute, layer), the mean over its seeds."""

    seconds: float = 0.0
    probes: int = 0
    columns: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in COLUMNS})

    def row(self) -> str:
        means = [f"{np.mean(values):7.3f}" for values in self.columns.values()]
        return "".join(means) + f"{self.seconds / self.probes:9.3f}"

    def against(self, other: "Scores") -> str:
        """Difference in standard errors over cells, paired."""
        found = []
        for name, values in self.columns.items():
            change = np.array(values) - np.array(other.columns[name])
            error = change.std(ddof=1) / np.sqrt(len(change))
            found.append(f"{change.mean() / error if error else 0.0:7.1f}")
        return "".join(found)


def cells(
    model: str, treebanks: str, languages: Sequence[str], layers: Sequence[int], site: str, folder: Path, seeds: int
) -> Iterator:
    """Per language and layer: its vectors and problems."""
    from babelscope.activations.word_pieces import words_without_vectors
    from babelscope.activations.words import word_vectors
    from babelscope.models import load_model
    from babelscope.probing.problems import build_problems
    from babelscope.probing.splits import split_lemmas
    from babelscope.treebanks import load_treebanks

    loaded = load_model(model)
    banks = load_treebanks(treebanks, languages)
    splits = {code: split_lemmas(bank) for code, bank in banks.items()}
    without = {code: words_without_vectors(loaded, bank) for code, bank in banks.items()}
    problems = build_problems(banks, splits, ("POS", "Number", "Gender"), seeds=range(seeds), unusable=without)
    for code in problems.words:
        vectors = word_vectors(
            loaded, banks[code], layers, site=site, wanted=problems.wanted[code], folder=folder / f"{site}-{code}"
        )
        for layer in layers:
            yield np.array(vectors.layer(layer)), problems.of(code)


def compare(found: Sequence, settings: Mapping[str, TrainingOptions], seeds: int) -> None:
    """A row of means per setting, and below it the difference from the first setting, in standard errors."""
    print(f"{'':28}" + "".join(f"{name:>7}" for name in COLUMNS) + f"{'s/probe':>9}", flush=True)
    first = None
    for name, options in settings.items():
        scores = Scores()
        for vectors, problems in found:
            one_language(vectors, problems, options, seeds, scores)
        print(f"{name:28}{scores.row()}", flush=True)
        if first is not None:
            print(f"{'    minus the first, in s.e.':28}{scores.against(first)}", flush=True)
        first = first or scores


def one_language(
    vectors: np.ndarray, problems: Sequence, options: TrainingOptions, seeds: int, scores: Scores
) -> None:
    from babelscope.probing.information import measure
    from babelscope.probing.selection import select_linear

    runs = [(problem, problem.resample(seed).train, seed) for problem in problems for seed in range(seeds)]
    tasks = [
        TrainingTask(vectors, part.rows, part.labels, len(whole.values), part.lemmas, whole.train.rows, seed)
        for whole, part, seed in runs
    ]
    started = time.perf_counter()
    trained = train_probes(tasks, options)
    scores.seconds += time.perf_counter() - started
    scores.probes += len(tasks)
    cells: dict[str, list[tuple]] = {}
    for (problem, _, _), one in zip(runs, trained, strict=True):
        dev, dev_labels, test, test_labels = (
            torch.from_numpy(array)
            for part in (problem.dev, problem.test)
            for array in (vectors[part.rows], part.labels)
        )
        selection = select_linear(one.probe, dev, dev_labels, test, test_labels, k=max(KS))
        told = measure(selection, dev_labels, test_labels, problem.test.lemmas, draws=2)
        cells.setdefault(problem.attribute, []).append((selection.neurons, told))
    for made in cells.values():
        for name, values in scores.columns.items():
            kind, k = name[:3], None if name[3:] == "all" else int(name[3:])
            if kind == "agr" and k:
                found = [len(set(a[:k]) & set(b[:k])) / k for (a, _), (b, _) in combinations(made, 2)]
            else:
                found = [told.at(k, MEASURES[kind]).value for _, told in made]
            values.append(float(np.mean(found)))


def settings_of(which: str) -> dict[str, TrainingOptions]:
    base = TrainingOptions()
    families = {
        "default": base,
        "default, l2 0": replace(base, l2=0.0),
        "uniform_size flat": replace(base, sizes="flat"),
        "half_mask": replace(base, family="half_mask"),
        "unmasked": replace(base, family="unmasked"),
        "default, raw vectors": replace(base, standardise=False),
    }
    sizes = {
        "uniform_size log": replace(base, sizes="log"),
        "uniform_size root": replace(base, sizes="root"),
        "uniform_size flat": replace(base, sizes="flat"),
        "half_mask": replace(base, family="half_mask"),
    }
    learnt = {
        "poisson tau 1": replace(base, family="poisson"),
        "poisson tau 0.01": replace(base, family="poisson", tau=0.01),
        "conditional_poisson tau 1": replace(base, family="conditional_poisson"),
        "conditional_poisson tau .01": replace(base, family="conditional_poisson", tau=0.01),
    }
    released = {"released (200 passes)": replace(TrainingOptions.released(), epochs=200)}
    schedule = {
        "300 steps": replace(base, steps=300),
        "2000 steps": replace(base, steps=2000),
        "rate 0.003": replace(base, rate=0.003),
        "rate 0.03": replace(base, rate=0.03),
        "no decay": replace(base, decay=False),
        "batch 256": replace(base, batch=256),
        "l2 3e-4": replace(base, l2=3e-4),
        "l2 1e-3": replace(base, l2=1e-3),
        "l2 3e-3": replace(base, l2=3e-3),
        "l2 1e-2": replace(base, l2=1e-2),
        "l1 1e-3": replace(base, l1=1e-3),
    }
    return {"families": families, "sizes": sizes, "learnt": learnt, "released": released, "schedule": schedule}[which]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--words", type=int, default=10_000)
    parser.add_argument("--neurons", type=int, default=192)
    parser.add_argument("--steps", type=int, default=TrainingOptions().steps)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--model")
    parser.add_argument("--treebanks")
    parser.add_argument("--languages", default="en,es,ar,hi,fr,id")
    parser.add_argument("--layers", default="3")
    parser.add_argument("--site", default="hidden")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--settings", default="families")
    parser.add_argument("--folder", type=Path, default=Path("bench-probing"), help="where word vectors are kept")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    if given.model is None:
        ratio(given.words, given.neurons, replace(TrainingOptions(), steps=given.steps), given.rounds)
    else:
        layers = [int(layer) for layer in given.layers.split(",")]
        languages = given.languages.split(",")
        ready = list(cells(given.model, given.treebanks, languages, layers, given.site, given.folder, given.seeds))
        for which in given.settings.split(","):
            compare(ready, settings_of(which), given.seeds)
