"""Where a scan keeps its sentence vectors while it runs: in memory, or in files it can be resumed from."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from babelscope.activations.sink import remove_files
from babelscope.corpus.parallel import ParallelCorpus

if TYPE_CHECKING:
    from babelscope.models import LanguageModel

__all__ = ["workspace"]

RESUMABLE_BYTES = 2**30
"""From this size on, vectors go to files by default: a pass that long should survive an interruption."""


@contextmanager
def workspace(
    out: Path, model: "LanguageModel", corpus: ParallelCorpus, on_disk: bool | None = None
) -> Iterator[Path | None]:
    """Yields a folder for `extract`, or None for memory; removes it once the block has ended well.

    Args:
        out: The run folder; the vectors lie beside its results while the scan runs.
        model: What is measured.
        corpus: What it is measured on.
        on_disk: True or False decides; None takes files from 1 GiB of vectors or a quarter of the memory on.
    """
    size = 4 * len(corpus.languages) * corpus.n * sum(model.neurons)
    if on_disk is None:
        on_disk = size >= min(RESUMABLE_BYTES, _memory() // 4)
    folder = out / "activations"
    if not on_disk:
        yield None
    else:
        yield folder
        remove_files(folder / "untrained")
    remove_files(folder)


def _memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return 4 * RESUMABLE_BYTES
