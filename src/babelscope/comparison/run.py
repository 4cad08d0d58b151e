"""A run folder, a point of a series or a Scan in, what a comparison needs of it out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babelscope.errors import BabelscopeError
from babelscope.regions import Regions
from babelscope.scanning import Replicates, Scan, read_replicates
from babelscope.scanning.replicates import replicates_of
from babelscope.storage import read_json

__all__ = ["Run", "read_run"]

NEEDED = ("site", "lrds", "sads", "sklr", "by_layer", "pairs", "regions", "region_rule", "signature", "sentences")
EXPECTED = "expected a folder that `babelscope scan --out` wrote"


@dataclass(frozen=True, eq=False)
class Run:
    """One scan, as a comparison sees it."""

    summary: dict[str, Any]
    """The content of summary.json."""
    replicates: Replicates
    regions: Regions | None
    """None where the file is gone."""
    loss: dict[str, Any] | None = None
    """Of a point of a series: `mean` and `languages`, held-out nats per byte."""
    folder: str = ""
    """Empty for a scan in memory."""

    @property
    def title(self) -> str:
        """Model and step."""
        return f"{self.summary['model']} step {self.summary['step']}"

    @property
    def fields(self) -> dict[str, str]:
        """Fields of its signature."""
        return self.summary["signature"]["fields"]

    @property
    def levels(self) -> list[dict[str, Any]]:
        """LRDS and SADS of the whole model, then of each layer."""
        return [self.summary, *self.summary["by_layer"]]


def read_run(source: "str | Path | Scan | Run") -> Run:
    """Reads what one side of a comparison is.

    Args:
        source: A run folder, the folder of a point of a series, a Scan, or a Run already.

    Raises:
        BabelscopeError: If there is no finished scan with replicates in it.
    """
    if isinstance(source, Run):
        return source
    if isinstance(source, Scan):
        return Run(source.summary(), replicates_of(source), source.regions)
    folder = Path(source)
    _check_folder(folder)
    summary, found = read_json(folder / "summary.json", "summary"), read_replicates(folder)
    if found is None:
        raise BabelscopeError(
            f"{folder} holds no replicates.safetensors, which a paired comparison needs; expected a scan by this "
            "release: scan again"
        )
    missing = [name for name in NEEDED if name not in summary]
    if missing:
        raise BabelscopeError(f"{folder / 'summary.json'} lacks {', '.join(missing)}; {EXPECTED}: scan again")
    if found.signature != summary["signature"]["fields"] or found.layers != len(summary["by_layer"]):
        raise BabelscopeError(f"{folder} mixes files of different scans, expected those of one; scan again")
    regions = Regions.load(folder) if (folder / "regions.safetensors").is_file() else None
    return Run(summary, found, regions, _loss(folder), str(folder))


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        state = "is a file" if folder.exists() else "does not exist"
        raise BabelscopeError(f"{folder} {state}; {EXPECTED}")
    if (folder / "summary.json").is_file():
        if not (folder / "manifest.json").is_file():
            raise BabelscopeError(f"{folder} is unfinished (no manifest.json); {EXPECTED}: scan again")
        return
    points = sorted(path.parent for path in folder.glob("points/*/point.json"))
    if points:
        raise BabelscopeError(f"{folder} is a series of checkpoints; compare takes one of them, such as {points[-1]}")
    point = _point(folder)
    if point and point.get("error"):
        raise BabelscopeError(f"{folder} is a checkpoint that failed ({point['error']}); {EXPECTED}")
    raise BabelscopeError(f"{folder} holds no scan; {EXPECTED}")


def _point(folder: Path) -> dict[str, Any] | None:
    path = folder / "point.json"
    return read_json(path, "point") if path.is_file() else None


def _loss(folder: Path) -> dict[str, Any] | None:
    point = _point(folder) or {}
    if not point.get("loss") or not point.get("loss_mean"):
        return None
    return {"mean": point["loss_mean"], "languages": point["loss"]}
