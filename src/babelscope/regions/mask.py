"""A set of neurons, layer by layer, and the algebra of such sets."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from babelscope.errors import BabelscopeError

__all__ = ["NeuronMask"]


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

    def indices(self, layer: int) -> np.ndarray:
        """Indices of the set's neurons within a layer (from 1), ascending."""
        if not 1 <= layer <= len(self.layers):
            raise BabelscopeError(f"layer {layer} does not exist; MLP layers run from 1 to {len(self.layers)}")
        return np.flatnonzero(self.layers[layer - 1])

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
