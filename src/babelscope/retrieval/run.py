"""A model and a parallel corpus in, how close translations are and how often they find each other out."""

import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babelscope.activations import Progress, SentencePooling, SentenceVectors, sentence_vectors
from babelscope.activations.watching import first_layer
from babelscope.corpus.parallel import ParallelCorpus
from babelscope.evaluation.parts import Parts
from babelscope.languages import display_order
from babelscope.provenance import Signature, package_fields, text_hash
from babelscope.retrieval.level import measure_level, plain_warning
from babelscope.retrieval.options import RetrievalOptions
from babelscope.scanning.workspace import RESUMABLE_BYTES

if TYPE_CHECKING:
    from babelscope.models import LanguageModel

__all__ = ["Retrieval", "retrieve"]

VECTORS = "vectors"
"""Folder of the sentence vectors while a retrieval runs."""
_VERSION = "1"
"""Of what a stored level holds; another one is not read."""


@dataclass(frozen=True, eq=False)
class Retrieval:
    """What parallel sentences showed of one model; made by `retrieve`."""

    levels: tuple[dict[str, Any], ...]
    """One per pooling and layer, in this order: `pooling`, `layer` and what `measure_level` found."""
    corpus: ParallelCorpus
    options: RetrievalOptions
    model_fields: Mapping[str, str]
    timings: Mapping[str, float] = field(default_factory=dict)

    @property
    def layers(self) -> tuple[int, ...]:
        """Measured layers, ascending."""
        return tuple(dict.fromkeys(level["layer"] for level in self.levels))

    @property
    def tokens(self) -> Mapping[str, int]:
        """The corpus' own tokens per language, specials not counted."""
        return self.levels[0]["tokens"]

    @property
    def warnings(self) -> list[dict[str, Any]]:
        """What the corpus' guard and the pass over it noticed, as JSON holds it."""
        return [*map(plain_warning, self.corpus.warnings), *self.levels[0]["warnings"]]

    @property
    def signature(self) -> Signature:
        """Everything these numbers depend on."""
        return Signature.of(
            **self.model_fields,
            corpus=self.corpus.name,
            corpus_hash=self.corpus.hash,
            languages=",".join(self.corpus.languages),
            n=self.corpus.n,
            site=self.options.site,
            pooling=",".join(self.options.poolings),
            pivot=self.options.pivot or "none",
            **package_fields(),
        )

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """Rows of retrieval.csv."""
        from babelscope.retrieval.rows import retrieval_rows

        return retrieval_rows(self)

    def summary(self) -> dict[str, Any]:
        """All numbers as plain JSON types: the content of retrieval.json."""
        from babelscope.retrieval.content import summarise_retrieval

        return summarise_retrieval(self)

    def save(self, folder: str | Path, command: str = "", figures: bool = True) -> Path:
        """Writes retrieval.json, retrieval.csv, and the report of everything the folder holds.

        Args:
            folder: Made if needed; the run folder of the model's scan is a good place.
            command: The command line to record as the way to repeat it.
            figures: Whether each figure is also written as a file of its own.
        """
        from babelscope.run_folder import write_piece

        content = {**self.summary(), "command": command}
        return write_piece(Path(folder), "retrieval", content, {"retrieval": self.rows}, figures=figures)

    def __repr__(self) -> str:
        shape = f"{len(self.corpus.languages)} languages x {self.corpus.n} sentences"
        return f"Retrieval({self.model_fields['model']}, {shape}, layers {self.layers})"


def retrieve(
    model: "LanguageModel",
    corpus: ParallelCorpus,
    *,
    options: RetrievalOptions | None = None,
    folder: Path | None = None,
    progress: Progress | None = None,
) -> Retrieval:
    """Compares every sentence's vector with those of its translations and of all other sentences, layer by layer.

    Args:
        model: From `load_model` or `wrap_model`.
        corpus: From `load_corpus`; white space around sentences is not read.
        options: Which vectors, and which pairs of languages.
        folder: Where finished layers are kept while this runs, and found again by a run that goes on; from 1 GiB on,
            vectors too. Without one everything is kept in memory.
        progress: Called with what is done, how much, and of how much.

    Raises:
        BabelscopeError: If the pivot is not among the languages, a sentence has no tokens, or a vector is broken.
    """
    options = options or RetrievalOptions()
    corpus = replace(corpus, sentences=tuple(tuple(map(str.strip, column)) for column in corpus.sentences))
    corpus = corpus.reorder(display_order(corpus.languages))
    pairs = options.pairs(corpus.languages)
    wanted: list[tuple[SentencePooling, int]] = [
        (pooling, layer)
        for pooling in options.poolings
        for layer in range(first_layer(options.site), model.n_layers + 1)
    ]
    parts, key = Parts(folder), _key(model, corpus, options)
    timings: dict[str, float] = {}
    stored = {place: parts.found(_name(*place), {"level": key}).get("level") for place in wanted}
    vectors: SentenceVectors | None = None
    if not all(stored.values()):
        vectors = sentence_vectors(
            model, corpus, site=options.site, poolings=options.poolings,
            folder=_home(model, corpus, options, folder), budget=options.batch_tokens, progress=progress,
        )  # fmt: skip
        timings["forward"] = round(vectors.seconds, 3)
    started = time.perf_counter()
    levels = []
    for place in wanted:
        level = stored[place]
        if level is None:
            assert vectors is not None
            level = _level(vectors, *place, pairs)
            parts.write(_name(*place), {"level": (key, level)})
        levels.append(level)
        if progress is not None:
            progress("layers", len(levels), len(wanted))
    timings["compare"] = round(time.perf_counter() - started, 3)
    if folder is not None:
        shutil.rmtree(folder / VECTORS, ignore_errors=True)
    return Retrieval(tuple(levels), corpus, options, model.signature_fields, timings)


def _level(
    vectors: SentenceVectors, pooling: SentencePooling, layer: int, pairs: Sequence[tuple[int, int]]
) -> dict[str, Any]:
    """Numbers of one layer, with what the pass over the corpus noticed: they are stored together."""
    return {
        "pooling": pooling,
        "layer": layer,
        **measure_level(vectors.layer(pooling, layer), pairs),
        "tokens": vectors.tokens,
        "warnings": [plain_warning(warning) for warning in vectors.warnings],
    }


def _home(
    model: "LanguageModel", corpus: ParallelCorpus, options: RetrievalOptions, folder: Path | None
) -> Path | None:
    """Where sentence vectors go: memory, or files where they are many."""
    if options.site == "hidden":
        width = int(model.model.config.get_text_config().hidden_size) * (model.n_layers + 1)
    else:
        width = sum(model.site_neurons(options.site))
    size = 4 * len(options.poolings) * len(corpus.languages) * corpus.n * width
    return None if folder is None or size < RESUMABLE_BYTES else folder / VECTORS


def _name(pooling: SentencePooling, layer: int) -> str:
    return f"{pooling}-{layer}"


def _key(model: "LanguageModel", corpus: ParallelCorpus, options: RetrievalOptions) -> str:
    languages = ",".join(corpus.languages)
    return text_hash(_VERSION, model.identity, corpus.hash, languages, options.site, options.pivot or "")
