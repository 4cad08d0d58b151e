"""The content of transfer.json in, the rows of transfer.csv out."""

from collections.abc import Mapping
from typing import Any

__all__ = ["transfer_rows"]


def transfer_rows(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row per method, layer, metric, language and seed; intervals are of that seed, over test sentences."""
    place = {name: content[name] for name in ("model", "step", "site")}
    return [
        {
            **place,
            "layer": result["layer"],
            "task": content["task"]["name"],
            "language": code,
            "metric": result["metric"],
            "score": seed["value"],
            "seed": seed["seed"],
            "source_score": seed["source"],
            "method": result["method"],
            "low": seed["low"],
            "high": seed["high"],
            "n": cell["n"],
            "majority": cell["majority"],
        }
        for result in content["results"]
        for code, cell in result["languages"].items()
        for seed in cell["seeds"]
    ]
