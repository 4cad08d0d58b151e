"""A model in the middle of training in; for the length of a block it can be read, and is as before afterwards."""

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

__all__ = ["apart", "left_unchanged"]


@contextmanager
def apart() -> Iterator[None]:
    """Computes apart from training: in float32, without gradients or autocast, giving back the random states."""
    import numpy as np
    import torch

    python, numpy, dtype = random.getstate(), np.random.get_state(), torch.get_default_dtype()
    try:
        torch.set_default_dtype(torch.float32)
        with torch.random.fork_rng(devices=[]), torch.no_grad(), torch.autocast("cpu", enabled=False):
            yield
    finally:
        torch.set_default_dtype(dtype)
        np.random.set_state(numpy)
        random.setstate(python)


@contextmanager
def left_unchanged(model: Any) -> Iterator[None]:
    """As `apart`, with the model in evaluation mode and nothing compiled; its modes and buffers come back too.

    Gradients are neither made nor touched, so a block may stand between `backward` and the optimizer's step. Not
    inference mode: some models keep tensors they compute (angles, masks) on themselves, and training could not use
    those afterwards.

    Args:
        model: A plain model; hooks on it are left where they are, and see what passes.
    """
    import torch

    modules = list(model.modules())
    modes = [module.training for module in modules]
    buffers = [
        (module, name, buffer, buffer.detach().clone())
        for module in modules
        for name, buffer in module._buffers.items()
        if buffer is not None
    ]
    devices = {weight.device for weight in model.parameters()}
    with ExitStack() as stack:
        stack.enter_context(apart())
        for kind in {device.type for device in devices} - {"cpu", "meta"}:
            stack.enter_context(torch.autocast(kind, enabled=False))
            if kind in ("cuda", "xpu"):
                own = sorted(device.index or 0 for device in devices if device.type == kind)
                stack.enter_context(torch.random.fork_rng(devices=own, device_type=kind))
        if any(_is_compiled(module) for module in modules):
            # Hooks inside a compiled graph are not called, or have it compiled again.
            stack.enter_context(torch.compiler.set_stance("force_eager"))
        # Accelerate gives a model trained in mixed precision a forward pass of its own, with autocast in it.
        own_forward = vars(model).pop("forward", None) if hasattr(model, "_original_forward") else None
        try:
            for module in modules:
                module.training = False
            yield
        finally:
            if own_forward is not None:
                model.forward = own_forward
            for module, training in zip(modules, modes, strict=True):
                module.training = training
            for module, name, buffer, copy in buffers:
                if not torch.equal(buffer, copy):
                    buffer.copy_(copy)
                module._buffers[name] = buffer


def _is_compiled(module: Any) -> bool:
    return getattr(module, "_compiled_call_impl", None) is not None or hasattr(module, "_orig_mod")
