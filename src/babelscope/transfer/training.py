"""A classifier and encoded examples in; trained by the Trainer of transformers, its best state on the dev set out."""

import math
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader
from transformers import Trainer, TrainerCallback, TrainingArguments
from transformers.trainer_callback import PrinterCallback

from babelscope.errors import ModelError
from babelscope.models.memory import is_out_of_memory
from babelscope.transfer.batches import LengthBatches
from babelscope.transfer.classifier import Classifier, part_of
from babelscope.transfer.encoding import Encoded
from babelscope.transfer.options import TransferOptions

__all__ = ["Course", "train"]


@dataclass
class Course:
    """How a training went; filled while it runs."""

    steps: int = 0
    """Of the optimizer, in all."""
    best_step: int = 0
    """After how many of them the weights that were kept were reached."""
    best: float = -math.inf
    """Accuracy on the dev set then."""
    dev: list[tuple[int, float]] = field(default_factory=list)
    """Accuracy on the dev set by step."""
    loss: list[tuple[int, float]] = field(default_factory=list)
    """Mean cross-entropy in nats per label since the last look, by step."""


def train(
    classifier: Classifier,
    encoded: Sequence[Encoded],
    look: Callable[[], float],
    options: TransferOptions,
    *,
    rate: float,
    epochs: int,
    seed: int,
    pad_id: int,
    folder: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Course:
    """Trains what can be trained of a classifier, and leaves it in its best state on the dev set.

    Args:
        classifier: Changed.
        encoded: The training set, with only the places that have a label, and at least one of those each.
        look: Accuracy on the dev set, higher being better; of equals the earliest is kept.
        options: Batch size, decay and the like.
        rate: Learning rate at the first step.
        epochs: Passes over the training set.
        seed: Of the order of examples and of dropout.
        pad_id: Any valid id.
        folder: Where the Trainer may keep files meanwhile.
        progress: Called with the steps done and those to do.

    Raises:
        ModelError: If the loss is not finite, or memory runs out.
    """
    batches = LengthBatches([len(one.ids) for one in encoded], options.batch_size, seed)
    course = Course(steps=len(batches) * epochs)
    device = classifier.head.weight.device
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        arguments = TrainingArguments(
            output_dir=scratch,
            per_device_train_batch_size=options.batch_size,
            num_train_epochs=epochs,
            learning_rate=rate,
            lr_scheduler_type="linear",
            warmup_steps=round(options.warmup * course.steps),
            weight_decay=options.weight_decay,
            max_grad_norm=options.clip,
            optim="adamw_torch",
            seed=seed,
            use_cpu=device.type == "cpu",
            disable_tqdm=True,
            report_to="none",
            logging_strategy="no",
            save_strategy="no",
            eval_strategy="no",
            remove_unused_columns=False,
        )
        keeper = _BestKept(classifier, course, options.eval_steps or len(batches), look, progress)
        trainer = _Fitting(classifier, arguments, encoded, batches, options.accumulate, pad_id, keeper)
        torch.manual_seed(seed)
        try:
            trainer.train()
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            raise ModelError(
                f"out of memory in training on batches of {options.batch_size // options.accumulate} examples; "
                "give a larger --accumulate, --checkpointing, or a smaller --max-length"
            ) from error
    keeper.restore()
    return course


class _Fitting(Trainer):
    """The Trainer, with batches of our own, each read in parts whose gradients add up to the whole batch's."""

    def __init__(
        self,
        classifier: Classifier,
        arguments: TrainingArguments,
        encoded: Sequence[Encoded],
        batches: LengthBatches,
        parts: int,
        pad_id: int,
        keeper: "_BestKept",
    ) -> None:
        super().__init__(model=classifier, args=arguments, train_dataset=encoded, callbacks=[keeper])  # pyright: ignore
        self.remove_callback(PrinterCallback)
        self._encoded, self._batches, self._parts, self._pad_id = encoded, batches, parts, pad_id
        self._keeper = keeper

    def get_train_dataloader(self) -> DataLoader:
        """Batches of like length, as lists of row numbers."""
        rows = range(len(self._encoded))
        return DataLoader(rows, batch_sampler=self._batches, collate_fn=lambda batch: {"rows": batch})  # pyright: ignore

    def training_step(self, model: nn.Module, inputs: dict[str, Any], num_items_in_batch: Any = None) -> Tensor:
        """Gradients of the mean cross-entropy over all labels of a batch."""
        model.train()
        rows = inputs["rows"]
        count = sum(len(self._encoded[row].targets) for row in rows)
        total = 0.0
        for own in np.array_split(np.array(rows), min(self._parts, len(rows))):
            part = part_of(self._encoded, own.tolist(), self._pad_id)
            logits = model(part)
            loss = nn.functional.cross_entropy(logits, part.targets.to(logits.device), reduction="sum") / count
            self.accelerator.backward(loss)
            total += float(loss.detach())
        self._keeper.see(total, count)
        return torch.tensor(total, device=self.args.device)


class _BestKept(TrainerCallback):
    """Looks at the dev set now and then, and keeps what was trained of the best state."""

    def __init__(
        self,
        classifier: Classifier,
        course: Course,
        every: int,
        look: Callable[[], float],
        progress: Callable[[int, int], None] | None,
    ) -> None:
        self._weights = {name: weight for name, weight in classifier.named_parameters() if weight.requires_grad}
        self._course, self._every, self._look, self._progress = course, every, look, progress
        self._kept: dict[str, Tensor] = {}
        self._losses: list[tuple[float, int]] = []
        self._seen = 0

    def see(self, loss: float, count: int) -> None:
        """Takes the mean loss of one batch and the number of its labels."""
        self._seen += 1
        if not math.isfinite(loss):
            raise ModelError(
                f"the loss is {loss} at step {self._seen} of {self._course.steps}; give a smaller --learning-rate, "
                "or load the model with --dtype float32"
            )
        self._losses.append((loss * count, count))

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Called by the Trainer after each step of the optimizer."""
        step, course = state.global_step, self._course
        if self._progress is not None:
            self._progress(step, course.steps)
        if step % self._every and step != course.steps:
            return
        course.loss.append((step, sum(loss for loss, _ in self._losses) / sum(count for _, count in self._losses)))
        self._losses = []
        score = self._look()
        course.dev.append((step, score))
        if score > course.best:
            course.best, course.best_step = score, step
            self._kept = {name: weight.detach().to("cpu", copy=True) for name, weight in self._weights.items()}

    def restore(self) -> None:
        """Puts the best state back."""
        with torch.no_grad():
            for name, weight in self._weights.items():
                weight.copy_(self._kept[name])
