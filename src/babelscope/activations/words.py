"""A model and a treebank in, one vector per word and layer out: one forward pass for all layers."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from babelscope.activations.batching import Padding, make_batch, plan_batches
from babelscope.activations.extract import Progress, default_budget
from babelscope.activations.runner import BatchRunner
from babelscope.activations.sink import make_sink
from babelscope.activations.watching import AnySite, first_layer, watch, widths
from babelscope.activations.word_means import Spans, WordMeans
from babelscope.activations.word_pieces import WordPieces, word_pieces
from babelscope.errors import ModelError, unknown_choice
from babelscope.models.modes import evaluating
from babelscope.provenance import text_hash

if TYPE_CHECKING:
    from babelscope.models import LanguageModel
    from babelscope.treebanks import Treebank

__all__ = ["Pooling", "WordSite", "WordVectors", "word_vectors"]

WordSite = AnySite
"""Sites at which words have vectors."""
Pooling = Literal["mean", "last"]
"""Of a word's tokens: their mean, or the last one, which in a causal model alone has read the whole word."""


@dataclass(frozen=True, eq=False)
class WordVectors:
    """One vector per word at some layers."""

    rows: Int[np.ndarray, "word 2"]
    """Sentence and word within it, both from 0, of every vector; in this order."""
    layers: tuple[int, ...]
    site: WordSite
    pooling: Pooling
    dropped: dict[str, int]
    """Words that were asked for and have no vector, by reason."""
    shared: int
    """Words of which a token covers part of another word too: such words are seen together."""
    tokens: int
    """Tokens the model read, specials not counted."""
    seconds: float
    sources: tuple[Tensor | Path, ...]
    """Where the vectors of each layer are."""

    def layer(self, layer: int) -> Float[np.ndarray, "word neuron"]:
        """The float32 vectors of one layer, in the order of `rows`; of a file, a map of it.

        Raises:
            ModelError: If the layer was not asked for.
        """
        if layer not in self.layers:
            raise ModelError(f"layer {layer} was not measured; got {', '.join(map(str, self.layers))}")
        source = self.sources[self.layers.index(layer)]
        return np.load(source, mmap_mode="r")[0] if isinstance(source, Path) else source[0].numpy()


def word_vectors(
    model: "LanguageModel",
    treebank: "Treebank",
    layers: Sequence[int],
    *,
    site: WordSite = "hidden",
    pooling: Pooling = "mean",
    glued: bool = False,
    pieces: WordPieces | None = None,
    wanted: Sequence[Sequence[int]] | None = None,
    folder: Path | None = None,
    budget: int | None = None,
    padding: Padding = "right",
    progress: Progress | None = None,
) -> WordVectors:
    """Activations of the tokens of each word, pooled to one vector per word and layer.

    Args:
        model: A loaded model; its weights, mode and hooks are as before afterwards.
        treebank: The sentences and their words.
        layers: Which ones. Of `hidden`, 0 (what enters the first block) to the number of blocks (after the final
            norm), as in `output_hidden_states`; of the other sites, from 1.
        site: Which activations.
        pooling: How a word's tokens become one vector.
        glued: As for `word_pieces`.
        pieces: What `word_pieces` found of this treebank, where it was asked before; else it is asked here.
        wanted: Per sentence, the words to keep; by default all.
        folder: Write the vectors to memory-mapped files here. Found again there, under the same model, treebank and
            settings, they are not measured again; an interrupted pass continues.
        budget: Padded tokens per batch; by default as for `extract`. The result does not depend on it.
        padding: Side of the padding; the result does not depend on it either.
        progress: Called as batches finish, counting sentences.

    Returns:
        The vectors. Words without tokens, and all words of sentences longer than the model's context, have none.

    Raises:
        ModelError: If a layer or site does not exist, no word has a vector, one is NaN or infinite (layer and word
            are named), or the tokenizer does not say where its tokens are.
    """
    started = time.perf_counter()
    layers = _checked(model, layers, site, pooling)
    pieces = pieces or word_pieces(model, treebank, glued=glued)
    chosen, dropped = _choose(treebank, pieces, wanted)
    if not chosen:
        reasons = "; ".join(f"{count} words: {reason}" for reason, count in dropped.items()) or "none was asked for"
        raise ModelError(f"no word of {treebank.name} ({treebank.language}) has a vector ({reasons})")
    rows = np.array(chosen, dtype=np.int64)
    key = ""
    if folder is not None:
        settings = (",".join(map(str, layers)), site, pooling, str(glued), rows.tobytes().hex())
        key = text_hash("words", model.identity, treebank.language, treebank.hash, *settings)
    sink = make_sink(folder, (1, len(rows)), widths(model, pieces.ids[chosen[0][0]], layers, site), key, layers)

    def write(place: int, words: Tensor, vectors: Tensor) -> None:
        _check_finite(model, treebank, layers[place - 1], rows[words.numpy()], vectors)
        sink.write(place, words, vectors)

    reducer = WordMeans(_spans(pieces, chosen, pooling), layers, write)
    todo = [sentence for sentence, words in reducer.words.items() if not sink.done[words].all()]
    done = len(reducer.words) - len(todo)
    runner = BatchRunner(model, (reducer,))
    with evaluating(model), watch(model, layers, site, runner.see):
        for batch in plan_batches([len(pieces.ids[sentence]) for sentence in todo], budget or default_budget(model)):
            sentences = [todo[k] for k in batch]
            runner.run(make_batch(pieces.ids, sentences, model.pad_id, model.special, padding), padding)
            sink.commit([word for sentence in sentences for word in reducer.words[sentence]])
            done += len(sentences)
            if progress is not None:
                progress("words", done, len(reducer.words))
    return WordVectors(
        rows=rows,
        layers=layers,
        site=site,
        pooling=pooling,
        dropped=dropped,
        shared=pieces.sharing(chosen),
        tokens=sum(len(pieces.ids[sentence]) - model.special for sentence in reducer.words),
        seconds=time.perf_counter() - started,
        sources=tuple(sink.layers()),
    )


def _checked(model: "LanguageModel", layers: Sequence[int], site: str, pooling: str) -> tuple[int, ...]:
    if site not in get_args(WordSite):
        raise ModelError(unknown_choice("site", site, get_args(WordSite)))
    if pooling not in get_args(Pooling):
        raise ModelError(unknown_choice("pooling", pooling, get_args(Pooling)))
    first = first_layer(site)
    wrong = [layer for layer in layers if not first <= layer <= model.n_layers]
    if wrong or not layers:
        got = ", ".join(map(str, wrong)) or "none"
        raise ModelError(
            f"{model.name} has layers {first} to {model.n_layers} at the site {site}, got {got}; "
            "choose some of those (--layers)"
        )
    return tuple(sorted(set(layers)))


def _choose(
    treebank: "Treebank", pieces: WordPieces, wanted: Sequence[Sequence[int]] | None
) -> tuple[list[tuple[int, int]], dict[str, int]]:
    """The words that get a vector, and how many do not, by reason."""
    dropped: Counter[str] = Counter()
    chosen = []
    for s, sentence in enumerate(treebank.sentences):
        for w in range(len(sentence.words)) if wanted is None else sorted(set(wanted[s])):
            reason = pieces.missing(s, w)
            if reason is None:
                chosen.append((s, w))
            else:
                dropped[reason] += 1
    return chosen, dict(dropped)


def _spans(pieces: WordPieces, chosen: Sequence[tuple[int, int]], pooling: Pooling) -> Spans:
    spans: dict[int, list[tuple[int, list[int]]]] = {}
    for row, (sentence, word) in enumerate(chosen):
        places = pieces.places[sentence][word]
        spans.setdefault(sentence, []).append((row, places[-1:] if pooling == "last" else places))
    return spans


def _check_finite(
    model: "LanguageModel", treebank: "Treebank", layer: int, rows: Int[np.ndarray, "word 2"], vectors: Tensor
) -> None:
    bad = ~torch.isfinite(vectors).all(dim=1)
    if not bad.any():
        return
    sentence, word = (int(index) for index in rows[int(bad.nonzero()[0])])
    found = treebank.sentences[sentence]
    hint = "try --dtype float32 or bfloat16" if model.dtype == "float16" else "the checkpoint may be broken"
    raise ModelError(
        f"the vector of {found.words[word].form!r} (sentence {found.id!r} of {treebank.language}) is NaN or infinite "
        f"in layer {layer}, dtype {model.dtype}; {hint}"
    )
