"""The content of track.json in, the rows of track.csv out."""

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["track_rows"]

Row = dict[str, Any]


def track_rows(content: Mapping[str, Any]) -> list[Row]:
    """One row per number: point by point; of each, all languages first, then language by language, then layers."""
    rows = []
    for point in content["points"]:
        kinds = [flag["kind"] for flag in point["flags"]]
        failed = point["status"] == "failed"
        place = {"model": point["model"], "step": point["step"], "site": content["site"]}
        flag = "failed" if failed else "+".join(kinds)
        numbers = [("all", "failed", "all", None, None, None)] if failed else _numbers(point, content)
        for layer, metric, language, value, low, high in numbers:
            rows.append(
                {
                    **place,
                    "layer": str(layer),
                    "metric": metric,
                    "language": language,
                    "value": value,
                    "low": low,
                    "high": high,
                    "flag": flag,
                }
            )
    return rows


def _numbers(point: Mapping[str, Any], content: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    for metric in ("lrds", "sads", "sklr"):
        yield "all", metric, "all", *_ends(point[metric])
    yield "all", "region_excess", "all", point["sklr"]["value"] - point["sklr"]["null_mean"], None, None
    yield from _losses(point)
    for code, size in point["regions"].items():
        yield "all", "region_size", code, size["size"], size["low"], size["high"]
        yield "all", "region_excess", code, size["excess"], None, None
    yield from _survivals(point, content)
    yield from _abilities(point)
    yield from _retrievals(point)
    yield from _transfers(point)
    for level in point["by_layer"]:
        for metric in ("lrds", "sads"):
            yield level["layer"], metric, "all", *_ends(level[metric])
        for code, size in level["region_sizes"].items():
            yield level["layer"], "region_size", code, size, None, None


def _retrievals(point: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Of each pooling and layer; the accuracy of each language is its mean over the others."""
    for level in (point.get("retrieval") or {"levels": ()})["levels"]:
        found, pooling = level["all"], level["pooling"]
        accuracy = f"retrieval:{pooling}"
        yield level["layer"], accuracy, "all", *(found[f"accuracy{end}"] for end in ("", "_low", "_high"))
        margin = f"centred_margin:{pooling}"
        yield level["layer"], margin, "all", *(found[f"centred_margin{end}"] for end in ("", "_low", "_high"))
        for code, own in level["languages"].items():
            yield level["layer"], accuracy, code, *(own[f"accuracy{end}"] for end in ("", "_low", "_high"))


def _transfers(point: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    found = point.get("transfer") or {"results": ()}
    for result in found["results"]:
        metric = f"transfer:{found['task']}:{result['method']}:{result['metric']}"
        yield result["layer"], metric, "all", *_ends(result["mean"])
        for code, cell in result["languages"].items():
            yield result["layer"], metric, code, *_ends(cell)


def _ends(score: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    return score["value"], score.get("low"), score.get("high")


def _losses(point: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    if point.get("loss_mean"):
        yield "all", "loss", "all", *_ends(point["loss_mean"])
    for code, loss in (point.get("loss") or {}).items():
        yield "all", "loss", code, loss["nats_per_byte"], loss["low"], loss["high"]
        yield "all", "perplexity", code, loss["perplexity"], None, None


def _survivals(point: Mapping[str, Any], content: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """What of its regions lives on to the next point; the ends of what chance gives, not of what was found."""
    for code, line in content["lifelines"].items():
        for one in line:
            if one["from"] == point["key"]:
                yield "all", "survival", code, one["share"], None, None
                yield "all", "jaccard", code, one["jaccard"], None, None
                yield "all", "jaccard_by_chance", code, one["expected"], one["low"], one["high"]


def _abilities(point: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    if point.get("ablation"):
        yield "all", "selectivity", "all", *_ends(point["ablation"]["selectivity"])
    for result in point.get("evaluation") or ():
        metric = f"accuracy:{result['task']}"
        yield "all", metric, result["language"] or "all", result["accuracy"], result["low"], result["high"]
    probing = point.get("probing") or {"cells": (), "overlap": ()}
    for cell in probing["cells"]:
        yield cell["layer"], f"nmi:{cell['attribute']}", cell["language"], *_ends(cell["nmi"])
    for level in probing["overlap"]:
        for name in ("overlap", "excess"):
            if level["macro"] and level["macro"][name]:
                yield level["layer"], f"{name}@{level['k']}", "all", *_ends(level["macro"][name])
