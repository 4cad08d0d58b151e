"""A transfer in, the content of transfer.json out: plain types."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from babelscope import languages
from babelscope.provenance import versions
from babelscope.transfer.findings import findings, noticed
from babelscope.transfer.means import Drawn, estimate
from babelscope.transfer.metrics import METRICS
from babelscope.transfer.scoring import LanguageScore, scores_of

if TYPE_CHECKING:
    from babelscope.transfer.predictions import Predictions
    from babelscope.transfer.run import Transfer
    from babelscope.transfer.tasks import TransferTask

__all__ = ["summarise_transfer"]

_PACKAGES = ("babelscope", "torch", "transformers", "peft", "scikit-learn", "tokenizers", "numpy", "scipy")


def summarise_transfer(transfer: "Transfer") -> dict[str, Any]:
    """Every number of a transfer, with what it was measured on."""
    options, task = transfer.options, transfer.task
    groups = _by_method(transfer.predictions)
    chosen = {
        method: max((key for key in groups if key[0] == method), key=lambda key: _dev(groups[key]))[1]
        for method in options.methods
    }
    drawn = {key: Drawn(task, predictions) for key, predictions in groups.items()}
    content: dict[str, Any] = {
        "model": transfer.model_fields["model"],
        "step": transfer.model_fields["step"],
        "site": "hidden",
        "languages": list(task.languages),
        "language_info": {code: languages.describe(code) for code in task.languages},
        "source": task.source,
        "task": _task_facts(task),
        "methods": list(options.methods),
        "seeds": options.seeds,
        "metrics": list(METRICS),
        "metric": METRICS[0],
        "chosen": chosen,
        "headline": {"method": options.methods[0], "layer": chosen[options.methods[0]]},
        "results": [
            result for key, predictions in groups.items() for result in _results(task, predictions, drawn[key])
        ],
        "differences": _differences(options.methods, chosen, drawn),
        "runs": [_run_facts(one) for one in transfer.predictions],
        "options": asdict(options),
        "signature": transfer.signature.spelled(),
        "versions": dict(versions(_PACKAGES)),
        "timings": dict(transfer.timings),
    }
    said = [{"kind": "few seeds", "message": line, "count": 1, "examples": []} for line in options.warnings()]
    return content | {"verdict": findings(content), "warnings": said + noticed(content)}


def _by_method(predictions: Sequence["Predictions"]) -> dict[tuple[str, str], list["Predictions"]]:
    """The seeds of each method and layer."""
    groups: dict[tuple[str, str], list[Predictions]] = {}
    for one in predictions:
        groups.setdefault((one.method, one.layer), []).append(one)
    return groups


def _dev(predictions: Sequence["Predictions"]) -> float:
    return sum(one.dev_score for one in predictions) / len(predictions)


def _task_facts(task: "TransferTask") -> dict[str, Any]:
    tests = {code: len(examples) for code, examples in task.test.items()}
    return {
        "name": task.name,
        "kind": task.kind,
        "labels": list(task.labels),
        "data": task.data,
        "hash": task.hash,
        "examples": {"train": len(task.train), "dev": len(task.dev), "test": tests},
        "report": dict(task.report),
    }


def _results(task: "TransferTask", predictions: Sequence["Predictions"], drawn: Drawn) -> list[dict[str, Any]]:
    """One per metric."""
    found = []
    scores = scores_of(task, predictions)
    for metric in METRICS:
        mean, of_mean = drawn.mean(metric)
        source, of_source = drawn.source(metric)
        found.append(
            {
                "method": predictions[0].method,
                "layer": predictions[0].layer,
                "metric": metric,
                "seeds": [one.seed for one in predictions],
                "dev": _dev(predictions),
                "languages": {
                    score.language: _cell(score, predictions, task.source)
                    for score in scores
                    if score.metric == metric
                },
                "mean": estimate(mean, of_mean),
                "gap": estimate(source - mean, of_source - of_mean) if task.targets else None,
            }
        )
    return found


def _cell(score: LanguageScore, predictions: Sequence["Predictions"], source: str) -> dict[str, Any]:
    seeds = zip(predictions, score.seeds, score.seed_intervals, score.source_seeds, strict=True)
    return {
        "value": score.score,
        "low": score.low,
        "high": score.high,
        "seeds": [
            {"seed": one.seed, "value": value, "low": ends[0], "high": ends[1], "source": own}
            for one, value, ends, own in seeds
        ],
        "examples": score.examples,
        "n": score.n,
        "labels": score.labels,
        "majority": score.majority,
        "chance": score.chance,
        "gap": None
        if score.language == source
        else {"value": score.gap, "low": score.gap_low, "high": score.gap_high},
        "ratio": None if score.language == source else score.ratio,
    }


def _differences(
    methods: Sequence[str], chosen: Mapping[str, str], drawn: Mapping[tuple[str, str], Drawn]
) -> list[dict[str, Any]]:
    """The first method's mean over targets minus each other's, on the same sentences."""
    first, *others = methods
    found = []
    for other in others:
        for metric in METRICS:
            (value, one), (base, two) = (drawn[name, chosen[name]].mean(metric) for name in (first, other))
            found.append({"method": first, "other": other, "metric": metric, **estimate(value - base, one - two)})
    return found


def _run_facts(one: "Predictions") -> dict[str, Any]:
    """How one seed was trained."""
    return {
        "method": one.method,
        "layer": one.layer,
        "seed": one.seed,
        "dev": one.dev_score,
        "details": dict(one.details),
    }
