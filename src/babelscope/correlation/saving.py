"""What was found in, the files of a folder out: records, table, content of the page, page, manifest last."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from babelscope.correlation.records import Record
from babelscope.errors import BabelscopeError
from babelscope.run_folder import file_hashes, remove_earlier
from babelscope.storage import check_writable, write_json, write_text
from babelscope.tables import write_csv
from babelscope.tables.schema import table_named

__all__ = ["check_folder", "correlation_rows", "save_correlation", "save_forecast"]

_OF_OTHERS = ("summary.json", "probing.json", "track.json", "overlap.json", "comparison.json")


def check_folder(folder: Path, kind: str) -> None:
    """Refuses a folder that cannot be written to, or that holds another command's results.

    Args:
        folder: Where results are to be written.
        kind: `correlation` or `forecast`; an earlier one of this kind is replaced.

    Raises:
        BabelscopeError: If it is a run folder, whose report.html would be lost.
    """
    check_writable(folder)
    other = {"correlation": "forecast.json", "forecast": "correlation_summary.json"}[kind]
    taken = next((name for name in (*_OF_OTHERS, other) if (folder / name).exists()), None)
    if taken is not None:
        raise BabelscopeError(
            f"{folder} holds the results of another command ({taken}), expected a folder of its own for a {kind}; "
            "give another --out"
        )


def save_correlation(
    folder: Path,
    content: dict[str, Any],
    records: Sequence[Record],
    figures: bool = True,
) -> dict[str, Any]:
    """Writes correlation.json, correlation.csv, correlation_summary.json, report.html and manifest.json.

    correlation.json is a plain list of flat records, each with the signature of the call.

    Args:
        folder: Made if needed; files of an earlier correlation in it are replaced.
        content: Of the page, with the `command`.
        records: For correlation.json and correlation.csv.
        figures: Whether each figure is also written as a file of its own.

    Returns:
        The content as stored.
    """
    remove_earlier(folder)
    signed = [{**one.flat(), "signature": content["signature"]["short"]} for one in records]
    text = json.dumps(signed, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    files = [
        write_text(folder / "correlation.json", text),
        write_csv(folder / "correlation.csv", "correlation", correlation_rows(records)),
        write_json(folder / "correlation_summary.json", "correlation", content),
    ]
    return _finished(folder, content, files, "correlation", figures)


def correlation_rows(records: Iterable[Record]) -> list[dict[str, Any]]:
    """Rows of correlation.csv, one per record; checkpoints that were left out are joined by `+`."""
    header = table_named("correlation").header
    return [
        {name: "+".join(one.excluded) if name == "excluded" else getattr(one, name) for name in header}
        for one in records
    ]


def save_forecast(
    folder: Path, content: dict[str, Any], rows: Sequence[Mapping[str, Any]], figures: bool = True
) -> dict[str, Any]:
    """Writes forecast.csv, forecast.json, report.html and manifest.json.

    Args:
        folder: Made if needed; files of an earlier forecast in it are replaced.
        content: Of the page, with the `command`.
        rows: For forecast.csv.
        figures: Whether each figure is also written as a file of its own.

    Returns:
        The content as stored.
    """
    remove_earlier(folder)
    files = [
        write_csv(folder / "forecast.csv", "forecast", rows),
        write_json(folder / "forecast.json", "forecast", content),
    ]
    return _finished(folder, content, files, "forecast", figures)


def _finished(folder: Path, content: dict[str, Any], files: list[Path], kind: str, figures: bool) -> dict[str, Any]:
    from babelscope.report import correlation as pages

    write = pages.write_correlation_page if kind == "correlation" else pages.write_forecast_page
    written = write(folder, content, figures)
    manifest = {
        "command": content["command"],
        "signature": content["signature"]["fields"],
        "versions": content["versions"],
        "files": file_hashes(folder, [*files, *written]),
    }
    write_json(folder / "manifest.json", "manifest", manifest)
    return content
