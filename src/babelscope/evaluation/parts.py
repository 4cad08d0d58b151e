"""Results of finished steps, kept in files while an experiment runs: what a killed run continues from."""

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

    def find(self, step: str, name: str, key: str) -> Any:
        """One stored result, or None if there is none under this key."""
        stored = self.read(step).get(name)
        return stored["result"] if isinstance(stored, dict) and stored.get("key") == key else None

    def write(self, step: str, results: dict[str, tuple[str, Any]]) -> None:
        """Stores results (key and value by name) beside those of other names that the step already has."""
        if self._folder is None:
            return
        stored = self.read(step)
        stored |= {name: {"key": key, "result": result} for name, (key, result) in results.items()}
        write_json(self._folder / f"{step}.json", "part", {"results": stored})
