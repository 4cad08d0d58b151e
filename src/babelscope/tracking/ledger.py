"""What a tracker was told, kept in the run's folder: once per point, also after a resume."""

import json
from collections.abc import Mapping
from pathlib import Path

from babelscope.errors import BabelscopeError
from babelscope.provenance import text_hash
from babelscope.storage import read_json, write_json

__all__ = ["Ledger"]


class Ledger:
    """The steps that one tracker has taken, with a hash of their numbers, and what it calls the run.

    Args:
        path: The file it is kept in; one that cannot be read counts as empty.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            content = read_json(path, "reported")
        except BabelscopeError:
            content = {}
        self.run: str | None = content.get("run")
        """What the tracker called the run, to go on with it."""
        self._sent: dict[str, str] = dict(content.get("sent", {}))

    def begin(self, run: str | None) -> None:
        """Writes down what the tracker calls the run; under another name, nothing was sent yet."""
        if self._sent and run != self.run:
            self._sent = {}
        self.run = run
        self._write()

    def has(self, step: int, values: Mapping[str, float]) -> bool:
        """Whether these numbers were sent for this step."""
        return self._sent.get(str(step)) == _digest(values)

    def add(self, step: int, values: Mapping[str, float]) -> None:
        """Writes down that they were."""
        self._sent[str(step)] = _digest(values)
        self._write()

    def _write(self) -> None:
        write_json(self._path, "reported", {"run": self.run, "sent": self._sent})


def _digest(values: Mapping[str, float]) -> str:
    return text_hash(json.dumps(dict(sorted(values.items()))))
