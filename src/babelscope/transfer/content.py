"""A transfer in, the content of transfer.json out: plain types."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from math import inf
from statistics import fmean
from typing import TYPE_CHECKING, Any

from babelscope import languages
from babelscope.provenance import versions
from babelscope.transfer.findings import findings, noticed
from babelscope.transfer.metrics import METRICS
from babelscope.transfer.resampling import Resampled, estimate
from babelscope.transfer.scoring import LanguageScore, language_score

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
    sampled = {key: Resampled(task, predictions) for key, predictions in groups.items()}
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
        "results": [result for own in sampled.values() for result in _results(own)],
        "differences": _differences(options.methods, chosen, sampled),
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


def _results(sampled: Resampled) -> list[dict[str, Any]]:
    """One per metric."""
    task, predictions, found = sampled.task, sampled.predictions, []
    for metric in METRICS:
        mean, source = sampled.mean(metric), sampled.score(task.source, metric)
        share = mean.over(source)
        cells = {
            code: _cell(language_score(sampled, code, metric), predictions, task.source) for code in task.languages
        }
        floor = fmean(cells[code]["majority"] for code in task.targets or (task.source,))
        found.append(
            {
                "method": predictions[0].method,
                "layer": predictions[0].layer,
                "metric": metric,
                "seeds": [one.seed for one in predictions],
                "dev": _dev(predictions),
                "languages": cells,
                "mean": {**estimate(mean, within=(0.0, 1.0)), "majority": floor},
                "gap": estimate(source - mean, within=(-1.0, 1.0)) if task.targets else None,
                "ratio": estimate(share, within=(0.0, inf)) if task.targets and share is not None else None,
            }
        )
    return found


def _cell(score: LanguageScore, predictions: Sequence["Predictions"], source: str) -> dict[str, Any]:
    seeds = zip(predictions, score.seeds, score.seed_intervals, score.source_seeds, strict=True)
    gap = {"value": score.gap, "low": score.gap_low, "high": score.gap_high}
    ratio = {"value": score.ratio, "low": score.ratio_low, "high": score.ratio_high}
    own = score.language == source
    return {
        "value": score.score,
        "low": score.low,
        "high": score.high,
        "seeds": [
            {"seed": one.seed, "value": value, "low": ends[0], "high": ends[1], "source": other}
            for one, value, ends, other in seeds
        ],
        "examples": score.examples,
        "n": score.n,
        "labels": score.labels,
        "majority": score.majority,
        "chance": score.chance,
        "gap": None if own else gap,
        "ratio": None if own or score.ratio is None else ratio,
    }


def _differences(
    methods: Sequence[str], chosen: Mapping[str, str], sampled: Mapping[tuple[str, str], Resampled]
) -> list[dict[str, Any]]:
    """The first method's mean over targets minus each other's, on the same sentences."""
    first, *others = methods
    found = []
    for other in others:
        for metric in METRICS:
            one, less = (sampled[name, chosen[name]].mean(metric) for name in (first, other))
            difference = estimate(one, less, within=(-1.0, 1.0))
            found.append({"method": first, "other": other, "metric": metric, **difference})
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
