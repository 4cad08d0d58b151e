"""A model and a parallel corpus in, one vector per sentence at every layer out: hidden states among them."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from babelscope.activations.batching import Batch, Padding, make_batch, plan_batches
from babelscope.activations.extract import Progress, default_budget, encode_corpus
from babelscope.activations.pooling import last_token, mean_over_tokens
from babelscope.activations.runner import BatchRunner
from babelscope.activations.sink import make_sink
from babelscope.activations.watching import AnySite, first_layer, watch, widths
from babelscope.corpus.parallel import CorpusWarning, ParallelCorpus
from babelscope.errors import ModelError, unknown_choice
from babelscope.models.modes import evaluating
from babelscope.provenance import text_hash

if TYPE_CHECKING:
    from babelscope.models import LanguageModel

__all__ = ["SentencePooling", "SentenceVectors", "sentence_vectors"]

SentencePooling = Literal["mean", "last"]
"""`mean`: over a sentence's own tokens. `last`: its last own token, the only one that has read all of it."""

_POOL: dict[str, Callable[[Tensor, Tensor], Tensor]] = {"mean": mean_over_tokens, "last": last_token}


@dataclass(frozen=True, eq=False)
class SentenceVectors:
    """One vector per sentence, pooling and layer, in float32."""

    languages: tuple[str, ...]
    layers: tuple[int, ...]
    tokens: dict[str, int]
    """The corpus' own tokens per language, specials not counted."""
    warnings: tuple[CorpusWarning, ...]
    seconds: float
    sources: dict[SentencePooling, tuple[Tensor | Path, ...]]
    """Where the vectors of each layer are."""

    def layer(self, pooling: SentencePooling, layer: int) -> Float[Tensor, "language sentence neuron"]:
        """All vectors of one layer, in memory."""
        source = self.sources[pooling][self.layers.index(layer)]
        return torch.from_numpy(np.load(source)) if isinstance(source, Path) else source


class _Poolings:
    """Reducer: each sentence's vector under several poolings, per layer; only these leave the device."""

    def __init__(
        self, poolings: Sequence[SentencePooling], write: Callable[[SentencePooling, int, Tensor, Tensor], None]
    ) -> None:
        self._poolings = poolings
        self._write = write
        self._pending: list[tuple[SentencePooling, int, Tensor]] = []

    def update(self, layer: int, values: Tensor, batch: Batch) -> None:
        """Pools one layer where it is."""
        own = batch.own.to(values.device)
        for pooling in self._poolings:
            self._pending.append((pooling, layer, _POOL[pooling](values, own)))

    def finish(self, batch: Batch) -> None:
        """Moves the batch's vectors off the device and writes them."""
        rows = batch.rows.cpu()
        for pooling, layer, vectors in self._pending:
            self._write(pooling, layer, rows, vectors.cpu())
        self.discard()

    def discard(self) -> None:
        """Forgets the vectors of a failed batch."""
        self._pending.clear()


def sentence_vectors(
    model: "LanguageModel",
    corpus: ParallelCorpus,
    *,
    site: AnySite = "hidden",
    poolings: Sequence[SentencePooling] = ("mean",),
    folder: Path | None = None,
    budget: int | None = None,
    padding: Padding = "right",
    progress: Progress | None = None,
) -> SentenceVectors:
    """Vectors of every sentence at every layer, from one pass whatever the number of poolings.

    Args:
        model: A loaded model; its weights, mode and hooks are as before afterwards.
        corpus: The sentences.
        site: Which activations. Of `hidden`, the last layer is taken after the final norm, as in
            `output_hidden_states`.
        poolings: How a sentence's tokens become one vector.
        folder: Write the vectors to memory-mapped files here; an interrupted pass continues.
        budget: Padded tokens per batch; by default as for `extract`. The result does not depend on it.
        padding: Side of the padding; the result does not depend on it either.
        progress: Called as batches finish, counting sentences.

    Raises:
        CorpusError: If a sentence has no tokens.
        ModelError: If a pooling or site does not exist, or a vector is NaN or infinite; names layer and sentence.
    """
    started = time.perf_counter()
    for kind, got, known in (("site", (site,), AnySite), ("pooling", poolings, SentencePooling)):
        for one in got:
            if one not in get_args(known):
                raise ModelError(unknown_choice(kind, one, get_args(known)))
    layers, encoded = tuple(range(first_layer(site), model.n_layers + 1)), encode_corpus(model, corpus)
    shape, neurons = (len(corpus.languages), corpus.n), widths(model, encoded.ids[0], layers, site)
    sinks = {}
    for pooling in poolings:
        key = text_hash("sentences", model.identity, corpus.hash, ",".join(corpus.languages), site, pooling)
        sinks[pooling] = make_sink(None if folder is None else folder / pooling, shape, neurons, key, layers)
    todo = [row for row in range(len(encoded.ids)) if not all(sink.done[row] for sink in sinks.values())]
    done = len(encoded.ids) - len(todo)

    def write(pooling: SentencePooling, layer: int, rows: Tensor, vectors: Tensor) -> None:
        _check_finite(model, corpus, layer, rows, vectors)
        sinks[pooling].write(layers.index(layer) + 1, rows, vectors)

    runner = BatchRunner(model, (_Poolings(poolings, write),))
    with evaluating(model), watch(model, layers, site, runner.see):
        for batch in plan_batches([len(encoded.ids[row]) for row in todo], budget or default_budget(model)):
            rows = [todo[k] for k in batch]
            runner.run(make_batch(encoded.ids, rows, model.pad_id, model.special, padding), padding)
            for sink in sinks.values():
                sink.commit(rows)
            done += len(rows)
            if progress is not None:
                progress("sentences", done, len(encoded.ids))
    sources = {pooling: tuple(sink.layers()) for pooling, sink in sinks.items()}
    seconds = time.perf_counter() - started
    return SentenceVectors(corpus.languages, layers, encoded.tokens, encoded.warnings, seconds, sources)


def _check_finite(model: "LanguageModel", corpus: ParallelCorpus, layer: int, rows: Tensor, vectors: Tensor) -> None:
    bad = ~torch.isfinite(vectors).all(dim=1)
    if not bad.any():
        return
    language, sentence = divmod(int(rows[bad][0]), corpus.n)
    hint = "try --dtype float32 or bfloat16" if model.dtype == "float16" else "the checkpoint may be broken"
    raise ModelError(
        f"the vector of sentence {corpus.ids[sentence]!r} of {corpus.languages[language]} is NaN or infinite in "
        f"layer {layer}, dtype {model.dtype}; {hint}"
    )
