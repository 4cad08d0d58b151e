"""A model with its sites in, neurons per layer out; refuses if one small forward pass shows the sites are wrong."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from babelscope.errors import ModelError
from babelscope.models.architectures import Architecture
from babelscope.models.sites import Sites, input_device

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["probe"]

SENTENCE = "One small sentence is enough to see that every neuron is where it should be."


@dataclass
class _Seen:
    """What passed through the hooked modules of each layer, in order."""

    inputs: list[list["Tensor"]] = field(default_factory=list)
    activated: list[list["Tensor"]] = field(default_factory=list)
    multiplied: list[list["Tensor"]] = field(default_factory=list)


def probe(name: str, sites: Sites, row: Architecture, ids: Sequence[int], rows: int) -> tuple[int, ...]:
    """Runs a sentence and its twin with another last token, and checks what the hooks see.

    Every output projection must be called exactly once with one vector per token; its input must be the
    activation's output (times the multiplier, where gated); and no token may feel one that comes after it.

    Args:
        name: What to call the model in errors.
        sites: The modules.
        row: Where they were found.
        ids: Token ids of a sentence; too few are replaced by arbitrary ones.
        rows: Token ids the model has embeddings for.

    Returns:
        Neurons per layer.

    Raises:
        ModelError: If any of it does not hold.
    """
    import torch

    tokens = [i for i in ids if i < rows][:32]
    if len(tokens) < 3:
        tokens = [i % rows for i in range(8)]
    twin = [*tokens[:-1], (tokens[-1] + 1) % rows]
    batch = torch.tensor([tokens, twin], device=input_device(sites.backbone))
    seen = _Seen()
    handles = _hook(sites, seen)
    try:
        with torch.inference_mode():
            sites.backbone(input_ids=batch, attention_mask=torch.ones_like(batch), use_cache=False)
    except (RuntimeError, TypeError, ValueError, IndexError) as error:
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        raise ModelError(
            f"{name}: a forward pass of two short sentences failed ({reason}); the model cannot be read"
        ) from error
    finally:
        for handle in handles:
            handle.remove()
    for layer, calls in enumerate(seen.inputs, start=1):
        _check_shape(name, layer, calls, row, batch.shape)
    for layer in range(1, len(seen.inputs) + 1):
        _check_vector(name, layer, seen, row)
        _check_causal(name, layer, seen.inputs[layer - 1][0].reshape(*batch.shape, -1))
    return tuple(int(calls[0].shape[-1]) for calls in seen.inputs)


def _hook(sites: Sites, seen: _Seen) -> list[Any]:
    handles = []

    def keep_input(calls: list["Tensor"]) -> Any:
        return lambda module, inputs: calls.append(inputs[0].detach())

    def keep_output(calls: list["Tensor"]) -> Any:
        return lambda module, inputs, output: calls.append(output.detach())

    for module in sites.output_projections:
        seen.inputs.append([])
        handles.append(module.register_forward_pre_hook(keep_input(seen.inputs[-1])))
    for store, modules in ((seen.activated, sites.activations), (seen.multiplied, sites.multipliers)):
        for module in modules:
            store.append([])
            handles.append(module.register_forward_hook(keep_output(store[-1])))
    return handles


def _check_shape(name: str, layer: int, calls: list["Tensor"], row: Architecture, batch: tuple[int, ...]) -> None:
    where = f"{name}: the output projection {row.output_projection!r} of layer {layer}"
    if not calls:
        raise ModelError(
            f"{where} is never called, so its neurons cannot be read; some configurations slice its weights "
            "instead (pretraining_tp with slow_but_exact): turn that off in config.json"
        )
    if len(calls) > 1:
        raise ModelError(f"{where} is called {len(calls)} times in one forward pass, expected once; it may be shared")
    shape = tuple(calls[0].shape)
    if shape[:-1] not in (tuple(batch), (batch[0] * batch[1],)):
        raise ModelError(
            f"{where} gets an input of shape {shape}, expected (sentences, tokens, neurons) with {tuple(batch)} first"
        )


def _check_vector(name: str, layer: int, seen: _Seen, row: Architecture) -> None:
    import torch

    if not seen.activated:
        return
    vector, calls = seen.inputs[layer - 1][0], seen.activated[layer - 1]
    if len(calls) != 1:
        raise ModelError(
            f"{name}: the activation {row.activation!r} of layer {layer} is called {len(calls)} times, expected once"
        )
    expected = calls[0]
    if row.gated:
        if not seen.multiplied or len(seen.multiplied[layer - 1]) != 1:
            return
        expected = expected * seen.multiplied[layer - 1][0][..., -vector.shape[-1] :].to(expected.device)
    tolerance = 1e-5 if vector.dtype == torch.float32 else 2e-2
    same = expected.shape == vector.shape and torch.allclose(
        expected.float(), vector.to(expected.device).float(), rtol=tolerance, atol=tolerance, equal_nan=True
    )
    if not same:
        formula = f"{row.activation} x {row.multiplier}" if row.gated else row.activation
        raise ModelError(
            f"{name}: in layer {layer} the input of {row.output_projection!r} is not {formula!r}, so the row "
            f"for model type {row.model_type!r} does not describe this model; please report it with the model's name"
        )


def _check_causal(name: str, layer: int, vector: "Tensor") -> None:
    import torch

    before = vector[:, :-1].float()
    if not torch.isfinite(before).all():
        return
    change = (before[0] - before[1]).abs().max()
    tolerance = 1e-3 if vector.dtype == torch.float32 else 5e-2
    if change > tolerance * before.abs().max():
        raise ModelError(
            f"{name}: in layer {layer} tokens feel a change of a token after them (by {float(change):.2g}), so this "
            "is no causal language model; babelscope reads decoder-only language models; choose one of those"
        )
