"""Treebanks on the Hugging Face hub in, annotated sentences out; one configuration is one treebank."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from babelscope.corpus.entries import CorpusEntry
from babelscope.corpus.hub import SOURCE
from babelscope.corpus.hub_access import HubDataset
from babelscope.corpus.parallel import CorpusSource
from babelscope.errors import CorpusError
from babelscope.languages import name, resolve
from babelscope.treebanks.files import language_of
from babelscope.treebanks.hub_rows import sentences_of_table
from babelscope.treebanks.sentences import UdSentence

__all__ = ["HubTreebank", "read_hub_treebanks"]


@dataclass(frozen=True)
class HubTreebank:
    """One configuration of a dataset of treebanks."""

    language: str
    """BCP-47 code."""
    name: str
    sentences: Sequence[UdSentence]
    source: CorpusSource


def read_hub_treebanks(
    where: str, languages: Sequence[str] | None, revision: str | None, token: str | None
) -> list[HubTreebank]:
    """Reads `hf:OWNER/NAME:fr_gsd,en_ewt`, all splits pooled; without configurations, those of the languages.

    Args:
        where: The dataset and, after a colon, its configurations: named after the treebanks, with commas between.
        languages: The languages to read; all that are named in `where` by default.
        revision: Commit or branch; wins over the one in `where`.
        token: Hub token; None for the library's own.

    Raises:
        CorpusError: If the source is misspelt, the hub cannot be reached, a language is absent or has several
            treebanks, or the columns are not those of a treebank.
        MissingExtraError: If the package `datasets` is not installed.
    """
    match = SOURCE.fullmatch(where)
    if match is None:
        raise CorpusError(f"cannot read {where!r}; expected hf:OWNER/NAME:fr_gsd,en_ewt, with @REVISION where needed")
    repository = match["repository"]
    hub = HubDataset(_described(repository), None, revision or match["revision"], token)
    given = [config.strip() for config in (match["config"] or "").split(",") if config.strip()]
    if not given and languages is None:
        raise CorpusError(
            f"{where} may hold many treebanks; name the languages, or some of them: {where}:fr_gsd,en_ewt"
        )
    configs = _by_language(given or hub.configs(), repository, strict=bool(given))
    made = []
    for code in resolve(languages or list(configs), configs, repository):
        if len(configs[code]) > 1:
            raise CorpusError(
                f"{repository} has {len(configs[code])} treebanks of {name(code)} ({', '.join(configs[code])}); "
                f"name one of them: hf:{repository}:{configs[code][0]}"
            )
        config = configs[code][0]
        hub.split = None
        sentences = sentences_of_table(hub.load_all(config), f"{repository} ({config})")
        source = CorpusSource(f"hf:{repository}:{config}", hub.revision or "", "unknown", hub.split or "")
        made.append(HubTreebank(code, config, sentences, source))
    return made


def _by_language(configs: Sequence[str], repository: str, *, strict: bool) -> Mapping[str, list[str]]:
    """Configurations by the language they are named after; if not strict, those without one are passed over."""
    found: dict[str, list[str]] = {}
    for config in configs:
        language = language_of(config)
        if language is not None:
            found.setdefault(language, []).append(config)
        elif strict:
            raise CorpusError(
                f"cannot tell the language of {config!r} of {repository}; expected a configuration such as fr_gsd"
            )
    return found


def _described(repository: str) -> Any:
    """The repository, as far as `HubDataset` needs it."""
    return CorpusEntry(
        name=repository.split("/")[-1], title=repository, licence="unknown", how="", layout="config_per_language",
        page=f"https://huggingface.co/datasets/{repository}", spelling="", languages=(), defaults=(),
        repository=repository,
    )  # fmt: skip
