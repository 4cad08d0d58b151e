"""The numbers of a retrieval in, what they say out: sentences for a verdict, and what a reader should be wary of."""

from collections.abc import Mapping, Sequence
from typing import Any

from babelscope.languages import name
from babelscope.report.figures.retrieval_readings import POOLED, beyond_chance
from babelscope.report.numbers import count, interval, join, percent, significant

__all__ = ["findings", "noticed"]

Content = Mapping[str, Any]


def findings(content: Content) -> list[str]:
    """Per pooling: where translations find each other most, how close they are there, and for which languages."""
    said = []
    for pooling in content["poolings"]:
        levels = [level for level in content["levels"] if level["pooling"] == pooling]
        said += _pooling(content, pooling, levels)
    return said


def _pooling(content: Content, pooling: str, levels: Sequence[Content]) -> list[str]:
    best = content["best"][pooling]
    there = next(level for level in levels if level["layer"] == best["layer"])
    how = f" ({POOLED[pooling]})" if len(content["poolings"]) > 1 else ""
    shares = f"{percent(best['accuracy'])} [{percent(best['accuracy_low'])}, {percent(best['accuracy_high'])}]"
    if not beyond_chance(content, pooling):
        return [
            f"In no layer{how} do translations clearly find each other: at best, in layer {best['layer']}, {shares} "
            "of sentences have their translation for nearest neighbour, and "
            f"{percent(best['chosen_apart']['value'])} where the layer is chosen on other sentences; by chance "
            f"{percent(content['chance'])}."
        ]
    first = (
        f"Translations find each other most often in layer {best['layer']}{how}: {shares} of sentences have their "
        f"translation for nearest neighbour among {count(content['sentences'])}, by chance "
        f"{percent(content['chance'])}."
    )
    return [first, *_apart(best, levels, pooling), _cosines(there), *_extremes(content, pooling)]


def _apart(best: Content, levels: Sequence[Content], pooling: str) -> list[str]:
    """What is left where the layer is chosen on other sentences, and beyond what shared tokens alone do."""
    if len(levels) == 1:
        return []
    apart = percent(best["chosen_apart"]["value"])
    said = f"Chosen on one half of the sentences and measured on the other, the best layer reaches {apart}"
    if best["gain"] is None:
        return [f"{said}."]
    gain = {end: 100 * value for end, value in best["gain"].items()}
    base = percent(levels[0]["all"]["accuracy"])
    points = f"{interval(gain)} percentage points"
    which = "what tokens are shared" if pooling == "mean" else "that token"
    known = f"the embeddings (layer 0, {base}), which know only {which}."
    if gain["low"] > 0:
        return [f"{said}: {points} more than {known}"]
    if gain["high"] < 0:
        return [f"{said}: {points} against {known}"]
    return [f"{said}: not clearly more (difference {points}) than {known}"]


def _cosines(level: Content) -> str:
    found = level["all"]
    margins = {kind: {end: found[f"{kind}margin{end}"] for end in ("", "_low", "_high")} for kind in ("", "centred_")}
    raw, middle = ({"value": one[""], "low": one["_low"], "high": one["_high"]} for one in margins.values())
    gain = found["accuracy"] - found["accuracy_raw"]
    said = (
        f"There the mean cosine of translations is {significant(found['cosine'])}, of unrelated sentences "
        f"{significant(found['unrelated'])} (margin {interval(raw)}); without each language's mean vector "
        f"{significant(found['centred_cosine'])} and {significant(found['centred_unrelated'])} (margin "
        f"{interval(middle)})"
    )
    if gain > 0:
        return f"{said}. Without centring {percent(found['accuracy_raw'])} find each other."
    return f"{said}. Centring does not help: without it {percent(found['accuracy_raw'])} find each other."


def _extremes(content: Content, pooling: str) -> list[str]:
    """The pairs that find each other most and least, as directions from a language to another."""
    codes, matrix = content["languages"], content["pairs"][pooling]["accuracy"]
    found = [(value, a, b) for a, row in enumerate(matrix) for b, value in enumerate(row) if value is not None]
    if len(found) < 4:
        return []
    (high, a, b), (low, c, d) = max(found, key=lambda one: one[0]), min(found, key=lambda one: one[0])
    if high == low:
        return [f"In every direction {percent(high)} find their translation."]
    fewest = percent(low) if low else "none"
    return [
        f"Most find their translation from {name(codes[a])} to {name(codes[b])} ({percent(high)}), fewest from "
        f"{name(codes[c])} to {name(codes[d])} ({fewest})."
    ]


def noticed(content: Content) -> list[dict[str, Any]]:
    """Warnings: layers where vectors are no more than their language's mean, and too few sentences for intervals."""
    lost = [
        f"layer {level['layer']} ({POOLED[level['pooling']]}): {percent(level['undirected'], 2)}"
        for level in content["levels"]
        if level["undirected"] > 0
    ]
    found = []
    if lost:
        found.append(
            (
                "no direction",
                f"vectors that equal the mean of their language, and count as misses: {join(lost)}",
                len(lost),
            )
        )
    if content["sentences"] < 3:
        found.append(("few sentences", "an interval of margins takes 3 sentences, got 2", 1))
    return [{"kind": kind, "message": text, "count": count, "examples": []} for kind, text, count in found]
