"""The folder of a series in, what an association may go back to out: flags, held-out loss and what probes know."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from babelscope.correlation.measured import ALL, Checkpoint, Measured, language_of, measured
from babelscope.correlation.reading import Sheet
from babelscope.errors import BabelscopeError
from babelscope.provenance import text_hash
from babelscope.run_folder import POINTS
from babelscope.storage import read_json

__all__ = ["COVARIATES", "Background", "background_of", "background_of_sheets", "joined"]

COVARIATES = ("nmi", "loss")
"""What the headline is corrected for, where it is known [METHODS 6i]."""


@dataclass(frozen=True, eq=False)
class Background:
    """What is known of checkpoints beside x and y."""

    covariates: Mapping[str, Measured] = field(default_factory=dict)
    """`loss` (nats per byte of held-out text) and `nmi` (mean test NMI of probes), those that are known."""
    flags: Mapping[Checkpoint, str] = field(default_factory=dict)
    """Why a checkpoint is not to be trusted."""
    order: Mapping[Checkpoint, float] = field(default_factory=dict)
    """Place in training, where the series says it."""
    unseen: frozenset[str] = frozenset()
    """Languages the models were not trained on."""

    def without(self, names: Collection[str]) -> "Background":
        """The same without some covariates."""
        kept = {name: one for name, one in self.covariates.items() if name not in names}
        return replace(self, covariates=kept)


def background_of(places: Iterable[str | Path], needed: Iterable[str | Path] = ()) -> Background:
    """What the series that places belong to say: the folder itself, the file's, or that of the point's series.

    Args:
        places: Tables or folders; those that belong to no series say nothing.
        needed: Those that must belong to one; what they say counts first.

    Raises:
        BabelscopeError: If one of these does not.
    """
    found = []
    needed = [Path(one) for one in needed]
    for place in needed:
        if _home(place) is None:
            raise BabelscopeError(
                f"{place} is no folder of a series (it has no track.json); covariates come from one"
            )
    places = [*needed, *places]
    for path in dict.fromkeys(home for place in places if (home := _home(Path(place))) is not None):
        found.append(_of_track(read_json(path, "track"), path.name))
    return joined(found)


def background_of_sheets(sheets: Sequence[Sheet]) -> Background:
    """The flags that track.csv itself holds."""
    flags: dict[Checkpoint, str] = {}
    for sheet in sheets:
        if sheet.kind == "track":
            flags |= {(model, step): flag for model, step, flag in sheet.rows("model", "step", "flag") if flag}
    return Background(flags=flags)


def joined(parts: Sequence[Background]) -> Background:
    """Several as one; of what two say, the first counts."""
    covariates: dict[str, Measured] = {}
    flags: dict[Checkpoint, str] = {}
    order: dict[Checkpoint, float] = {}
    for one in reversed(parts):
        flags |= one.flags
        order |= one.order
        for name, values in one.covariates.items():
            covariates[name] = _over(covariates[name], values) if name in covariates else values
    return Background(covariates, flags, order, frozenset(code for one in parts for code in one.unseen))


def _over(other: Measured, one: Measured) -> Measured:
    return Measured(
        one.name,
        one.meaning,
        one.source,
        one.hash,
        {**other.overall, **one.overall},
        {**other.by_language, **one.by_language},
    )


def _home(place: Path) -> Path | None:
    folder = place if place.is_dir() else place.parent
    up = [folder, *([folder.parent.parent] if folder.parent.name == POINTS else [])]
    return next((path for one in up if (path := one / "track.json").is_file()), None)


def _of_track(content: Mapping[str, Any], source: str) -> Background:
    points = [point for point in content["points"] if point["status"] == "done"]
    flags = {_place(one): "; ".join(flag["message"] for flag in one["flags"]) for one in points if one["flags"]}
    order = {_place(one): float(one["x"]) for one in points if one["x"] is not None}
    unseen = {code for one in points for code in (one.get("probing") or {}).get("unseen") or ()}
    covariates = {"loss": _loss(points, source), "nmi": _nmi(points, source)}
    known = {name: one for name, one in covariates.items() if one.checkpoints}
    return Background(known, flags, order, frozenset(unseen))


def _place(point: Mapping[str, Any]) -> Checkpoint:
    return point["model"], point["step"]


def _loss(points: Sequence[Mapping[str, Any]], source: str) -> Measured:
    cells = []
    for point in points:
        mean = (point.get("loss_mean") or {}).get("value")
        cells += [(_place(point), ALL, mean)] if mean is not None else []
        for code, loss in (point.get("loss") or {}).items():
            if loss["nats_per_byte"] is not None:
                cells.append((_place(point), language_of(code), loss["nats_per_byte"]))
    meaning = "held-out loss, nats per byte; overall the mean of languages"
    return measured("held-out loss", meaning, source, _hash(cells), cells)


def _nmi(points: Sequence[Mapping[str, Any]], source: str) -> Measured:
    """Of all attributes and layers a language was probed for."""
    cells = []
    for point in points:
        probing = point.get("probing") or {"nmi": None, "cells": ()}
        cells += [(_place(point), ALL, probing["nmi"])] if probing["nmi"] is not None else []
        known: dict[str, list[float]] = defaultdict(list)
        for cell in probing["cells"]:
            if (value := (cell["nmi"] or {}).get("value")) is not None:
                known[language_of(cell["language"])].append(value)
        cells += [(_place(point), code, sum(values) / len(values)) for code, values in known.items()]
    return measured("test NMI of probes", "mean over attributes and layers", source, _hash(cells), cells)


def _hash(cells: Sequence[tuple[Checkpoint, str, float]]) -> str:
    return text_hash(*(part for (model, step), code, value in cells for part in (model, step, code, repr(value))))
