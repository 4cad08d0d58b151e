"""A model in training in; folders `stepNNNNN` that load alone, and their losses on held-out text, out."""

import json
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from babelscope.storage import write_text

__all__ = ["Keeper", "resume_point", "save_folder"]


def save_folder(model: Any, tokenizer: Any, folder: Path) -> None:
    """Writes a model in float16, and its tokenizer, to a folder that is not there or not whole."""
    import torch
    from transformers import AutoModelForCausalLM

    shutil.rmtree(folder, ignore_errors=True)
    with torch.random.fork_rng(devices=[]):
        copy = AutoModelForCausalLM.from_config(model.config)
    copy.load_state_dict(model.state_dict())
    copy.half().save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def resume_point(out: Path) -> Path | None:
    """The Trainer's last state that is surely whole: the checkpoint of its step, written after it, is there."""
    steps = sorted(int(folder.name[4:]) for folder in out.glob("step*") if folder.name[4:].isdecimal())
    states = [out / "trainer" / f"checkpoint-{step}" for step in steps]
    there = [folder for folder in states if folder.is_dir()]
    return there[-1] if there else None


class Keeper(TrainerCallback):
    """Keeps the listed steps, and measures each once it is kept."""

    def __init__(
        self, out: Path, steps: tuple[int, ...], tokenizer: Any, heldout: Mapping[str, Mapping[str, str]], block: int
    ) -> None:
        """What to do when.

        Args:
            out: Folder of the run.
            steps: Steps to keep; 0 is the untrained model.
            tokenizer: Saved with each.
            heldout: Texts to measure losses on: name of the set -> language -> text.
            block: Tokens the model was trained to read at once, so also those it is measured on.
        """
        self.out, self.steps, self.tokenizer, self.heldout, self.block = out, steps, tokenizer, heldout, block
        self.path = out / "heldout.json"
        self._before, self._started = 0.0, time.perf_counter()

    def table(self) -> dict[str, Any]:
        """What `heldout.json` holds: seconds of training by step, and nats per byte by set, step and language."""
        empty = {"seconds": {}, "nats_per_byte": {name: {} for name in self.heldout}}
        return json.loads(self.path.read_text(encoding="utf-8")) if self.path.is_file() else empty

    def on_train_begin(self, args: Any, state: Any, control: Any, **known: Any) -> None:
        """The untrained model is the first checkpoint."""
        self._before = self.table()["seconds"].get(str(state.global_step), 0.0)
        if state.global_step == 0 and 0 in self.steps:
            self._keep(known["model"], 0)
        self._started = time.perf_counter()

    def on_step_end(self, args: Any, state: Any, control: Any, **known: Any) -> None:
        """Asks the Trainer for a state to go on from at every step that is kept."""
        if state.global_step in self.steps:
            control.should_save = True

    def on_save(self, args: Any, state: Any, control: Any, **known: Any) -> None:
        """Only when the Trainer's state is whole is the step written."""
        if state.global_step in self.steps:
            self._keep(known["model"], state.global_step)

    def _keep(self, model: Any, step: int) -> None:
        paused = time.perf_counter()
        seconds = self._before + paused - self._started if step else 0.0
        folder = self.out / f"step{step:05d}"
        aside = folder.with_name(f".{folder.name}")
        save_folder(model, self.tokenizer, aside)
        table = self.table()
        table["seconds"][str(step)] = round(seconds, 3)
        for name, losses in self._measure(aside).items():
            table["nats_per_byte"][name][str(step)] = losses
            sys.stderr.write(f"step {step}: {losses['mean']:.4f} nats per byte on {name}\n")
        write_text(self.path, json.dumps(table, ensure_ascii=False, indent=1) + "\n")
        shutil.rmtree(folder, ignore_errors=True)
        aside.rename(folder)
        self._started += time.perf_counter() - paused

    def _measure(self, folder: Path) -> dict[str, dict[str, float]]:
        """Losses of the saved folder, as anybody would measure them; `mean` is over languages."""
        from babelscope import load_model, perplexity

        measured = {}
        model = load_model(folder) if self.heldout else None
        for name, texts in self.heldout.items():
            assert model is not None
            losses = perplexity(model, texts, segment=self.block)
            by_language = {language: one.nats_per_byte for language, one in losses.items()}
            measured[name] = {"mean": sum(by_language.values()) / len(by_language), **by_language}
        return measured
