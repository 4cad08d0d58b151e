"""Scores with one meaning left out: kept beside a scan, so that two scans can be compared meaning by meaning."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from babelscope.corpus.parallel import ParallelCorpus
from babelscope.errors import BabelscopeError
from babelscope.provenance import text_hash
from babelscope.scores import Alignment, Score
from babelscope.storage import atomic_path

if TYPE_CHECKING:
    from babelscope.scanning.scan import Scan

__all__ = ["REPLICATES_FILE", "Replicates", "meaning_hashes", "read_replicates", "replicates_of", "write_replicates"]

REPLICATES_FILE = "replicates.safetensors"
FORMAT, VERSION = "babelscope/replicates", 1
LARGEST_PAIRS = 64 * 2**20
"""Bytes; replicates of more language pairs than fit are left out."""


@dataclass(frozen=True, eq=False)
class Replicates:
    """What the jackknife of a scan's scores, and of their differences to another scan's, is made of.

    Level 0 is the whole model, level l the layer l. Each row holds a score without meaning i, for each i; NaN where
    there are too few meanings (fewer than 3) to leave one out.
    """

    languages: tuple[str, ...]
    """In display order."""
    ids: tuple[str, ...]
    """Of the meanings, in order."""
    texts: tuple[str, ...]
    """A hash over each meaning's sentences, whatever the order of the languages."""
    lrds: Float[np.ndarray, "level meaning"]
    sads: Float[np.ndarray, "level meaning"]
    pair_names: tuple[tuple[str, str], ...] = ()
    pairs: Float[np.ndarray, "pair meaning"] | None = None
    """SADS of each language pair, whole model; None where they would take too much room."""
    baseline_lrds: Float[np.ndarray, "level meaning"] | None = None
    """The untrained model's; None where it was not measured."""
    baseline_sads: Float[np.ndarray, "level meaning"] | None = None
    signature: dict[str, str] = field(default_factory=dict)
    """Fields of the scan's signature."""

    @property
    def n(self) -> int:
        """Meanings."""
        return len(self.ids)

    @property
    def layers(self) -> int:
        """MLP layers."""
        return len(self.sads) - 1


def meaning_hashes(corpus: ParallelCorpus) -> tuple[str, ...]:
    """16 hex digits per meaning over its languages and sentences; the order of the languages does not count."""
    columns = sorted(zip(corpus.languages, corpus.sentences, strict=True))
    return tuple(
        text_hash(*(part for language, column in columns for part in (language, column[i]))) for i in range(corpus.n)
    )


def replicates_of(scan: "Scan") -> Replicates:
    """The replicates a scan holds in memory."""
    levels = (scan.whole, *scan.layers)
    small = 8 * len(scan.pairs) * scan.corpus.n <= LARGEST_PAIRS
    return Replicates(
        scan.corpus.languages,
        scan.corpus.ids,
        meaning_hashes(scan.corpus),
        _stacked([level.lrds for level in levels]),
        _stacked([level.sads for level in levels]),
        tuple(scan.pairs) if small else (),
        _stacked(list(scan.pairs.values())) if small else None,
        _baseline(levels, "lrds"),
        _baseline(levels, "sads"),
        scan.signature.as_dict(),
    )


def _stacked(scores: list[Score]) -> Float[np.ndarray, "row meaning"]:
    rows = [np.full(score.n, np.nan) if score.replicates is None else score.replicates for score in scores]
    return np.stack(rows).astype(np.float64)


def _baseline(levels: tuple[Alignment, ...], name: str) -> Float[np.ndarray, "level meaning"] | None:
    found = [getattr(level, name).baseline for level in levels]
    return None if any(score is None for score in found) else _stacked(found)


def write_replicates(path: Path, found: Replicates) -> Path:
    """Writes replicates in double precision; equal replicates give equal bytes."""
    arrays = {name: np.ascontiguousarray(array) for name in _ARRAYS if (array := getattr(found, name)) is not None}
    facts = {
        "format": FORMAT,
        "version": VERSION,
        "languages": list(found.languages),
        "ids": list(found.ids),
        "texts": list(found.texts),
        "pairs": [list(pair) for pair in found.pair_names],
        "signature": found.signature,
    }
    # One entry: the order of several would change from process to process.
    content = save(arrays, metadata={"facts": json.dumps(facts)})
    with atomic_path(path) as aside:
        aside.write_bytes(content)
    return path


_ARRAYS = ("lrds", "sads", "pairs", "baseline_lrds", "baseline_sads")


def read_replicates(folder: str | Path) -> Replicates | None:
    """The replicates of a run folder, or None if it holds none: no scan, or one by a release before they were kept.

    Raises:
        BabelscopeError: If the file is damaged, or of a newer release.
    """
    path = Path(folder) / REPLICATES_FILE
    if not path.is_file():
        return None
    try:
        facts, arrays = _read(path)
        found = Replicates(
            tuple(facts["languages"]),
            tuple(facts["ids"]),
            tuple(facts["texts"]),
            pair_names=tuple((a, b) for a, b in facts["pairs"]),
            signature=dict(facts["signature"]),
            **arrays,
        )
    except (SafetensorError, KeyError, ValueError, TypeError, OSError) as error:
        if isinstance(error, BabelscopeError):
            raise
        raise BabelscopeError(f"cannot read the replicates {path}: {error}; scan the model again") from error
    _check_shapes(found, path)
    return found


def _read(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    with safe_open(path, framework="numpy") as file:
        facts = json.loads((file.metadata() or {}).get("facts", "{}"))
        if facts.get("format") != FORMAT:
            raise BabelscopeError(f"{path} holds no replicates of a scan (format {facts.get('format')!r})")
        if facts["version"] > VERSION:
            raise BabelscopeError(
                f"{path} has format version {facts['version']}, this release reads {VERSION}; upgrade babelscope"
            )
        return facts, {name: file.get_tensor(name) for name in _ARRAYS if name in file.keys()}  # noqa: SIM118


def _check_shapes(found: Replicates, path: Path) -> None:
    levels = (len(found.sads), found.n)
    expected = {name: (len(found.pair_names), found.n) if name == "pairs" else levels for name in _ARRAYS}
    shapes = {name: array.shape for name in _ARRAYS if (array := getattr(found, name)) is not None}
    wrong = [name for name, shape in shapes.items() if shape != expected[name]]
    if wrong or len(found.texts) != found.n:
        what = ", ".join(f"{name} {shapes[name]} instead of {expected[name]}" for name in wrong) or "texts"
        raise BabelscopeError(f"{path} is damaged ({what}); scan the model again")
