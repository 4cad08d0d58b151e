"""A run folder in, whether everything its manifest lists for one stage still lies there unchanged, out."""

from pathlib import Path

from babelscope.errors import BabelscopeError
from babelscope.run_folder import file_hashes
from babelscope.storage import read_json

__all__ = ["is_whole"]


def is_whole(home: Path, piece: str | None) -> bool:
    """Whether the files of a scan, or of a piece beside it, are those that were written.

    Pages only have to be there: they hold no numbers that anything is computed from.

    Args:
        home: The run folder.
        piece: One of `run_folder.PIECES`; None is the scan itself.
    """
    try:
        manifest = read_json(home / "manifest.json", "manifest")
        pieces = {name: set(entry["files"]) for name, entry in manifest.get("pieces", {}).items()}
        others = set().union(*pieces.values())
        listed = {
            name: digest
            for name, digest in manifest["files"].items()
            if (name not in others if piece is None else name in pieces[piece])
        }
        there = {name: home / name for name in listed if (home / name).is_file()}
        found = file_hashes(home, [path for path in there.values() if path.suffix != ".html"])
    except (BabelscopeError, OSError, KeyError, TypeError, AttributeError):
        return False
    return len(there) == len(listed) and all(listed[name] == digest for name, digest in found.items())
