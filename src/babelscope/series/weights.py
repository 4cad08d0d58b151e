"""A checkpoint's files in, which of them hold its weights, and how many parameters, out; nothing is loaded."""

import json
import math
import re
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any

__all__ = ["parameters_in", "weight_bytes_in", "weight_files_in", "weight_names"]

# In the order in which transformers prefers them; other files of weights (optimizer states, variants) are not loaded.
_FORMATS = (
    re.compile(r"model(-\d+-of-\d+)?\.safetensors"),
    re.compile(r"pytorch_model(-\d+-of-\d+)?\.bin"),
)
_LONGEST_HEADER = 100_000_000
# Masks and counters that some checkpoints store are no parameters.
_NUMBERS = {"F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2"}


def weight_names(names: Iterable[str]) -> list[str]:
    """Of all files of a checkpoint, those that its weights are loaded from: one format, safetensors before others.

    Args:
        names: File names; those in subfolders never hold what is loaded.
    """
    there = sorted(names)
    for form in _FORMATS:
        found = [name for name in there if form.fullmatch(name)]
        if found:
            # Where a checkpoint is in parts, a whole file beside them is what is loaded.
            whole = [name for name in found if "-of-" not in name]
            return whole or found
    return []


def weight_files_in(folder: Path) -> list[Path]:
    """The files that the weights of a local checkpoint are loaded from."""
    return [folder / name for name in weight_names(child.name for child in folder.iterdir() if child.is_file())]


def weight_bytes_in(folder: Path) -> int:
    """Bytes of the files that the weights of a local checkpoint are loaded from."""
    return sum(file.stat().st_size for file in weight_files_in(folder))


def parameters_in(folder: Path) -> int | None:
    """Parameters of a local checkpoint, from the headers of its safetensors files; None where there are none.

    Tensors that layers share are stored once, and counted once.
    """
    files = weight_files_in(folder)
    if not files or files[0].suffix != ".safetensors":
        return None
    try:
        headers = [_header(file) for file in files]
        return sum(
            math.prod(tensor["shape"])
            for header in headers
            for name, tensor in header.items()
            if name != "__metadata__" and tensor["dtype"] in _NUMBERS
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, struct.error):
        # A broken file is for loading to report, as the failure of its checkpoint alone.
        return None


def _header(file: Path) -> dict[str, Any]:
    with file.open("rb") as stream:
        (length,) = struct.unpack("<Q", stream.read(8))
        if length > _LONGEST_HEADER:
            raise ValueError(f"header of {length} bytes")
        return json.loads(stream.read(length))
