"""The map's bytes, the sentences that hovering shows, and the means by language pair that say the same in a table."""

import base64
from typing import Any

import regex

from babelscope.report.colours import language_colour, map_colours
from babelscope.report.cosine_map import CosineMap, cosine_map
from babelscope.report.figures import pair_means, similarity_map
from babelscope.report.naming import language_name
from babelscope.report.numbers import significant
from babelscope.report.panels.panel import Facts, Material

__all__ = ["facts", "ramp", "shortened"]

_MOST_MEANS = 1500
_TEXT_BUDGET = 700_000
"""Bytes of sentences that the page holds at most."""


def facts(material: Material) -> Facts:
    """Payload for the page's script, table twin and drawing; or why there is no map."""
    summary, similarity = material.summary, material.similarity
    pairs = pair_means(summary)
    means = [_mean(summary, *pair) for pair in pairs] if len(pairs) <= _MOST_MEANS else []
    if similarity is None:
        missing = "The similarity map was not kept in this run; the scores do not need it."
        return {"figures": [], "means": means, "missing": missing} if means else {"figures": [], "reason": missing}
    languages = list(summary["languages"])
    found = cosine_map(similarity, len(languages), summary["sentences"])
    names = [language_name(summary, code) for code in languages]
    levels, floor, ceiling = found.quantised()
    return {
        "figures": [similarity_map(summary, found)],
        "bytes": levels,
        "payload": _payload(material, found, languages, names) | {"floor": floor, "ceiling": ceiling},
        "means": means,
        "low": significant(found.low, 2),
        "high": significant(found.high, 2),
        "ramp": ramp(),
        "textless": material.corpus is None,
    }


def _payload(material: Material, found: CosineMap, languages: list[str], names: list[str]) -> dict[str, Any]:
    """What the script needs beside the bytes."""
    info = material.summary.get("language_info") or {}
    corpus = material.corpus
    text: list[list[str]] | None = None
    if corpus is not None:
        if corpus.languages != tuple(languages) or corpus.n != found.of:
            raise ValueError(
                f"corpus and summary must agree, got {corpus.n} sentences in {', '.join(corpus.languages)} "
                f"for a summary of {found.of} in {', '.join(languages)}; reorder the corpus to match"
            )
        longest = max(40, _TEXT_BUDGET // (3 * len(languages) * found.n))
        text = [[shortened(corpus[code][i], longest) for i in found.kept] for code in languages]
    return {
        "languages": [
            {
                "code": code,
                "name": name,
                "dir": (info.get(code) or {}).get("direction") or "auto",
                "hue": language_colour(code)[1:],
            }
            for code, name in zip(languages, names, strict=True)
        ],
        "ids": [corpus.ids[i] if corpus is not None else str(i + 1) for i in found.kept],
        "text": text,
        "n": found.n,
        "low": found.low,
        "high": found.high,
        "colours": base64.b64encode(map_colours()).decode(),
    }


def shortened(text: str, longest: int) -> str:
    """Text cut between two characters as people see them (grapheme clusters), with an ellipsis if it was."""
    if len(text) <= longest:
        return text
    graphemes = regex.findall(r"\X", text)
    return text if len(graphemes) <= longest else "".join(graphemes[:longest]).rstrip() + "…"


def _mean(summary: dict[str, Any], a: str, b: str, different: float, own: float | None) -> dict[str, str]:
    return {
        "a": language_name(summary, a),
        "b": language_name(summary, b),
        "same": significant(different) if own is None else "",
        "cross": "" if own is None else significant(different),
        "translations": "" if own is None else significant(own),
    }


def ramp() -> str:
    """The colour scale as a CSS gradient."""
    colours = map_colours()
    stops = [colours[3 * i : 3 * i + 3] for i in range(0, 256, 17)]
    return "linear-gradient(to right," + ",".join(f"#{stop.hex()}" for stop in stops) + ")"
