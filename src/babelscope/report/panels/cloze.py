"""Accuracy on cross-lingual cloze and other multiple-choice tasks, with and without regions."""

from babelscope.report.figures.cloze import cloze_accuracy
from babelscope.report.panels.panel import Facts, Material

__all__ = ["facts"]

_MOST_FIGURES = 6


def facts(material: Material) -> Facts:
    """The verdict and a figure per family of tasks, or why there is none."""
    evaluation = material.evaluation
    if evaluation is None:
        return {
            "figures": [],
            "reason": "No task was evaluated in this run; `babelscope evaluate MODEL` fills this section.",
        }
    families = list(dict.fromkeys(task["family"] for task in evaluation["tasks"]))
    more = len(families) - _MOST_FIGURES
    notes = [warning["message"] + "." for warning in evaluation.get("warnings") or []]
    notes += [f"{more} more families of tasks are in evaluation.json and evaluation.csv."] if more > 0 else []
    return {
        "sentences": list(evaluation.get("verdict") or []),
        "figures": [cloze_accuracy(evaluation, family) for family in families[:_MOST_FIGURES]],
        "notes": notes,
    }
