"""A model and a task in, trained on one language and tested on all; what transfers, with intervals, out."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babelscope.activations import Progress
from babelscope.evaluation.parts import Parts
from babelscope.provenance import Signature, package_fields, text_hash, versions
from babelscope.timing import timed
from babelscope.transfer.available import check_method
from babelscope.transfer.options import TransferOptions
from babelscope.transfer.predictions import Predictions
from babelscope.transfer.stored import restored, storable

if TYPE_CHECKING:
    from babelscope.models import LanguageModel
    from babelscope.transfer.tasks import TransferTask

__all__ = ["Transfer", "check_methods", "zero_shot_transfer"]

TRAINING, VECTORS = "training", "vectors"
"""Folders of what fine-tuning keeps meanwhile, and of the vectors of linear probes."""
_LEARNERS = {"linear": ("scikit-learn",), "full": ("accelerate",)}
"""By method, the packages beside torch and transformers that its numbers depend on; those of adapters otherwise."""
_ADAPTERS = ("accelerate", "peft")


@dataclass(frozen=True, eq=False)
class Transfer:
    """What one model's training in one language is worth in others; made by `zero_shot_transfer`."""

    predictions: tuple[Predictions, ...]
    """One per method, layer and seed: what was said of every test example."""
    task: "TransferTask"
    options: TransferOptions
    model_fields: Mapping[str, str]
    timings: Mapping[str, float] = field(default_factory=dict)

    @property
    def signature(self) -> Signature:
        """Everything these numbers depend on."""
        options, task = self.options, self.task
        settings = {method: options.settings(method, task.kind) for method in options.methods}
        return Signature.of(
            **self.model_fields,
            task=task.name,
            data=task.data,
            task_hash=task.hash,
            source=task.source,
            languages=",".join(task.test),
            **{method: _spelled(chosen) for method, chosen in settings.items()},
            seeds=options.seeds,
            **package_fields(),
            **_learners(options.methods),
        )

    @cached_property
    def _content(self) -> dict[str, Any]:
        from babelscope.transfer.content import summarise_transfer

        return summarise_transfer(self)

    def summary(self) -> dict[str, Any]:
        """All numbers as plain JSON types: the content of transfer.json."""
        return dict(self._content)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of transfer.csv: one per method, layer, language, metric and seed."""
        from babelscope.transfer.rows import transfer_rows

        return transfer_rows(self._content)

    def save(self, folder: str | Path, command: str = "", figures: bool = True) -> Path:
        """Writes transfer.json, transfer.csv, and the report of everything the folder holds.

        Args:
            folder: Made if needed; the run folder of the model's scan is a good place.
            command: The command line to record as the way to repeat it.
            figures: Whether each figure is also written as a file of its own.
        """
        from babelscope.run_folder import write_piece

        content = {**self.summary(), "command": command}
        return write_piece(Path(folder), "transfer", content, {"transfer": self.rows}, figures=figures)

    def __repr__(self) -> str:
        where = f"{self.task.source} to {', '.join(self.task.targets)}"
        return f"Transfer({self.model_fields['model']}, {self.task.name}, {where}, {', '.join(self.options.methods)})"


def check_methods(methods: Sequence[str]) -> None:
    """Refuses methods that cannot be used on this machine, before any model is read.

    Raises:
        BabelscopeError: If a package is missing, or a GPU.
    """
    for method in methods:
        check_method(method)


def zero_shot_transfer(
    model: "LanguageModel",
    task: "TransferTask",
    *,
    options: TransferOptions | None = None,
    folder: Path | None = None,
    progress: Progress | None = None,
) -> Transfer:
    """Learns a task in its source language, in every way asked for, and tests it in every language.

    Nothing of a target language is seen in training, and nothing of a test set before the end.

    Args:
        model: From `load_model` or `wrap_model`; left as it is.
        task: From `load_task`.
        options: Ways to learn, seeds, and how to train.
        folder: Where what finished seeds said is kept while this runs, and found again by a run that goes on.
        progress: Called with what is done, how much, and of how much.

    Raises:
        BabelscopeError: If a method cannot be used here, or a layer is not there.
    """
    options = options or TransferOptions()
    check_methods(options.methods)
    parts, timings = Parts(folder), dict[str, float]()
    predictions: list[Predictions] = []
    for method in options.methods:
        with timed(timings, method):
            learn = _probed if method == "linear" else _tuned
            predictions += learn(model, task, options, method, folder, parts, progress)
    return Transfer(
        predictions=tuple(predictions),
        task=task,
        options=options,
        model_fields=model.signature_fields,
        timings={name: round(seconds, 3) for name, seconds in timings.items()},
    )


def _tuned(
    model: "LanguageModel", task: "TransferTask", options: TransferOptions, method: str, folder: Path | None,
    parts: Parts, progress: Progress | None,
) -> list[Predictions]:  # fmt: skip
    """One per seed; those that are stored are read."""
    from babelscope.transfer.finetune import finetune

    found, work = [], None if folder is None else folder / TRAINING
    for seed in range(options.seeds):
        step, key = f"{method}-{seed}", _key(model, task, options, method, seed)
        stored = parts.found(step, {"all": key}).get("all")
        if stored is None:
            made = finetune(model, task, options, seed, method=method, folder=work, progress=progress)
            stored = storable(made)
            parts.write(step, {"all": (key, stored)})
        found.append(restored(stored))
        if progress is not None:
            progress(f"{method}, seeds", seed + 1, options.seeds)
    if work is not None:
        shutil.rmtree(work, ignore_errors=True)
    return found


def _probed(
    model: "LanguageModel", task: "TransferTask", options: TransferOptions, method: str, folder: Path | None,
    parts: Parts, progress: Progress | None,
) -> list[Predictions]:  # fmt: skip
    """One per layer; the fit has one solution, so that seeds would all be equal."""
    from babelscope.transfer.linear import frozen_probe

    layers = options.layers_of(model.n_layers)
    step, key = f"{method}-0", _key(model, task, options, method, 0)
    stored = parts.found(step, {str(layer): key for layer in layers})
    todo = [layer for layer in layers if str(layer) not in stored]
    if todo:
        home = None if folder is None else folder / VECTORS
        made = frozen_probe(
            model, task, layers=todo, pooling=options.pooling, separator=options.separator, folder=home,  # type: ignore[arg-type]
            progress=progress,
        )  # fmt: skip
        if home is not None:
            shutil.rmtree(home, ignore_errors=True)
        new = {one.layer: storable(one) for one in made}
        parts.write(step, {layer: (key, one) for layer, one in new.items()})
        stored |= new
    return [restored(stored[str(layer)]) for layer in layers]


def _key(model: "LanguageModel", task: "TransferTask", options: TransferOptions, method: str, seed: int) -> str:
    """16 hex digits over everything that what a seed says depends on, which layers are probed excepted."""
    settings = {name: value for name, value in options.settings(method, task.kind).items() if name != "layers"}
    return text_hash(
        model.identity, task.hash, _spelled(settings), str(seed), *package_fields().values(),
        *_learners([method]).values(),
    )  # fmt: skip


def _spelled(settings: Mapping[str, Any]) -> str:
    return ",".join(f"{name}={value}" for name, value in settings.items() if name != "method")


def _learners(methods: Sequence[str]) -> dict[str, str]:
    """Versions of the packages that do the learning."""
    wanted = dict.fromkeys(name for method in methods for name in _LEARNERS.get(method, _ADAPTERS))
    found = versions(tuple(wanted))
    return {name.replace("-", "_"): found[name] for name in wanted if name in found}
