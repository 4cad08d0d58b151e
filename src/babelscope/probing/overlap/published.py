"""The published selections of [W24] in, the same in this project's terms out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from babelscope.errors import BabelscopeError
from babelscope.probing.overlap.reading import Columns

__all__ = ["PRESETS", "Preset", "from_w24"]


@dataclass(frozen=True)
class Preset:
    """How to read a published table."""

    change: Callable[[Columns], Columns]
    """Its columns in, ours out."""
    neurons: Mapping[str, int]
    """Of a layer, by model."""
    attributes: tuple[str, ...]
    """Of the macro average."""


DROPPED = "cfl"
"""A treebank of learners' Chinese: probed, but in no overlap."""


def from_w24(columns: Columns) -> Columns:
    """Changes the columns of a table as [W24] published them.

    Their layer l is our l - 1 (they number `hidden_states` from 1), sites are hidden states, steps stay text
    (`final` is the released model), and the treebank of learners' Chinese is dropped.

    Raises:
        BabelscopeError: If a layer is not a number from 1.
    """
    codes = columns.get("language", [])
    kept = [index for index, code in enumerate(codes) if DROPPED not in code.lower()]
    found = {name: [values[index] for index in kept] for name, values in columns.items()}
    if "layer" in found:
        ours = {text: _ours(text) for text in set(found["layer"])}
        found["layer"] = [ours[text] for text in found["layer"]]
    return found


def _ours(layer: str) -> str:
    if not layer.isdecimal() or layer == "0":
        raise BabelscopeError(f"got layer {layer!r}; with the preset w24 layers are 1 (embeddings) and up")
    return str(int(layer) - 1)


PRESETS: dict[str, Preset] = {
    "w24": Preset(from_w24, {"bloom-560m": 1024, "bloom-1b1": 1536, "bloom-1b7": 2048}, ("Gender", "Number", "POS")),
}
"""Published tables by name."""
