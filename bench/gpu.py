"""BLOOM-7b1's configuration with random bfloat16 weights on an accelerator: tokens per second, share of peak."""

import argparse
import time

import torch
from transformers import BloomConfig, BloomForCausalLM

from babelscope.activations import extract
from babelscope.corpus.parallel import CorpusSource, ParallelCorpus
from babelscope.models import load_model, wrap_model
from corpus_of import LANGUAGES


def matrix_peak(seconds: float = 3.0) -> float:
    """Measured bfloat16 FLOP/s of a large square product."""
    a, b = (torch.randn(8192, 8192, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    for _ in range(5):
        a @ b
    torch.cuda.synchronize()
    started, count = time.perf_counter(), 0
    while time.perf_counter() - started < seconds:
        for _ in range(20):
            a @ b
        torch.cuda.synchronize()
        count += 20
    return 2 * 8192**3 * count / (time.perf_counter() - started)


def news(sentences: int) -> ParallelCorpus:
    """The bundled corpus, repeated with a running number so that no two sentences are equal."""
    from babelscope.corpus import load_corpus

    mini = load_corpus("mini", languages=LANGUAGES)
    columns = {code: [f"{k}. {mini[code][k % mini.n]}" for k in range(sentences)] for code in mini.languages}
    return ParallelCorpus.from_columns("mini, repeated", columns, CorpusSource("bundled"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sentences", type=int, default=1000)
    parser.add_argument("--budget", type=int, default=16384)
    options = parser.parse_args()
    torch.set_default_dtype(torch.bfloat16)
    with torch.device("cuda"):
        raw = BloomForCausalLM(BloomConfig(vocab_size=250880, hidden_size=4096, n_layer=30, n_head=32))
    torch.set_default_dtype(torch.float32)
    model = wrap_model(raw, load_model("nano", device="cpu").tokenizer, name="bloom-7b1-shaped")
    corpus = news(options.sentences)
    extract(model, corpus.select(50), budget=options.budget)
    torch.cuda.synchronize()
    found = extract(model, corpus, budget=options.budget)
    tokens = sum(found.tokens.values())
    weights = sum(p.numel() for name, p in model.backbone.named_parameters() if "word_embeddings." not in name)
    flops = 2 * weights * tokens / found.seconds
    peak = matrix_peak()
    print(f"{tokens} tokens in {found.seconds:.1f} s: {tokens / found.seconds:,.0f} tokens/s")
    print(f"{flops / 1e12:.0f} TFLOP/s of {peak / 1e12:.0f} measured for a plain product: {flops / peak:.1%}")
