"""A Comparison in, a few sentences out: what is better in B, and what the numbers do not support."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from babelscope.comparison.difference import Difference
from babelscope.comparison.region_change import NO_INTERVAL, RegionChanges
from babelscope.report.numbers import count, interval, join, p_value, plural, significant

if TYPE_CHECKING:
    from babelscope.comparison.compare import Comparison

__all__ = ["verdict"]


def verdict(found: "Comparison") -> list[str]:
    """Sentences about meaning, languages, gains, layers, pairs, loss and regions; each of them can say no."""
    said = [
        _score(found.sads, "SADS", "aligned more closely by meaning", "aligned less closely by meaning"),
        _score(found.lrds, "LRDS", "more language-agnostic", "less language-agnostic"),
    ]
    if found.gains is not None and found.gains["sads"].outcome != found.sads.outcome:
        said.append(_gain(found.gains["sads"]))
    for name in ("sads", "lrds"):
        family = {str(layer.layer): getattr(layer, name) for layer in found.by_layer}
        said += _family(family, name.upper(), "layer")
    said += _family({f"{a}–{b}": one for (a, b), one in found.pairs.items()}, "SADS", "language pair")
    if found.loss is not None:
        better, worse = (f"{word} at predicting held-out text" for word in ("better", "worse"))
        said.append(_score(found.loss["all"], "nats per byte", better, worse))
    if found.regions is not None:
        said.append(_regions(found.regions, found.b.summary))
    return said


def _numbers(one: Difference) -> str:
    p = f", {p_value(one.p)}" if one.p is not None else ""
    return f"{significant(one.b)} against {significant(one.a)}, difference {interval(one.as_dict())}{p}"


def _score(one: Difference, name: str, better: str, worse: str) -> str:
    if one.outcome == "no interval":
        return f"Too few sentences to tell A and B apart by {name} ({_numbers(one)}, no interval)."
    if one.outcome == "not distinguishable":
        return f"A and B are not distinguishable by {name} ({_numbers(one)})."
    return f"B is {better if one.outcome == 'better' else worse} than A: {name} {_numbers(one)}."


def _gain(one: Difference) -> str:
    about = f"measured against each model's own untrained twin (gain in SADS {_numbers(one)})"
    if one.outcome in ("better", "worse"):
        return f"Training has {'added more to B' if one.outcome == 'better' else 'added less to B'}, {about}."
    return f"Training has not clearly added more to one of them, {about}."


def _family(family: Mapping[str, Difference], name: str, unit: str) -> list[str]:
    tested = {key: one for key, one in family.items() if one.p is not None}
    if len(tested) < 2:
        return []
    by = {outcome: [key for key, one in tested.items() if one.outcome == outcome] for outcome in ("better", "worse")}
    if not by["better"] and not by["worse"]:
        return [f"No single one of {len(tested)} {unit}s differs clearly in {name} (corrected by Holm)."]
    parts = [f"{outcome} in {_named(keys, unit, len(tested))}" for outcome, keys in by.items() if keys]
    return [f"Of {len(tested)} {unit}s, {name} is {join(parts)}, corrected by Holm."]


def _named(keys: Sequence[str], unit: str, all_of: int, most: int = 6) -> str:
    if len(keys) == 1:
        return f"{unit} {keys[0]}"
    if len(keys) == all_of:
        return f"all {all_of}"
    return f"{len(keys)} ({', '.join(keys[:most])}{', …' if len(keys) > most else ''})"


def _regions(found: RegionChanges, summary: Mapping[str, Any]) -> str:
    size = found.sklr
    shared = [change.shared for change in found.by_language.values() if change.shared is not None]
    more = sum(one.jaccard > one.high for one in shared)
    common = ""
    if shared:
        mean, chance = (sum(getattr(one, name) for one in shared) / len(shared) for name in ("jaccard", "expected"))
        common = (
            f" More neurons in common with A's than chance gives: {more} of {plural(len(shared), 'region')} "
            f"(mean Jaccard {significant(mean, 2)}, by chance {significant(chance, 2)})."
        )
    if summary["region_rule"]["kind"] == "share":
        return f"Regions have a fixed size here, so their sizes cannot differ.{common}"
    return (
        f"Regions hold {count(size.b)} neurons in B and {count(size.a)} in A, by chance {count(size.b_null)} and "
        f"{count(size.a_null)} ({NO_INTERVAL}).{common}"
    )
