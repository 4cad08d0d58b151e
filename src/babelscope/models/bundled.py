"""The bundled checkpoint series by name: `nano` and a step in, folders of weights and tokenizer out."""

from importlib import resources
from pathlib import Path

from babelscope.errors import ModelError, unknown_choice

__all__ = ["BUNDLED", "bundled_folders"]

BUNDLED = "nano"
"""Name of the bundled series; a folder of that name is written `./nano`."""


def bundled_folders(revision: str | None) -> tuple[Path, Path]:
    """Folder of one checkpoint of the bundled series, and that of the tokenizer they share.

    Args:
        revision: A step such as `step03500`, or just its number; the last one by default.

    Raises:
        ModelError: If there is no such step.
    """
    root = Path(str(resources.files("babelscope") / "data" / BUNDLED))
    steps = {folder.name: folder for folder in sorted(root.glob("step*"))}
    wanted = revision or max(steps)
    wanted = f"step{int(wanted):05d}" if wanted.isdecimal() else wanted
    if wanted not in steps:
        raise ModelError(unknown_choice(f"revision of {BUNDLED}", str(revision), steps))
    return steps[wanted], root / "tokenizer"
