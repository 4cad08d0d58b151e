"""One checkpoint and one stage in, its results in the checkpoint's run folder out: the unit of work of a track."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babelscope.activations.sharding import extract_in_shards, extract_shard, plan_shards, remove_shards
from babelscope.fetching import Fetcher
from babelscope.series import Checkpoint
from babelscope.tracking.job import Job
from babelscope.tracking.options import Stage
from babelscope.tracking.record import (
    ablation_record,
    evaluation_record,
    probing_record,
    scan_record,
    transfer_record,
)

if TYPE_CHECKING:
    from babelscope.models import LanguageModel

__all__ = ["finish", "prepare", "run_shard", "run_stage"]


def run_stage(job: Job, checkpoint: Checkpoint, stage: Stage) -> str:
    """Measures one stage of one checkpoint and stores it; module-level and with plain arguments, to run anywhere.

    Returns:
        The checkpoint's key.

    Raises:
        BabelscopeError: If the checkpoint cannot be loaded or measured.
    """
    try:
        model = _LOADED.model(job, checkpoint)
        job.store(checkpoint, stage, _RUN[stage](job, checkpoint, model))
    except Exception:
        _LOADED.release(job, checkpoint)
        raise
    if stage == job.options.stages[-1]:
        _LOADED.release(job, checkpoint)
    return checkpoint.key


def run_shard(job: Job, checkpoint: Checkpoint, index: int) -> str:
    """Measures one shard of a checkpoint's sentences; its scan, which comes later, only reads what this wrote.

    Returns:
        The checkpoint's key.

    Raises:
        BabelscopeError: If the checkpoint cannot be loaded or measured.
    """
    try:
        model = _LOADED.model(job, checkpoint)
        shard = plan_shards(job.corpus.n, job.options.shards)[index]
        scan = job.options.scan
        extract_shard(model, job.corpus, shard, _shards(job, checkpoint), site=scan.site, budget=scan.batch_tokens)
    except Exception:
        _LOADED.release(job, checkpoint)
        raise
    return checkpoint.key


def prepare(job: Job, checkpoint: Checkpoint) -> None:
    """Fetches what a stage or shard of a checkpoint will load."""
    _LOADED.fetcher(job).start(checkpoint)


def _scan(job: Job, checkpoint: Checkpoint, model: "LanguageModel") -> dict[str, Any]:
    from babelscope.evaluation import perplexity
    from babelscope.scanning import scan
    from babelscope.scanning.workspace import workspace

    home, options, pieces = job.home(checkpoint), job.options.scan, _shards(job, checkpoint)
    # Large scans keep their vectors in files, and go on from them.
    with workspace(home, model, job.corpus) as vectors:
        extraction = None
        if job.options.shards > 1:
            extraction = extract_in_shards(
                model, job.corpus, job.options.shards, pieces,
                site=options.site, budget=options.batch_tokens, files=vectors,
            )  # fmt: skip
        found = scan(model, job.corpus, options=options, folder=vectors, extraction=extraction)
        losses = perplexity(model, job.heldout, segment=_segment(job, model))
        found.save(home, job.command, figures=False)
    remove_shards(pieces)
    return scan_record(model, found, losses)


def _ablate(job: Job, checkpoint: Checkpoint, model: "LanguageModel") -> dict[str, Any]:
    from babelscope.evaluation import ablate
    from babelscope.regions import Regions

    home = job.home(checkpoint)
    options = replace(job.options.ablation, segment=_segment(job, model))
    regions, parts = Regions.load(home, model), home / "parts" / "ablation"
    result = ablate(model, regions, job.heldout, options=options, folder=parts)
    result.save(home, job.command, figures=False)
    return ablation_record(result)


def _evaluate(job: Job, checkpoint: Checkpoint, model: "LanguageModel") -> list[dict[str, Any]]:
    from babelscope.evaluation import evaluate

    home = job.home(checkpoint)
    result = evaluate(model, job.options.tasks, limit=job.options.limit, folder=home / "parts" / "evaluation")
    result.save(home, job.command, figures=False)
    return evaluation_record(result)


def _probe(job: Job, checkpoint: Checkpoint, model: "LanguageModel") -> dict[str, Any]:
    from babelscope.probing import probe

    home = job.home(checkpoint)
    result = probe(model, job.treebanks, options=job.options.probing, folder=home / "parts" / "probing")
    result.save(home, job.command, figures=False)
    return probing_record(result)


def _retrieve(job: Job, checkpoint: Checkpoint, model: "LanguageModel") -> dict[str, Any]:
    from babelscope.retrieval import retrieve
    from babelscope.retrieval.content import series_record

    home = job.home(checkpoint)
    result = retrieve(model, job.corpus, options=job.options.retrieval)
    result.save(home, job.command, figures=False)
    return series_record(result.summary())


def _transfer(job: Job, checkpoint: Checkpoint, model: "LanguageModel") -> dict[str, Any]:
    from babelscope.transfer import zero_shot_transfer

    assert job.task is not None, "checked before the first task"
    home = job.home(checkpoint)
    result = zero_shot_transfer(model, job.task, options=job.options.transfer, folder=home / "parts" / "transfer")
    result.save(home, job.command, figures=False)
    return transfer_record(result)


_RUN: dict[Stage, Callable[[Job, Checkpoint, "LanguageModel"], Any]] = {
    "scan": _scan,
    "ablate": _ablate,
    "evaluate": _evaluate,
    "retrieve": _retrieve,
    "probe": _probe,
    "transfer": _transfer,
}


def _shards(job: Job, checkpoint: Checkpoint) -> Path:
    return job.home(checkpoint) / "shards"


def _segment(job: Job, model: "LanguageModel") -> int | None:
    """The segment asked for, or what fits where a model's context is shorter: one loss for the whole series."""
    asked = job.options.ablation.segment
    return None if asked is None else min(asked, model.context)


def finish(job: Job) -> None:
    """Lets go of everything this process holds for a job, and of what an earlier run of it left behind."""
    _LOADED.close(job)


class _Loaded:
    """The one model this process holds: the stages of a checkpoint follow each other, and share it."""

    def __init__(self) -> None:
        self._of: tuple[Path, Checkpoint] | None = None
        self._model: LanguageModel | None = None
        self._fetchers: dict[tuple[Path, bool], Fetcher] = {}

    def fetcher(self, job: Job) -> Fetcher:
        """What brings checkpoints to this machine for a job, one for all its tasks."""
        place = (job.folder, job.options.evict)
        if place not in self._fetchers:
            self._fetchers[place] = Fetcher(job.folder / "fetched", evict=job.options.evict)
        return self._fetchers[place]

    def model(self, job: Job, checkpoint: Checkpoint) -> "LanguageModel":
        """The checkpoint's model, loaded if it is not the one at hand."""
        wanted = (job.folder, checkpoint)
        if self._of != wanted or self._model is None:
            # Two models at once may not fit. On Ray, the last stage of the earlier one may have run elsewhere.
            if self._of is not None and self._of[0] == job.folder:
                self.fetcher(job).release(self._of[1])
            self._of = self._model = None
            self._model = _load(checkpoint, self.fetcher(job))
            self._of = wanted
        return self._model

    def release(self, job: Job, checkpoint: Checkpoint) -> None:
        """Lets go of a checkpoint that is measured: of its memory, and of its files where they were fetched."""
        self._of = self._model = None
        self.fetcher(job).release(checkpoint)

    def close(self, job: Job) -> None:
        """Ends the fetching for a job."""
        self._of = self._model = None
        # Also where only Ray's workers fetched anything: what those that have ended left behind is removed here.
        self.fetcher(job).close()
        del self._fetchers[job.folder, job.options.evict]


_LOADED = _Loaded()


def _load(checkpoint: Checkpoint, fetcher: Fetcher) -> "LanguageModel":
    from babelscope.models import untrained

    fetched = fetcher.get(checkpoint)
    model = fetched.load()
    if checkpoint.made is not None:
        model = untrained(model, checkpoint.made)
    return replace(model, name=checkpoint.ref.name, label=checkpoint.label, step=checkpoint.step)
