"""The content of an evaluation in, what it shows in a few sentences out; they can say: nothing."""

from collections.abc import Mapping
from typing import Any

from babelscope.report.numbers import fixed, percent

__all__ = ["family_words", "standing", "verdict"]


def verdict(content: Mapping[str, Any]) -> list[str]:
    """One sentence per family of tasks, one per family and deactivated region, and how to read several of those."""
    none = content["conditions"][0]
    sentences = [f"{family_words(family)}: {standing(family)}." for family in none["families"]]
    for condition in content["conditions"]:
        if condition["kind"] == "region":
            sentences += [_effect(condition, family, content) for family in condition["families"]]
    count = sum(condition["kind"] == "region" for condition in content["conditions"]) * len(none["families"])
    if count > 1:
        sentences.append(
            f"Each of these {count} effects has an interval of its own: at 95 %, one in twenty misses 0 where there "
            "is no effect."
        )
    return sentences


def family_words(family: Mapping[str, Any]) -> str:
    """Name of a family and how much was asked."""
    count = len(family["tasks"])
    tasks = f"{count} languages, " if count > 1 else ""
    return f"{family['family']} ({tasks}{family['n']} documents{' each' if count > 1 else ''})"


def standing(family: Mapping[str, Any]) -> str:
    """Where a family's accuracy stands against chance, and against what the bare choices give away."""
    accuracy, chance = family["accuracy"], family["chance"]
    measured = f"accuracy {_percent(accuracy)}"
    if accuracy["low"] <= chance <= accuracy["high"]:
        return f"{measured}, not distinguishable from chance ({percent(chance)})"
    if accuracy["high"] < chance:
        return f"{measured}, below chance ({percent(chance)})"
    head = f"{measured}, above chance ({percent(chance)})"
    gain = family["gain"]
    if gain is None:
        return head
    if gain["low"] is None or gain["low"] <= 0:
        return f"{head}, but not above the {percent(family['alone'])} that the choices give without the text"
    return f"{head} and above the {percent(family['alone'])} that the choices give without the text"


def _effect(condition: Mapping[str, Any], family: Mapping[str, Any], content: Mapping[str, Any]) -> str:
    code = condition["deactivated"]
    name = content["language_info"][code]["name"]
    draws = sum((one["kind"], one["deactivated"]) == ("random", code) for one in content["conditions"])
    rival = "its random control" if draws == 1 else f"the mean of its {draws} random controls"
    difference, control = family["difference"], family["against_control"]
    head = f"{family['family']} with the {name} region deactivated: accuracy changes by {_points(difference)}"
    if difference["low"] is None:
        return f"{head}, the same in every document, so there is no interval."
    if difference["low"] <= 0 <= difference["high"]:
        return f"{head}, not distinguishable from no change."
    if control is None:
        return f"{head}; no control was run."
    if control["low"] is None or control["low"] <= 0 <= control["high"]:
        return f"{head}, not distinguishable from {rival} (difference {_points(control)})."
    if (control["value"] < 0) != (difference["value"] < 0):
        return f"{head}, less than under {rival} (difference {_points(control)})."
    return f"{head}, more than under {rival} (difference {_points(control)})."


def _percent(estimate: Mapping[str, Any]) -> str:
    return f"{percent(estimate['value'])} [{fixed(100 * estimate['low'], 1)}, {fixed(100 * estimate['high'], 1)}]"


def _points(estimate: Mapping[str, Any]) -> str:
    def signed(value: float) -> str:
        return f"{'+' * (value > 0)}{fixed(100 * value, 1)}"

    if estimate["low"] is None:
        return f"{signed(estimate['value'])} points"
    return f"{signed(estimate['value'])} points [{signed(estimate['low'])}, {signed(estimate['high'])}]"
