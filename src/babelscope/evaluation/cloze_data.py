"""A language in, the documents of a cross-lingual cloze task out; named by the task files under `data/tasks`."""

import json
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babelscope.corpus.entries import CorpusEntry
from babelscope.corpus.hub_access import HubDataset
from babelscope.errors import BabelscopeError, CorpusError

if TYPE_CHECKING:
    from datasets import Dataset

__all__ = ["MINI", "mini", "xcopa", "xstorycloze"]

MINI = Path(str(resources.files("babelscope") / "data" / "cloze"))
"""Folder of the bundled stories."""

_STORIES = CorpusEntry(
    name="xstory_cloze", title="XStoryCloze", licence="CC-BY-SA-4.0", how="", layout="config_per_language",
    page="https://huggingface.co/datasets/juletxara/xstory_cloze", spelling="", languages=(), defaults=(),
    repository="juletxara/xstory_cloze",
)  # fmt: skip


def mini(language: str, **_: Any) -> "dict[str, Dataset]":
    """The bundled stories in a language, with both endings in it and in English.

    Raises:
        BabelscopeError: If there are none in that language.
    """
    return {
        "test": _dataset(_rows(MINI / f"{language}.jsonl", ("id", "sentences", "endings", "endings_en", "label")))
    }


def xcopa(language: str, data: str | None = None, **_: Any) -> "dict[str, Dataset]":
    """Premises in a language with both choices in English, from a folder of files.

    The hub's XCOPA has no English choices: they are those of COPA, whose items it translates in order. Each line of
    `<language>.jsonl` is an object with `premise`, `question` (cause or effect), `choice1_en`, `choice2_en`, `label`
    (0 or 1) and `id`; ids that start with `val` are the validation part, which is not evaluated.

    Args:
        language: Of the premises.
        data: The folder; `--data` on the command line.

    Raises:
        BabelscopeError: If no folder is given, or it lacks the language or a field.
    """
    if data is None:
        raise BabelscopeError(
            f"xlc_xcopa_{language} needs a folder of files, got none (the hub's XCOPA has no English choices); "
            "give --data FOLDER with <language>.jsonl (premise, question, choice1_en, choice2_en, label)"
        )
    path = Path(data) / f"{language}.jsonl"
    rows = _rows(path, ("premise", "question", "choice1_en", "choice2_en", "label"))
    odd = next((row["question"] for row in rows if row["question"] not in ("cause", "effect")), None)
    if odd is not None:
        raise BabelscopeError(f"{path} has the question {odd!r}; expected cause or effect")
    own = [row for row in rows if str(row.get("id", "")).startswith("val")]
    parts = {"validation": own, "test": [row for row in rows if row not in own]}
    return {name: _dataset(part or rows) for name, part in parts.items()}


def xstorycloze(language: str, **_: Any) -> "dict[str, Dataset]":
    """Stories in a language with both endings in English, matched by story id: the part `eval` of XStoryCloze.

    Raises:
        BabelscopeError: If the hub cannot be reached, or a story has no English endings.
    """
    stories, english = _stories(language, language), _stories("en", language)
    endings = {key: i for i, key in enumerate(english["story_id"])}
    lost = [key for key in stories["story_id"] if key not in endings]
    if lost:
        raise BabelscopeError(
            f"{len(lost)} stories of XStoryCloze in {language} have no English endings, such as {lost[0]}; "
            "use another revision of the set, or --tasks xlc_mini"
        )
    rows = []
    for i, key in enumerate(stories["story_id"]):
        j = endings[key]
        rows.append(
            {
                "id": key,
                "sentences": [stories[f"input_sentence_{part}"][i] for part in (1, 2, 3, 4)],
                "endings_en": [english["sentence_quiz1"][j], english["sentence_quiz2"][j]],
                "label": int(english["answer_right_ending"][j]) - 1,
            }
        )
    return {"test": _dataset(rows)}


def _stories(config: str, language: str) -> dict[str, list[Any]]:
    try:
        return HubDataset(_STORIES, "eval", None, None).load(config, None)
    except CorpusError as error:
        # What follows the semicolon is advice about corpora.
        cause = str(error).split(";")[0]
        raise BabelscopeError(
            f"the data of xlc_xstorycloze_{language} cannot be had: {cause}; check the network and HF_HUB_OFFLINE, "
            "or use --tasks xlc_mini, which needs none"
        ) from error


def _rows(path: Path, needed: tuple[str, ...]) -> list[dict[str, Any]]:
    """The objects of a file of JSON lines, each with the fields that are needed and a label of 0 or 1."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        there = ", ".join(sorted(file.stem for file in path.parent.glob("*.jsonl"))) or "none"
        raise BabelscopeError(
            f"cannot read {path} ({error.strerror}); {path.parent} has the languages: {there}"
        ) from error
    rows = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise BabelscopeError(f"{path}, line {number}: no JSON ({error}); expected an object") from error
        absent = [name for name in needed if not isinstance(row, dict) or name not in row]
        if absent or row["label"] not in (0, 1):
            problem = f"lacks {', '.join(absent)}" if absent else f"has the label {row['label']!r}, not 0 or 1"
            raise BabelscopeError(f"{path}, line {number} {problem}; expected {', '.join(needed)}")
        rows.append(row)
    if not rows:
        raise BabelscopeError(f"{path} is empty; expected one JSON object a line")
    return rows


def _dataset(rows: list[dict[str, Any]]) -> "Dataset":
    from datasets import Dataset

    return Dataset.from_list(rows)
