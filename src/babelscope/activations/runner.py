"""Batches in, one forward pass each, halved where memory runs out; reducers see what the hooks hand over."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from babelscope.activations.batching import Batch, Padding
from babelscope.activations.capture import Reducer
from babelscope.errors import ModelError
from babelscope.models.memory import is_out_of_memory

if TYPE_CHECKING:
    from babelscope.models import LanguageModel

__all__ = ["BatchRunner"]


class BatchRunner:
    """Runs batches through the backbone and shows each layer to the reducers, halving what does not fit."""

    def __init__(self, model: "LanguageModel", reducers: Sequence[Reducer]) -> None:
        """Hooks that call `see` are the caller's to put on and take off."""
        self._model = model
        self._reducers = reducers
        self._batch: Batch | None = None

    def see(self, layer: int, values: Tensor) -> None:
        """Takes one layer's activations of the batch under way."""
        assert self._batch is not None
        # Some families flatten (sentence, token) before the MLP.
        values = values.view(*self._batch.ids.shape, values.shape[-1])
        for reducer in self._reducers:
            reducer.update(layer, values, self._batch)

    def run(self, batch: Batch, padding: Padding) -> None:
        """One forward pass over a batch, or over parts of it.

        Raises:
            ModelError: If one sentence alone does not fit in memory.
        """
        try:
            moved = batch.to(self._model.device)
            self._forward(moved, padding == "left" and self._model.takes_position_ids)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            for reducer in self._reducers:
                reducer.discard()
            if len(batch.rows) == 1:
                raise ModelError(
                    f"out of memory on a single sentence of {batch.tokens} tokens; use a smaller --dtype, "
                    "--device cpu or --device-map auto"
                ) from error
        else:
            for reducer in self._reducers:
                reducer.finish(moved)
            return
        # Outside the handler: the traceback no longer keeps the failed batch's tensors alive.
        if self._model.device.type == "cuda":
            torch.cuda.empty_cache()
        for half in batch.halves():
            self.run(half, padding)

    def _forward(self, batch: Batch, with_positions: bool) -> None:
        self._batch = batch
        extra = {"position_ids": batch.positions} if with_positions else {}
        self._model.backbone(input_ids=batch.ids, attention_mask=batch.attention, use_cache=False, **extra)
