"""A hub of local folders: its client's functions replaced, its errors real; nothing reaches the network."""

import hashlib
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from huggingface_hub import errors


def hub_error(kind: Any, text: str = "stand-in") -> Exception:
    """An error of the hub's client, without the response that its own constructors ask for."""
    error = kind.__new__(kind)
    error.args = (text,)
    return error


@dataclass
class StandInHub:
    """Repositories by name and revision, each a folder of files; what is asked of it is written down."""

    cache: Path
    repositories: dict[tuple[str, str], Path] = field(default_factory=dict)
    failure: Exception | None = None
    """Raised by every call while it is set."""
    asked: list[str] = field(default_factory=list)
    downloads: list[dict[str, Any]] = field(default_factory=list)
    cached_names: set[tuple[str, str]] = field(default_factory=set)
    """Revisions whose commit the cache knows: those that were downloaded into it by their name."""
    gate: threading.Event = field(default_factory=threading.Event)
    """Downloads wait for it; open unless a test closes it."""
    during: Callable[[Path], None] | None = None
    """Called with the target folder in the middle of a download."""

    def add(self, name: str, revision: str, folder: Path) -> str:
        """Publishes a folder; gives its commit."""
        self.repositories[name, revision] = folder
        return self.commit(name, revision)

    def commit(self, name: str, revision: str | None) -> str:
        """40 hex digits that a name and revision stand for."""
        return hashlib.sha1(f"{name}@{revision or 'main'}".encode()).hexdigest()

    def folder(self, name: str, revision: str | None) -> Path:
        """The files of a revision, by its name or its commit."""
        if self.failure is not None:
            raise self.failure
        known = {place: folder for place, folder in self.repositories.items() if place[0] == name}
        if not known:
            raise hub_error(errors.RepositoryNotFoundError)
        for (_, own), folder in known.items():
            if (revision or "main") in (own, self.commit(name, own)):
                return folder
        raise hub_error(errors.RevisionNotFoundError)

    def model_info(self, _: Any, name: str, *, revision: str | None = None, files_metadata: bool = False) -> Any:
        """As HfApi.model_info."""
        self.asked.append(f"{name}@{revision}")
        assert files_metadata
        files = sorted(path for path in self.folder(name, revision).rglob("*") if path.is_file())
        siblings = [
            SimpleNamespace(rfilename=str(path.relative_to(self.folder(name, revision))), size=path.stat().st_size)
            for path in files
        ]
        return SimpleNamespace(sha=self.commit(name, revision), siblings=siblings, safetensors=None)

    def list_repo_refs(self, _: Any, name: str) -> Any:
        """As HfApi.list_repo_refs."""
        if self.failure is not None:
            raise self.failure
        branches = [SimpleNamespace(name=own) for known, own in self.repositories if known == name]
        if not branches:
            raise hub_error(errors.RepositoryNotFoundError)
        return SimpleNamespace(branches=branches, tags=[])

    def snapshot_download(
        self, name: str, *, revision: str | None, local_dir: Path | None, allow_patterns: list[str], tqdm_class: Any
    ) -> str:
        """As huggingface_hub.snapshot_download; without `local_dir` into a cache of its shape."""
        source = self.folder(name, revision)
        commit = revision if revision and len(revision) == 40 else self.commit(name, revision)
        target = local_dir or self.cache / f"models--{name.replace('/', '--')}" / "snapshots" / commit
        if local_dir is None:
            self.cached_names.add((name, revision or "main"))
        self.downloads.append({"name": name, "commit": commit, "folder": target})
        bar = tqdm_class(total=1)
        assert bar.disable
        target.mkdir(parents=True, exist_ok=True)
        if self.during is not None:
            self.during(target)
        assert self.gate.wait(10), "a test never opened the gate"
        for path in source.rglob("*"):
            there = str(path.relative_to(source))
            if path.is_file() and any(fnmatch(there, pattern) for pattern in allow_patterns):
                (target / there).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target / there)
        return str(target)

    def try_to_load_from_cache(self, name: str, filename: str, revision: str | None = None) -> str | None:
        """As huggingface_hub.try_to_load_from_cache."""
        by_commit = revision is not None and len(revision) == 40
        if not by_commit and (name, revision or "main") not in self.cached_names:
            return None
        commit = revision if by_commit else self.commit(name, revision)
        file = self.cache / f"models--{name.replace('/', '--')}" / "snapshots" / commit / filename
        return str(file) if file.is_file() else None


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandInHub:
    """A hub that holds nothing yet, with an empty cache."""
    made = StandInHub(tmp_path / "hub-cache")
    made.gate.set()

    def bound(method: Any) -> Any:
        return lambda api, *values, **options: method(api, *values, **options)

    monkeypatch.setattr("huggingface_hub.HfApi.model_info", bound(made.model_info))
    monkeypatch.setattr("huggingface_hub.HfApi.list_repo_refs", bound(made.list_repo_refs))
    monkeypatch.setattr("huggingface_hub.snapshot_download", made.snapshot_download)
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", made.try_to_load_from_cache)
    return made
