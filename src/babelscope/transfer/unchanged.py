"""A text decoder in; for the length of a block it can be trained in part, its modes and all random states kept."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from babelscope.errors import ModelError
from babelscope.models.quiet import quiet

if TYPE_CHECKING:
    from torch import nn

__all__ = ["apart", "checkpointed", "modes_kept"]


@contextmanager
def apart() -> Iterator[None]:
    """Trains apart from what the caller does: gradients on, nothing printed, and all random states given back."""
    import numpy as np
    import torch

    python, numpy = random.getstate(), np.random.get_state()
    devices = list(range(torch.cuda.device_count())) if torch.cuda.is_available() else []
    try:
        with torch.random.fork_rng(devices=devices), torch.inference_mode(False), torch.enable_grad(), quiet():
            yield
    finally:
        np.random.set_state(numpy)
        random.setstate(python)


@contextmanager
def modes_kept(backbone: "nn.Module") -> Iterator[None]:
    """Every module's mode (training or evaluation) is as before afterwards.

    Args:
        backbone: May be put into either mode meanwhile.
    """
    modes = [(module, module.training) for module in backbone.modules()]
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


@contextmanager
def checkpointed(backbone: "nn.Module", wanted: bool) -> Iterator[None]:
    """Activations are computed again in the backward pass rather than kept, if wanted and not so already.

    Args:
        backbone: A text decoder of transformers.
        wanted: Otherwise nothing is done.

    Raises:
        ModelError: If the family cannot.
    """
    decoder: Any = backbone
    if not wanted or any(getattr(module, "gradient_checkpointing", False) for module in decoder.modules()):
        yield
        return
    before = [(module, dict(vars(module))) for module in decoder.modules()]
    try:
        # The newer name of the same.
        newer = getattr(decoder, "activation_checkpointing_enable", None)
        (newer or decoder.gradient_checkpointing_enable)({"use_reentrant": False})
    except (ValueError, AttributeError) as error:
        raise ModelError(
            f"{type(decoder).__name__} cannot compute activations twice; leave --checkpointing out, or give a larger "
            "--accumulate"
        ) from error
    try:
        yield
    finally:
        for module, own in before:
            for name in ("gradient_checkpointing", "_gradient_checkpointing_func"):
                if name in own:
                    setattr(module, name, own[name])
            for name in set(vars(module)) - set(own):
                delattr(module, name)
