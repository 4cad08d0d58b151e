"""The similarity maps of a series as bytes for a slider, and the numbers that say the same in a table."""

import base64
from typing import Any

import numpy as np

from babelscope.report.colours import language_colour, map_colours
from babelscope.report.cosine_map import CosineMap, cosine_map
from babelscope.report.figures.filmstrip import filmstrip, shared_scale
from babelscope.report.figures.readings import place_words
from babelscope.report.naming import language_name
from babelscope.report.numbers import interval, join, plural, significant
from babelscope.report.panels.panel import Facts
from babelscope.report.panels.similarity import ramp, shortened
from babelscope.report.series.material import SeriesMaterial, map_keys, small_map

__all__ = ["facts"]

_LONGEST = 240


def facts(material: SeriesMaterial) -> Facts:
    """Payload and bytes for the page's script, a table of each point's scores, or why there is no map."""
    content = material.content
    wanted = map_keys(content)
    points = [point for point in content["points"] if point["key"] in wanted and point["key"] in material.maps]
    if not points:
        return {"figures": [], "reason": "Similarity maps were not kept in this series; the scores do not need them."}
    found = [_reduced(material, point) for point in points]
    measured = sum(point["status"] == "done" for point in content["points"])
    floor, ceiling = min(float(one.matrix.min()) for one in found), max(float(one.matrix.max()) for one in found)
    ceiling = ceiling if ceiling > floor else floor + 1e-6
    low, high = shared_scale(found)
    drawing = filmstrip(content, list(zip(points, found, strict=True)))
    return {
        "figures": [drawing],
        "bytes": base64.b64encode(b"".join(_levels(one, floor, ceiling) for one in found)).decode(),
        "payload": {
            **_payload(material, points, found),
            "floor": floor, "ceiling": ceiling, "low": low, "high": high,
        },
        "last": len(points) - 1,
        "ends": (place_words(content, points[0]), place_words(content, points[-1])),
        "low": significant(low, 2),
        "high": significant(high, 2),
        "ramp": ramp(),
        "left_out": _left_out(content, points) if len(points) < measured else "",
        "columns": ("Checkpoint", "SADS", "LRDS", "one language", "two languages", "translations"),
        "rows": [_row(content, point) for point in points],
    }  # fmt: skip


def _reduced(material: SeriesMaterial, point: dict[str, Any]) -> CosineMap:
    """The map as the page holds it, knowing how many sentences there were."""
    languages = material.content["languages"]
    matrix = small_map(material.maps[point["key"]], languages)
    n = len(matrix) // len(languages)
    made = cosine_map(matrix, len(languages), n)
    kept = np.linspace(0, material.content["sentences"] - 1, n).round().astype(int)
    return CosineMap(
        made.matrix, made.languages, tuple(int(i) for i in kept), material.content["sentences"], made.low, made.high
    )


def _levels(found: CosineMap, floor: float, ceiling: float) -> bytes:
    """Lower triangle, row by row, one byte per cosine."""
    rows, columns = np.tril_indices(len(found.matrix))
    return np.rint((found.matrix[rows, columns] - floor) / (ceiling - floor) * 255).astype(np.uint8).tobytes()


def _payload(material: SeriesMaterial, points: list[dict[str, Any]], found: list[CosineMap]) -> dict[str, Any]:
    content, corpus, kept = material.content, material.corpus, found[0].kept
    codes = list(content["languages"])
    info = content.get("language_info") or {}
    text: list[list[str]] | None = None
    if corpus is not None:
        if corpus.languages != tuple(codes) or corpus.n != content["sentences"]:
            raise ValueError(
                f"corpus and series must agree, got {corpus.n} sentences in {', '.join(corpus.languages)} "
                f"for a series of {content['sentences']} in {', '.join(codes)}; reorder the corpus to match"
            )
        text = [[shortened(corpus[code][i], _LONGEST) for i in kept] for code in codes]
    return {
        "languages": [
            {
                "code": code,
                "name": language_name(content, code),
                "dir": (info.get(code) or {}).get("direction") or "auto",
                "hue": language_colour(code)[1:],
            }
            for code in codes
        ],
        "points": [
            {
                "name": place_words(content, point) + (" (flagged)" if point["flags"] else ""),
                "said": f"SADS {interval(point.get('sads'))} · LRDS {interval(point.get('lrds'))}",
                "low": one.low,
                "high": one.high,
            }
            for point, one in zip(points, found, strict=True)
        ],
        "ids": [corpus.ids[i] if corpus is not None else str(i + 1) for i in kept],
        "text": text,
        "n": len(kept),
        "colours": base64.b64encode(map_colours()).decode(),
    }


def _left_out(content: dict[str, Any], points: list[dict[str, Any]]) -> str:
    """Which maps the page holds, where it does not hold all."""
    names = [place_words(content, point).removeprefix("step ") for point in points]
    unit = "steps " if content["order"] == "training" else ""
    return f"The page holds {plural(len(points), 'map')}, evenly spaced over the series: {unit}{join(names)}."


def _row(content: dict[str, Any], point: dict[str, Any]) -> list[str]:
    """Scores and mean cosines of one point."""
    stored = point.get("mean_cosines") or {}
    means = ["", "", ""]
    if stored:
        count = len(content["languages"])
        same = [stored["different"][i][i] for i in range(count)]
        pairs = [(i, j) for i in range(count) for j in range(count) if i != j]
        cross = [stored["different"][i][j] for i, j in pairs]
        own = [stored["translations"][i][j] for i, j in pairs]
        means = [significant(sum(found) / len(found)) if found else "" for found in (same, cross, own)]
    return [place_words(content, point), interval(point.get("sads")), interval(point.get("lrds")), *means]
