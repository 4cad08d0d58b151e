"""The content of a retrieval in; its levels by pooling, and its numbers in one shape, out."""

from collections.abc import Mapping
from typing import Any

from babelscope.report.numbers import count, plural

__all__ = ["POOLED", "best_level", "beyond_chance", "levels_of", "measured_words", "score"]

Content = Mapping[str, Any]

POOLED = {"mean": "mean over tokens", "last": "last token"}
"""How a sentence's tokens become one vector, in words."""


def levels_of(content: Content, pooling: str) -> list[dict[str, Any]]:
    """Numbers of every layer under one pooling, by layer."""
    return [level for level in content["levels"] if level["pooling"] == pooling]


def best_level(content: Content, pooling: str) -> dict[str, Any]:
    """Numbers of the layer of the highest accuracy."""
    layer = content["best"][pooling]["layer"]
    return next(level for level in levels_of(content, pooling) if level["layer"] == layer)


def beyond_chance(content: Content, pooling: str) -> bool:
    """Whether translations find each other more often than by chance in the layer chosen on other sentences."""
    return content["best"][pooling]["chosen_apart"]["low"] > content["chance"]


def score(found: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A measure with its interval as `value`, `low`, `high`."""
    return {"value": found[name], "low": found.get(f"{name}_low"), "high": found.get(f"{name}_high")}


def measured_words(content: Content) -> str:
    """How many sentences of how many languages, and which pairs."""
    pairs = plural(content["pairs_measured"], "pair")
    with_whom = f"{pairs} with {content['pivot']}" if content.get("pivot") else pairs
    return f"n = {count(content['sentences'])} sentences × {count(len(content['languages']))} languages, {with_whom}"
