"""A transfer's content in, the results a figure or a table shows out, with their names."""

from collections.abc import Mapping, Sequence
from typing import Any

from babelscope.report.naming import language_name
from babelscope.report.numbers import plural

__all__ = [
    "METHODS",
    "METRICS",
    "beyond",
    "chosen_results",
    "headline_result",
    "learned",
    "method_words",
    "metric_words",
    "over_words",
    "result_of",
    "seed_words",
    "source_first",
    "source_name",
    "targets",
    "task_words",
]

METHODS: dict[str, str] = {
    "lora": "LoRA fine-tuning",
    "full": "full fine-tuning",
    "qlora": "4-bit LoRA fine-tuning",
    "linear": "linear probe",
}
METRICS: dict[str, str] = {"accuracy": "accuracy", "macro_f1": "macro F1"}
_TASKS: dict[str, str] = {"pos": "part-of-speech tags", "nli": "natural language inference"}

Content = Mapping[str, Any]


def task_words(content: Content) -> str:
    """What is predicted."""
    name: str = content["task"]["name"]
    return _TASKS.get(name, name)


def method_words(result: Content) -> str:
    """A way to learn, with the layer it reads where it reads one."""
    method: str = result["method"]
    said = METHODS.get(method, method)
    return said if result["layer"] == "all" else f"{said} of layer {result['layer']}"


def seed_words(result: Content) -> str:
    """How many models were trained; empty for a linear probe, whose fit has one solution."""
    return "" if result["method"] == "linear" else plural(len(result["seeds"]), "seed")


def over_words(results: Sequence[Content]) -> str:
    """What the intervals of some results are over."""
    return "over sentences and seeds" if any(len(result["seeds"]) > 1 for result in results) else "over sentences"


def metric_words(metric: str) -> str:
    """A metric in words."""
    return METRICS.get(metric, metric)


def result_of(content: Content, method: str, layer: str, metric: str) -> dict[str, Any] | None:
    """The result of one method and layer by one metric."""
    wanted = (method, layer, metric)
    return next((r for r in content["results"] if (r["method"], r["layer"], r["metric"]) == wanted), None)


def chosen_results(content: Content, metric: str) -> list[dict[str, Any]]:
    """A result per method, of linear probes the layer that the source's dev set chose; the headline's first."""
    head = content["headline"]["method"]
    methods = sorted(content["chosen"], key=lambda method: method != head)
    found = (result_of(content, method, content["chosen"][method], metric) for method in methods)
    return [result for result in found if result is not None]


def headline_result(content: Content, metric: str = "") -> dict[str, Any] | None:
    """The result that is spoken of, by the metric that is or by another."""
    head = content["headline"]
    return result_of(content, head["method"], head["layer"], metric or content["metric"])


def source_first(content: Content) -> list[str]:
    """Languages: the one trained on, then the others in their order."""
    return [content["source"], *targets(content)]


def targets(content: Content) -> list[str]:
    """Languages other than the one trained on."""
    return [code for code in content["languages"] if code != content["source"]]


def beyond(cell: Content) -> bool:
    """Whether a language's score lies above that of always giving the commonest label, interval and all."""
    return cell.get("low") is not None and cell["low"] > cell["majority"]


def learned(content: Content, result: Content) -> bool:
    """Whether the task was learned in the language trained on: without that, nothing can transfer."""
    return beyond(result["languages"][content["source"]])


def source_name(content: Content) -> str:
    """English name of the language trained on."""
    return language_name(dict(content), content["source"])
