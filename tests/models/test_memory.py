"""A lack of memory is told from other failures by its type or, where it has none of its own, by its words."""

import pytest
import torch

from babelscope.errors import ModelError
from babelscope.models.memory import in_halves, is_out_of_memory


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("anything"),
        MemoryError(),
        RuntimeError("CUDA Out Of Memory. Tried to allocate"),
        RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 8 bytes"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    ],
)
def test_a_lack_of_memory_is_seen(error):
    assert is_out_of_memory(error)


@pytest.mark.parametrize("error", [RuntimeError("shape mismatch"), ValueError("memory of a goldfish"), KeyError("x")])
def test_other_failures_are_not_taken_for_one(error):
    assert not is_out_of_memory(error)


def test_a_batch_is_halved_until_it_fits_and_every_row_is_run_once():
    tried = []

    def run(rows):
        tried.append(list(rows))
        if len(rows) > 2:
            raise RuntimeError("CUDA out of memory. Tried to allocate")
        return sum(rows)

    parts = in_halves(run, [3, 1, 4, 1, 5], "one row does not fit")
    assert [(list(rows), made) for rows, made in parts] == [([3, 1], 4), ([4], 4), ([1, 5], 6)]
    assert tried[0] == [3, 1, 4, 1, 5]


def test_one_row_that_does_not_fit_is_said_and_other_errors_are_not_taken_for_it():
    def run(rows):
        raise MemoryError

    with pytest.raises(ModelError, match="one row does not fit"):
        in_halves(run, [1, 2], "one row does not fit")

    def wrong(rows):
        raise RuntimeError("shapes differ")

    with pytest.raises(RuntimeError, match="shapes differ"):
        in_halves(wrong, [1, 2], "one row does not fit")
