"""A series, a corpus and an engine in, a Track out: what each checkpoint shows, and what changes along the series."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from babelscope.activations import Progress
from babelscope.activations.sharding import plan_shards
from babelscope.corpus import ParallelCorpus
from babelscope.corpus.streams import TextStreams, load_streams
from babelscope.engines import Engine, LocalEngine, Outcome, Task
from babelscope.errors import BabelscopeError
from babelscope.languages import display_order
from babelscope.provenance import Signature, package_fields, text_hash
from babelscope.series import Checkpoint, Series
from babelscope.storage import check_writable
from babelscope.tracking import stages
from babelscope.tracking.claim import claimed
from babelscope.tracking.collect import collect, point_of
from babelscope.tracking.job import Job
from babelscope.tracking.options import Stage, TrackOptions
from babelscope.transfer import TransferTask
from babelscope.treebanks import Treebank

__all__ = ["Track", "track"]

OnPoint = Callable[[dict[str, Any]], None]
Todo = Mapping[Checkpoint, Sequence[Stage]]


@dataclass(frozen=True, eq=False)
class Track:
    """What a series of checkpoints showed; made by `track`."""

    content: Mapping[str, Any]
    """The content of track.json."""
    folder: Path

    def summary(self) -> dict[str, Any]:
        """All numbers as plain JSON types: the content of track.json."""
        return dict(self.content)

    @property
    def points(self) -> list[dict[str, Any]]:
        """What was measured at each checkpoint, in the order of the series."""
        return list(self.content["points"])

    @property
    def failed(self) -> list[dict[str, Any]]:
        """The checkpoints of which a stage could not be measured, each with its `error`; some may have a scan."""
        return [point for point in self.points if point["error"]]

    def save(self) -> Path:
        """Writes track.json, track.csv, the figures and the page of the series into its folder, the manifest last."""
        from babelscope.tracking.folder import save_track

        return save_track(self)

    def __repr__(self) -> str:
        content = self.content
        return f"Track({content['name']}, {len(self.points)} points, {len(self.failed)} failed)"


def track(
    series: Series,
    corpus: ParallelCorpus,
    folder: str | Path,
    *,
    heldout: TextStreams | str | Path | Mapping[str, str] | None = None,
    treebanks: Mapping[str, Treebank] | None = None,
    task: TransferTask | None = None,
    options: TrackOptions | None = None,
    engine: Engine | None = None,
    command: str = "",
    progress: Progress | None = None,
    on_point: OnPoint | None = None,
) -> Track:
    """Measures every checkpoint of a series, and what changes along it [METHODS 5].

    Finished stages are kept in `folder` and never measured again; a checkpoint that fails is recorded with its
    reason and the others go on.

    Args:
        series: From `read_series`.
        corpus: From `load_corpus`; the same sentences for every checkpoint.
        folder: Where the series is kept; its points are whole run folders below it.
        heldout: Text of the held-out loss and of ablations, as `load_streams` takes it; the corpus' own sentences by
            default.
        treebanks: Of the stage `probe`, from `load_treebanks`.
        task: Of the stage `transfer`, from `load_task`.
        options: What is measured at each checkpoint, and how.
        engine: Where tasks run; by default one after the other in this process.
        command: The command line to record as the way to repeat it.
        progress: Called as progress(what, done, total) as stages finish.
        on_point: Called with the record of every measured point, also of those an earlier run measured.

    Raises:
        StorageError: If the folder cannot be written to, or another process tracks into it.
        BabelscopeError: If no checkpoint could be measured, the corpus has too few sentences for the shards, a task
            cannot be asked, or a stage lacks its treebanks, its task or a package.
    """
    started = time.perf_counter()
    folder, options = Path(folder), options or TrackOptions()
    check_writable(folder)
    plan_shards(corpus.n, options.shards)
    corpus = corpus.reorder(display_order(corpus.languages))
    if "probe" in options.stages and not treebanks:
        raise BabelscopeError("the stage probe needs treebanks, got none; name them with --treebanks")
    if "transfer" in options.stages and task is None:
        raise BabelscopeError("the stage transfer needs a task, got none; name its data with --transfer-data")
    job = Job(corpus, _streams(heldout, corpus), options, folder, command, treebanks or {}, task)
    todo = {checkpoint: job.todo(checkpoint) for checkpoint in series.checkpoints}
    _check_tasks(job, todo)
    with claimed(folder):
        finished, errors = _measure(job, todo, engine or LocalEngine(prepare=prepare), progress, on_point)
        content = collect(job, series, finished, errors)
    content |= {
        "signature": _signature(job, series).spelled(),
        "command": command,
        "options": asdict(options),
        "timings": _timings(content["points"], time.perf_counter() - started),
    }
    return Track(content, folder)


def prepare(task: Task) -> None:
    """What a local engine does for the task that comes next."""
    job, checkpoint, _ = task.arguments
    stages.prepare(job, checkpoint)


def _check_tasks(job: Job, todo: Todo) -> None:
    """Refuses what evaluation cannot ask before the first scan, which may take hours, rather than after it."""
    if any("evaluate" in left for left in todo.values()):
        from babelscope.evaluation.harness import load_tasks

        load_tasks(job.options.tasks)
    if any("transfer" in left for left in todo.values()):
        from babelscope.transfer import check_methods

        check_methods(job.options.transfer.methods)


def _streams(heldout: Any, corpus: ParallelCorpus) -> TextStreams:
    if isinstance(heldout, TextStreams):
        return heldout.select(corpus.languages)
    return load_streams(corpus if heldout is None else heldout, corpus.languages)


def _measure(
    job: Job,
    todo: Todo,
    engine: Engine,
    progress: Progress | None,
    on_point: OnPoint | None,
) -> tuple[dict[str, set[Stage]], dict[str, str]]:
    """Runs what is left to do; the finished stages of every checkpoint, and one line for each that failed, by key."""
    planned = {checkpoint: _tasks(job, checkpoint, left) for checkpoint, left in todo.items()}
    whole = {checkpoint.key: set(job.options.stages).difference(left) for checkpoint, left in todo.items()}
    by_task = {task.key: (task, checkpoint) for checkpoint, tasks in planned.items() for task in tasks}
    left = {checkpoint.key: len(tasks) for checkpoint, tasks in planned.items()}
    total = len(todo) * (len(job.options.stages) + (job.options.shards if job.options.shards > 1 else 0))
    done, errors = total - len(by_task), {}

    def tell(checkpoint: Checkpoint) -> None:
        if on_point is not None:
            point = point_of(job, checkpoint, whole[checkpoint.key], errors.get(checkpoint.key))
            if point["status"] == "done":
                on_point(point)

    def finished(outcome: Outcome) -> None:
        nonlocal done
        task, checkpoint = by_task[outcome.key]
        done += 1
        left[checkpoint.key] -= 1
        if outcome.error is not None:
            # The first reason is the cause; what waited for it was only not run.
            errors.setdefault(checkpoint.key, outcome.error)
        elif task.function is stages.run_stage:
            whole[checkpoint.key].add(task.arguments[-1])
        if not left[checkpoint.key]:
            tell(checkpoint)
        if progress is not None:
            progress("checkpoints and stages", done, total)

    for checkpoint in todo:
        if not left[checkpoint.key]:
            tell(checkpoint)
    if progress is not None:
        progress("checkpoints and stages", done, total)
    if by_task:
        try:
            engine.run([task for tasks in planned.values() for task in tasks], finished)
        finally:
            stages.finish(job)
    return whole, errors


def _tasks(job: Job, checkpoint: Checkpoint, todo: Sequence[Stage]) -> list[Task]:
    """What is left to do for a checkpoint: its stages in order, and before a scan the shards it is cut into."""
    tasks: list[Task] = []
    if "scan" in todo and job.options.shards > 1:
        tasks += [
            Task(f"shard {index + 1} of {checkpoint.key}", stages.run_shard, (job, checkpoint, index))
            for index in range(job.options.shards)
        ]
    before = tuple(task.key for task in tasks)
    for stage in todo:
        tasks.append(Task(f"{stage} of {checkpoint.key}", stages.run_stage, (job, checkpoint, stage), before))
        before = (tasks[-1].key,)
    return tasks


def _timings(points: Sequence[Mapping[str, Any]], seconds: float) -> dict[str, float]:
    """Seconds of this run, and of each stage of a scan over all points, whichever run measured them."""
    spent = [point["timings"] for point in points if point["status"] == "done"]
    stages_of = dict.fromkeys(stage for timings in spent for stage in timings)
    totals = {stage: round(sum(timings.get(stage, 0.0) for timings in spent), 3) for stage in stages_of}
    return {**totals, "this run": round(seconds, 3)}


def _treebanks(job: Job) -> dict[str, str]:
    if "probe" not in job.options.stages:
        return {}
    return {"treebanks": ",".join(f"{code}:{bank.hash}" for code, bank in job.treebanks.items())}


def _signature(job: Job, series: Series) -> Signature:
    options = job.options
    return Signature.of(
        model=series.name,
        checkpoints=len(series.checkpoints),
        series=text_hash(*(f"{c.key}|{c.ref.revision}|{c.made}" for c in series.checkpoints)),
        corpus=job.corpus.name,
        corpus_hash=job.corpus.hash,
        languages=",".join(job.corpus.languages),
        n=job.corpus.n,
        heldout=job.heldout.name,
        heldout_hash=job.heldout.hash,
        segment=options.ablation.segment or "",
        site=options.scan.site,
        stages=",".join(options.stages),
        **_treebanks(job),
        **({"task": f"{job.task.name}:{job.task.hash}"} if job.task is not None else {}),
        shards=options.shards,
        seed=options.scan.seed,
        **package_fields(),
    )
