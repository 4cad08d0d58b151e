"""A dataset on the hub at one revision in, its columns out; every failure as one clear line."""

import re
from collections.abc import Sequence
from typing import Any

from babelscope.corpus.entries import CorpusEntry
from babelscope.errors import CorpusError, MissingExtraError

__all__ = ["HubDataset"]

_CONVERTED = "refs/convert/parquet"


class HubDataset:
    """One repository at one revision, loaded configuration by configuration.

    A repository that is still a loader script is read from the hub's own conversion of it: no code of it is run.

    Args:
        entry: The repository, and the page to send people to.
        split: Part to read; None where there is only one.
        revision: Commit or branch; None for the newest.
        token: Hub token; None for the library's own.

    Raises:
        MissingExtraError: If the package `datasets` is not installed.
    """

    def __init__(self, entry: CorpusEntry, split: str | None, revision: str | None, token: str | None) -> None:
        try:
            import datasets
            import datasets.exceptions
        except ImportError:
            raise MissingExtraError("datasets", "hub", f"reading {entry.repository} from the hub") from None
        self._datasets = datasets
        self.entry = entry
        self.split = split
        self.revision = revision
        self._token = token

    def load(self, config: str | None, columns: Sequence[str] | None) -> dict[str, list[Any]]:
        """Some columns (all by default) of a configuration."""
        data = self._call(self._datasets.load_dataset, config)
        if isinstance(data, dict):
            if len(data) != 1:
                raise CorpusError(f"{self._where(config)} has splits {', '.join(data)}; choose one with --split")
            self.split, data = next(iter(data.items()))
        for column in columns or ():
            if column not in data.column_names:
                there = ", ".join(data.column_names)
                raise CorpusError(f"{self._where(config)} has no column {column!r}; its columns are {there}")
        return {column: list(data[column]) for column in dict.fromkeys(columns or data.column_names)}

    def load_all(self, config: str | None) -> dict[str, list[Any]]:
        """All columns of a configuration, its splits one after another; class labels by their names."""
        data = self._call(self._datasets.load_dataset, config)
        parts = data if isinstance(data, dict) else {self.split or "": data}
        self.split = "+".join(parts)
        table: dict[str, list[Any]] = {}
        for part in parts.values():
            for column, kind in part.features.items():
                names = getattr(getattr(kind, "feature", None), "names", None)
                cells = list(part[column])
                table.setdefault(column, []).extend(_named(cells, names) if names else cells)
        return table

    def load_parts(self, config: str | None, parts: Sequence[str]) -> dict[str, dict[str, list[Any]]]:
        """All columns of those splits of a configuration that are there; class labels by their names."""
        data = self._call(self._datasets.load_dataset, config)
        splits = data if isinstance(data, dict) else {self.split or "": data}
        there = [part for part in splits if part in parts]
        if not there:
            raise CorpusError(
                f"{self._where(config)} has splits {', '.join(splits)}; expected some of {', '.join(parts)}"
            )
        found: dict[str, dict[str, list[Any]]] = {}
        for part in there:
            table = found[part] = {}
            for column, kind in splits[part].features.items():
                names, cells = getattr(kind, "names", None), list(splits[part][column])
                table[column] = _named([cells], names)[0] if names else cells
        return found

    def configs(self) -> list[str]:
        """The names of all configurations, asked from the hub."""
        try:
            return self._datasets.get_dataset_config_names(
                self.entry.repository, revision=self.revision, token=self._token
            )
        except (OSError, ValueError, RuntimeError, self._datasets.exceptions.DatasetsError) as error:
            raise self._explained(error, None) from error

    def _call(self, load_dataset: Any, config: str | None) -> Any:
        """load_dataset, once more from the hub's conversion if the repository is a loader script."""
        arguments: dict[str, Any] = {"split": self.split, "token": self._token}
        arguments |= self._folder(config) if config and self.revision == _CONVERTED else {"name": config}
        try:
            return load_dataset(self.entry.repository, revision=self.revision, **arguments)
        except (OSError, ValueError, RuntimeError, self._datasets.exceptions.DatasetsError) as error:
            if "Dataset scripts are no longer supported" not in str(error) or self.revision == _CONVERTED:
                raise self._explained(error, config) from error
            if self.revision is not None:
                raise CorpusError(
                    f"{self.entry.repository} at {self.revision} is a loader script, which is never run; "
                    f"use --revision {_CONVERTED}"
                ) from error
        self.revision = _CONVERTED
        return self._call(load_dataset, config)

    def _folder(self, config: str) -> dict[str, Any]:
        """Where the conversion has a configuration: it names none, but keeps each in CONFIG/SPLIT/*.parquet.

        Of one split alone, only its own files are asked for, so that no others are downloaded.
        """
        part = re.fullmatch(r"(\w+(?:\.\w+)*)(\[[^]]*\])?", self.split or "")
        return {"data_files": {part[1]: f"{config}/{part[1]}/*.parquet"}} if part else {"data_dir": config}

    def _where(self, config: str | None) -> str:
        return f"{self.entry.repository}{f' ({config})' if config else ''}"

    def _explained(self, error: Exception, config: str | None) -> CorpusError:
        """One clear line for what the hub's libraries raise."""
        text = " ".join(str(error).split())
        kinds = {kind.__name__ for kind in type(error).__mro__}
        where, page = self._where(config), self.entry.page
        if "GatedRepoError" in kinds or "is a gated dataset" in text:
            return CorpusError(
                f"{where} is gated; accept its terms at {page}, then set HF_TOKEN to a token of that account "
                "(or use --corpus ntrex, which is open)"
            )
        if "RevisionNotFoundError" in kinds or text.startswith("Revision "):
            return CorpusError(f"{where} has no revision {self.revision!r}; see its commits at {page}/commits/main")
        if kinds & {"ConnectionError", "OfflineModeIsEnabled", "ConnectError", "TimeoutError", "TimeoutException"}:
            return CorpusError(
                f"cannot reach the hub for {where} ({type(error).__name__}); check the network and HF_HUB_OFFLINE, "
                "or use --corpus mini or a folder of files, which need none"
            )
        if kinds & {"DatasetNotFoundError", "RepositoryNotFoundError"}:
            return CorpusError(
                f"no dataset {where} on the hub, or it is private; check {page} and the variable HF_TOKEN"
            )
        if "Unknown split" in text:
            return CorpusError(f"{where}: {text[:300]} Choose one with --split")
        if "BuilderConfig" in text or "Config name is missing" in text:
            return CorpusError(
                f"{where}: {text[:300]}; name one as hf:OWNER/NAME:CONFIG, or per language: --columns en=CONFIG:COL"
            )
        return CorpusError(f"cannot read {where} from the hub ({type(error).__name__}: {text[:300]}); see {page}")


def _named(cells: list[list[int | None]], names: Sequence[str]) -> list[list[str | None]]:
    """Lists of class labels as lists of their names."""
    return [[None if label is None or label < 0 else names[label] for label in cell] for cell in cells]
