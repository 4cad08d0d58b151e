"""One folder per model and its regions: what several commands measured there, in one report and one manifest."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from babelscope.corpus.parallel import CorpusSource, ParallelCorpus
from babelscope.errors import BabelscopeError
from babelscope.report import write_figures, write_report
from babelscope.report.panels import Material
from babelscope.storage import atomic_path, check_writable, read_json, write_json
from babelscope.tables import write_csv

__all__ = [
    "PIECES",
    "POINTS",
    "check_home",
    "file_hashes",
    "kept_pieces",
    "read_corpus",
    "read_material",
    "read_similarity",
    "remove_earlier",
    "write_corpus",
    "write_piece",
    "write_similarity",
]

POINTS = "points"
"""Folder of a series that holds the run folders of its checkpoints."""

PIECES = ("ablation", "generation", "evaluation", "probing", "retrieval", "transfer")
"""What can be measured beside a scan: each is one JSON file, with its tables."""


def write_similarity(path: Path, similarity: Float[np.ndarray, "row row"]) -> Path:
    """Writes a similarity map in half precision: a picture needs no more."""
    with atomic_path(path) as aside:
        aside.write_bytes(save({"cosines": similarity.astype(np.float16)}))
    return path


def write_corpus(path: Path, corpus: ParallelCorpus) -> Path:
    """Writes the sentences a scan was made on."""
    content = {
        "name": corpus.name,
        "languages": list(corpus.languages),
        "ids": list(corpus.ids),
        "sentences": [list(column) for column in corpus.sentences],
        "source": asdict(corpus.source),
        "dropped": corpus.dropped,
    }
    return write_json(path, "corpus", content)


def read_corpus(folder: Path) -> ParallelCorpus | None:
    """The sentences of a run folder's scan, or None if it holds none."""
    path = Path(folder) / "corpus.json"
    if not path.is_file():
        return None
    content = read_json(path, "corpus")
    columns = tuple(tuple(column) for column in content["sentences"])
    source = CorpusSource(**content["source"])
    return ParallelCorpus(
        content["name"], tuple(content["languages"]), columns, tuple(content["ids"]), source, content["dropped"]
    )


def check_home(folder: Path, kind: str, model: str, step: str, regions: Mapping[str, Any] | None = None) -> None:
    """Refuses a folder that is about something else: one report is about one checkpoint and its regions.

    Args:
        folder: Where a piece is to be written; may hold a scan, other pieces, or nothing.
        kind: One of PIECES; an earlier one of this kind may be anything, as it is replaced.
        model: Name of the measured model.
        step: Its step.
        regions: What the deactivated regions were found on, if any were.

    Raises:
        BabelscopeError: If a scan or another piece there is of another checkpoint or other regions.
    """
    folder = Path(folder)
    others: list[tuple[str, dict[str, Any], Any]] = []
    if (folder / "summary.json").is_file():
        summary = read_json(folder / "summary.json", "summary")
        others.append(("a scan", summary, (summary.get("signature") or {}).get("fields")))
    pieces = [(other, _piece(folder, other)) for other in PIECES if other != kind]
    others += [(f"the {other}", held, held.get("regions_source")) for other, held in pieces if held is not None]
    for held, content, found_on in others:
        if (content["model"], content["step"]) != (model, step):
            of = f"{content['model']} step {content['step']}, got {model} step {step}"
            raise BabelscopeError(f"{folder} holds {held} of {of}; give another --out, a folder for each checkpoint")
        if regions and found_on and dict(regions) != dict(found_on):
            raise BabelscopeError(
                f"{folder} holds {held} with other regions than those given; give another --out, a folder for each"
            )


def read_material(folder: Path, base: str | Path | None = None) -> Material:
    """Everything a run folder holds for a report.

    Args:
        folder: The run folder.
        base: Where the scan is, if `folder` has none of its own; left out where it is of another checkpoint.

    Raises:
        BabelscopeError: If neither holds anything.
    """
    folder = Path(folder)
    home = folder if (folder / "summary.json").is_file() or base is None else Path(base)
    home = home if home.is_dir() else home.parent
    pieces = {kind: _piece(folder, kind) for kind in PIECES}
    first = next((content for content in pieces.values() if content is not None), None)
    summary = read_json(home / "summary.json", "summary") if (home / "summary.json").is_file() else None
    if summary is not None and first is not None and home != folder and not _same_checkpoint(summary, first):
        summary = None
    series = ("../../report.html", "the whole series") if folder.absolute().parent.name == POINTS else None
    if summary is None:
        if first is None:
            raise BabelscopeError(f"{folder} holds no results; expected a run folder that babelscope wrote")
        return Material(_stub(first), None, None, *pieces.values(), series=series)
    return Material(summary, read_corpus(home), read_similarity(home), *pieces.values(), series=series)


def _same_checkpoint(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return (one["model"], one["step"]) == (other["model"], other["step"])


def _piece(folder: Path, kind: str) -> dict[str, Any] | None:
    path = folder / f"{kind}.json"
    return read_json(path, kind) if path.is_file() else None


def read_similarity(folder: Path) -> Float[np.ndarray, "row row"] | None:
    """The similarity map of a run folder's scan, or None if it was not kept.

    Raises:
        BabelscopeError: If there is one that cannot be read.
    """
    path = folder / "similarity.safetensors"
    if not path.is_file():
        return None
    try:
        return load_file(path)["cosines"].astype(np.float32)
    except (SafetensorError, KeyError) as error:
        raise BabelscopeError(f"cannot read the similarity map {path}: {error}; scan the model again") from error


def _stub(content: Mapping[str, Any]) -> dict[str, Any]:
    """What a report must know where no scan tells it."""
    shared = ("model", "step", "site", "languages", "language_info", "signature", "versions", "command", "timings")
    return {name: content[name] for name in shared if name in content}


def write_piece(
    folder: Path,
    kind: str,
    content: dict[str, Any],
    tables: Mapping[str, Iterable[Mapping[str, Any]]],
    base: str | Path | None = None,
    figures: bool = True,
) -> Path:
    """Writes `<kind>.json` and its tables, then the report of everything the folder holds, the manifest last.

    Args:
        folder: Made if needed; may already hold a scan or other pieces, which stay.
        kind: One of PIECES.
        content: Its numbers.
        tables: Rows by name of the table.
        base: Run folder of the scan, where `folder` is another.
        figures: Whether each figure is also written as a file of its own; the report holds them in any case.

    Raises:
        BabelscopeError: If the folder cannot be written to, or is about another checkpoint or other regions.
    """
    folder = Path(folder)
    check_writable(folder)
    check_home(folder, kind, content["model"], content["step"], content.get("regions_source"))
    # Numbers before pictures: what took long to compute is safe first.
    files = [write_json(folder / f"{kind}.json", kind, content)]
    files += [write_csv(folder / f"{name}.csv", name, rows) for name, rows in tables.items()]
    material = read_material(folder, base)
    drawings = write_figures(folder / "figures", material) if figures else []
    report = write_report(folder / "report.html", material, "figures" if figures else None)
    manifest = _manifest(folder)
    drawn = {name for name in manifest["files"] if name.startswith("figures/")}
    listed = {name: digest for name, digest in manifest["files"].items() if name not in drawn}
    manifest["files"] = listed | file_hashes(folder, [*files, *drawings, report])
    _remove(folder, drawn - set(manifest["files"]))
    manifest.setdefault("pieces", {})[kind] = {
        "command": content.get("command", ""),
        "signature": content["signature"]["fields"],
        "versions": content.get("versions", {}),
        "timings": content.get("timings", {}),
        "files": [path.name for path in files],
    }
    return write_json(folder / "manifest.json", "manifest", manifest).parent


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / "manifest.json"
    if not path.is_file():
        return {"files": {}}
    content = read_json(path, "manifest")
    return {name: value for name, value in content.items() if name not in ("format", "version")}


def kept_pieces(folder: Path, signature: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Manifest entries of the pieces in a folder that still belong to a scan: same model, same regions.

    Args:
        folder: The run folder.
        signature: Fields of the scan that is about to be written there.
    """
    kept: dict[str, dict[str, Any]] = {}
    try:
        entries = _manifest(folder).get("pieces", {})
        for kind, entry in entries.items():
            content = _piece(folder, kind)
            if content is not None and content.get("regions_source") in (None, {}, dict(signature)):
                if _same_checkpoint(content, signature):
                    kept[kind] = entry
    except (BabelscopeError, KeyError, TypeError, AttributeError):
        return {}
    return kept


def remove_earlier(folder: Path, keep: Iterable[str] = ()) -> None:
    """Removes the files an earlier run's manifest lists: old figures must not stand beside new numbers.

    Args:
        folder: The run folder.
        keep: Names of files that stay.
    """
    manifest = folder / "manifest.json"
    if not manifest.exists():
        return
    try:
        names = set(_manifest(folder).get("files", {})) - set(keep)
    except BabelscopeError:
        names = set()
    manifest.unlink()
    _remove(folder, names)


def _remove(folder: Path, names: Iterable[str]) -> None:
    """Removes files a manifest named, but nothing outside its folder."""
    for path in (folder / name for name in names):
        if path.is_file() and folder.resolve() in path.resolve().parents:
            path.unlink()


def file_hashes(folder: Path, paths: Iterable[Path]) -> dict[str, str]:
    """SHA-256 of files by their names within a folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
        if path.is_file()
    }
