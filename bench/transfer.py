"""Fine-tuning on one language's labels and testing in all: seconds, and how many bare forward passes they are worth.

    python bench/transfer.py --model MODELS/bloom-s/step03500 --data DATA/pud --seeds 3

With `--grid`, no time is taken: it prints accuracy on the source language's dev set, the only thing that defaults
were chosen by, for learning rates and numbers of epochs.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from babelscope.activations import make_batch, plan_batches
from babelscope.models import LanguageModel, load_model
from babelscope.transfer import TransferOptions, TransferTask, load_task
from babelscope.transfer.encoding import Encoded, encode
from babelscope.transfer.finetune import finetune


def bare(model: LanguageModel, encoded: Sequence[Encoded], budget: int = 2048) -> float:
    """Seconds of one pass of the model over some examples, and nothing else."""
    ids = [one.ids.tolist() for one in encoded]
    started = time.perf_counter()
    with torch.inference_mode():
        for rows in plan_batches([len(row) for row in ids], budget):
            batch = make_batch(ids, rows, model.pad_id)
            model.backbone(input_ids=batch.ids, attention_mask=batch.attention, use_cache=False)
    return time.perf_counter() - started


def goal(model: LanguageModel, task: TransferTask, options: TransferOptions, method: str) -> None:
    """All seeds of one method, beside bare passes over as much text."""
    train_set = encode(model, task.kind, task.train, longest=options.max_length)
    tests = [one for own in task.test.values() for one in encode(model, task.kind, own, longest=model.context)]
    one_pass = min(bare(model, train_set) for _ in range(3))
    passes = options.passes(task.kind) * one_pass + min(bare(model, tests) for _ in range(2))
    started = time.perf_counter()
    for seed in range(options.seeds):
        begun = time.perf_counter()
        found = finetune(model, task, options, seed, method=method)
        spent = time.perf_counter() - begun
        print(f"{method}, seed {seed}: {spent:.0f} s, {spent / passes:.1f} x bare passes over the same text", end=" ")
        print(f"({found.details['steps']} steps), dev {found.dev_score:.3f}", flush=True)
        scores = {code: accuracy(task, found.test[code], code) for code in task.test}
        print("  " + ", ".join(f"{code} {score:.3f}" for code, score in scores.items()), flush=True)
    print(f"{options.seeds} seeds, {len(task.train)} examples to {len(task.test)} languages: ", end="")
    print(f"{(time.perf_counter() - started) / 60:.1f} min on {torch.get_num_threads()} threads", flush=True)


def accuracy(task: TransferTask, told: Sequence[np.ndarray], code: str) -> float:
    """Fraction of a language's test labels that were told."""
    gold = np.concatenate([one.gold for one in task.test[code]])
    return float(np.mean((np.concatenate(list(told)) == gold)[gold >= 0]))


def grid(model: LanguageModel, task: TransferTask, method: str, rates: list[float], epochs: list[int]) -> None:
    """Dev accuracy of seed 0 by learning rate and epochs."""
    kept = replace(task, test={task.source: task.test[task.source][:1]})
    print(f"| {method} | " + " | ".join(f"{count} epochs" for count in epochs) + " |", flush=True)
    for rate in rates:
        found = []
        for count in epochs:
            options = TransferOptions(learning_rate=rate, epochs=count)
            made = finetune(model, kept, options, method=method)
            found.append(f"{made.dev_score:.3f} (step {made.details['best_step']})")
        print(f"| {rate:g} | " + " | ".join(found) + " |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--task", default="pos")
    parser.add_argument("--data", required=True)
    parser.add_argument("--source", default="en")
    parser.add_argument("--method", default="lora")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--grid", action="store_true")
    parser.add_argument("--rates", type=float, nargs="+", default=[1e-3, 3e-3, 1e-2])
    parser.add_argument("--epochs", type=int, nargs="+", default=[10])
    args = parser.parse_args()
    model = load_model(args.model)
    task = load_task(args.task, args.data, source=args.source)
    if args.grid:
        grid(model, task, args.method, args.rates, args.epochs)
    else:
        goal(model, task, TransferOptions(seeds=args.seeds), args.method)


if __name__ == "__main__":
    main()
