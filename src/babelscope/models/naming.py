"""Model name and revision in, the words that identify it in tables out: label and step."""

import re
from pathlib import Path

__all__ = ["label_of", "step_of"]

_STEP = re.compile(
    r"(?:^|[-_.])(?:global[-_]?step|step|checkpoint|ckpt|iter(?:ation)?)[-_]?0*(\d+)(?:$|[-_.])", re.IGNORECASE
)


def _step_number(text: str) -> str | None:
    found = _STEP.search(text)
    return found.group(1) if found else None


def step_of(name: str, revision: str | None) -> str:
    """The training step a name speaks of, as text: `global_step100000` -> "100000", `step01000` -> "1000".

    Args:
        name: Hub id or folder; of a folder, the last part is read.
        revision: Branch, tag or commit that was asked for; it speaks first.

    Returns:
        The number without leading zeros; else the revision, or "main" where there is none.
    """
    sources = [revision or ""]
    if Path(name).is_dir():
        sources.append(Path(name).resolve().name)
    numbers = [number for number in map(_step_number, sources) if number is not None]
    return numbers[0] if numbers else revision or "main"


def label_of(name: str) -> str:
    """The model column of tables: a hub id as it is; a folder's name, or its parent's if the folder is a step.

    Args:
        name: Hub id or folder.
    """
    folder = Path(name)
    if not folder.is_dir():
        return name
    folder = folder.resolve()
    return folder.parent.name if _step_number(folder.name) is not None and folder.parent.name else folder.name
