"""Training with the callback every 100 steps against training without: time, budget, and whether weights are equal.

Two Trainers of the bundled model's configuration take turns of ten steps in one process, so that whatever else the
machine does falls on both alike; each turn starts from the random state that its Trainer left.
"""

import argparse
import tempfile
import threading
import time

import torch
from transformers import AutoModelForCausalLM, PrinterCallback, Trainer, TrainerCallback, TrainingArguments
from transformers.utils import logging

from babelscope.live import AlignmentCallback
from babelscope.models import LanguageModel, load_model
from corpus_of import held_out

TURN = 10
LENGTH, ROWS = 128, 32


class Turns(TrainerCallback):
    """Gives the floor to the other Trainer every few steps, and keeps a clock that stands while it has it."""

    def __init__(self, floor: threading.Condition, queue: list[int], own: int) -> None:
        self._floor, self._queue, self._own = floor, queue, own
        self._random = torch.get_rng_state()
        self._before, self._begun = 0.0, None
        self.processor = 0.0

    def seconds(self) -> float:
        """Time had so far."""
        return self._before + (0.0 if self._begun is None else time.perf_counter() - self._begun)

    def take(self) -> None:
        """Waits for the floor."""
        with self._floor:
            self._floor.wait_for(lambda: self._queue[0] == self._own)
        torch.set_rng_state(self._random)
        self._begun = time.perf_counter()
        self.processor -= time.process_time()

    def give(self, for_good: bool = False) -> None:
        """Hands the floor on."""
        self._before, self._begun = self.seconds(), None
        self.processor += time.process_time()
        self._random = torch.get_rng_state()
        with self._floor:
            self._queue.remove(self._own)
            if not for_good:
                self._queue.append(self._own)
            self._floor.notify_all()

    def on_step_end(self, args, state, control, **kwargs):
        """Ends a turn."""
        if state.global_step % TURN == 0 and state.global_step < state.max_steps:
            self.give()
            self.take()


def trainer_of(folder: str, steps: int, bundled: LanguageModel) -> Trainer:
    """A fresh model of the bundled configuration with dropout on, and rows of random tokens."""
    changes = {"hidden_dropout": 0.1, "attention_dropout": 0.1, "dtype": "float32"}
    config = type(bundled.model.config).from_dict({**bundled.model.config.to_dict(), **changes})
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config)
    rows = torch.randint(4, config.vocab_size, (ROWS * 64, LENGTH), generator=torch.Generator().manual_seed(1))
    arguments = TrainingArguments(
        output_dir=folder,
        max_steps=steps,
        per_device_train_batch_size=ROWS,
        learning_rate=1e-3,
        report_to="none",
        save_strategy="no",
        logging_strategy="no",
        disable_tqdm=True,
        use_cpu=True,
        seed=0,
    )
    dataset = [{"input_ids": row, "labels": row} for row in rows]
    trainer = Trainer(model=model, args=arguments, train_dataset=dataset, processing_class=bundled.tokenizer)
    trainer.remove_callback(PrinterCallback)
    return trainer


def train(trainer: Trainer, turns: Turns) -> None:
    turns.take()
    trainer.train()
    turns.give(for_good=True)


def run(steps: int, every: int, budget: float) -> None:
    bundled = load_model("nano", device="cpu")
    floor, queue = threading.Condition(), [0, 1]
    with tempfile.TemporaryDirectory() as folder:
        trainers = [trainer_of(f"{folder}/{own}", steps, bundled) for own in queue]
        turns = [Turns(floor, queue, own) for own in queue]
        watcher = AlignmentCallback(held_out(100), every, budget, clock=turns[1].seconds).attach(trainers[1])
        threads = []
        for trainer, turn in zip(trainers, turns, strict=True):
            trainer.add_callback(turn)
            threads.append(threading.Thread(target=train, args=(trainer, turn)))
            threads[-1].start()
        for thread in threads:
            thread.join()
    report(trainers, turns, watcher, steps)


def report(trainers: list[Trainer], turns: list[Turns], watcher: AlignmentCallback, steps: int) -> None:
    without, watched = (turn.seconds() for turn in turns)
    monitor = watcher.monitor
    weights = [list(trainer.model.parameters()) for trainer in trainers]
    same = all(torch.equal(one, other) for one, other in zip(*weights, strict=True))
    print(f"{steps} steps of {ROWS * LENGTH} tokens, {sum(weight.numel() for weight in weights[0]):,} weights")
    print(f"training without the callback {without:.1f} s, with it every {monitor.every} steps {watched:.1f} s")
    print(f"with / without: {watched / without:.4f} (at most {1 + monitor.allowance.budget:g} is asked for)")
    print(f"the same in processor time: {turns[1].processor / turns[0].processor:.4f}")
    print(f"spent on measuring by the monitor's own clock: {monitor.allowance.spent / without:.4f} of training")
    print(f"measured at {[made.step for made in monitor.history]}, skipped {monitor.skipped}; n = {monitor.n}")
    print(f"seconds a measurement: {', '.join(f'{made.seconds:.2f}' for made in monitor.history)}")
    print(f"final weights identical: {same}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=210)
    parser.add_argument("--every", type=int, default=100)
    parser.add_argument("--budget", type=float, default=0.02)
    given = parser.parse_args()
    logging.set_verbosity_error()
    run(given.steps, given.every, given.budget)
