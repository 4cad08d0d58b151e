"""Recipes are scripts beside the package: each folder's modules are importable while its tests run."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

RECIPE = Path(__file__).resolve().parents[2] / "recipes" / "nano"


@pytest.fixture(scope="module", autouse=True)
def recipe_on_path() -> Iterator[None]:
    threads = torch.get_num_threads()
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(RECIPE)
        yield
    torch.set_num_threads(threads)
