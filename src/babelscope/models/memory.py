"""An error in, whether memory ran out by it out: some say so by type, the others only in words."""

__all__ = ["is_out_of_memory"]

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
