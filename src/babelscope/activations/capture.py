"""Hooks on a model's neuron site, and the reducers that see every token's activations while a batch passes."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor, nn

from babelscope.activations.batching import Batch
from babelscope.activations.pooling import mean_over_tokens
from babelscope.errors import ModelError

__all__ = ["Reducer", "SentenceMeans", "Site", "observe", "observe_hidden"]

Site = Literal["mlp", "gate"]
"""`mlp`: input of the MLP's output projection. `gate`: output of its activation, before any product."""


@runtime_checkable
class Reducer(Protocol):
    """Something computed from every token's activations during the one forward pass.

    `update` is called once per layer and batch, on the layer's device, with the full (sentence, token, neuron)
    activations; `finish` once per batch, after the last layer. Counts and moments add up over batches; vectors
    per sentence are placed by `batch.rows`. Either way shards of a corpus merge exactly.
    """

    def update(self, layer: int, values: Tensor, batch: Batch) -> None:
        """Takes one layer (from 1) of one batch."""
        ...

    def finish(self, batch: Batch) -> None:
        """Ends a batch: whatever is still on the device may be moved off it now."""
        ...

    def discard(self) -> None:
        """Forgets the batch under way, which failed (out of memory) and will come again in parts."""
        ...


class SentenceMeans:
    """Reducer: the mean of each sentence's own tokens, per layer; only these vectors leave the device."""

    def __init__(self, write: Callable[[int, Tensor, Tensor], None]) -> None:
        """Calls `write(layer, rows, vectors)` with CPU tensors after each batch."""
        self._write = write
        self._pending: list[tuple[int, Float[Tensor, "sentence neuron"]]] = []

    def update(self, layer: int, values: Tensor, batch: Batch) -> None:
        """Pools one layer where it is."""
        self._pending.append((layer, mean_over_tokens(values, batch.own.to(values.device))))

    def finish(self, batch: Batch) -> None:
        """Moves the batch's vectors off the device and writes them."""
        rows = batch.rows.cpu()
        for layer, vectors in self._pending:
            self._write(layer, rows, vectors.cpu())
        self._pending.clear()

    def discard(self) -> None:
        """Forgets the vectors of a failed batch."""
        self._pending.clear()


@contextmanager
def observe(modules: Sequence[nn.Module], site: Site, see: Callable[[int, Tensor], None]) -> Iterator[None]:
    """Calls `see(layer, activations)` whenever a layer's site is computed; the hooks are gone when the block ends.

    Args:
        modules: One module per layer: the output projection for `mlp`, the activation for `gate`.
        site: Whether the module's input or its output is the site.
        see: Takes the layer (from 1) and its (sentence, token, neuron) activations; must not change them.
    """

    def before(layer: int) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
        return lambda module, inputs: see(layer, inputs[0].detach())

    def after(layer: int) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
        return lambda module, inputs, output: see(layer, output.detach())

    handles = []
    try:
        for layer, module in enumerate(modules, start=1):
            if site == "mlp":
                handles.append(module.register_forward_pre_hook(before(layer)))
            elif site == "gate":
                handles.append(module.register_forward_hook(after(layer)))
            else:
                raise ModelError(f"unknown site {site!r}; choose from: gate, mlp")
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def observe_hidden(
    backbone: nn.Module, blocks: Sequence[nn.Module], layers: Sequence[int], see: Callable[[int, Tensor], None]
) -> Iterator[None]:
    """Calls `see(layer, hidden states)` for some layers of every forward pass; no hook is left when the block ends.

    Layer 0 is what enters the first block: the embeddings, with all that is done to them before it. Layer l is
    what block l hands to the next one, except that the last layer is taken after the final norm. These are the
    entries of `output_hidden_states`, without keeping those of other layers.

    Args:
        backbone: The text decoder.
        blocks: Its blocks, in order.
        layers: Which layers, from 0 to the number of blocks.
        see: Takes the layer and its (sentence, token, neuron) hidden states; must not change them.
    """

    def leaving(module: nn.Module, inputs: tuple[Tensor, ...], output: Any) -> None:
        see(len(blocks), output[0].detach())

    def entering(layer: int) -> Callable[[nn.Module, tuple[Tensor, ...], dict[str, Any]], None]:
        return lambda module, inputs, named: see(layer, (inputs[0] if inputs else named["hidden_states"]).detach())

    handles = []
    try:
        for layer in layers:
            if layer < len(blocks):
                handles.append(blocks[layer].register_forward_pre_hook(entering(layer), with_kwargs=True))
            else:
                handles.append(backbone.register_forward_hook(leaving))
        yield
    finally:
        for handle in handles:
            handle.remove()
