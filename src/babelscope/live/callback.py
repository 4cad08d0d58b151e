"""A Trainer in; LRDS, SADS, SKLR and loss per language among what it logs out, every k steps."""

from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from babelscope.corpus import ParallelCorpus
from babelscope.errors import BabelscopeError
from babelscope.live.monitor import AlignmentMonitor

__all__ = ["AlignmentCallback"]


class AlignmentCallback(TrainerCallback):
    """Measures the model of a `Trainer` every k steps, and logs to whatever the Trainer reports to.

    `AlignmentCallback("ntrex", every=100).attach(trainer)`. The untrained model is measured as training begins.
    Reporters put the Trainer's `train/` before every name: `train/alignment/sads`. What is measured, when, and at
    what cost, is said at `AlignmentMonitor`, which is `callback.monitor`.
    """

    def __init__(
        self,
        corpus: ParallelCorpus | str | Path,
        every: int = 100,
        budget: float = 0.02,
        *,
        tokenizer: Any = None,
        **choices: Any,
    ) -> None:
        """Keeps the choices until it is attached.

        Args:
            corpus: The sentences, or what `load_corpus` takes.
            every: Training steps between measurements.
            budget: Share of training time that may be spent on them.
            tokenizer: The model's; by default the Trainer's processing class.
            **choices: Further arguments of `AlignmentMonitor`, such as `languages` or `n`. Unless `autocast` is among
                them, it is what the Trainer trains with.
        """
        self._corpus, self._tokenizer = corpus, tokenizer
        self._choices = {"every": every, "budget": budget, **choices}
        self._trainer: Any = None
        self._epochs: dict[int, float | None] = {}
        self.monitor: AlignmentMonitor | None = None

    def attach(self, trainer: Any) -> "AlignmentCallback":
        """Adds itself to a Trainer: a callback is not told whose it is, and could not log.

        Args:
            trainer: A `Trainer` of transformers, before `train`.

        Raises:
            BabelscopeError: If there is no tokenizer, the corpus cannot be read, or a choice is out of range.
        """
        tokenizer = self._tokenizer if self._tokenizer is not None else getattr(trainer, "processing_class", None)
        if tokenizer is None:
            raise BabelscopeError(
                "the Trainer has no processing_class; give AlignmentCallback(tokenizer=...) the model's tokenizer"
            )
        arguments = trainer.args
        trained_in = "bfloat16" if arguments.bf16 else "float16" if arguments.fp16 else None
        choices = {"autocast": trained_in, **self._choices}
        self.monitor = AlignmentMonitor(self._corpus, tokenizer, log=self._log, **choices)
        self._trainer = trainer
        if self not in trainer.callback_handler.callbacks:
            trainer.add_callback(self)
        return self

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Measures the untrained model, or the one training goes on from."""
        if self.monitor is None:
            raise BabelscopeError(
                "AlignmentCallback does not know its Trainer and could not log; instead of callbacks=[...], "
                "write AlignmentCallback(...).attach(trainer) before trainer.train()"
            )
        self._step(state, control, kwargs["model"])

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Measures the model where that is due and affordable."""
        self._step(state, control, kwargs["model"])

    def _step(self, state: Any, control: Any, model: Any) -> None:
        if not state.is_world_process_zero:
            return
        assert self.monitor is not None
        if state.global_step % self.monitor.every == 0:
            self._epochs[state.global_step] = state.epoch
        # Logging clears the order to log, which may stand for this step's training loss.
        should_log = control.should_log
        self.monitor.step(model, state.global_step)
        control.should_log = should_log

    def _log(self, step: int, logs: dict[str, float]) -> None:
        """Hands numbers to the Trainer as of the step they were measured at, which for step 0 has passed."""
        trainer = self._trainer
        state = trainer.state
        now = state.global_step, state.epoch
        state.global_step, state.epoch = step, self._epochs.pop(step, state.epoch)
        try:
            trainer.log(dict(logs))
        finally:
            state.global_step, state.epoch = now
