"""A whole scan against the obvious loop (one sentence at a time, full model); start-up of the command line."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

from babelscope import scan
from babelscope.activations import make_batch, plan_batches
from corpus_of import held_out, small_model


def loop(model, corpus) -> float:
    """What a script does: tokenise, full forward, one sentence at a time; nothing is even read out."""
    started = time.perf_counter()
    for language in corpus.languages:
        for text in corpus[language]:
            ids = model.encode([text])[0]
            model.model(input_ids=torch.tensor([ids]))
    return time.perf_counter() - started


def bare(model, corpus) -> float:
    """The least a scan can do: the backbone alone, on the scan's own batches."""
    started = time.perf_counter()
    ids = [row for language in corpus.languages for row in model.encode(corpus[language])]
    for rows in plan_batches([len(row) for row in ids], 1024):
        batch = make_batch(ids, rows, model.pad_id)
        model.backbone(input_ids=batch.ids, attention_mask=batch.attention, use_cache=False)
    return time.perf_counter() - started


def whole(model, corpus) -> float:
    started = time.perf_counter()
    scan(model, corpus, baseline=False)
    return time.perf_counter() - started


def command(*arguments: str) -> float:
    """Wall time of a command line with an empty cache."""
    executable = str(Path(sys.executable).parent / "babelscope")
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "BABELSCOPE_CACHE": cache, "HF_HUB_OFFLINE": "1"}
        started = time.perf_counter()
        subprocess.run([executable, *arguments], check=True, capture_output=True, env=environment, cwd=cache)
        return time.perf_counter() - started


if __name__ == "__main__":
    model, corpus = small_model(), held_out(100)
    with torch.inference_mode():
        loop(model, corpus.select(5)), bare(model, corpus.select(5)), whole(model, corpus.select(5))
        rows = [(loop(model, corpus), bare(model, corpus), whole(model, corpus)) for _ in range(3)]
    seconds = statistics.median(row[0] for row in rows)
    print(f"{model.label}, {len(corpus.languages)} x {corpus.n} sentences: loop {seconds:.2f} s")
    print(f"bare forward / loop: median {statistics.median(r[1] / r[0] for r in rows):.3f}")
    print(f"scan without baseline / loop: median {statistics.median(r[2] / r[0] for r in rows):.3f}")
    print(f"babelscope --help: {min(command('--help') for _ in range(3)):.2f} s")
    print(f"babelscope demo: {command('demo'):.1f} s")
