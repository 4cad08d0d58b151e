"""Similarity and retrieval of parallel sentences at every layer against the bare forward pass on the same batches."""

import argparse
import statistics
import time
from collections.abc import Callable

import torch

from babelscope.activations import make_batch, plan_batches
from babelscope.activations.extract import default_budget
from babelscope.corpus import load_corpus
from babelscope.retrieval import RetrievalOptions, retrieve
from corpus_of import LANGUAGES, SHARED, small_model


def sentences(n: int):
    """As many parallel sentences as asked for, or as the bundled corpus has."""
    if (SHARED / "data" / "ntrex").is_dir():
        return load_corpus(SHARED / "data" / "ntrex", languages=LANGUAGES, n=n)
    return load_corpus("mini", languages=LANGUAGES, at_most=n)


def measure(n: int, poolings: tuple, repeats: int) -> None:
    model, corpus = small_model(), sentences(n)
    ids = [row for language in corpus.languages for row in model.encode(corpus[language])]
    rows_of = plan_batches([len(row) for row in ids], default_budget(model))
    batches = [make_batch(ids, rows, model.pad_id, model.special) for rows in rows_of]

    def bare() -> None:
        with torch.inference_mode():
            for batch in batches:
                model.backbone(input_ids=batch.ids, attention_mask=batch.attention, use_cache=False)

    def whole() -> None:
        found = retrieve(model, corpus, options=RetrievalOptions(poolings))
        print(f"  compare {found.timings['compare']:.2f} s", flush=True)

    pairs = [
        (seconds(bare), seconds(whole)) if k % 2 else (seconds(whole), seconds(bare))[::-1] for k in range(repeats)
    ]
    ratios = [ours / alone for alone, ours in pairs]
    print(
        f"{model.label}, {len(corpus.languages)} x {corpus.n} sentences, {sum(map(len, ids))} tokens, "
        f"{'+'.join(poolings)}, {model.n_layers + 1} layers: bare {statistics.median(a for a, _ in pairs):.1f} s, "
        f"retrieve / bare median {statistics.median(ratios):.3f} (min {min(ratios):.3f}, max {max(ratios):.3f})"
    )


def seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=1000, help="sentences per language")
    parser.add_argument("--pooling", default="mean", help="mean, last, or mean,last")
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    measure(given.n, tuple(given.pooling.split(",")), given.repeats)
