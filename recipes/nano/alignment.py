"""A Trainer in, the same with babelscope's alignment callback on, which goes on where an interrupted run was."""

import json
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from babelscope.corpus import load_corpus

__all__ = ["attach_alignment"]


class _Saver(TrainerCallback):
    """Writes down what was measured whenever the Trainer saves its state."""

    def __init__(self, monitor: Any, path: Path) -> None:
        self.monitor, self.path = monitor, path

    def on_save(self, args: Any, state: Any, control: Any, **known: Any) -> None:
        self.monitor.save(self.path)


def attach_alignment(
    trainer: Any, corpus: str, languages: list[str], out: Path, *, every: int, budget: float
) -> None:
    """Adds the callback, on the languages that are trained and that the corpus has.

    Args:
        trainer: Before it trains.
        corpus: What `load_corpus` takes.
        languages: What is trained on.
        out: Folder of the run; `alignment.json` is kept there.
        every: Steps between measurements.
        budget: Share of training time they may take.
    """
    from babelscope.live import AlignmentCallback

    found = load_corpus(corpus)
    shared = [language for language in found.languages if language in languages]
    path = out / "alignment.json"
    # A curve that goes on must be of the sentences it began with.
    before = json.loads(path.read_text(encoding="utf-8"))["sentences"] if path.is_file() else None
    parallel = load_corpus(corpus, languages=shared)
    callback = AlignmentCallback(parallel, every=every, budget=budget, n=before).attach(trainer)
    trainer.add_callback(_Saver(callback.monitor, path))
