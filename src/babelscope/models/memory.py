"""An error in, whether memory ran out by it out: some say so by type, the others only in words."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from babelscope.errors import ModelError

__all__ = ["in_halves", "is_out_of_memory"]

Made = TypeVar("Made")

_SIGNS = ("out of memory", "not enough memory", "allocate memory", "alloc_failed")


def is_out_of_memory(error: BaseException) -> bool:
    """Tells whether an error says that the machine or the accelerator ran out of memory.

    Only some lacks of memory have a type of their own: the CPU allocator and the accelerators' libraries raise
    plain `RuntimeError`s, which only their wording tells apart.

    Args:
        error: Whatever was raised.
    """
    import torch

    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    message = str(error).lower()
    return any(sign in message for sign in _SIGNS)


def in_halves(
    run: Callable[[Sequence[int]], Made], rows: Sequence[int], too_large: str
) -> list[tuple[Sequence[int], Made]]:
    """Runs a batch at once, or in halves, and halves of those, where memory runs out.

    Args:
        run: What to do with some rows; whatever it leaves behind when it fails must do no harm.
        rows: Of the batch; at least one.
        too_large: What to say where one row alone does not fit.

    Returns:
        What was made, part by part, with the rows of each.

    Raises:
        ModelError: If one row alone does not fit.
    """
    import torch

    try:
        return [(rows, run(rows))]
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        if len(rows) == 1:
            raise ModelError(too_large) from error
    # Outside the handler: the traceback no longer keeps the failed batch's tensors alive.
    if torch.cuda.is_initialized():
        torch.cuda.empty_cache()
    middle = len(rows) // 2
    return [*in_halves(run, rows[:middle], too_large), *in_halves(run, rows[middle:], too_large)]
