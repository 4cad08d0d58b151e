"""Finished points in a folder in, the content of track.json out: records, regions and replicates brought together."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from babelscope import languages as tongues
from babelscope.dynamics import track_content
from babelscope.dynamics.hygiene import untrained
from babelscope.errors import BabelscopeError
from babelscope.probing.overlap import training_verdict
from babelscope.provenance import versions
from babelscope.regions import NeuronMask, Regions
from babelscope.report.numbers import plural, significant
from babelscope.run_folder import POINTS
from babelscope.scanning.replicates import read_replicates
from babelscope.series import Checkpoint, Series
from babelscope.storage import write_json
from babelscope.tracking.job import Job
from babelscope.tracking.options import Stage
from babelscope.tracking.probed import overlap_along

__all__ = ["collect", "point_of"]


def collect(
    job: Job, series: Series, finished: Mapping[str, Collection[Stage]], errors: Mapping[str, str]
) -> dict[str, Any]:
    """The content of track.json, but for what only the caller knows; writes each point's record on the way.

    Args:
        job: Whose results lie in the folder.
        series: The checkpoints, in order.
        finished: By key, the stages whose results lie there whole.
        errors: One line by key for the checkpoints of which a stage failed.

    Raises:
        BabelscopeError: If nothing was measured.
    """
    points = [point_of(job, c, finished[c.key], errors.get(c.key)) for c in series.checkpoints]
    points = _same_kind(points) if series.order == "training" else points
    points.sort(key=lambda point: point["x"] if point["x"] is not None else float("inf"))
    done = [point for point in points if point["status"] == "done"]
    if not done:
        raise BabelscopeError(f"no checkpoint could be measured; {points[0]['key']}: {points[0]['error']}")
    for point in points:
        write_json(job.folder / point["folder"] / "point.json", "point", point)
    homes = {point["key"]: job.folder / point["folder"] for point in done}
    corpus, source = job.corpus, job.corpus.source
    content = track_content(
        name=series.name,
        order=series.order,
        points=points,
        replicates={key: _replicates(home) for key, home in homes.items()},
        regions=_Regions(homes),
        facts={
            "site": job.options.scan.site,
            "languages": list(corpus.languages),
            "language_info": {code: tongues.describe(code) for code in [*corpus.languages, *_asked(done)]},
            "corpus": {
                "name": corpus.name,
                "hash": corpus.hash,
                "source": source.location,
                "revision": source.revision,
                "licence": source.licence,
            },
            "sentences": corpus.n,
            "heldout": {
                "name": job.heldout.name,
                "kind": job.heldout.kind,
                "hash": job.heldout.hash,
                "segment": job.options.ablation.segment,
            },
            "versions": dict(versions()),
            "warnings": _warnings(points),
        },
        include_flagged=job.options.include_flagged,
        nmi={point["key"]: point["probing"]["nmi"] for point in done if point.get("probing")},
    )
    content["warnings"] += _told_nothing(done)
    found = overlap_along(job.folder, content, job.options)
    if found is not None:
        content["probing_training"] = found.content["training"]
        content["verdict"] += training_verdict(found.content)
        content["warnings"] += [{"count": 1, "examples": [], **warning} for warning in found.content["warnings"]]
    return content


def _asked(points: list[dict[str, Any]]) -> list[str]:
    """Languages of the tasks that were asked or learnt, which need not be among the scanned ones."""
    results = [result for point in points for result in point.get("evaluation") or ()]
    tuned = [result for point in points for result in (point.get("transfer") or {"results": ()})["results"]]
    asked = [result["language"] for result in results if result["language"]]
    return list(dict.fromkeys([*asked, *(code for result in tuned for code in result["languages"])]))


def _warnings(points: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What was noticed at any point, once; most is about the text, and the same at all of them."""
    noticed = [warning for point in points for warning in point.get("warnings", ())]
    found = {(warning["kind"], warning["message"]): warning for warning in noticed}
    failed = [
        {"kind": "failed", "message": f"{point['key']}: {point['error']}", "count": 1, "examples": []}
        for point in points
        if point["error"]
    ]
    return [*found.values(), *_mixed(points), *failed]


def _mixed(points: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the points were not all measured with: a difference between them could come from that alone."""
    done = [point for point in points if point["status"] == "done"]
    said = []
    for field in ("dtype", "device", "attention", "threads"):
        values = list(dict.fromkeys(str(point[field]) for point in done))
        if len(values) > 1:
            message = f"points were measured with different {field}: {', '.join(values)}"
            said.append({"kind": f"mixed {field}", "message": message, "count": len(values), "examples": []})
    return said


def _told_nothing(done: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Probes that tell nothing at any trained point: then no single point is to blame, and hygiene flags none."""
    probed = [point for point in done if not untrained(point) and (point.get("probing") or {}).get("nmi") is not None]
    if not probed or any(point["probing"]["nmi"] > 0 for point in probed):
        return []
    most = significant(max(point["probing"]["nmi"] for point in probed))
    message = (
        f"on average probes tell nothing at any of the {plural(len(probed), 'trained checkpoint')} (mean test NMI "
        f"{most} at most): read no overlap of theirs; larger treebanks or larger selections may help"
    )
    return [{"kind": "nothing decoded", "message": message, "count": len(probed), "examples": []}]


class _Regions(Mapping[str, Mapping[str, NeuronMask]]):
    """Regions by key, read when they are asked for: those of hundreds of points need not be in memory at once."""

    def __init__(self, homes: Mapping[str, Path]) -> None:
        self._homes = homes

    def __getitem__(self, key: str) -> Mapping[str, NeuronMask]:
        return Regions.load(self._homes[key]).masks

    def __iter__(self) -> Iterator[str]:
        return iter(self._homes)

    def __len__(self) -> int:
        return len(self._homes)


def _replicates(home: Path) -> dict[str, Any]:
    found = read_replicates(home)
    if found is None:
        return {}
    pairs = {} if found.pairs is None else {"pairs": found.pairs}
    return {"lrds": found.lrds, "sads": found.sads, **pairs}


def point_of(
    job: Job, checkpoint: Checkpoint, finished: Collection[Stage], error: str | None = None
) -> dict[str, Any]:
    """The record of one checkpoint, from what its finished stages stored."""
    found = {stage: job.found(checkpoint, stage) for stage in job.options.stages if stage in finished}
    home = f"{POINTS}/{checkpoint.key}"
    scan = found.get("scan")
    record: dict[str, Any] = {
        "key": checkpoint.key,
        "model": checkpoint.label,
        "step": checkpoint.step,
        "x": checkpoint.x,
        "made": checkpoint.made is not None,
        "name": checkpoint.ref.name,
        "revision": checkpoint.ref.revision or "local",
        "folder": home,
        "report": f"{home}/report.html" if scan else None,
        "status": "done" if scan else "failed",
        "error": error if scan or error else "not measured",
        "stages": [stage for stage, record in found.items() if record is not None],
    }
    if scan is None:
        return record
    record |= scan
    if record["x"] is None:
        record["x"] = scan["parameters"]
    return record | {
        "ablation": found.get("ablate"),
        "evaluation": found.get("evaluate"),
        "retrieval": found.get("retrieve"),
        "probing": found.get("probe"),
        "transfer": found.get("transfer"),
    }


def _same_kind(points: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Points of another shape or tokenizer than most points of a training series count as failed."""
    for field, what in (("neurons_per_layer", "shape"), ("tokenizer_hash", "tokenizer")):
        found = Counter(str(point[field]) for point in points if point["status"] == "done")
        if len(found) > 1:
            # Of as many, the one that comes first.
            usual = found.most_common(1)[0][0]
            like = next(point for point in points if str(point.get(field)) == usual)
            points = [_checked(point, like, field, what) for point in points]
    return points


def _checked(point: dict[str, Any], like: Mapping[str, Any], field: str, what: str) -> dict[str, Any]:
    if point["status"] == "done" and point[field] != like[field]:
        reason = f"has another {what} than {like['key']}, so it is not a checkpoint of the same training"
        kept = ("key", "model", "step", "x", "made", "name", "revision", "folder", "report", "stages")
        return {name: point[name] for name in kept} | {"status": "failed", "error": reason}
    return point
