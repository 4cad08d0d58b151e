"""A model and a set of neurons in; for the length of a block, every forward pass runs with those neurons changed."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import torch
from torch import Tensor, nn

from babelscope.errors import BabelscopeError, ModelError, unknown_choice
from babelscope.interventions.guard import only_block, refuse_compiled, uncompiled_generation
from babelscope.interventions.statistics import NeuronStatistics
from babelscope.regions.mask import NeuronMask

if TYPE_CHECKING:
    from babelscope.models import LanguageModel

__all__ = ["MODES", "Mode", "deactivate"]

Mode = Literal["zero", "mean", "scale", "noise"]
MODES: tuple[str, ...] = get_args(Mode)

Change = Callable[[Tensor], Tensor]


@contextmanager
def deactivate(
    model: "LanguageModel",
    neurons: NeuronMask | str | Path,
    mode: Mode = "zero",
    *,
    site: Literal["mlp", "gate"] = "mlp",
    factor: float | None = None,
    statistics: NeuronStatistics | None = None,
    seed: int = 0,
) -> Iterator["LanguageModel"]:
    """Changes a set of neurons in every forward pass until the block ends [Z25 4.3].

    It acts on the model itself, so it also holds where other code calls it: generation with a cache, a Trainer, a
    pipeline, lm-eval. Weights are never touched. An empty set installs nothing, and no bit of the logits changes.

    Blocks nest: the inner one sees what the outer one made, and where they share neurons the inner one decides. A
    second block from another thread or task is refused while one is open, since both would act on every pass; passes
    made by other threads inside a block (a streaming generation, say) run with it.

    Modes: `zero` sets the neurons to 0; `mean` to their mean over a corpus; `scale` multiplies them by `factor`;
    `noise` adds Gaussian noise of `factor` times their own standard deviation over a corpus.

    Args:
        model: From `load_model` or `wrap_model`.
        neurons: The set; or a file that `NeuronMask.save` wrote.
        mode: What is done to them.
        site: Where: `mlp` (input of the output projection) or `gate` (output of the activation).
        factor: Of `scale` (default 0.5) and `noise` (default 1).
        statistics: Means and standard deviations, from `neuron_statistics`; needed by `mean` and `noise`.
        seed: Of the noise, which depends on the order of the passes too.

    Raises:
        ModelError: If the set belongs to a model of another shape, the model is compiled (its hooks would not run),
            or another thread's block is open.
        BabelscopeError: If the mode is unknown or lacks what it needs.
    """
    mask = neurons if isinstance(neurons, NeuronMask) else NeuronMask.load(Path(neurons))
    factor = _checked(mask, mode, factor, statistics)
    check_shape(mask, model)
    refuse_compiled(model)
    modules = model.site_modules(site)
    generator = _Noise(seed)
    handles = []
    with only_block(model.model), uncompiled_generation(model.model) if mask.size else nullcontext():
        try:
            for index, module in enumerate(modules):
                if mask.layers[index].any():
                    change = _change(mask, index, mode, factor, statistics, generator)
                    handles.append(_install(module, site, change))
            yield model
        finally:
            for handle in handles:
                handle.remove()


def check_shape(mask: NeuronMask, model: "LanguageModel") -> None:
    """Refuses a set of neurons of a model of another shape.

    Raises:
        ModelError: If layers or neurons per layer differ.
    """
    if mask.neurons != model.neurons:
        raise ModelError(
            f"this set of neurons belongs to a model of {_shape(mask.neurons)}, "
            f"but {model.name} has {_shape(model.neurons)}; take a set found in this model"
        )


def _shape(neurons: tuple[int, ...]) -> str:
    return f"{len(neurons)} layers of {' or '.join(str(width) for width in sorted(set(neurons)))} neurons"


def _checked(mask: NeuronMask, mode: str, factor: float | None, statistics: NeuronStatistics | None) -> float:
    if mode not in MODES:
        raise BabelscopeError(unknown_choice("mode", mode, MODES))
    if mode in ("mean", "noise"):
        if statistics is None:
            raise BabelscopeError(
                f"mode {mode} needs the neurons' statistics over a corpus, got none; "
                "pass statistics=neuron_statistics(model, corpus), or use mode zero"
            )
        if statistics.neurons != mask.neurons:
            raise ModelError(
                f"these statistics are of a model of {_shape(statistics.neurons)}, the set of neurons is of "
                f"{_shape(mask.neurons)}; compute them on the same model"
            )
    if factor is not None and mode not in ("scale", "noise"):
        raise BabelscopeError(
            f"mode {mode} takes no factor, got {factor:g}; use mode scale or noise, or leave it out"
        )
    value = {"scale": 0.5, "noise": 1.0}.get(mode, 0.0) if factor is None else factor
    if not math.isfinite(value) or (mode == "noise" and value < 0):
        raise BabelscopeError(
            f"mode {mode} needs a finite factor{' of 0 or more' * (mode == 'noise')}, got {value:g}"
        )
    return value


def _install(module: nn.Module, site: str, change: Change) -> torch.utils.hooks.RemovableHandle:
    if site == "mlp":
        # Inputs by position: every architecture row calls its projection so, which the load-time probe has seen.
        return module.register_forward_pre_hook(lambda _, inputs: (change(inputs[0]), *inputs[1:]))
    return module.register_forward_hook(lambda *call: change(call[-1]))


class _Noise:
    """Generators by device: a block over several devices draws from one on each, all from the same seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._by_device: dict[torch.device, torch.Generator] = {}

    def on(self, device: torch.device) -> torch.Generator:
        if device not in self._by_device:
            self._by_device[device] = torch.Generator(device).manual_seed(self._seed)
        return self._by_device[device]


def _change(
    mask: NeuronMask, index: int, mode: str, factor: float, statistics: NeuronStatistics | None, noise: _Noise
) -> Change:
    """What happens to one layer's activations.

    Always on a copy: the original may be needed by a backward pass or by whoever captures it. Set, not multiplied: a
    product would leave a NaN where 0 was asked for.
    """
    chosen = torch.from_numpy(mask.indices(index + 1))
    placed: dict[torch.device, Tensor] = {}

    def where(values: Tensor) -> Tensor:
        if values.device not in placed:
            # A backward pass later in the block could not save what was made in inference mode.
            with torch.inference_mode(False):
                placed[values.device] = chosen.to(values.device)
        return placed[values.device]

    if mode == "zero":
        return lambda values: values.index_fill(-1, where(values), 0)
    if mode == "scale":
        return lambda values: values.index_copy(-1, where(values), values[..., where(values)] * factor)
    assert statistics is not None
    mean, spread = statistics.mean[index][chosen], factor * statistics.deviation[index][chosen]

    def to_mean(values: Tensor) -> Tensor:
        return values.index_copy(-1, where(values), mean.to(values).expand(*values.shape[:-1], -1))

    def disturb(values: Tensor) -> Tensor:
        some = values[..., where(values)]
        drawn = torch.randn(some.shape, generator=noise.on(values.device), device=values.device)
        return values.index_copy(-1, where(values), some + (drawn * spread.to(values.device)).to(values.dtype))

    return to_mean if mode == "mean" else disturb
