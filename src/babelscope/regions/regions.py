"""Sentence vectors in, the key linguistic regions of all languages out, with intervals and nulls; their files."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from jaxtyping import Float, Int
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save
from torch import Tensor

from babelscope.activations.store import CACHE_BYTES, Activations
from babelscope.errors import BabelscopeError, ModelError
from babelscope.provenance import text_hash
from babelscope.regions.mask import NeuronMask
from babelscope.regions.overlap import Overlap, overlap
from babelscope.regions.rule import RegionRule, select
from babelscope.regions.zscore import contributions, leave_one_out_counts, relabelled_counts, zscores
from babelscope.scores.significance import jackknife_interval
from babelscope.storage import atomic_path, write_json

if TYPE_CHECKING:
    from babelscope.models import LanguageModel

__all__ = ["Regions", "Size", "find_regions"]

FORMAT = "babelscope/regions"


@dataclass(frozen=True)
class Size:
    """Number of neurons in a region, or of one layer of it."""

    value: int
    low: float | None
    """95 % jackknife interval over meanings; None with fewer than 3 meanings."""
    high: float | None
    null_mean: float
    """Size by chance: language labels permuted within each meaning."""
    null_sd: float
    null_low: float
    """2.5th percentile of the draws."""
    null_high: float

    @property
    def excess(self) -> float:
        """Neurons beyond what chance gives."""
        return self.value - self.null_mean


@dataclass(frozen=True, eq=False)
class Regions(Mapping[str, NeuronMask]):
    """Key linguistic regions by language: `regions["fr"]` is a set of neurons."""

    masks: dict[str, NeuronMask]
    z: Float[np.ndarray, "language neuron"]
    """z-scores, layers side by side, float32."""
    rule: RegionRule
    sizes: dict[str, Size] = field(default_factory=dict)
    """Size of each language's region; empty if the regions were loaded from a file."""
    layer_sizes: dict[str, tuple[Size, ...]] = field(default_factory=dict)
    sklr: Size | None = None
    """Size of all regions together [Z25 3.2]."""
    source: dict[str, str] = field(default_factory=dict)
    """The fields of the signature they were found under."""

    def __getitem__(self, language: str) -> NeuronMask:
        if language not in self.masks:
            raise KeyError(f"no region for {language!r}; there are regions for {', '.join(self.masks)}")
        return self.masks[language]

    def __iter__(self) -> Iterator[str]:
        return iter(self.masks)

    def __len__(self) -> int:
        return len(self.masks)

    @property
    def neurons(self) -> tuple[int, ...]:
        """Neurons per layer of the model they belong to."""
        return next(iter(self.masks.values())).neurons

    @property
    def site(self) -> str:
        """Site the neurons were read at."""
        return self.source.get("site", "mlp")

    @property
    def hash(self) -> str:
        """16 hex digits over all masks, whatever the order of the languages."""
        return text_hash(*(part for language in sorted(self) for part in (language, self.masks[language].hash)))

    @property
    def overlap(self) -> Overlap:
        """Neurons shared by each pair of regions, in the order of the languages."""
        return overlap(list(self.masks.values()))

    def check(self, model: "LanguageModel", other_model: bool = False) -> None:
        """Refuses a model of another shape or name than the one the regions were found in.

        Checkpoints of one series share their name, so regions of one may be applied to another.

        Args:
            model: What they are to be applied to.
            other_model: Allow another name, as for a fine-tuned descendant; the shape must fit all the same.

        Raises:
            ModelError: If layers, neurons per layer or the model's name differ.
        """
        if model.neurons != self.neurons:
            raise ModelError(
                f"these regions belong to {self.source.get('model', 'a model')} with {_shape(self.neurons)}, "
                f"but {model.name} has {_shape(model.neurons)}; scan this model first"
            )
        found_in = self.source.get("model", model.label)
        if found_in != model.label and not other_model:
            raise ModelError(
                f"these regions were found in {found_in}, not in {model.label}; scan this model first, or pass "
                "--other-model (other_model=True) if it descends from that one"
            )

    def save(self, path: Path) -> Path:
        """Writes `<path>` (safetensors: masks and z-scores) and `<path>` with suffix .json (what they are)."""
        path = Path(path)
        facts = {
            "languages": list(self.masks),
            "neurons": list(self.neurons),
            "rule": {"kind": self.rule.kind, "value": self.rule.value, "note": self.rule.note},
            "sizes": {language: mask.size for language, mask in self.masks.items()},
            "source": self.source,
        }
        arrays = {
            "mask": np.stack([mask.flat for mask in self.masks.values()]).astype(np.uint8),
            "z": np.ascontiguousarray(self.z, dtype=np.float32),
        }
        content = save(arrays, metadata={"format": FORMAT, "version": "1", "facts": json.dumps(facts)})
        with atomic_path(path) as aside:
            aside.write_bytes(content)
        write_json(path.with_suffix(".json"), "regions", facts)
        return path

    @classmethod
    def load(cls, path: str | Path, model: "LanguageModel | None" = None, other_model: bool = False) -> "Regions":
        """Reads what `save` wrote; with a model, refuses one of another shape or name.

        Args:
            path: The file, or the run folder that holds `regions.safetensors`.
            model: The model they are to be applied to.
            other_model: Allow a model of another name.

        Raises:
            BabelscopeError: If there is no such file or it holds no regions.
            ModelError: If the model has another shape or name.
        """
        path = Path(path)
        path = path / "regions.safetensors" if path.is_dir() else path
        facts, mask, z = _read(path)
        neurons = [int(width) for width in facts["neurons"]]
        shape = (len(facts["languages"]), sum(neurons))
        if mask.shape != shape or z.shape != shape:
            raise BabelscopeError(f"{path} is damaged: arrays of {mask.shape} and {z.shape}, its header says {shape}")
        masks = {
            language: NeuronMask.of_flat(row != 0, neurons)
            for language, row in zip(facts["languages"], mask, strict=True)
        }
        rule = RegionRule(facts["rule"]["kind"], float(facts["rule"]["value"]), facts["rule"]["note"])
        regions = cls(masks, z, rule, source=dict(facts["source"]))
        if model is not None:
            regions.check(model, other_model)
        return regions


def _shape(neurons: tuple[int, ...]) -> str:
    widths = sorted(set(neurons))
    return f"{len(neurons)} layers of {' or '.join(str(width) for width in widths)} neurons"


def _read(path: Path) -> tuple[dict[str, Any], np.ndarray, np.ndarray]:
    if not path.exists():
        raise BabelscopeError(f"no regions at {path}; expected a run folder or the regions.safetensors of one")
    try:
        with safe_open(path, framework="numpy") as file:
            header = file.metadata() or {}
            if header.get("format") != FORMAT:
                raise BabelscopeError(f"{path} holds no babelscope regions (format {header.get('format')!r})")
            if header.get("version") != "1":
                raise BabelscopeError(
                    f"{path} has format version {header.get('version')}, this release reads 1; upgrade"
                )
            return json.loads(header["facts"]), file.get_tensor("mask"), file.get_tensor("z")
    except (SafetensorError, KeyError, ValueError) as error:
        if isinstance(error, BabelscopeError):
            raise
        raise BabelscopeError(f"cannot read regions from {path}: {error}; scan the model again") from error


def find_regions(
    activations: Activations,
    squared_norms: Float[Tensor, "layer language sentence"],
    rule: RegionRule,
    *,
    draws: int = 20,
    seed: int = 0,
) -> Regions:
    """Key linguistic regions [Z25 3.3] with jackknife intervals and the relabelling null [METHODS 3].

    Args:
        activations: Sentence vectors; read three times, in blocks.
        squared_norms: Their squared norms within each layer.
        rule: What makes a neuron part of a region.
        draws: Draws of the null.
        seed: Of the null.
    """
    scale = squared_norms.sum(0).rsqrt()
    neurons = activations.neurons
    z = torch.empty(len(activations.languages), sum(neurons), dtype=torch.float64)
    start = 0
    for layer, width in enumerate(neurons, start=1):
        for columns, block in activations.blocks(layer, limit=CACHE_BYTES):
            z[:, start + columns.start : start + columns.stop] = zscores(contributions(block, scale))
        start += width
    chosen, cuts = select(z, rule)
    masks = {
        language: NeuronMask.of_flat(row.numpy(), neurons)
        for language, row in zip(activations.languages, chosen, strict=True)
    }
    null = relabelled_counts(activations, scale, cuts, draws, seed)
    left_out = leave_one_out_counts(activations, scale, cuts) if activations.sentences >= 3 else None
    observed = np.array([mask.by_layer for mask in masks.values()]).T
    layer_sizes = {
        language: tuple(
            _size(observed[layer, a], null[:, layer, a], None if left_out is None else left_out[:, layer, a])
            for layer in range(len(neurons))
        )
        for a, language in enumerate(masks)
    }

    def over(axes: tuple[int, ...], index: Any) -> Size:
        # A share fixes the totals: what would vary when a meaning is left out is not them.
        left = None if left_out is None or rule.kind == "share" else left_out.sum(axes)[index]
        return _size(observed.sum(tuple(axis - 1 for axis in axes))[index[1:]], null.sum(axes)[index], left)

    sizes = {language: over((1,), (slice(None), a)) for a, language in enumerate(masks)}
    sklr = over((1, 2), (slice(None),))
    return Regions(masks, z.float().numpy(), rule, sizes, layer_sizes, sklr)


def _size(value: Any, null: Int[np.ndarray, " draw"], left_out: Int[np.ndarray, " sentence"] | None) -> Size:
    low, high = (None, None) if left_out is None else jackknife_interval(float(value), left_out.astype(float))
    low = None if low is None else max(0.0, low)
    quantiles = np.percentile(null, [2.5, 97.5])
    return Size(
        int(value), low, high, float(null.mean()), float(null.std(ddof=1)), float(quantiles[0]), float(quantiles[1])
    )
