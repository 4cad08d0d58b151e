"""Selections of the points of a series in, what languages share of them along it out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from babelscope.probing.overlap import Overlaps, overlap, selections_of_rows
from babelscope.tracking.options import TrackOptions
from babelscope.tracking.pooled import point_rows

__all__ = ["overlap_along"]


def overlap_along(folder: Path, content: Mapping[str, Any], options: TrackOptions) -> Overlaps | None:
    """Overlap of all points together; None where none was probed, or no attribute in two languages.

    Flagged points are left out, as they are of trends, unless they were asked for.

    Args:
        folder: Of the series.
        content: Of track.json.
        options: Which languages are in no mean, and whether flagged points take part.
    """
    used = {
        point["folder"]
        for point in _probed(content)
        if point["probing"]["overlap"] and (options.include_flagged or not point["flags"])
    }
    rows = [row for place, row in point_rows(folder, _probed(content), "selections") if place in used]
    if not rows:
        return None
    told = (row for place, row in point_rows(folder, _probed(content), "information") if place in used)
    controls = [row for row in told if row["labels"] == "shuffled" and row["rank"] is not None]
    return overlap(
        selections_of_rows(rows),
        _neurons(content),
        options.probing.ks,
        unseen=options.probing.unseen,
        incomparable=_incomparable(content),
        controls=selections_of_rows(controls) if controls else None,
    )


def _probed(content: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [point for point in content["points"] if point["status"] == "done" and point.get("probing")]


def _incomparable(content: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What cannot be compared at one point at least, once."""
    listed = (one for point in _probed(content) for one in point["probing"]["incomparable"])
    return list({tuple(one.items()): one for one in listed}.values())


def _neurons(content: Mapping[str, Any]) -> dict[str, int]:
    return {
        f"{point['model']}:{point['probing']['site']}:{layer}": neurons
        for point in _probed(content)
        for layer, neurons in point["probing"]["neurons"].items()
    }
