"""What a model that learned a task in one language can do in the others."""

from collections.abc import Mapping
from typing import Any

from babelscope.report.figures.transfer_layers import transfer_layers
from babelscope.report.figures.transfer_readings import (
    chosen_results,
    headline_result,
    learned,
    method_words,
    metric_words,
    over_words,
    source_first,
    source_name,
)
from babelscope.report.figures.transfer_scores import transfer_scores
from babelscope.report.naming import language_name
from babelscope.report.numbers import DASH, count, interval, join, plural, significant
from babelscope.report.panels.panel import Facts, Material
from babelscope.report.table import Table

__all__ = ["facts"]

_REASON = (
    "Not measured in this run; `babelscope transfer MODEL --task pos --data DIR --source en` fills this section."
)
_DEFINITIONS = (
    (
        "Zero-shot transfer",
        "The model learns a task in the source language alone and is tested in every language. Nothing of another "
        "language is seen in training, and no sentence of a test, nor its translation, is trained on.",
    ),
    (
        "Fine-tuned",
        "A linear head on the model's last hidden states, trained together with the model: low-rank adapters (LoRA), "
        "the same on 4-bit weights, or all weights. The epoch is chosen on the source language's dev set.",
    ),
    (
        "Linear probe",
        "A logistic regression of one layer's hidden states; the model stays as it is. What it tells in another "
        "language is what the languages already share, so it is the baseline of fine-tuning.",
    ),
    (
        "Commonest label",
        "The score of always giving the label that is commonest in training: what is reached without reading a word.",
    ),
    ("Macro F1", "F1 of every label that occurs in the test, averaged without weights: rare labels count as much."),
    (
        "Gap",
        "The source language's score minus the language's, from the same models and, where the tests are parallel, "
        "the same sentences. It tells a loss of alignment from a loss of everything.",
    ),
    (
        "Interval",
        "Test sentences are weighted at random 1 000 times, translations of one sentence alike (Bayesian bootstrap). "
        "Seeds are too few to resample: the scatter of their scores adds Student's t, so that few or scattered seeds "
        "make wide intervals.",
    ),
)


def facts(material: Material) -> Facts:
    """Verdict, figures, a table of every language, and how each seed was trained."""
    content = material.transfer
    if content is None:
        return {"figures": [], "reason": _REASON}
    drawings = [drawing for drawing in (transfer_scores(content), transfer_layers(content)) if drawing is not None]
    tables = [_scores_table(content, metric) for metric in content["metrics"]]
    tables += [table for table in (_layers_table(content), _runs_table(content)) if table is not None]
    result = headline_result(content)
    notes = []
    if result is not None and not learned(content, result):
        notes.append(
            f"{source_name(content)} itself is not told beyond its commonest label: the model learned nothing, so "
            "these scores say nothing of transfer."
        )
    return {
        "figures": drawings,
        "sentences": list(content.get("verdict") or []),
        "tables": tables,
        "notes": [*notes, _split_words(content)],
        "definitions": _DEFINITIONS,
        "warnings": [(warning["kind"], warning["message"]) for warning in content.get("warnings") or []],
    }


def _scores_table(content: Mapping[str, Any], metric: str) -> Table:
    """A row per language: every method's score, the gap and the ratio of the one that is spoken of."""
    results = chosen_results(content, metric)
    columns = ["Language", "n"]
    columns += [method_words(result) for result in results]
    columns += ["gap to source", "share of source", "commonest label"]
    rows = []
    for code in source_first(content):
        cells = [result["languages"][code] for result in results]
        name = language_name(dict(content), code)
        head = {"text": f"{name} (trained on)" if code == content["source"] else name}
        first = cells[0]
        rows.append(
            [head, count(first["n"]), *(interval(_ends(cell)) for cell in cells), interval(first.get("gap")),
             interval(first.get("ratio")), significant(first["majority"])]
        )  # fmt: skip
    means = [result["mean"] for result in results]
    if len(rows) > 2:
        rows.append(
            [{"text": "mean of the others"}, DASH, *(interval(mean) for mean in means), interval(results[0]["gap"]),
             interval(results[0].get("ratio")), significant(means[0].get("majority"))]
        )  # fmt: skip
    name = metric_words(metric)
    note = f"95 % intervals {over_words(results)}; gap and share of the source: of {method_words(results[0])}."
    return Table(f"{name[0].upper()}{name[1:]} by language", tuple(columns), rows, note)


def _ends(cell: Mapping[str, Any]) -> dict[str, Any]:
    return {key: cell.get(key) for key in ("value", "low", "high")}


def _layers_table(content: Mapping[str, Any]) -> Table | None:
    """What linear probes reach in every layer, in both metrics."""
    layers = list(dict.fromkeys(r["layer"] for r in content["results"] if r["method"] == "linear"))
    if len(layers) < 2:
        return None
    found = {(r["layer"], r["metric"]): r for r in content["results"] if r["method"] == "linear"}
    columns = ["Layer", "dev (accuracy)"]
    for metric in content["metrics"]:
        columns += [f"{source_name(content)}: {metric_words(metric)}", "mean of the others"]
    rows = []
    for layer in layers:
        chosen = " (chosen)" if layer == content["chosen"].get("linear") else ""
        row: list[Any] = [{"text": f"{layer}{chosen}"}, significant(found[layer, content["metrics"][0]].get("dev"))]
        for metric in content["metrics"]:
            result = found[layer, metric]
            row += [interval(_ends(result["languages"][content["source"]])), interval(result["mean"])]
        rows.append(row)
    return Table("Linear probes by layer", tuple(columns), rows, "0: the embeddings.", folded=True)


def _runs_table(content: Mapping[str, Any]) -> Table | None:
    """How every seed of fine-tuning went."""
    runs = [run for run in content.get("runs") or [] if run["method"] != "linear"]
    if not runs:
        return None
    columns = ("Run", "dev accuracy", "epochs", "steps", "best step", "learning rate", "trained weights", "seconds")
    rows = []
    for run in runs:
        known = run.get("details") or {}
        rows.append(
            [{"text": f"{method_words(run)}, seed {run['seed']}"}, significant(run.get("dev")),
             *(count(known.get(key)) for key in ("epochs", "steps", "best_step")),
             significant(known.get("learning_rate"), 2), count(known.get("trainable")),
             significant(known.get("seconds"))]
        )  # fmt: skip
    note = "Of the steps at which the dev set was looked at, the one with the best accuracy is kept."
    return Table("How each seed was trained", columns, rows, note, folded=True)


def _split_words(content: Mapping[str, Any]) -> str:
    """How many examples each part has, and where they are from."""
    known = content["task"]["examples"]
    tests = sorted(set(known["test"].values()))
    ends = count(tests[0]) if len(tests) == 1 else f"{count(tests[0])} to {count(tests[-1])}"
    labels = plural(len(content["task"]["labels"]), "label")
    few = join(content["task"]["labels"][:20])
    return (
        f"Trained on {count(known['train'])} examples of {source_name(content)}, chosen on {count(known['dev'])}, "
        f"tested on {ends} per language, from {content['task']['data']}; {labels}: {few}."
    )
