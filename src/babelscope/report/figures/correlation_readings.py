"""What a correlation stored in, its records and analyses in words and in the order of a page out."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from babelscope.report.numbers import compact, fixed, join

__all__ = [
    "ROLES",
    "Record",
    "apart",
    "clear",
    "excluded_words",
    "given_words",
    "headline_of",
    "method_words",
    "model_title",
    "of_analysis",
    "r_words",
    "short_model",
    "slug",
    "step_label",
    "steps_words",
    "unit_words",
    "way_words",
]

Record = Mapping[str, Any]

ROLES = {
    "headline": "headline: decided on before looking",
    "as published": "as published",
    "sensitivity": "sensitivity: another way of asking",
}
"""What a record is for, in words."""
_POOLED = "all models"
_WITHOUT_ONE = "_leave_one_out"
_BASES = {"pearson": "Pearson", "spearman": "Spearman", "mixed": "mixed model"}
_COVARIATES = {"nmi": "NMI", "loss": "held-out loss", "training": "training progress"}


def short_model(name: str) -> str:
    """A model's name without whose it is."""
    return str(name).rsplit("/", 1)[-1]


def model_title(name: str, across: int) -> str:
    """A model's name above a plot, cut where several stand side by side."""
    most = {1: 46, 2: 34}.get(across, 21)
    said = short_model(name)
    return said if len(said) <= most else said[: most - 1] + "…"


def slug(*parts: str) -> str:
    """Words for a file's name."""
    text = "-".join(short_model(part) for part in parts).lower()
    return "-".join(filter(None, "".join(letter if letter.isalnum() else " " for letter in text).split(" ")))


def step_label(step: Any) -> str:
    """A checkpoint's step for a point: 400k, final."""
    return compact(float(step)) if str(step).isdigit() else str(step)


def steps_words(steps: Sequence[Any], most: int = 3) -> str:
    """Steps in a sentence; beyond `most` their number."""
    return join([step_label(step) for step in steps]) if len(steps) <= most else f"{len(steps)} checkpoints"


def unit_words(unit: str) -> str:
    """What a point is."""
    return {"checkpoint": "checkpoints", "checkpoint_language": "checkpoints × languages"}.get(unit, unit)


def method_words(record: Record) -> str:
    """A record's method in words: "Pearson, within languages, given NMI"."""
    name, _, given = str(record["method"]).replace(_WITHOUT_ONE, "").partition(":")
    parts = [next((words for key, words in _BASES.items() if name.startswith(key)), name)]
    languages = record["unit"] == "checkpoint_language"
    parts += ["languages and checkpoints"] if "crossed" in name else []
    parts += ["within languages"] if "within" in name or (given and languages and "mixed" not in name) else []
    parts += ["between languages"] if "between" in name else []
    if given:
        parts.append("given " + given_words(record))
    parts += ["one checkpoint left out"] if _WITHOUT_ONE in record["method"] else []
    return ", ".join(parts)


def given_words(record: Record) -> str:
    """The covariates of a record: "NMI and held-out loss"; nothing if it has none."""
    given = str(record["method"]).replace(_WITHOUT_ONE, "").partition(":")[2]
    return join([_COVARIATES.get(one, one) for one in given.split("+")]) if given else ""


def excluded_words(record: Record, analysis: Mapping[str, Any] | None = None) -> str:
    """Which checkpoints a record leaves out."""
    steps = [str(step) for step in record.get("excluded") or []]
    if not steps:
        return "all checkpoints"
    if record.get("exclusion") == "early":
        points = ((analysis or {}).get("averages") or {}).get("points") or []
        kept = [float(p["step"]) for p in points if str(p["step"]) not in steps and str(p["step"]).isdigit()]
        return f"from {compact(min(kept))}, without flagged" if kept else "without early and flagged"
    if record.get("exclusion") == "flagged" and len(steps) > 2:
        return "without flagged"
    return f"without {steps_words(steps, 2)}"


def apart(content: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Analyses of one model each; those of all models pooled only where there are no others."""
    analyses = list(content["analyses"])
    return [one for one in analyses if not _is_pooled(one)] or analyses


def way_words(way: str) -> str:
    """How an interval or a p was found, without the numbers that differ from record to record."""
    way = re.sub(r"^(all) [\d,\u202f]+ ", r"\1 ", way)
    return re.sub(r"(?:with )?\d+ degrees? of freedom", "with degrees of freedom by checkpoints", way)


def _is_pooled(analysis: Mapping[str, Any]) -> bool:
    return bool(analysis.get("pooled", analysis["model"] == _POOLED))


def of_analysis(content: Mapping[str, Any], analysis: Mapping[str, Any]) -> list[Record]:
    """Records of one model, measure and score, in the order they were stored."""
    keys = ("model", "x", "y")
    return [r for r in content["records"] if all(r.get(key) == analysis.get(key) for key in keys)]


def headline_of(content: Mapping[str, Any], analysis: Mapping[str, Any]) -> Record | None:
    """The record an analysis is judged by; None if it has none."""
    return next((record for record in of_analysis(content, analysis) if record.get("role") == "headline"), None)


def clear(record: Record) -> bool:
    """Whether the interval excludes 0 and, where p was corrected, that p is at most .05."""
    low, high = record.get("low"), record.get("high")
    p = record.get("p_holm") if record.get("p_holm") is not None else record.get("p")
    beyond = low is not None and high is not None and (low > 0 or high < 0)
    return beyond and (p is None or p <= 0.05)


def r_words(record: Record | None) -> str:
    """A correlation to two decimals with its interval: 0.63 [−0.55, 0.97]."""
    if record is None or record.get("r") is None:
        return "—"
    low, high = record.get("low"), record.get("high")
    ends = f" [{fixed(low, 2)}, {fixed(high, 2)}]" if low is not None and high is not None else ""
    return fixed(record["r"], 2) + ends
