"""The place of a table in (a file, a folder of files, a dataset of the hub), its rows out."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from babelscope.corpus.entries import CorpusEntry
from babelscope.corpus.hub import SOURCE
from babelscope.corpus.hub_access import HubDataset
from babelscope.corpus.table import TABLE_SUFFIXES, read_columns
from babelscope.errors import CorpusError
from babelscope.languages import canonical
from babelscope.transfer.table import PART_NAMES, Record, records_of

__all__ = ["read_records"]

_ALL = "all_languages"


def read_records(
    place: str, source: str, targets: Sequence[str] | None, columns: Mapping[str, str] | None = None
) -> list[Record]:
    """The rows of a place that training in one language and tests in others need.

    Files and configurations are known by their names where no column tells: `test.fr.tsv` and `fr/test.parquet` are
    both the French test. Of a target language's own training part nothing is kept.

    Args:
        place: A file, a folder of such, `hf:OWNER/NAME` or `hf:OWNER/NAME:CONFIG`, with `@REVISION` where needed.
        source: The language of training.
        targets: The languages to test; all that are there by default.
        columns: Column by role, as for `records_of`.

    Raises:
        CorpusError: If nothing is there, or it cannot be read.
        MissingExtraError: If a package for its format is not installed.
    """
    wanted = None if targets is None else {source, *targets}
    reader = _hub if place.startswith("hf:") else _files
    return [
        record
        for record in reader(place, source, wanted, columns)
        if (wanted is None or record.language in wanted) and _needed(record.language, record.part, source)
    ]


def _needed(language: str, part: str, source: str) -> bool:
    """Whether rows of a language and part are used at all."""
    return language in ("", source) or part in ("", "test")


def _files(place: str, source: str, wanted: set[str] | None, columns: Mapping[str, str] | None) -> list[Record]:
    """The rows of a file, or of every file of a folder."""
    root = Path(place).expanduser()
    if root.is_file():
        language, part = _named(root.name)
        return _opened(read_columns(root), str(root), language, part, columns)
    if not root.is_dir():
        raise CorpusError(
            f"no file or folder {root}; expected a table ({', '.join(TABLE_SUFFIXES)}), a folder of tables, "
            "or hf:OWNER/NAME"
        )
    found = [path for path in sorted(root.rglob("*")) if path.suffix.lower() in TABLE_SUFFIXES and path.is_file()]
    found = [path for path in found if _ALL not in path.relative_to(root).parts] or found
    if not found:
        raise CorpusError(f"{root} holds no tables; expected files that end in {', '.join(TABLE_SUFFIXES)}")
    made: list[Record] = []
    for path in found:
        language, part = _named(str(path.relative_to(root)))
        if (not language or wanted is None or language in wanted) and _needed(language, part, source):
            made += _opened(read_columns(path), str(path), language, part, columns)
    return made


def _named(path: str) -> tuple[str, str]:
    """The language and part that the names of a file and its folders tell; empty where they do not."""
    language = part = ""
    for name in re.split(r"[/\\]", path):
        words = re.split(r"[._]", name.rsplit(".", 1)[0] if "." in name else name)
        for word in words:
            part = part or PART_NAMES.get(re.split(r"-\d", word.lower())[0], "")
            language = language or _code(word)
    return language, part


def _code(word: str) -> str:
    """The language of a word such as `fr`, `zh-Hant` or `swh`; empty where it is none, or a part's name."""
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z]{2,4})?", word) or word in PART_NAMES or word in ("all", "tsv", "csv"):
        return ""
    try:
        return canonical(word)
    except CorpusError:
        return ""


def _hub(place: str, source: str, wanted: set[str] | None, columns: Mapping[str, str] | None) -> list[Record]:
    """The rows of a dataset: of one configuration per language, or of one for all."""
    match = SOURCE.fullmatch(place)
    if match is None:
        raise CorpusError(f"cannot read {place!r}; expected hf:OWNER/NAME or hf:OWNER/NAME:CONFIG, or with @REVISION")
    hub = HubDataset(_described(match["repository"]), None, match["revision"], None)
    given = [config.strip() for config in (match["config"] or "").split(",") if config.strip()]
    configs: list[str] = given or hub.configs()
    coded = {config: _code(config) for config in configs}
    by_language = {config: code for config, code in coded.items() if code}
    if not given and not by_language and len(configs) > 1:
        raise CorpusError(
            f"{match['repository']} has configurations {', '.join(configs[:8])}, none named after a language; name "
            f"one: hf:{match['repository']}:{configs[0]}"
        )
    made: list[Record] = []
    for config in given or by_language or configs:
        language = by_language.get(config, "")
        if language and wanted is not None and language not in wanted:
            continue
        names = [name for name, part in PART_NAMES.items() if _needed(language, part, source)]
        for split, table in hub.load_parts(config, names).items():
            where = f"{match['repository']} ({config}, {split})"
            made += _opened(table, where, language, PART_NAMES[split], columns)
    return made


def _opened(
    table: Mapping[str, list[Any]], where: str, language: str, part: str, columns: Mapping[str, str] | None
) -> list[Record]:
    """The rows of a table, or of one with all languages in each row, as XNLI's `all_languages` has them."""
    premise, hypothesis = table.get("premise"), table.get("hypothesis")
    if not (premise and hypothesis and isinstance(premise[0], Mapping) and isinstance(hypothesis[0], Mapping)):
        return records_of(table, where, language=language, part=part, columns=columns)
    made: list[Record] = []
    for code in premise[0]:
        second = [dict(zip(cell["language"], cell["translation"], strict=True)).get(code) for cell in hypothesis]
        one = {"premise": [cell.get(code) for cell in premise], "hypothesis": second, "label": table["label"]}
        made += records_of(one, f"{where}, {code}", language=code, part=part)
    return made


def _described(repository: str) -> CorpusEntry:
    """The repository, as far as `HubDataset` needs it."""
    return CorpusEntry(
        name=repository.split("/")[-1], title=repository, licence="unknown", how="", layout="config_per_language",
        page=f"https://huggingface.co/datasets/{repository}", spelling="", languages=(), defaults=(),
        repository=repository,
    )  # fmt: skip
