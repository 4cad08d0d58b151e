"""Where sentence vectors go while a pass runs: memory, or files that an interrupted pass can continue."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from babelscope.errors import StorageError
from babelscope.storage import read_json, write_json

__all__ = ["FileSink", "MemorySink", "make_sink", "remove_files"]


class MemorySink:
    """Keeps one (language, sentence, neuron) float32 tensor per layer."""

    def __init__(self, shape: tuple[int, int], neurons: Sequence[int]) -> None:
        self._layers = [torch.empty(*shape, width) for width in neurons]
        self.done = np.zeros(shape[0] * shape[1], dtype=bool)

    def write(self, layer: int, rows: Tensor, vectors: Tensor) -> None:
        """Places the vectors of some rows (language by language, sentence by sentence) of one layer."""
        self._layers[layer - 1].flatten(0, 1)[rows] = vectors

    def commit(self, rows: Sequence[int]) -> None:
        """Marks rows as complete in every layer."""
        self.done[list(rows)] = True

    def layers(self) -> list[Tensor]:
        """The layers, in order."""
        return self._layers


class FileSink:
    """Writes one `layer_*.npy` per layer; `done.txt` lists finished rows, so that a killed pass can go on."""

    def __init__(
        self,
        folder: Path,
        shape: tuple[int, int],
        neurons: Sequence[int],
        key: str,
        numbers: Sequence[int] | None = None,
    ) -> None:
        """Continues what lies in `folder` if it was begun under the same `key`, else starts anew."""
        numbers = range(1, len(neurons) + 1) if numbers is None else numbers
        self._paths = [folder / f"layer_{number:04d}.npy" for number in numbers]
        self._journal = folder / "done.txt"
        self.done = np.zeros(shape[0] * shape[1], dtype=bool)
        stamp = folder / "activations.json"
        facts = {"key": key, "shape": list(shape), "neurons": list(neurons)}
        if stamp.exists():
            begun = read_json(stamp, "activations")
            same = all(begun.get(name) == value for name, value in facts.items())
            if same and all(path.exists() for path in (*self._paths, self._journal)):
                finished = self._finished_rows()
                self.done[finished] = True
                self._write_journal("w", finished)
                return
        try:
            folder.mkdir(parents=True, exist_ok=True)
            stamp.unlink(missing_ok=True)
            for path in folder.glob("layer_*.npy"):
                path.unlink()
            self._journal.write_text("")
            for path, width in zip(self._paths, neurons, strict=True):
                _reserve(path, (*shape, width))
        except OSError as error:
            raise StorageError(f"cannot write activations to {folder}: {error.strerror}; free some space") from error
        write_json(stamp, "activations", facts)

    def _finished_rows(self) -> list[int]:
        # A line cut off by a kill lacks its newline and is not counted.
        lines = self._journal.read_text().split("\n")[:-1]
        return [int(row) for line in lines for row in line.split()]

    def write(self, layer: int, rows: Tensor, vectors: Tensor) -> None:
        """Places the vectors of some rows of one layer; the file is mapped only meanwhile."""
        mapped = np.load(self._paths[layer - 1], mmap_mode="r+")
        mapped.reshape(-1, mapped.shape[-1])[rows.numpy()] = vectors.numpy()

    def commit(self, rows: Sequence[int]) -> None:
        """Records rows as finished, after their vectors have been written in every layer."""
        self._write_journal("a", rows)
        self.done[list(rows)] = True

    def _write_journal(self, mode: str, rows: Sequence[int]) -> None:
        try:
            with self._journal.open(mode) as journal:
                journal.write(" ".join(str(row) for row in rows) + "\n")
        except OSError as error:
            raise StorageError(f"cannot write {self._journal}: {error.strerror}; free some space") from error

    def layers(self) -> list[Path]:
        """The files, in the order of the layers."""
        return list(self._paths)


def make_sink(
    folder: Path | None,
    shape: tuple[int, int],
    neurons: Sequence[int],
    key: str,
    numbers: Sequence[int] | None = None,
) -> MemorySink | FileSink:
    """Memory where no folder is given, else files there that continue what was begun under the same key.

    Args:
        folder: Where the files go.
        shape: Languages x sentences.
        neurons: Per layer that is kept.
        key: Equal only for a pass that gives the same vectors.
        numbers: What to call the layers in file names; 1, 2, ... by default.
    """
    return MemorySink(shape, neurons) if folder is None else FileSink(Path(folder), shape, neurons, key, numbers)


def remove_files(folder: Path) -> None:
    """Removes what a FileSink wrote into a folder, and the folder if nothing else is in it."""
    stamp = folder / "activations.json"
    if not stamp.exists():
        return
    for path in (*folder.glob("layer_*.npy"), folder / "done.txt", stamp):
        path.unlink(missing_ok=True)
    if not any(folder.iterdir()):
        folder.rmdir()


def _reserve(path: Path, shape: tuple[int, ...]) -> None:
    """Creates a float32 array file whose blocks exist on disk: a write into a map must never find the disk full."""
    mapped = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=shape)
    del mapped
    if hasattr(os, "posix_fallocate"):
        with path.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
