"""A folder or glob in, the checkpoints it names out: their tokenizers found, their steps read from their names."""

import glob
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from babelscope.errors import ModelError
from babelscope.models import ModelRef
from babelscope.models.naming import label_of, step_of
from babelscope.series.checkpoints import Checkpoint, training_step

__all__ = ["TOKENIZER_FILES", "checkpoints_at", "checkpoints_matching", "expanded", "local_checkpoint", "looks_local"]

TOKENIZER_FILES = ("tokenizer.json", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "vocab.json")
"""Any of these in a folder means that a tokenizer can be loaded from it."""


def looks_local(text: str) -> bool:
    """Whether an argument can only be meant as a path: a hub id is one name, or an owner and a name."""
    absolute = Path(text).is_absolute()
    return absolute or text.startswith((".", "~")) or text.count("/") > 1 or "\\" in text or text.endswith("/")


def expanded(pattern: str) -> list[Path]:
    """Paths that a glob matches, in the order of their names; none for text that is no glob."""
    parts = Path(pattern).parts
    first = next((i for i, part in enumerate(parts) if glob.has_magic(part)), None)
    if first is None:
        return []
    return sorted(Path(*parts[:first]).glob("/".join(parts[first:])))


def checkpoints_matching(pattern: str, base: ModelRef) -> list[Checkpoint]:
    """Checkpoints of a glob: every folder that it matches, or, of one that is no checkpoint, those inside it.

    Raises:
        ModelError: If it matches no checkpoint.
    """
    folders = [match for match in expanded(pattern) if match.is_dir()]
    found = [
        checkpoint
        for folder in folders
        if not _is_temporary(folder)
        for checkpoint in ([local_checkpoint(folder, base)] if _is_checkpoint(folder) else _inside(folder, base))
    ]
    if not found:
        matched = f"matches {len(folders)} folders, none with a config.json" if folders else "matches no folder"
        raise ModelError(f"{pattern} {matched}; expected folders of checkpoints, each as save_pretrained writes them")
    return found


def checkpoints_at(folder: Path, base: ModelRef) -> list[Checkpoint]:
    """Checkpoints of a folder: those inside it, or else itself.

    A folder that a Trainer has written holds both `checkpoint-500`, ... and the last model once more: what has a step
    in its name is the series.

    Raises:
        ModelError: If it holds no checkpoint.
    """
    inside = _inside(folder, base)
    if any(training_step(checkpoint.step) is not None for checkpoint in inside):
        return inside
    if _is_checkpoint(folder):
        return [local_checkpoint(folder, base)]
    if not inside:
        raise ModelError(
            f"found no checkpoint in {folder}: neither it nor a folder in it has a config.json; expected one "
            "as save_pretrained writes it, or a folder of such folders (step01000, checkpoint-500, ...)"
        )
    return inside


def local_checkpoint(folder: Path, base: ModelRef) -> Checkpoint:
    """One folder as a point, with the tokenizer of `base`, else its own, else the one that lies beside it.

    Raises:
        ModelError: If there is no tokenizer to be found.
    """
    name = str(folder)
    step = step_of(name, None)
    ref = replace(base, name=name, revision=None, tokenizer=base.tokenizer or _tokenizer_beside(folder))
    return Checkpoint(ref, label=label_of(name), step=step, x=training_step(step))


def _inside(folder: Path, base: ModelRef) -> list[Checkpoint]:
    children = sorted(child for child in folder.iterdir() if _is_checkpoint(child) and not _is_temporary(child))
    numbered = [child for child in children if training_step(step_of(str(child), None)) is not None]
    # Beside numbered ones, others are copies of the last or the best: named by themselves, or not measured.
    return [local_checkpoint(child, base) for child in numbered or children]


def _is_checkpoint(folder: Path) -> bool:
    return (folder / "config.json").is_file()


def _is_temporary(folder: Path) -> bool:
    """What a Trainer is still writing: `tmp-checkpoint-500`."""
    return folder.name.startswith(("tmp-", "."))


def _tokenizer_beside(folder: Path) -> str | None:
    resolved = folder.resolve()
    if _has_tokenizer(resolved):
        return None
    places: Sequence[Path] = (resolved.parent, resolved.parent / "tokenizer")
    for place in places:
        if _has_tokenizer(place):
            # Spelled like the folder itself: relative stays relative.
            return os.path.relpath(place) if not folder.is_absolute() else str(place)
    raise ModelError(
        f"{folder} has no tokenizer, nor has the folder around it; name one with --tokenizer (a folder or a hub id)"
    )


def _has_tokenizer(folder: Path) -> bool:
    return any((folder / name).is_file() for name in TOKENIZER_FILES)
