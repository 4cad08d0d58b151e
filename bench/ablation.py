"""Ablation against the least it needs: hooks against none, the matrix against bare passes, memory, and lm-eval."""

import argparse
import statistics
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import torch
from transformers import BloomConfig, BloomForCausalLM, LlamaConfig, LlamaForCausalLM

import babelscope as bs
from babelscope.activations import make_batch, plan_batches
from babelscope.evaluation.perplexity import Scorer
from babelscope.models import wrap_model
from babelscope.regions import NeuronMask, matched_random
from corpus_of import held_out, small_model

CONDITIONS = 19
"""None, nine regions and a control of each."""


def wide_bloom():
    """BLOOM-560m's shape in four layers with random weights; the small model's tokenizer has fewer ids."""
    config = BloomConfig(vocab_size=250880, hidden_size=1024, n_layer=4, n_head=16, seq_length=2048)
    return wrap_model(BloomForCausalLM(config), small_model().tokenizer, name="bloom-560m-shaped")


def wide_llama():
    """The same size with llama's code, whose attention does not form its map."""
    size = {"vocab_size": 250880, "hidden_size": 1024, "intermediate_size": 4096, "num_attention_heads": 16}
    config = LlamaConfig(**size, num_hidden_layers=4, max_position_embeddings=2048)
    return wrap_model(LlamaForCausalLM(config), small_model().tokenizer, name="llama-shaped")


def random_set(model, share: float) -> NeuronMask:
    first = NeuronMask(tuple(np.arange(width) < round(share * width) for width in model.neurons))
    return matched_random(first, 0)


def texts(n: int) -> dict[str, str]:
    corpus = held_out(n)
    return {language: "\n\n".join(corpus[language]) for language in corpus.languages}


def alternating(first, second, repeats: int) -> list[float]:
    """Time of the second over time of the first, pair by pair, their order changing; each run once before."""
    first(), second()
    pairs = [(first(), second()) if k % 2 else (second(), first())[::-1] for k in range(repeats)]
    return [after / before for before, after in pairs]


def hooks(model, repeats: int) -> None:
    """A forward pass inside a block against one outside: batch by batch in turns, each batch's fastest summed."""
    corpus = held_out(20)
    ids = [row for language in corpus.languages for row in model.encode(corpus[language])]
    batches = [make_batch(ids, rows, model.pad_id) for rows in plan_batches([len(row) for row in ids], 1024)][:4]
    sets = [None, random_set(model, 0.0), random_set(model, 0.05)]

    def run(batch, mask: NeuronMask | None) -> float:
        with bs.deactivate(model, mask) if mask is not None else nullcontext():
            started = time.perf_counter()
            model.backbone(input_ids=batch.ids, attention_mask=batch.attention, use_cache=False)
            return time.perf_counter() - started

    with torch.inference_mode():
        fastest = np.full((len(batches), len(sets)), np.inf)
        for repeat in range(repeats):
            for k, batch in enumerate(batches):
                for i in np.roll(np.arange(len(sets)), repeat):
                    fastest[k, i] = min(fastest[k, i], run(batch, sets[i]))
    bare, none, some = fastest.sum(0)
    print(
        f"{model.label}: forward with no neuron deactivated / bare {none / bare:.3f}, with {sets[2].size} neurons "
        f"{some / bare:.3f} (fastest of {repeats} for each of {len(batches)} batches; bare {bare:.2f} s)"
    )


def matrix(n: int, segment: int, repeats: int) -> None:
    """The whole matrix, from texts to numbers, against as many passes with nothing around them."""
    model = small_model()
    streams = texts(n)
    regions = bs.scan(model, bs.load_corpus("mini"), baseline=False).regions
    scorer = Scorer(model, streams, segment=segment)

    def bare() -> float:
        started = time.perf_counter()
        for _ in range(CONDITIONS):
            for language in streams:
                scorer.score(language)
        return time.perf_counter() - started

    def whole() -> float:
        with tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            bs.ablate(model, regions, streams, segment=segment, folder=Path(folder)).summary()
            return time.perf_counter() - started

    found = alternating(bare, whole, repeats)
    tokens = sum(len(stream.ids) for stream in scorer.streams.values())
    print(
        f"{model.label}: matrix of {CONDITIONS} conditions x 9 languages, {scorer.segments} segments, "
        f"{tokens} tokens; whole / {CONDITIONS} bare passes {spread(found)}"
    )


def memory(model, segment: int = 2048) -> None:
    """Memory above the model's own while a segment is scored, vocabulary 250,880."""
    text = {"en": " ".join(texts(200).values())}
    scorer = Scorer(model, text, segment=segment)
    stream = scorer.streams["en"]
    del stream.windows[1:]
    stream.bytes.resize(1, refcheck=False)
    head = scorer.head
    assert head is not None
    ids = torch.tensor([stream.ids[:segment]])
    with torch.inference_mode():
        inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "use_cache": False}
        hidden, alone = _peak(lambda: model.backbone(**inputs).last_hidden_state)
        _, logits = _peak(lambda: head.losses(hidden[0], ids[0]))
    _, above = _peak(lambda: scorer.score("en"))
    print(
        f"{model.label}: one segment of {segment} tokens peaks {above} MiB above the loaded model: the model's own "
        f"forward pass {alone} MiB, then logits {logits} MiB; whole they would be {segment * 250880 * 4 // 2**20} MiB"
    )


def _peak(work) -> tuple:
    before = _resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    made = work()
    return made, (_resident("VmHWM") - before) // 2**20


def _resident(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


def against_lm_eval(n: int, segment: int) -> None:
    """The sum of losses against lm-eval's loglikelihood_rolling on the same text, and the time of both."""
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM

    model, streams = small_model(), texts(n)
    theirs = HFLM(pretrained=model.model, tokenizer=model.tokenizer, max_length=segment, batch_size=8)
    worst, ours_seconds, their_seconds = 0.0, 0.0, 0.0
    for language, text in streams.items():
        started = time.perf_counter()
        nll = bs.perplexity(model, {language: text}, segment=segment)[language].nll.sum()
        ours_seconds += time.perf_counter() - started
        started = time.perf_counter()
        value = theirs.loglikelihood_rolling([Instance("loglikelihood_rolling", {}, (text,), 0)], disable_tqdm=True)[
            0
        ]
        their_seconds += time.perf_counter() - started
        worst = max(worst, abs(-value / nll - 1))
    print(
        f"{model.label}: rolling NLL against lm-eval, segments of {segment}, 9 languages: largest relative "
        f"difference {worst:.1e}; lm-eval's time / ours {their_seconds / ours_seconds:.2f}"
    )


def spread(ratios: list[float]) -> str:
    return (
        f"median {statistics.median(ratios):.3f} (min {min(ratios):.3f}, max {max(ratios):.3f}, {len(ratios)} pairs)"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("-n", type=int, default=25, help="sentences per language")
    options = parser.parse_args()
    hooks(small_model(), options.repeats)
    matrix(options.n, 128, 3)
    against_lm_eval(options.n, 128)
    for wide in (wide_bloom(), wide_llama()):
        hooks(wide, options.repeats)
        memory(wide)
