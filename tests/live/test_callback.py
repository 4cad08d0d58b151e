"""A real Trainer with dropout on: the curves arrive where it reports to, and its weights are what they would be."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments, set_seed

from babelscope import scan, wrap_model
from babelscope.errors import BabelscopeError
from babelscope.live import AlignmentCallback
from tiny_corpus import tiny_corpus
from tiny_models import tiny_network, tiny_tokenizer

STEPS, EVERY = 6, 2
# Renamed by transformers 5.
NEW_NAME = "activation_checkpointing" in TrainingArguments.__dataclass_fields__
CHECKPOINTING = "activation_checkpointing" if NEW_NAME else "gradient_checkpointing"


def still() -> float:
    """A clock that stands: everything is affordable."""
    return 0.0


def make_trainer(folder: Path, model_type: str = "gpt2", **arguments: object) -> Trainer:
    """A Trainer of a tiny model with dropout on random text; everything about it is fixed."""
    dropout = {"hidden_dropout": 0.2, "attention_dropout": 0.2} if model_type == "bloom" else {"resid_pdrop": 0.2}
    network = tiny_network(model_type, **dropout)
    rows = torch.randint(3, 250, (32, 24), generator=torch.Generator().manual_seed(5))
    trainer = Trainer(
        model=network,
        args=TrainingArguments(
            output_dir=str(folder),
            max_steps=STEPS,
            per_device_train_batch_size=4,
            learning_rate=1e-2,
            logging_steps=EVERY,
            save_strategy="no",
            disable_tqdm=True,
            use_cpu=True,
            seed=7,
            **{"report_to": "none", **arguments},
        ),
        train_dataset=[{"input_ids": row, "labels": row} for row in rows],
        processing_class=tiny_tokenizer(),
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def attached(trainer: Trainer, **choices: object) -> AlignmentCallback:
    return AlignmentCallback(tiny_corpus(), every=EVERY, clock=still, **choices).attach(trainer)


def train(trainer: Trainer) -> tuple:
    """Trains from a fixed random state; returns the one it ends in."""
    set_seed(7)
    trainer.train()
    return torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()


def weights_of(trainer: Trainer) -> list[torch.Tensor]:
    return [weight.detach().clone() for weight in trainer.model.state_dict().values()]


def same(ones: list[torch.Tensor], others: list[torch.Tensor]) -> bool:
    return all(torch.equal(one, other) for one, other in zip(ones, others, strict=True))


def test_tensorboard_holds_the_curves(tmp_path, monkeypatch):
    monkeypatch.setenv("TENSORBOARD_LOGGING_DIR", str(tmp_path / "events"))
    trainer = make_trainer(tmp_path, report_to="tensorboard")
    callback = attached(trainer, n=8)
    trainer.train()
    history = callback.monitor.history
    assert [made.step for made in history] == [0, 2, 4, 6]
    events = EventAccumulator(str(tmp_path / "events"))
    events.Reload()
    for name, value in history[-1].as_logs().items():
        curve = events.Scalars(f"train/{name}")
        assert [point.step for point in curve] == [0, 2, 4, 6], name
        assert curve[-1].value == pytest.approx(value, rel=1e-5), name
    assert {"alignment/sads", "alignment/lrds_low", "alignment/sklr", "alignment/loss/fr"} <= set(
        history[0].as_logs()
    )
    assert [point.step for point in events.Scalars("train/loss")] == [2, 4, 6]


def test_log_history_has_every_point_and_the_training_loss_beside_it(tmp_path):
    trainer = make_trainer(tmp_path)
    attached(trainer, n=8)
    trainer.train()
    ours = [(entry["step"], entry["epoch"]) for entry in trainer.state.log_history if "alignment/sads" in entry]
    assert ours == [(0, 0), (2, 0.25), (4, 0.5), (6, 0.75)]
    assert [entry["step"] for entry in trainer.state.log_history if "loss" in entry] == [2, 4, 6]


@pytest.mark.parametrize("model_type", ["gpt2", "bloom"])
@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"gradient_accumulation_steps": 2},
        {CHECKPOINTING: True},
        {"bf16": True},
    ],
    ids=["plain", "accumulation", "checkpointing", "bf16"],
)
def test_training_is_left_bit_identical(tmp_path, model_type, arguments):
    n = 8 if model_type == "bloom" else None
    alone, watched = (make_trainer(tmp_path, model_type, **arguments) for _ in range(2))
    start = weights_of(alone)
    after_alone = train(alone)
    callback = attached(watched, n=n)
    after_watched = train(watched)
    assert len(callback.monitor.history) == 4
    assert not same(start, weights_of(alone))
    assert same(weights_of(alone), weights_of(watched))
    assert torch.equal(after_alone[0], after_watched[0]) and after_alone[1:] == after_watched[1:]
    assert alone.state.log_history[0]["loss"] == [e for e in watched.state.log_history if "loss" in e][0]["loss"]
    assert watched.model.config.to_dict() == alone.model.config.to_dict()
    assert watched.model.training == alone.model.training


def test_a_single_random_number_would_be_noticed(tmp_path):
    class Draws(TrainerCallback):
        def on_step_end(self, args, state, control, **kwargs):
            torch.rand(1)

    alone, disturbed = (make_trainer(tmp_path) for _ in range(2))
    disturbed.add_callback(Draws())
    train(alone)
    train(disturbed)
    assert not same(weights_of(alone), weights_of(disturbed))


def test_the_last_point_is_a_scan_of_the_trained_model(tmp_path):
    trainer = make_trainer(tmp_path, "bloom")
    callback = attached(trainer, n=8)
    trainer.train()
    latest = callback.monitor.history[-1]
    found = scan(wrap_model(trainer.model, tiny_tokenizer()), callback.monitor.corpus, baseline=False)
    assert latest.sads.value == pytest.approx(found.sads.value, abs=1e-6)
    assert latest.lrds.value == pytest.approx(found.lrds.value, abs=1e-6)
    assert (latest.sads.low, latest.sads.high) == pytest.approx((found.sads.low, found.sads.high), abs=1e-6)


def test_mixed_precision_is_that_of_training(tmp_path):
    callback = attached(make_trainer(tmp_path, bf16=True), n=8)
    assert callback.monitor._subject._autocast == "bfloat16"
    callback = attached(make_trainer(tmp_path, bf16=True), n=8, autocast=None)
    assert callback.monitor._subject._autocast is None


def test_not_attached_says_the_line_to_write(tmp_path):
    trainer = make_trainer(tmp_path)
    trainer.add_callback(AlignmentCallback(tiny_corpus(), every=EVERY))
    with pytest.raises(BabelscopeError, match=r"AlignmentCallback\(\.\.\.\)\.attach\(trainer\)"):
        trainer.train()


def test_attaching_one_passed_as_callback_adds_it_once(tmp_path):
    trainer = make_trainer(tmp_path)
    callback = AlignmentCallback(tiny_corpus(), every=EVERY, n=8, clock=still)
    trainer.add_callback(callback)
    assert callback.attach(trainer) is callback
    assert trainer.callback_handler.callbacks.count(callback) == 1


def test_no_tokenizer_is_one_line(tmp_path):
    trainer = make_trainer(tmp_path)
    trainer.processing_class = None
    with pytest.raises(BabelscopeError, match="tokenizer="):
        attached(trainer)
    assert AlignmentCallback(tiny_corpus(), tokenizer=tiny_tokenizer()).attach(trainer).monitor is not None


def test_a_bad_choice_is_refused_when_attached(tmp_path):
    with pytest.raises(BabelscopeError, match="a budget is a share"):
        attached(make_trainer(tmp_path), budget=0)
    with pytest.raises(BabelscopeError, match="unknown corpus"):
        AlignmentCallback("minni").attach(make_trainer(tmp_path))


def test_a_corpus_by_name_and_some_of_its_languages(tmp_path):
    callback = AlignmentCallback("mini", every=100, budget=0.02, languages="en,fr").attach(make_trainer(tmp_path))
    assert callback.monitor.corpus.languages == ("en", "fr") and callback.monitor.every == 100


def test_other_processes_do_not_measure(tmp_path):
    trainer = make_trainer(tmp_path)
    callback = attached(trainer, n=8)
    trainer.state.is_world_process_zero = False
    callback.on_step_end(trainer.args, trainer.state, trainer.control, model=trainer.model)
    assert not callback.monitor.history
