"""Capture against the bare forward pass of the backbone on the same batches, alternating in one run."""

import argparse
import statistics
import time

import torch
from transformers import BloomConfig, BloomForCausalLM

from babelscope.activations import SentenceMeans, make_batch, observe, plan_batches
from babelscope.activations.sink import MemorySink
from babelscope.models import wrap_model
from corpus_of import held_out, small_model


def bloom_560m():
    """A model of BLOOM-560m's shape with random weights; the small model's tokenizer has fewer ids, which is fine."""
    config = BloomConfig(vocab_size=250880, hidden_size=1024, n_layer=24, n_head=16)
    return wrap_model(BloomForCausalLM(config), small_model().tokenizer, name="bloom-560m-shaped")


def measure(model, n: int, repeats: int) -> None:
    corpus = held_out(n)
    ids = [row for language in corpus.languages for row in model.encode(corpus[language])]
    rows_of = plan_batches([len(row) for row in ids], 1024)
    batches = [make_batch(ids, rows, model.pad_id, model.special) for rows in rows_of]
    sink = MemorySink((len(corpus.languages), n), model.neurons)

    def bare() -> float:
        started = time.perf_counter()
        for batch in batches:
            model.backbone(input_ids=batch.ids, attention_mask=batch.attention, use_cache=False)
        return time.perf_counter() - started

    def captured() -> float:
        means = SentenceMeans(sink.write)
        current = batches[0]
        started = time.perf_counter()
        with observe(model.site_modules("mlp"), "mlp", lambda layer, values: means.update(layer, values, current)):
            for batch in batches:
                current = batch
                model.backbone(input_ids=batch.ids, attention_mask=batch.attention, use_cache=False)
                means.finish(batch)
        return time.perf_counter() - started

    with torch.inference_mode():
        bare(), captured()
        pairs = [(bare(), captured()) if k % 2 else (captured(), bare())[::-1] for k in range(repeats)]
    ratios = [capture / alone for alone, capture in pairs]
    tokens = sum(batch.tokens for batch in batches)
    alone = statistics.median(pair[0] for pair in pairs)
    print(
        f"{model.label}: {len(ids)} sentences, {tokens} tokens; bare {alone:.2f} s, capture / bare "
        f"median {statistics.median(ratios):.3f} (min {min(ratios):.3f}, max {max(ratios):.3f}, {repeats} pairs)"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    repeats = parser.parse_args().repeats
    measure(small_model(), 100, repeats)
    measure(bloom_560m(), 8, repeats)
