"""A model and a parallel corpus in, one activation vector per sentence, layer and language out: one forward pass."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from babelscope.activations.batching import Padding, make_batch, plan_batches
from babelscope.activations.capture import Reducer, SentenceMeans, Site, observe
from babelscope.activations.runner import BatchRunner
from babelscope.activations.sink import make_sink
from babelscope.activations.store import Activations
from babelscope.corpus.parallel import CorpusWarning, ParallelCorpus
from babelscope.errors import CorpusError, ModelError
from babelscope.models.modes import evaluating
from babelscope.provenance import text_hash

if TYPE_CHECKING:
    from babelscope.models import LanguageModel

__all__ = ["Extraction", "Plan", "Progress", "extract", "plan"]

Progress = Callable[[str, int, int], None]
"""Called as progress(what, done, total) while a long step runs."""

CPU_BUDGET, ACCELERATOR_BUDGET = 1024, 16384


@dataclass(frozen=True)
class Encoded:
    """Token ids of a corpus, row by row: language by language, sentence by sentence."""

    ids: list[list[int]]
    tokens: dict[str, int]
    """The corpus' own tokens per language, specials not counted."""
    warnings: tuple[CorpusWarning, ...]


@dataclass(frozen=True)
class Extraction:
    """What one pass over the corpus gave."""

    activations: Activations
    squared_norms: Float[Tensor, "layer language sentence"]
    tokens: dict[str, int]
    warnings: tuple[CorpusWarning, ...]
    seconds: float


@dataclass(frozen=True)
class Plan:
    """What a pass would cost, before it is paid for."""

    sentences: int
    tokens: dict[str, int]
    padded_tokens: int
    batches: int
    vector_bytes: int
    """Bytes of all sentence vectors in float32."""
    weight_bytes: int
    seconds: float
    """Estimated from one timed batch of middling length."""


def encode_corpus(model: "LanguageModel", corpus: ParallelCorpus) -> Encoded:
    """Token ids of every sentence, truncated to the model's context.

    Raises:
        CorpusError: If a sentence has no token at all.
    """
    ids: list[list[int]] = []
    tokens: dict[str, int] = {}
    cut: list[tuple[str, str, str]] = []
    for language in corpus.languages:
        encoded = model.encode(corpus[language])
        for key, text, row in zip(corpus.ids, corpus[language], encoded, strict=True):
            if len(row) <= model.special:
                raise CorpusError(
                    f"sentence {key!r} of {language} has no tokens under this tokenizer: {text[:40]!r}; "
                    "remove it or use the tokenizer the model was trained with"
                )
            if len(row) > model.context:
                cut.append((language, key, text))
        rows = [row[: model.context] for row in encoded]
        tokens[language] = sum(len(row) - model.special for row in rows)
        ids.extend(rows)
    return Encoded(ids, tokens, truncation(len(cut), cut, model.context))


def truncation(count: int, examples: Sequence[tuple[str, str, str]], context: int) -> tuple[CorpusWarning, ...]:
    """The warning that sentences were cut to the context, or none.

    Args:
        count: How many were.
        examples: Some or all of them: language, sentence id, text.
        context: Longest input of the model in tokens.
    """
    if not count:
        return ()
    message = f"{count} sentences are longer than the model's context of {context} tokens and were cut"
    return (CorpusWarning("truncated", message, count, tuple(examples[:3])),)


def extract(
    model: "LanguageModel",
    corpus: ParallelCorpus,
    *,
    site: Site = "mlp",
    budget: int | None = None,
    padding: Padding = "right",
    folder: Path | None = None,
    reducers: Sequence[Reducer] = (),
    progress: Progress | None = None,
) -> Extraction:
    """Mean activation of every neuron over every sentence's own tokens [Z25 eq. 5-6].

    Args:
        model: A loaded model; its weights, mode and hooks are as before afterwards.
        corpus: The sentences.
        site: Which activations (see `Site`).
        budget: Padded tokens per batch; by default 1,024 on a CPU, 16,384 on an accelerator. A batch that does
            not fit in memory is halved until it does. The result does not depend on it (1e-5 in float32).
        padding: Side of the padding; the result does not depend on it either.
        folder: Write the vectors to memory-mapped files here instead of keeping them in memory. An interrupted
            pass with the same model, corpus and site continues where it stopped.
        reducers: Further reducers that see every token of the same pass.
        progress: Called as batches finish, counting sentences.

    Raises:
        CorpusError: If a sentence has no tokens.
        ModelError: If activations are NaN, infinite or all zero (layer and sentence are named), or one sentence
            alone does not fit in memory.
    """
    started = time.perf_counter()
    encoded = encode_corpus(model, corpus)
    shape = (len(corpus.languages), corpus.n)
    neurons = model.site_neurons(site)
    key = "" if folder is None else text_hash(model.identity, corpus.hash, ",".join(corpus.languages), site)
    sink = make_sink(folder, shape, neurons, key)
    means = SentenceMeans(sink.write)
    # What other reducers saw of an interrupted pass is gone, so they have to see all of it again.
    todo = [row for row in range(len(encoded.ids)) if reducers or not sink.done[row]]
    lengths = [len(encoded.ids[row]) for row in todo]
    done = len(encoded.ids) - len(todo)
    runner = BatchRunner(model, (means, *reducers))
    with evaluating(model), observe(model.site_modules(site), site, runner.see):
        for batch_rows in plan_batches(lengths, budget or default_budget(model)):
            rows = [todo[k] for k in batch_rows]
            runner.run(make_batch(encoded.ids, rows, model.pad_id, model.special, padding), padding)
            sink.commit(rows)
            done += len(rows)
            if progress is not None:
                progress("capture", done, len(encoded.ids))
    activations = Activations(corpus.languages, sink.layers())
    norms = activations.squared_norms()
    _check_usable(norms, corpus, model.dtype)
    return Extraction(activations, norms, encoded.tokens, encoded.warnings, time.perf_counter() - started)


def plan(model: "LanguageModel", corpus: ParallelCorpus, *, site: Site = "mlp", budget: int | None = None) -> Plan:
    """What `extract` would do, with its time extrapolated from one batch that is run and thrown away."""
    encoded = encode_corpus(model, corpus)
    lengths = [len(row) for row in encoded.ids]
    batches = plan_batches(lengths, budget or default_budget(model))
    padded = [len(rows) * max(lengths[row] for row in rows) for rows in batches]
    middle = batches[len(batches) // 2]
    sample = make_batch(encoded.ids, middle, model.pad_id, model.special)
    runner = BatchRunner(model, (SentenceMeans(lambda layer, rows, vectors: None),))
    with evaluating(model), observe(model.site_modules(site), site, runner.see):
        runner.run(sample, "right")
        started = time.perf_counter()
        runner.run(sample, "right")
        seconds = time.perf_counter() - started
    return Plan(
        sentences=len(encoded.ids),
        tokens=encoded.tokens,
        padded_tokens=sum(padded),
        batches=len(batches),
        vector_bytes=4 * len(encoded.ids) * sum(model.site_neurons(site)),
        weight_bytes=sum(weight.numel() * weight.element_size() for weight in model.model.parameters()),
        seconds=seconds * sum(padded) / padded[len(batches) // 2],
    )


def default_budget(model: "LanguageModel") -> int:
    """Padded tokens per batch: small enough for a CPU's caches, large enough to fill an accelerator."""
    return CPU_BUDGET if model.device.type == "cpu" else ACCELERATOR_BUDGET


def _check_usable(norms: Float[Tensor, "layer language sentence"], corpus: ParallelCorpus, dtype: str) -> None:
    for bad, what in ((~torch.isfinite(norms), "NaN or infinite"), (norms == 0, "all zero")):
        if not bad.any():
            continue
        layer, language, sentence = (int(index) for index in bad.nonzero()[0])
        hint = "try --dtype float32 or bfloat16" if dtype == "float16" else "the checkpoint may be broken"
        raise ModelError(
            f"activations are {what} in layer {layer + 1} for sentence {corpus.ids[sentence]!r} of "
            f"{corpus.languages[language]} ({int(bad.sum())} such sentence vectors, dtype {dtype}); {hint}"
        )
