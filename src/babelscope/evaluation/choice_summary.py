"""An Evaluation in, the content of evaluation.json and the rows of evaluation.csv out: plain types, no arrays."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from babelscope import languages as tongues
from babelscope.evaluation.accuracy import accuracy_estimate, change, difference_estimate, standard_error, wilson
from babelscope.evaluation.choice_verdict import verdict
from babelscope.provenance import Signature, package_fields, text_hash, versions

if TYPE_CHECKING:
    from babelscope.evaluation.answers import Answers
    from babelscope.evaluation.choice import Evaluation
    from babelscope.evaluation.conditions import Condition

__all__ = ["evaluation_rows", "summarise_evaluation"]


def summarise_evaluation(evaluation: "Evaluation") -> dict[str, Any]:
    """All numbers of an evaluation, as the report and other programs read them."""
    intervention, conditions = evaluation.intervention, evaluation.conditions
    codes = tongues.display_order({fact.language for fact in evaluation.tasks if fact.language})
    deactivated = list(dict.fromkeys(condition.deactivated for condition in conditions if condition.deactivated))
    asked = {fact.name: len(evaluation.answers["none"][fact.name].ids) for fact in evaluation.tasks}
    signature = _signature(evaluation, deactivated)
    content: dict[str, Any] = {
        "model": evaluation.model_fields["model"],
        "step": evaluation.model_fields["step"],
        "site": intervention.site,
        "mode": intervention.mode,
        "factor": intervention.factor,
        "seed": evaluation.seed,
        "limit": evaluation.limit,
        "languages": list(codes),
        "language_info": {code: tongues.describe(code) for code in dict.fromkeys([*codes, *deactivated])},
        "deactivated": deactivated,
        "regions_source": dict(evaluation.regions_source),
        "tasks": [
            {"task": fact.name, "language": fact.language, "family": fact.family, "n": asked[fact.name],
             "fingerprint": fact.fingerprint}
            for fact in evaluation.tasks
        ],
        "conditions": [_condition(evaluation, condition) for condition in conditions],
        "answers": "parts/evaluation",
        "warnings": _warnings(evaluation, sum(asked.values())),
        "signature": signature.spelled(),
        "command": "",
        "versions": dict(versions(("babelscope", "lm-eval", "torch", "transformers", "tokenizers", "scipy"))),
        "timings": dict(evaluation.timings),
    }  # fmt: skip
    content["verdict"] = verdict(content)
    return content


def _signature(evaluation: "Evaluation", deactivated: Sequence[str]) -> Signature:
    return Signature.of(
        **evaluation.model_fields,
        tasks=",".join(dict.fromkeys(fact.family for fact in evaluation.tasks)),
        documents=",".join(fact.fingerprint for fact in evaluation.tasks),
        limit=evaluation.limit or "all",
        deactivated=",".join(deactivated) or "none",
        conditions=text_hash(*(f"{c.key}:{evaluation.intervention.key(c)}" for c in evaluation.conditions)),
        mode=evaluation.intervention.mode,
        site=evaluation.intervention.site,
        seed=evaluation.seed,
        harness=versions(("lm-eval",)).get("lm-eval", ""),
        **package_fields(),
    )


def _warnings(evaluation: "Evaluation", prompts: int) -> list[dict[str, Any]]:
    if not evaluation.cut:
        return []
    message = (
        f"{evaluation.cut} of the prompts of {prompts} documents (one per choice) are longer than the model's "
        "context, and were read without their beginning"
    )
    return [{"kind": "cut", "message": message, "count": evaluation.cut, "examples": []}]


def _condition(evaluation: "Evaluation", condition: "Condition") -> dict[str, Any]:
    families = dict.fromkeys(fact.family for fact in evaluation.tasks)
    return {
        "key": condition.key,
        "kind": condition.kind,
        "deactivated": condition.deactivated,
        "draw": condition.draw,
        "neurons": condition.neurons,
        "share": condition.share,
        "results": [_result(evaluation, condition, fact.name) for fact in evaluation.tasks],
        "families": [_family(evaluation, condition, family) for family in families],
    }


def _result(evaluation: "Evaluation", condition: "Condition", task: str) -> dict[str, Any]:
    found, without = evaluation.answers[condition.key][task], evaluation.answers["none"][task]
    right, n = sum(found.correct), len(found.correct)
    low, high = wilson(right, n)
    alone = found.correct_alone
    return {
        "task": task,
        "accuracy": right / n,
        "stderr": standard_error(right, n),
        "low": low,
        "high": high,
        "accuracy_norm": sum(found.correct_norm) / n if found.correct_norm else None,
        "n": n,
        "chance": sum(found.chance) / n,
        "alone": sum(alone) / n if alone else None,
        "gain": change(alone, found.correct).as_dict() if alone else None,
        "difference": None if condition.kind == "none" else change(without.correct, found.correct).as_dict(),
    }


def _family(evaluation: "Evaluation", condition: "Condition", family: str) -> dict[str, Any]:
    """Means over the tasks of a family; the unit is the document, which is the same story in every language."""
    tasks = [fact.name for fact in evaluation.tasks if fact.family == family]
    ids = _common(evaluation.answers["none"], tasks)

    def table(answers: Mapping[str, "Answers"], field: str = "correct") -> np.ndarray:
        return np.array([_picked(answers[task], field, ids) for task in tasks], dtype=float)

    own = evaluation.answers[condition.key]
    found, none = table(own), table(evaluation.answers["none"])
    known = all(own[task].correct_alone for task in tasks)
    rivals = [
        table(evaluation.answers[other.key])
        for other in evaluation.conditions
        if (other.kind, other.deactivated, other.dose) == ("random", condition.deactivated, condition.dose)
    ]
    controlled = condition.kind == "region" and rivals
    alone = table(own, "correct_alone") if known else None
    return {
        "family": family,
        "tasks": tasks,
        "n": len(ids),
        "accuracy": accuracy_estimate(found).as_dict(),
        "chance": float(np.mean([_picked(own[task], "chance", ids) for task in tasks])),
        "alone": float(alone.mean()) if alone is not None else None,
        "gain": difference_estimate(found, alone).as_dict() if alone is not None else None,
        "difference": None if condition.kind == "none" else difference_estimate(found, none).as_dict(),
        "against_control": difference_estimate(found, np.mean(rivals, axis=0)).as_dict() if controlled else None,
    }


def _common(answers: Mapping[str, "Answers"], tasks: Sequence[str]) -> list[str]:
    """Documents that all tasks have, in the order of the first."""
    shared = set.intersection(*(set(answers[task].ids) for task in tasks))
    return [key for key in dict.fromkeys(answers[tasks[0]].ids) if key in shared]


def _picked(answers: "Answers", field: str, ids: Sequence[str]) -> list[float]:
    values = dict(zip(answers.ids, getattr(answers, field), strict=True))
    return [values[key] for key in ids]


def evaluation_rows(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of evaluation.csv: one per condition and task; `seed` is the number of the control."""
    languages = {task["task"]: task["language"] for task in content["tasks"]}
    rows = []
    for condition in content["conditions"]:
        for result in condition["results"]:
            difference = result["difference"] or {}
            rows.append(
                {
                    **{name: content[name] for name in ("model", "step", "site")},
                    "layer": "all",
                    "task": result["task"],
                    "language": languages[result["task"]],
                    "deactivated": condition["deactivated"] or "none",
                    "kind": condition["kind"],
                    "seed": condition["draw"],
                    **{name: result[name] for name in ("accuracy", "stderr", "low", "high", "chance", "alone")},
                    "difference": difference.get("value"),
                    "difference_low": difference.get("low"),
                    "difference_high": difference.get("high"),
                    "n": result["n"],
                }
            )
    return rows
