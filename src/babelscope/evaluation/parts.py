"""Results of finished steps, kept in files while an experiment runs: what a killed run continues from."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from babelscope.errors import BabelscopeError
from babelscope.storage import read_json, write_json

__all__ = ["Parts"]


class Parts:
    """A folder with one file per finished step; each result is found again only under the key it was stored with."""

    def __init__(self, folder: Path | None) -> None:
        """Keeps results in `folder`, or nowhere if there is none."""
        self._folder = folder

    def read(self, step: str) -> dict[str, Any]:
        """Stored results of a step by name, each with its key; empty where nothing readable is stored."""
        if self._folder is None:
            return {}
        try:
            return read_json(self._folder / f"{step}.json", "part")["results"]
        except (BabelscopeError, KeyError):
            return {}

    def found(self, step: str, keys: Mapping[str, str]) -> dict[str, Any]:
        """Results of a step that are stored under the keys given by name; those that are not are left out."""
        stored = self.read(step)
        entries = {name: stored.get(name) for name in keys}
        return {
            name: entry["result"]
            for name, entry in entries.items()
            if isinstance(entry, dict) and entry.get("key") == keys[name]
        }

    def write(self, step: str, results: dict[str, tuple[str, Any]]) -> None:
        """Stores results (key and value by name) beside those of other names that the step already has."""
        if self._folder is None or not results:
            return
        stored = self.read(step)
        stored |= {name: {"key": key, "result": result} for name, (key, result) in results.items()}
        write_json(self._folder / f"{step}.json", "part", {"results": stored})
