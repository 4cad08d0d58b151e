"""A model in; for the length of a block it is in evaluation mode, without gradients."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babelscope.models.language_model import LanguageModel

__all__ = ["evaluating"]


@contextmanager
def evaluating(model: "LanguageModel") -> Iterator[None]:
    """Gradients off, dropout off; every module's mode is as before afterwards.

    Args:
        model: May be in the middle of somebody's training.
    """
    import torch

    modes = [(module, module.training) for module in model.model.modules()]
    model.model.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        for module, training in modes:
            module.training = training
