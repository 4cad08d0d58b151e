"""A series in, what measuring it would load, need of the disk and take of time out; nothing is downloaded."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from babelscope.errors import ModelError
from babelscope.fetching.download import cached_commit, is_cached, missing_bytes
from babelscope.models.bundled import BUNDLED, bundled_folders
from babelscope.series.checkpoints import Checkpoint, Order, Series
from babelscope.series.hub import files_of
from babelscope.series.weights import parameters_in, weight_bytes_in

if TYPE_CHECKING:
    from babelscope.corpus import ParallelCorpus
    from babelscope.models import LanguageModel
    from babelscope.tracking.options import TrackOptions

__all__ = ["PlannedPoint", "SeriesPlan", "plan_points", "plan_series", "time_scan"]

Place = Literal["here", "hub", "unknown"]
"""Where a checkpoint lies: on this machine, on the hub, or where nothing can be asked."""

_QUICK = 20.0
"""Seconds within which a checkpoint is loaded once more, to time loading alone."""


@dataclass(frozen=True)
class PlannedPoint:
    """What one point of a series would load."""

    key: str
    model: str
    step: str
    name: str
    revision: str | None
    made: bool
    """Whether it is the untrained model, made from the configuration of a checkpoint."""
    place: Place
    note: str | None
    """Why its size is not known."""
    weight_bytes: int | None
    """Bytes of its weights; None where nothing could be asked."""
    download_bytes: int | None
    """Bytes of it that are not on this machine yet."""
    parameters: int | None
    seconds: float | None = None
    """Estimated, for one scan."""


@dataclass(frozen=True)
class SeriesPlan:
    """What measuring a series would cost, before it is paid for."""

    name: str
    order: Order
    points: tuple[PlannedPoint, ...]
    unknown: int
    """Points whose size is not known; no sum counts them."""
    weight_bytes: int
    """Bytes of all weights that are loaded."""
    disk_bytes: int
    """Bytes that are downloaded, and stay."""
    disk_bytes_evicting: int
    """Bytes on disk at once with --evict: two neighbours."""
    seconds: float | None
    """Estimated for the scans of all points; None where nothing was timed, or sizes are not known."""


def plan_points(series: Series, *, scan_seconds: float | None = None, timed: str | None = None) -> SeriesPlan:
    """What would be loaded, from files and from what the hub says about itself.

    Args:
        series: From `read_series`.
        scan_seconds: Seconds that a scan of one point takes; other points are taken to need as many more as they
            have more parameters, or bytes.
        timed: Key of the point that was timed; the first one whose size is known by default.
    """
    asked: dict[tuple[str, str | None], PlannedPoint] = {}
    points = []
    for checkpoint in series.checkpoints:
        place = (checkpoint.ref.name, checkpoint.ref.revision)
        if place not in asked:
            asked[place] = _planned(checkpoint)
            points.append(asked[place])
        else:
            # Of the untrained model and the checkpoint it is made from, the one that comes first is fetched.
            points.append(replace(asked[place], **_identity(checkpoint), download_bytes=0))
    points = _timed(points, scan_seconds, timed)
    downloads = [point.download_bytes or 0 for point in points]
    seconds = [point.seconds for point in points if point.seconds is not None]
    return SeriesPlan(
        name=series.name,
        order=series.order,
        points=tuple(points),
        unknown=sum(point.weight_bytes is None for point in points),
        weight_bytes=sum(point.weight_bytes or 0 for point in points),
        disk_bytes=sum(downloads),
        disk_bytes_evicting=_largest_neighbours([count for count in downloads if count]),
        seconds=sum(seconds) if len(seconds) == len(points) and points else None,
    )


def plan_series(series: Series, corpus: "ParallelCorpus", options: "TrackOptions") -> SeriesPlan:
    """`plan_points` with the time of a scan taken from one batch through a checkpoint that lies on this machine."""
    key, seconds = time_scan(series, corpus, options) or (None, None)
    return plan_points(series, scan_seconds=seconds, timed=key)


def time_scan(series: Series, corpus: "ParallelCorpus", options: "TrackOptions") -> tuple[str, float] | None:
    """Key of the first point that can be loaded from this machine, and seconds of loading it and of a forward pass.

    Returns:
        None if there is none: a dry run downloads nothing, and a broken checkpoint is for the run to record.
    """
    from babelscope.activations import plan

    for checkpoint in series.checkpoints:
        if _planned(checkpoint).place != "here":
            continue
        try:
            model, loading = _loaded(checkpoint)
            if loading < _QUICK:
                # The first time counts imports too, which a run pays once.
                model, loading = _loaded(checkpoint)
        except ModelError:
            continue
        forward = plan(model, corpus, site=options.scan.site, budget=options.scan.batch_tokens).seconds
        return checkpoint.key, loading + forward
    return None


def _loaded(checkpoint: Checkpoint) -> "tuple[LanguageModel, float]":
    started = time.perf_counter()
    model = checkpoint.ref.load()
    return model, time.perf_counter() - started


def _identity(checkpoint: Checkpoint) -> dict[str, object]:
    return {
        "key": checkpoint.key,
        "model": checkpoint.label,
        "step": checkpoint.step,
        "name": checkpoint.ref.name,
        "revision": checkpoint.ref.revision,
        "made": checkpoint.made is not None,
    }


def _planned(checkpoint: Checkpoint) -> PlannedPoint:
    ref = checkpoint.ref
    folder = bundled_folders(ref.revision)[0] if ref.name == BUNDLED else Path(ref.name)
    if folder.is_dir():
        size = weight_bytes_in(folder)
        return _point(
            checkpoint, "here", None if size else "no weights in it", size or None, 0, parameters_in(folder)
        )
    try:
        files = files_of(ref.name, ref.revision, code=ref.trust_remote_code)
    except ModelError as error:
        here = cached_commit(ref) is not None
        return _point(checkpoint, "here" if here else "unknown", str(error), None, 0 if here else None, None)
    place = "here" if is_cached(ref, files) else "hub"
    return _point(checkpoint, place, None, files.weight_bytes, missing_bytes(ref, files), files.parameters)


def _point(
    checkpoint: Checkpoint,
    place: Place,
    note: str | None,
    size: int | None,
    download: int | None,
    parameters: int | None,
) -> PlannedPoint:
    return PlannedPoint(
        key=checkpoint.key,
        model=checkpoint.label,
        step=checkpoint.step,
        name=checkpoint.ref.name,
        revision=checkpoint.ref.revision,
        made=checkpoint.made is not None,
        place=place,
        note=note,
        weight_bytes=size,
        download_bytes=download,
        parameters=parameters,
    )


def _timed(points: list[PlannedPoint], seconds: float | None, key: str | None) -> list[PlannedPoint]:
    """Seconds in proportion to size: by parameters where all have them, else by bytes."""
    by_parameters = all(point.parameters for point in points)
    sizes = [point.parameters if by_parameters else point.weight_bytes for point in points]
    known = [size for point, size in zip(points, sizes, strict=True) if size and key in (None, point.key)]
    if seconds is None or not known:
        return points
    return [
        replace(point, seconds=seconds * size / known[0] if size else None)
        for point, size in zip(points, sizes, strict=True)
    ]


def _largest_neighbours(sizes: Sequence[int]) -> int:
    return max((sum(sizes[i : i + 2]) for i in range(len(sizes))), default=0)
