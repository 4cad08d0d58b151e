"""A Scan in, a run folder out: everything a reader, a program or a repetition needs, the manifest last."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from babelscope.provenance import versions
from babelscope.run_folder import (
    file_hashes,
    kept_pieces,
    read_material,
    remove_earlier,
    write_corpus,
    write_similarity,
)
from babelscope.scanning.replicates import REPLICATES_FILE, replicates_of, write_replicates
from babelscope.scanning.summary import score_rows
from babelscope.storage import check_writable, write_json
from babelscope.tables import write_csv

if TYPE_CHECKING:
    from babelscope.scanning.scan import Scan

__all__ = ["save_scan"]


def save_scan(scan: "Scan", folder: Path, command: str = "", figures: bool = True) -> Path:
    """Writes summary.json, scores.csv, regions, sentences, replicates, figures and report.html.

    The manifest is written last and lists the others with their hashes: a folder without one is unfinished.

    Args:
        scan: What was found.
        folder: Made if needed; files of an earlier run there are replaced.
        command: The command line to record.
        figures: Whether each figure is also written as a file of its own; the report holds them in any case.

    Raises:
        BabelscopeError: If the folder cannot be written to.
    """
    from babelscope.report import write_figures, write_report

    check_writable(folder)
    pieces = kept_pieces(folder, scan.signature.as_dict())
    also = [name for entry in pieces.values() for name in entry["files"]]
    remove_earlier(folder, also)
    summary = {**scan.summary(), "command": command}
    # Numbers before pictures: what took long to compute is safe first.
    files = [
        write_json(folder / "summary.json", "summary", summary),
        write_csv(folder / "scores.csv", "scores", score_rows(scan)),
        scan.regions.save(folder / "regions.safetensors"),
        folder / "regions.json",
        write_corpus(folder / "corpus.json", scan.corpus),
        write_replicates(folder / REPLICATES_FILE, replicates_of(scan)),
        *(folder / name for name in also),
    ]
    if scan.cosines is not None:
        files.append(write_similarity(folder / "similarity.safetensors", scan.cosines.numpy()))
    material = read_material(folder)
    if figures:
        files += write_figures(folder / "figures", material)
    files.append(write_report(folder / "report.html", material, "figures" if figures else None))
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
        "pieces": pieces,
        "files": file_hashes(folder, files),
    }
    return write_json(folder / "manifest.json", "manifest", content).parent
