"""A model in training and a fixed set of sentences in; sentence vectors and the loss of every sentence out."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from babelscope.activations import Activations, Batch, SentenceMeans, Site, make_batch, observe, plan_batches
from babelscope.activations.extract import default_budget, encode_corpus
from babelscope.activations.sink import MemorySink
from babelscope.corpus import ParallelCorpus
from babelscope.errors import ModelError
from babelscope.evaluation.head import find_head, losses_of
from babelscope.evaluation.perplexity import byte_ends
from babelscope.models.memory import in_halves

if TYPE_CHECKING:
    from babelscope.models import LanguageModel

__all__ = ["Autocast", "Reader", "Reading"]

Autocast = Literal["bfloat16", "float16"]
"""Type that products are computed in, where it is not that of the weights."""

LOSS_SENTENCES = 20
"""Sentences per language whose loss is taken, at most. In a small model the output embeddings cost more than all
layers together (1.5 times, in a BLOOM of 4 layers x 96 and 8,192 tokens), and a loss that is followed over time
needs fewer sentences than SADS."""


@dataclass(frozen=True, eq=False)
class Reading:
    """What one pass over the sentences gave."""

    languages: tuple[str, ...]
    vectors: list[Float[Tensor, "language sentence neuron"]]
    """One per layer."""
    nll: Float[np.ndarray, "language scored"]
    """Negative log-likelihood of the scored tokens of each of the first sentences, nats."""
    tokens: Int[np.ndarray, "language scored"]
    """Scored tokens: all but the first, before which nothing stands; that too behind a BOS token."""
    bytes: Int[np.ndarray, "language scored"]
    """UTF-8 bytes of their text."""

    @property
    def sentences(self) -> int:
        """Sentences per language."""
        return self.vectors[0].shape[1]

    @property
    def activations(self) -> Activations:
        """The vectors, as scores take them."""
        return Activations(self.languages, self.vectors)

    def first(self, n: int) -> "Reading":
        """The same of the first `n` sentences."""
        vectors = [layer[:, :n] for layer in self.vectors]
        return Reading(self.languages, vectors, self.nll[:, :n], self.tokens[:, :n], self.bytes[:, :n])


class Reader:
    """Sentences made ready for a model once, read as often as wanted: one forward pass gives vectors and losses."""

    def __init__(
        self,
        model: "LanguageModel",
        corpus: ParallelCorpus,
        *,
        site: Site = "mlp",
        autocast: Autocast | None = None,
        batch_tokens: int | None = None,
    ) -> None:
        """Tokenizes the sentences and finds the head.

        Args:
            model: From `wrap_model`.
            corpus: The sentences.
            site: Where neurons are read.
            autocast: Compute products in this type; by default in that of the weights.
            batch_tokens: Padded tokens per batch; by default as for `extract`.

        Raises:
            BabelscopeError: If a sentence has no tokens.
        """
        self._model, self._corpus = model, corpus
        self._site: Site = site
        self._autocast = getattr(torch, autocast) if autocast else None
        self._all_ids = encode_corpus(model, corpus).ids
        shape = (len(corpus.languages), corpus.n)
        self._tokens = np.array([len(ids) - 1 for ids in self._all_ids]).reshape(shape)[:, :LOSS_SENTENCES]
        self._bytes = self._scored_bytes(corpus.select(min(corpus.n, LOSS_SENTENCES)))
        with self._precision():
            self._head = find_head(model)
        # Without a head of its own the whole model makes the logits, of all tokens at once: a sentence at a time.
        self._room = (batch_tokens or default_budget(model)) if self._head is not None else 1
        self._n = 0
        self._ids: list[list[int]] = []
        self._scored = np.zeros(0, dtype=bool)
        self._batches: list[list[int]] = []

    def read(self, n: int) -> Reading:
        """Reads the first `n` sentences of every language; to be called within `left_unchanged`.

        Raises:
            ModelError: If activations or losses are NaN or infinite, or one sentence alone does not fit in memory.
        """
        if n != self._n:
            self._plan(n)
        shape = (len(self._corpus.languages), n)
        sink = MemorySink(shape, self._model.site_neurons(self._site))
        nll = np.zeros(len(self._ids))
        for rows in self._batches:
            for some, losses in in_halves(lambda part: self._pass(part, sink), rows, "out of memory on one sentence"):
                nll[some] = losses
        layers = sink.layers()
        if not np.isfinite(nll).all() or not all(torch.isfinite(layer).all() for layer in layers):
            raise ModelError("activations or losses are NaN or infinite")
        first = nll.reshape(shape)[:, :LOSS_SENTENCES]
        return Reading(self._corpus.languages, layers, first, self._tokens[:, :n], self._bytes[:, :n])

    def _plan(self, n: int) -> None:
        every = self._corpus.n
        starts = range(0, len(self._all_ids), every)
        self._ids = [ids for start in starts for ids in self._all_ids[start : start + n]]
        self._scored = np.tile(np.arange(n) < LOSS_SENTENCES, len(starts))
        self._batches = plan_batches([len(ids) for ids in self._ids], self._room)
        self._n = n

    def _pass(self, rows: Sequence[int], sink: MemorySink) -> Float[np.ndarray, " row"]:
        model = self._model
        batch = make_batch(self._ids, rows, model.pad_id, model.special).to(model.device)
        means = SentenceMeans(sink.write)

        def see(layer: int, values: Tensor) -> None:
            # Sums of many small numbers: not in the type that products may be rounded to.
            with torch.autocast(values.device.type, enabled=False):
                means.update(layer, values.view(*batch.ids.shape, values.shape[-1]), batch)

        inputs = {"input_ids": batch.ids, "attention_mask": batch.attention, "use_cache": False}
        with self._precision(), observe(model.site_modules(self._site), self._site, see):
            if self._head is not None:
                states = model.backbone(**inputs).last_hidden_state
            else:
                states = model.model(**inputs).logits
            losses = self._losses(states, batch)
        means.finish(batch)
        return losses

    def _losses(self, states: Tensor, batch: Batch) -> Float[np.ndarray, " row"]:
        """Loss of each sentence, from hidden states or, without a head, from logits."""
        counted = torch.from_numpy(self._scored)[batch.rows.cpu(), None]
        scored = (batch.own[:, 1:].cpu() & counted).to(states.device)
        targets = batch.ids[:, 1:].to(states.device)[scored]
        chosen = states[:, :-1][scored]
        nll = losses_of(chosen, targets) if self._head is None else self._head.losses(chosen, targets)
        owner = scored.nonzero()[:, 0].cpu()
        return torch.zeros(len(batch.rows), dtype=torch.float64).index_add_(0, owner, nll.cpu().double()).numpy()

    def _precision(self) -> Any:
        if self._autocast is None:
            return nullcontext()
        # Casts are not kept: training's own, if any are, know the way back to the weights.
        return torch.autocast(self._model.device.type, dtype=self._autocast, cache_enabled=False)

    def _scored_bytes(self, corpus: ParallelCorpus) -> Int[np.ndarray, "language scored"]:
        special = self._model.special
        found = []
        for language in corpus.languages:
            for text, ids in zip(corpus[language], self._model.encode(corpus[language]), strict=True):
                ends = byte_ends(self._model, text, len(ids) - special)
                kept = min(len(ids), self._model.context) - special
                found.append(ends[kept - 1] - (0 if special else ends[0]))
        return np.array(found).reshape(len(corpus.languages), -1)
