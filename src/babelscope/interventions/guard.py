"""What must hold for hooks to act as asked: one block at a time from elsewhere, and no compiled graph around them."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from torch import nn

from babelscope.errors import ModelError

if TYPE_CHECKING:
    from babelscope.models import LanguageModel

__all__ = ["only_block", "refuse_compiled", "uncompiled_generation"]

_LOCK = threading.Lock()
_OPEN: "WeakKeyDictionary[nn.Module, list[tuple[int, int]]]" = WeakKeyDictionary()
"""Who has blocks open on a model, innermost last: thread and task."""


def _who() -> tuple[int, int]:
    try:
        task = asyncio.current_task()
    except RuntimeError:
        task = None
    return threading.get_ident(), id(task) if task is not None else 0


@contextmanager
def only_block(model: nn.Module) -> Iterator[None]:
    """Marks a model as intervened on by this thread and task; they may nest, others are refused.

    Raises:
        ModelError: If another thread or task has a block open on the model.
    """
    me = _who()
    with _LOCK:
        others = _OPEN.setdefault(model, [])
        if any(owner != me for owner in others):
            raise ModelError(
                "another thread or task is deactivating neurons of this model, and both would act on every forward "
                "pass; wait until its block has ended, or give each its own copy of the model"
            )
        others.append(me)
    try:
        yield
    finally:
        with _LOCK:
            others.remove(me)


@contextmanager
def uncompiled_generation(model: nn.Module) -> Iterator[None]:
    """Until the block ends, `generate` calls the model as it is.

    With a static cache it compiles the model by itself (on accelerators), and a graph compiled before the block has
    no hooks in it.
    """
    if not hasattr(model, "get_compiled_call"):
        yield
        return
    outer = model.__dict__.get("get_compiled_call")
    model.__dict__["get_compiled_call"] = lambda _: model.__call__
    try:
        yield
    finally:
        del model.__dict__["get_compiled_call"]
        if outer is not None:
            model.__dict__["get_compiled_call"] = outer


def refuse_compiled(model: "LanguageModel") -> None:
    """Refuses a model whose forward pass was compiled: hooks added afterwards are silently left out of its graph.

    Raises:
        ModelError: If the model or one of its modules is compiled.
    """
    from torch._dynamo.eval_frame import OptimizedModule

    for name, module in model.model.named_modules():
        if isinstance(module, OptimizedModule) or module._compiled_call_impl is not None:
            where = f"its module {name}" if name else "it"
            raise ModelError(
                f"{model.name} cannot be intervened on: {where} is compiled (torch.compile), and hooks are left out "
                "of compiled graphs; load the model without compiling it"
            )
