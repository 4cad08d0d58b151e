"""A model, its blocks and the options of a run in, a Hugging Face Trainer out."""

import argparse
import sys
from typing import Any

import torch
from head_loss import HeadLoss
from torch.utils.data import SequentialSampler
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from babelscope.errors import BabelscopeError

__all__ = ["make_trainer"]


class NanoTrainer(Trainer):
    """Reads blocks in their own order, and makes the loss without keeping logits."""

    def _get_train_sampler(self, *_: Any) -> SequentialSampler:
        return SequentialSampler(self.train_dataset)  # type: ignore[arg-type]

    def compute_loss(self, model: Any, inputs: dict[str, Any], *_: Any, **__: Any) -> Any:
        """Mean next-token loss over a batch of blocks, nats."""
        ids, low = inputs["input_ids"], self.args.bf16
        with torch.autocast(ids.device.type, torch.bfloat16, enabled=low):
            hidden = model.base_model(input_ids=ids, use_cache=False).last_hidden_state[:, :-1].flatten(0, 1)
        hidden = hidden.to(torch.bfloat16) if low else hidden
        return HeadLoss.apply(hidden, model.get_output_embeddings().weight, ids[:, 1:].flatten())


class _Lines(TrainerCallback):
    """What the Trainer logs, a line each on stderr."""

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
        known = (f"{name} {value:.5g}" for name, value in (logs or {}).items() if isinstance(value, float))
        sys.stderr.write(f"step {state.global_step}: {' '.join(known)}\n")


def make_trainer(model: Any, tokenizer: Any, blocks: Any, options: argparse.Namespace) -> Trainer:
    """AdamW with warm-up and a cosine to zero; everything random was decided before.

    Raises:
        BabelscopeError: If there are several GPUs, which the loss cannot be spread over.
    """
    gpu = options.device != "cpu" and torch.cuda.is_available()
    if options.device == "cuda" and not gpu:
        raise BabelscopeError("--device cuda, but there is no GPU here; leave --device out")
    if gpu and torch.cuda.device_count() > 1:
        raise BabelscopeError(
            f"{torch.cuda.device_count()} GPUs are visible, one model uses one; set CUDA_VISIBLE_DEVICES=0, "
            "and train other seeds on the others"
        )
    settings = TrainingArguments(
        output_dir=str(options.out / "trainer"),
        logging_steps=options.log_every,
        report_to=options.report_to,
        max_steps=options.steps,
        per_device_train_batch_size=options.batch,
        learning_rate=options.rate,
        lr_scheduler_type="cosine",
        warmup_steps=options.warmup,
        weight_decay=0.1,
        adam_beta2=0.95,
        max_grad_norm=1.0,
        optim="adamw_torch_fused",
        bf16=options.precision == "bfloat16" or (options.precision == "auto" and gpu),
        use_cpu=not gpu,
        seed=options.seed,
        save_strategy="no",
        save_total_limit=2,
        disable_tqdm=True,
        remove_unused_columns=False,
        dataloader_pin_memory=False,
    )
    trainer = NanoTrainer(model=model, args=settings, train_dataset=blocks, processing_class=tokenizer)
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(_Lines())
    return trainer
