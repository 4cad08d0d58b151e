"""What a run was made from in, `recipe.json` out: all it takes to make it again, and what it cost."""

import json
import os
import platform
from pathlib import Path
from typing import Any

from babelscope.errors import BabelscopeError
from babelscope.provenance import versions
from babelscope.storage import write_text

__all__ = ["begin", "finish", "is_finished"]

_NAME = "recipe.json"
_PACKAGES = ("babelscope", "torch", "transformers", "accelerate", "tokenizers", "numpy")


def begin(out: Path, choices: dict[str, Any], facts: dict[str, Any]) -> None:
    """Writes what is known before training; of a run that goes on, checks that it is the same run.

    Args:
        out: Folder of the run.
        choices: Those that decide the weights and what is measured.
        facts: Hashes and sizes of text, tokenizer and model.

    Raises:
        BabelscopeError: If the folder holds a run of other choices, text or tokenizer.
    """
    if (out / _NAME).is_file():
        before = _read(out)
        old, new = {**before["choices"], **before["facts"]}, {**choices, **facts}
        other = [name for name in new if old.get(name) != new[name]]
        if other:
            told = "; ".join(f"{name} was {old.get(name)!r}, now {new[name]!r}" for name in other[:3])
            raise BabelscopeError(f"{out} holds another run ({told}); give another --out, or the same choices")
        return
    computer = {"machine": platform.machine(), "processors": os.cpu_count(), "system": platform.system()}
    packages = dict(versions(_PACKAGES))
    _write(out, {"choices": choices, "facts": facts, "versions": packages, "computer": computer, "finished": False})


def finish(out: Path, measured: dict[str, Any]) -> None:
    """Adds what came of it: seconds, training losses, held-out losses."""
    _write(out, {**_read(out), "finished": True, **measured})


def is_finished(out: Path) -> bool:
    """Whether there is nothing left to do."""
    return (out / _NAME).is_file() and _read(out)["finished"]


def _read(out: Path) -> dict[str, Any]:
    return json.loads((out / _NAME).read_text(encoding="utf-8"))


def _write(out: Path, content: dict[str, Any]) -> None:
    write_text(out / _NAME, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
