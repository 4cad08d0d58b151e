"""The model of a training loop, a tokenizer and sentences in; readings of the first n sentences out."""

import math
from typing import Any

from babelscope.activations import Site
from babelscope.corpus import ParallelCorpus
from babelscope.live.plain import plain_model
from babelscope.live.reading import Autocast, Reader, Reading
from babelscope.live.unchanged import left_unchanged
from babelscope.models import LanguageModel, wrap_model
from babelscope.models.wrapping import SpecialTokensChoice
from babelscope.provenance import Signature, package_fields

__all__ = ["Subject"]


class Subject:
    """What is measured: made readable when it is first seen, then read as often as wanted."""

    def __init__(
        self,
        corpus: ParallelCorpus,
        tokenizer: Any,
        *,
        name: str,
        site: Site,
        autocast: Autocast | None,
        batch_tokens: int | None,
        special_tokens: SpecialTokensChoice,
    ) -> None:
        """Takes what `AlignmentMonitor` was given."""
        self.corpus = corpus
        self._tokenizer, self._name = tokenizer, name
        self._special_tokens: SpecialTokensChoice = special_tokens
        self._site: Site = site
        self._autocast: Autocast | None = autocast
        self._batch_tokens = batch_tokens
        self._seen: Any = None
        self._model: LanguageModel | None = None
        self._reader: Reader | None = None
        self._fields: dict[str, object] | None = None

    def look_at(self, model: Any) -> None:
        """Finds the neurons of a model and tokenizes the sentences for it, unless it was the last one looked at.

        Args:
            model: As the loop holds it.

        Raises:
            BabelscopeError: If it cannot be measured in this process, or its tokenizer does not read the sentences.
        """
        if model is self._seen:
            return
        plain = plain_model(model)
        name = self._name or getattr(plain.config, "_name_or_path", "") or plain.config.model_type
        with left_unchanged(plain):
            self._model = wrap_model(plain, self._tokenizer, name=name, special_tokens=self._special_tokens)
            self._reader = Reader(
                self._model,
                self.corpus,
                site=self._site,
                autocast=self._autocast,
                batch_tokens=self._batch_tokens,
            )
        self._seen, self._fields = model, None

    def read(self, n: int) -> Reading:
        """One pass over the first `n` sentences, with the weights as they now are.

        Raises:
            ModelError: If a number is NaN or infinite, or a sentence does not fit in memory.
        """
        assert self._model is not None and self._reader is not None
        with left_unchanged(self._model.model):
            return self._reader.read(n)

    @property
    def guessing(self) -> float:
        """Loss of giving every token the same probability, nats."""
        assert self._model is not None
        return math.log(self._model.embedding_rows)

    def signature(self, n: int, step: int, rule: str) -> Signature:
        """As of a scan, but for the weights: hashing them would take longer than the measurement."""
        if self._fields is None or self._fields["n"] != n:
            self._fields = self._all_fields(n, rule)
        return Signature.of(**{**self._fields, "step": step})

    def _all_fields(self, n: int, rule: str) -> dict[str, object]:
        model, corpus = self._model, self.corpus.select(n)
        assert model is not None
        return dict(
            model=model.label,
            step="",
            weights="in training",
            config=model.config_hash,
            dtype=model.dtype,
            autocast=self._autocast or "none",
            attention=model.attention,
            tokenizer=model.tokenizer_hash,
            special_tokens=model.special_tokens,
            corpus=corpus.name,
            corpus_hash=corpus.hash,
            languages=",".join(corpus.languages),
            n=n,
            site=self._site,
            pooling="mean",
            regions=rule,
            **package_fields(),
        )
