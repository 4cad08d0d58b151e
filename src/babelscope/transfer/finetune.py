"""A model, a task, a method and a seed in; what the model, trained on the source language, says of every test out."""

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from babelscope.activations import Progress
from babelscope.activations.extract import default_budget
from babelscope.errors import BabelscopeError, ModelError, unknown_choice
from babelscope.transfer.available import check_method
from babelscope.transfer.encoding import Encoded, encode
from babelscope.transfer.examples import NO_LABEL, Example
from babelscope.transfer.options import FINETUNED, TransferOptions
from babelscope.transfer.predictions import WHOLE, Predictions
from babelscope.transfer.unchanged import apart, checkpointed, modes_kept

if TYPE_CHECKING:
    from babelscope.models import LanguageModel
    from babelscope.transfer.classifier import Classifier
    from babelscope.transfer.examples import TransferTask
    from babelscope.transfer.training import Course

__all__ = ["check_method", "finetune"]


def finetune(
    model: "LanguageModel",
    task: "TransferTask",
    options: TransferOptions | None = None,
    seed: int = 0,
    *,
    method: str = "lora",
    folder: Path | None = None,
    progress: Progress | None = None,
) -> Predictions:
    """Trains a model and a linear head on a task in its source language, and asks it about every language's test.

    The head reads the hidden state after the last block and its norm, at one token of a word or at the last of a
    text. Of the states it passes through, the one with the best accuracy on the source language's dev set is kept;
    nothing of a target language or of a test set is read before that.

    Args:
        model: From `load_model` or `wrap_model`. It is the same afterwards, to the bit: adapters are taken off, and
            where all weights are trained they are a copy's.
        task: From `load_task`.
        options: How to train.
        seed: Of the head, the adapters, the order of examples and dropout. On one machine it fixes the result.
        method: One of FINETUNED.
        folder: Where the Trainer may keep files meanwhile; by default a temporary one.
        progress: Called with what is done, how much, and of how much.

    Raises:
        MissingExtraError: If peft or accelerate is not installed.
        BabelscopeError: If the method is not for fine-tuning or needs a GPU that is not there.
        ModelError: If the loss is not finite, memory runs out, or nothing can be adapted.
    """
    options = options or TransferOptions()
    if method not in FINETUNED:
        raise BabelscopeError(unknown_choice("method of fine-tuning", method, FINETUNED))
    check_method(method)
    if method != "full" and model.dtype == "float16":
        raise ModelError(
            f"--method {method} would lose small gradients in float16; load it with --dtype bfloat16 or float32"
        )
    if not task.dev:
        raise BabelscopeError(
            f"{task.name} has no dev examples in {task.source}, by which the best state is chosen; give it some "
            "(split dev)"
        )
    started = time.perf_counter()
    run = _Run(model, task, options, method, seed, progress)
    with apart(), ExitStack() as stack:
        classifier, adapters = run.classifier(stack)
        train_set = run.training_set()
        course = run.trained(classifier, train_set, folder)
        tests = {code: run.read(examples) for code, examples in task.test.items()}
        told = run.asked(classifier, tests)
        trainable = sum(weight.numel() for weight in classifier.parameters() if weight.requires_grad)
    details = {
        "learning_rate": options.rate(method),
        "epochs": options.passes(task.kind),
        "steps": course.steps,
        "best_step": course.best_step,
        "trainable": trainable,
        "adapters": adapters,
        "dev": [[step, round(score, 6)] for step, score in course.dev],
        "loss": [[step, round(loss, 6)] for step, loss in course.loss],
        "train_examples": len(train_set),
        "train_cut": sum(one.cut for one in train_set),
        "test_cut": {code: sum(one.cut for one in own) for code, own in tests.items()},
        "untold": {code: _untold(own, task.test[code]) for code, own in told.items()},
        "seconds": round(time.perf_counter() - started, 3),
    }
    return Predictions(method=method, layer=WHOLE, seed=seed, dev_score=course.best, test=told, details=details)


@dataclass(frozen=True)
class _Run:
    """One fine-tuning: what is the same in all that is done for it."""

    model: "LanguageModel"
    task: "TransferTask"
    options: TransferOptions
    method: str
    seed: int
    progress: Progress | None

    def read(self, examples: Sequence[Example], longest: int | None = None) -> list[Encoded]:
        """Examples as the model reads them, as far as its context or `longest`."""
        return encode(
            self.model,
            self.task.kind,
            examples,
            longest=min(longest or self.model.context, self.model.context),
            piece="first" if self.options.pooling == "first" else "last",
            separator=self.options.separator,
        )

    def training_set(self) -> list[Encoded]:
        """The training examples that have a label within the length that is read."""
        found = [one.labelled for one in self.read(self.task.train, self.options.max_length)]
        kept = [one for one in found if len(one.targets)]
        if not kept:
            raise ModelError(
                f"no training example of {self.task.name} has a label within {self.options.max_length} tokens; "
                "give a larger --max-length"
            )
        return kept

    def classifier(self, stack: ExitStack) -> "tuple[Classifier, list[str]]":
        """The model with a head, ready to be trained until the stack is unwound; names of what has adapters."""
        import torch

        from babelscope.transfer.adapters import adapted
        from babelscope.transfer.classifier import Classifier
        from babelscope.transfer.copying import four_bit_copy, full_copy

        model, options, device = self.model, self.options, self.model.device
        # A copy in float32 computes in half precision where its original did.
        half = self.method == "full" and model.dtype != "float32" and device.type != "cpu"
        backbone, blocks = model.backbone, model.blocks
        if self.method == "full":
            backbone = full_copy(model).requires_grad_(True)
        elif self.method == "qlora":
            backbone, blocks = four_bit_copy(model)
        stack.enter_context(modes_kept(backbone))
        adapters: list[str] = []
        torch.manual_seed(self.seed)
        if self.method != "full":
            adapters = stack.enter_context(adapted(backbone, model.architecture.model_type, blocks, options))
        stack.enter_context(checkpointed(backbone, options.checkpointing))
        classifier = Classifier(
            backbone,
            device,
            labels=len(self.task.labels),
            dropout=options.dropout,
            half=half or self.method == "qlora",
            seed=self.seed,
        )
        return classifier, adapters

    def trained(self, classifier: "Classifier", train_set: Sequence[Encoded], folder: Path | None) -> "Course":
        """The course of the training, which leaves the classifier in its best state."""
        from babelscope.transfer.training import train

        dev = self.read(self.task.dev)
        gold = [np.array(one.gold) for one in self.task.dev]

        def look() -> float:
            return _accuracy(self._told(classifier, dev), gold)

        def count(done: int, total: int) -> None:
            if self.progress is not None:
                self.progress(f"{self.method}, seed {self.seed}: steps", done, total)

        return train(
            classifier,
            train_set,
            look,
            self.options,
            rate=self.options.rate(self.method),
            epochs=self.options.passes(self.task.kind),
            seed=self.seed,
            pad_id=self.model.pad_id,
            folder=folder,
            progress=count,
        )

    def asked(self, classifier: "Classifier", tests: Mapping[str, Sequence[Encoded]]) -> dict[str, list[Any]]:
        """What it says of every example of every language."""
        told = {}
        for done, (code, encoded) in enumerate(tests.items(), start=1):
            told[code] = self._told(classifier, encoded)
            if self.progress is not None:
                self.progress(f"{self.method}, seed {self.seed}: languages", done, len(tests))
        return told

    def _told(self, classifier: "Classifier", encoded: Sequence[Encoded]) -> list[Any]:
        from babelscope.transfer.classifier import answers

        return answers(classifier, encoded, self.model.pad_id, default_budget(self.model))


def _untold(told: Sequence[Any], examples: Sequence[Example]) -> int:
    """Labels of which nothing was said."""
    wanted = (np.array(one.gold) != NO_LABEL for one in examples)
    return int(sum(((one == NO_LABEL) & labelled).sum() for one, labelled in zip(told, wanted, strict=True)))


def _accuracy(told: Sequence[Any], gold: Sequence[Any]) -> float:
    """Fraction of the labels that were told; what was not read counts as wrong."""
    answered, wanted = np.concatenate(told), np.concatenate(gold)
    labelled = wanted != NO_LABEL
    return float(np.mean((answered == wanted)[labelled])) if labelled.any() else 0.0
