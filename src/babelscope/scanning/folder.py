"""A Scan in, a run folder out: everything a reader, a program or a repetition needs, the manifest last."""

import hashlib
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from babelscope.errors import BabelscopeError
from babelscope.provenance import versions
from babelscope.scanning.summary import score_rows
from babelscope.storage import check_writable, read_json, write_json
from babelscope.tables import write_csv

if TYPE_CHECKING:
    from babelscope.scanning.scan import Scan

__all__ = ["save_scan"]


def save_scan(scan: "Scan", folder: Path, command: str = "") -> Path:
    """Writes manifest.json, summary.json, scores.csv, regions.safetensors, figures/ and report.html.

    The manifest is written last and lists the others with their hashes: a folder without one is unfinished.

    Raises:
        BabelscopeError: If the folder cannot be written to.
    """
    from babelscope.report import write_figures, write_report

    check_writable(folder)
    manifest = folder / "manifest.json"
    _remove_earlier(folder, manifest)
    summary = {**scan.summary(), "command": command}
    similarity = None if scan.cosines is None else scan.cosines.numpy()
    # Numbers before pictures: what took long to compute is safe first.
    files = [
        write_json(folder / "summary.json", "summary", summary),
        write_csv(folder / "scores.csv", "scores", score_rows(scan)),
        scan.regions.save(folder / "regions.safetensors"),
        folder / "regions.json",
    ]
    files += write_figures(folder / "figures", summary, similarity)
    files.append(write_report(folder / "report.html", summary, scan.corpus, similarity))
    content = {
        "command": command,
        "options": asdict(scan.options),
        "signature": scan.signature.as_dict(),
        "model": scan.model_facts,
        "corpus": {
            "name": scan.corpus.name,
            "hash": scan.corpus.hash,
            "languages": list(scan.corpus.languages),
            "sentences": scan.corpus.n,
            "ids": list(scan.corpus.ids),
            **asdict(scan.corpus.source),
        },
        "seed": scan.options.seed,
        "versions": dict(versions()),
        "timings": scan.timings,
        "files": {str(path.relative_to(folder)): _file_hash(path) for path in files},
    }
    return write_json(manifest, "manifest", content).parent


def _remove_earlier(folder: Path, manifest: Path) -> None:
    """Removes the files an earlier run's manifest lists: old figures must not stand beside new numbers."""
    if not manifest.exists():
        return
    try:
        names = list(read_json(manifest, "manifest").get("files", {}))
    except BabelscopeError:
        names = []
    manifest.unlink()
    for path in (folder / name for name in names):
        if path.is_file() and folder.resolve() in path.resolve().parents:
            path.unlink()


def _file_hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
