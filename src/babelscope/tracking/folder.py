"""A Track in, its files out: track.json, track.csv, the page of the series with its figures, the manifest last."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from babelscope.dynamics import track_rows
from babelscope.report import SeriesMaterial, map_keys, small_map, write_series_figures, write_series_report
from babelscope.run_folder import file_hashes, read_corpus, read_similarity, remove_earlier
from babelscope.storage import check_writable, write_json
from babelscope.tables import write_csv
from babelscope.tracking.pooled import pooled_tables

if TYPE_CHECKING:
    from babelscope.tracking.run import Track

__all__ = ["save_track"]


def save_track(track: "Track") -> Path:
    """Writes everything about a series as a whole; its points have written themselves.

    Raises:
        StorageError: If the folder cannot be written to.
    """
    folder, content = track.folder, track.summary()
    check_writable(folder)
    remove_earlier(folder)
    files = [
        write_json(folder / "track.json", "track", content),
        write_csv(folder / "track.csv", "track", track_rows(content)),
    ]
    files += [write_csv(folder / f"{name}.csv", name, rows) for name, rows in pooled_tables(folder, content).items()]
    material = _material(folder, content)
    files += write_series_figures(folder / "figures", material)
    files.append(write_series_report(folder / "report.html", material))
    manifest = {
        "command": content["command"],
        "options": content["options"],
        "signature": content["signature"]["fields"],
        "versions": content["versions"],
        "timings": content["timings"],
        "points": {
            point["key"]: {"folder": point["folder"], "status": point["status"], "stages": point["stages"]}
            for point in content["points"]
        },
        "files": file_hashes(folder, files),
    }
    return write_json(folder / "manifest.json", "manifest", manifest).parent


def _material(folder: Path, content: dict[str, Any]) -> SeriesMaterial:
    homes = {point["key"]: folder / point["folder"] for point in content["points"] if point["status"] == "done"}
    # Reduced one by one: hundreds of whole maps need not be in memory at once.
    maps = {}
    for key in map_keys(content):
        whole = read_similarity(homes[key])
        if whole is not None:
            maps[key] = small_map(whole, content["languages"])
    return SeriesMaterial(content, maps, read_corpus(next(iter(homes.values()))))
