"""Overlaps in, overlap.csv, overlap.json and a page out."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from babelscope.errors import BabelscopeError
from babelscope.storage import check_writable, write_json
from babelscope.tables import write_csv

if TYPE_CHECKING:
    from babelscope.probing.overlap.overlaps import Overlaps

__all__ = ["check_folder", "save_overlaps"]

OF_RUNS = ("summary.json", "probing.json", "track.json")


def check_folder(folder: Path) -> None:
    """Refuses a folder that cannot be written to, or that holds another command's results.

    Raises:
        BabelscopeError: If it is a run folder, whose overlap.csv and report.html would be lost.
    """
    check_writable(folder)
    taken = next((name for name in OF_RUNS if (folder / name).exists()), None)
    if taken is not None:
        raise BabelscopeError(
            f"{folder} holds the results of another command ({taken}), expected a folder of its own for overlaps; "
            "give another --out"
        )


def save_overlaps(overlaps: "Overlaps", folder: Path, command: str = "", *, figures: bool = True) -> dict[str, Any]:
    """Writes overlap.csv, overlap.json and report.html.

    Args:
        overlaps: What `overlap` found.
        folder: Made if needed.
        command: The command line, for the page.
        figures: Whether figures also become files of their own, which takes most of the time.

    Returns:
        The content as stored.
    """
    from babelscope.report.probing import write_overlap_report

    content = {**overlaps.content, "command": command}
    write_csv(folder / "overlap.csv", "overlap", overlaps.rows())
    write_json(folder / "overlap.json", "overlap", content)
    write_overlap_report(folder, content, figures)
    return content
