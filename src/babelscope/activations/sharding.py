"""A corpus in contiguous shards in, the extraction of the whole out: each shard can be measured anywhere, once."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from babelscope.activations.extract import Extraction, Progress, default_budget, extract, truncation
from babelscope.activations.sink import make_sink
from babelscope.activations.store import Activations
from babelscope.corpus.parallel import CorpusWarning, ParallelCorpus
from babelscope.errors import CorpusError
from babelscope.provenance import text_hash
from babelscope.storage import atomic_path

if TYPE_CHECKING:
    from babelscope.activations.capture import Site
    from babelscope.models import LanguageModel

__all__ = ["Shard", "extract_in_shards", "extract_shard", "plan_shards", "remove_shards", "shard_path"]

FORMAT = "babelscope/shard"
SMALLEST = 2
"""Sentences: a parallel corpus has at least as many."""


@dataclass(frozen=True)
class Shard:
    """Some neighbouring sentences of a corpus, in every language: small enough to write down and send elsewhere."""

    index: int
    """From 0."""
    count: int
    """Of shards the corpus is cut into."""
    start: int
    """First sentence, from 0."""
    stop: int
    """The one after the last."""


@dataclass(frozen=True)
class _Part:
    """What a shard's file holds beside vectors."""

    key: str
    tokens: dict[str, int]
    cut: int
    examples: Sequence[Sequence[str]]
    seconds: float


def plan_shards(sentences: int, count: int) -> tuple[Shard, ...]:
    """Cuts a corpus into parts of as equal length as can be, in the order of its sentences.

    Every part has all languages: which languages take many tokens does not decide which part takes longest.

    Raises:
        CorpusError: If there are not two sentences for each part.
    """
    if count < 1 or SMALLEST * count > sentences:
        raise CorpusError(
            f"{sentences} sentences cannot be cut into {count} shards of at least {SMALLEST}; "
            f"use 1 to {sentences // SMALLEST} shards"
        )
    edges = [sentences * index // count for index in range(count + 1)]
    return tuple(Shard(index, count, edges[index], edges[index + 1]) for index in range(count))


def shard_path(folder: Path, shard: Shard) -> Path:
    """Where a shard's vectors lie once it is finished."""
    return Path(folder) / f"shard_{shard.index + 1:04d}_of_{shard.count:04d}.safetensors"


def extract_shard(
    model: "LanguageModel",
    corpus: ParallelCorpus,
    shard: Shard,
    folder: Path,
    *,
    site: "Site" = "mlp",
    budget: int | None = None,
    progress: Progress | None = None,
) -> Path:
    """Measures one shard and writes its vectors to a file, unless they are there already.

    A file counts if it is of the same weights, text, site, batches and number of threads: with these equal, so
    are all bits, whichever process or machine wrote it.

    Args:
        model: A loaded model; every shard needs the same one.
        corpus: The whole corpus, languages in the order of the result.
        shard: Which part of it, from `plan_shards(corpus.n, ...)`.
        folder: Where shards lie; if they are measured on several machines, all have to see it.
        site: Which activations (see `Site`).
        budget: Padded tokens per batch, as for `extract`.
        progress: Called as batches finish, counting the shard's sentences.

    Returns:
        The file.

    Raises:
        BabelscopeError: As `extract`; StorageError if the file cannot be written.
    """
    path = shard_path(folder, shard)
    key = _key(model, corpus, shard, site, budget or default_budget(model))
    part = _read_part(path)
    if part is not None and part.key == key:
        return path
    text = corpus.select(shard.stop - shard.start, offset=shard.start)
    found = extract(model, text, site=site, budget=budget, progress=progress)
    cut = found.warnings[0] if found.warnings else None
    facts = _Part(key, found.tokens, cut.count if cut else 0, cut.examples if cut else (), found.seconds)
    arrays = {_name(layer): found.activations.block(layer) for layer in range(1, found.activations.n_layers + 1)}
    _write(path, {**arrays, "squared_norms": found.squared_norms}, facts)
    return path


def extract_in_shards(
    model: "LanguageModel",
    corpus: ParallelCorpus,
    count: int,
    folder: Path,
    *,
    site: "Site" = "mlp",
    budget: int | None = None,
    files: Path | None = None,
    progress: Progress | None = None,
) -> Extraction:
    """What `extract` gives, measured shard by shard; those whose files are there already are only read.

    Equal to the bit for equal `count` and threads, wherever the shards were measured; within 1e-6 of one pass over
    the whole corpus, whose sentences meet in other batches.

    Args:
        model: A loaded model.
        corpus: The sentences.
        count: How many shards to cut the corpus into.
        folder: Where shards lie; `remove_shards` empties it when their scan is safe.
        site: Which activations (see `Site`).
        budget: Padded tokens per batch, as for `extract`.
        files: Join the vectors in memory-mapped files here rather than in memory.
        progress: Called as shards are read, counting sentences of all languages.

    Raises:
        BabelscopeError: As `extract_shard`.
    """
    started = time.perf_counter()
    shards = plan_shards(corpus.n, count)
    paths = [
        extract_shard(model, corpus, shard, folder, site=site, budget=budget, progress=progress) for shard in shards
    ]
    parts = [_read_part(path) for path in paths]
    assert all(part is not None for part in parts)
    whole = [part for part in parts if part is not None]
    shape = (len(corpus.languages), corpus.n)
    key = text_hash("shards", *(part.key for part in whole))
    sink = make_sink(files, shape, model.site_neurons(site), key)
    norms = torch.empty(model.n_layers, *shape, dtype=torch.float64)
    for shard, path in zip(shards, paths, strict=True):
        grid = torch.arange(shape[0] * shape[1]).view(shape)
        rows = grid[:, shard.start : shard.stop].flatten()
        with safe_open(path, framework="pt") as file:
            norms[:, :, shard.start : shard.stop] = file.get_tensor("squared_norms")
            if not sink.done[rows.numpy()].all():
                for layer in range(1, model.n_layers + 1):
                    sink.write(layer, rows, file.get_tensor(_name(layer)).flatten(0, 1))
                sink.commit(rows.tolist())
        if progress is not None:
            progress("join", shape[0] * shard.stop, shape[0] * shape[1])
    tokens = {language: sum(part.tokens[language] for part in whole) for language in corpus.languages}
    measured = sum(part.seconds for part in whole)
    seconds = max(measured, time.perf_counter() - started)
    return Extraction(Activations(corpus.languages, sink.layers()), norms, tokens, _warnings(model, whole), seconds)


def remove_shards(folder: Path) -> None:
    """Removes the files of shards from a folder, and the folder if nothing else is in it."""
    folder = Path(folder)
    if not folder.is_dir():
        return
    for path in folder.glob("shard_*_of_*.safetensors"):
        path.unlink(missing_ok=True)
    if not any(folder.iterdir()):
        folder.rmdir()


def _key(model: "LanguageModel", corpus: ParallelCorpus, shard: Shard, site: "Site", budget: int) -> str:
    # Sums of matrix products depend on how many threads share them, and on what kind of machine they run.
    machine = (model.device.type, str(torch.get_num_threads()))
    place = (str(shard.index), str(shard.count), str(budget))
    return text_hash(model.identity, corpus.hash, ",".join(corpus.languages), site, *place, *machine)


def _name(layer: int) -> str:
    return f"layer_{layer:04d}"


def _write(path: Path, arrays: dict[str, Tensor], part: _Part) -> None:
    from safetensors.torch import save_file

    facts = {"format": FORMAT, "version": "1", "part": json.dumps(asdict(part))}
    with atomic_path(path) as aside:
        try:
            save_file({name: array.contiguous() for name, array in arrays.items()}, aside, metadata=facts)
        except SafetensorError as error:
            # It tells of a full disk in words of its own.
            raise OSError(str(error)) from error


def _read_part(path: Path) -> _Part | None:
    """What a finished shard's file says; None where there is none, or none this release can read."""
    try:
        with safe_open(path, framework="pt") as file:
            facts: dict[str, Any] = file.metadata() or {}
            if facts.get("format") != FORMAT or facts.get("version") != "1":
                return None
            return _Part(**json.loads(facts["part"]))
    except (OSError, SafetensorError, KeyError, TypeError, ValueError):
        return None


def _warnings(model: "LanguageModel", parts: Sequence[_Part]) -> tuple[CorpusWarning, ...]:
    examples = [(str(a), str(b), str(c)) for part in parts for a, b, c in part.examples]
    return truncation(sum(part.cut for part in parts), examples, model.context)
