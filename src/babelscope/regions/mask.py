"""A set of neurons, layer by layer, and the algebra of such sets."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from babelscope.errors import BabelscopeError
from babelscope.provenance import text_hash
from babelscope.storage import atomic_path

__all__ = ["NeuronMask"]

FORMAT = "babelscope/neurons"


@dataclass(frozen=True, eq=False)
class NeuronMask:
    """Which neurons of a model belong to a set; `|`, `&`, `-` and `==` act on sets over the same model shape."""

    layers: tuple[np.ndarray, ...]
    """One boolean array per layer (layer 1 first), as long as the layer has neurons."""

    @classmethod
    def of_flat(cls, flat: np.ndarray, neurons: Sequence[int]) -> "NeuronMask":
        """Cuts one boolean array over all layers side by side into layers."""
        if flat.shape != (sum(neurons),):
            raise BabelscopeError(f"a mask over {sum(neurons)} neurons is needed, got shape {flat.shape}")
        return cls(tuple(np.split(flat.astype(bool), np.cumsum(neurons)[:-1])))

    @property
    def neurons(self) -> tuple[int, ...]:
        """Neurons per layer of the model it belongs to."""
        return tuple(len(layer) for layer in self.layers)

    @property
    def flat(self) -> np.ndarray:
        """All layers side by side, as one boolean array."""
        return np.concatenate(self.layers)

    @property
    def size(self) -> int:
        """Number of neurons in the set."""
        return sum(self.by_layer)

    @property
    def by_layer(self) -> tuple[int, ...]:
        """Number of neurons in the set, per layer."""
        return tuple(int(layer.sum()) for layer in self.layers)

    @property
    def share(self) -> float:
        """Fraction of the model's neurons, [0, 1]."""
        return self.size / sum(self.neurons)

    @property
    def hash(self) -> str:
        """16 hex digits over the set and the model's shape."""
        return text_hash(np.packbits(self.flat).tobytes().hex(), str(self.neurons))

    def indices(self, layer: int) -> np.ndarray:
        """Indices of the set's neurons within a layer (from 1), ascending."""
        if not 1 <= layer <= len(self.layers):
            raise BabelscopeError(f"layer {layer} does not exist; MLP layers run from 1 to {len(self.layers)}")
        return np.flatnonzero(self.layers[layer - 1])

    def save(self, path: str | Path) -> Path:
        """Writes the set to one safetensors file."""
        header = {"format": FORMAT, "version": "1", "neurons": json.dumps(list(self.neurons))}
        content = save({"mask": self.flat.astype(np.uint8)}, metadata=header)
        with atomic_path(Path(path)) as aside:
            aside.write_bytes(content)
        return Path(path)

    @classmethod
    def load(cls, path: str | Path) -> "NeuronMask":
        """Reads what `save` wrote.

        Raises:
            BabelscopeError: If there is no such file or it holds no set of neurons.
        """
        path = Path(path)
        if not path.is_file():
            raise BabelscopeError(f"no set of neurons at {path}; expected a file that NeuronMask.save wrote")
        try:
            with safe_open(path, framework="numpy") as file:
                header = file.metadata() or {}
                if header.get("format") != FORMAT:
                    raise BabelscopeError(
                        f"{path} holds no set of neurons (format {header.get('format')!r}); "
                        "of a file of regions, name one: Regions.load(path)[language]"
                    )
                return cls.of_flat(file.get_tensor("mask") != 0, json.loads(header["neurons"]))
        except (SafetensorError, KeyError, ValueError) as error:
            if isinstance(error, BabelscopeError):
                raise
            raise BabelscopeError(f"cannot read a set of neurons from {path}: {error}") from error

    def _pair(self, other: "NeuronMask") -> list[tuple[np.ndarray, np.ndarray]]:
        if self.neurons != other.neurons:
            raise BabelscopeError(
                f"masks of different models: {len(self.neurons)} layers of {self.neurons[0]} neurons "
                f"against {len(other.neurons)} layers of {other.neurons[0]}"
            )
        return list(zip(self.layers, other.layers, strict=True))

    def __or__(self, other: "NeuronMask") -> "NeuronMask":
        return NeuronMask(tuple(a | b for a, b in self._pair(other)))

    def __and__(self, other: "NeuronMask") -> "NeuronMask":
        return NeuronMask(tuple(a & b for a, b in self._pair(other)))

    def __sub__(self, other: "NeuronMask") -> "NeuronMask":
        return NeuronMask(tuple(a & ~b for a, b in self._pair(other)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, NeuronMask):
            return NotImplemented
        return self.neurons == other.neurons and all(np.array_equal(a, b) for a, b in self._pair(other))

    def __len__(self) -> int:
        return self.size

    def __repr__(self) -> str:
        return f"NeuronMask({self.size} of {sum(self.neurons)} neurons, {len(self.layers)} layers)"
