"""Small labelled tables: sentences of a few languages that translate one another, as rows and as files."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

ROWS = 20


def rows(
    languages: Iterable[str] = ("en", "fr"), count: int = ROWS, labels: tuple[str, ...] = ("bad", "good"), **same: str
) -> list[dict[str, str]]:
    """So many rows of each language, the same ids and labels in all."""
    return [
        {"language": code, "id": f"s{i}", "text": f"{code} text number {i}", "label": labels[i % len(labels)]} | same
        for code in languages
        for i in range(count)
    ]


def split_rows(
    languages: Iterable[str] = ("en", "fr"), parts: Mapping[str, int] | None = None
) -> list[dict[str, str]]:
    """Rows with a split, their ids and texts named after it."""
    made = []
    for part, count in (parts or {"train": 10, "dev": 4, "test": 6}).items():
        for row in rows(languages, count, split=part):
            made.append(row | {"id": f"{part}-{row['id']}", "text": f"{row['text']} of {part}"})
    return made


def table(path: Path, given: list[dict[str, str]]) -> Path:
    """A file of them, in the format that its name ends in (.csv or .tsv)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(given[0]), delimiter="\t" if path.suffix == ".tsv" else ",")
        writer.writeheader()
        writer.writerows(given)
    return path
