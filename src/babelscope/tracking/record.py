"""What the stages of one checkpoint measured in, the record of its point in the series out: plain types."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from babelscope.evaluation.heldout import loss_record, mean_loss
from babelscope.evaluation.perplexity import Losses

if TYPE_CHECKING:
    from babelscope.evaluation import Ablation, Evaluation
    from babelscope.models import LanguageModel
    from babelscope.probing import Probing
    from babelscope.scanning import Scan
    from babelscope.transfer import Transfer

__all__ = [
    "ablation_record",
    "evaluation_record",
    "probing_record",
    "scan_record",
    "transfer_record",
]


def scan_record(model: "LanguageModel", scan: "Scan", losses: Mapping[str, Losses]) -> dict[str, Any]:
    """Scores, regions, loss and identity of one checkpoint."""
    summary, facts, report = scan.summary(), scan.model_facts, model.load_report
    return {
        "revision": facts["revision"],
        "parameters": sum(weight.numel() for weight in model.model.parameters()),
        **{name: summary[name] for name in ("layers", "neurons", "neurons_per_layer")},
        **{
            name: facts[name]
            for name in ("weights_hash", "config_hash", "tokenizer_hash", "dtype", "attention", "device", "threads")
        },
        "load_report": {
            "missing": list(report.missing),
            "unexpected": list(report.unexpected),
            "mismatched": list(report.mismatched),
            "allowed": list(report.allowed),
        },
        **{name: summary[name] for name in ("lrds", "sads", "pairs", "by_layer")},
        "sklr": {
            "value": summary["sklr"],
            "low": summary["sklr_low"],
            "high": summary["sklr_high"],
            **{f"null_{name}": summary["sklr_null"][name] for name in ("mean", "sd", "low", "high")},
        },
        "regions": {
            region["language"]: {name: value for name, value in region.items() if name != "language"}
            for region in summary["regions"]
        },
        "loss": {language: loss_record(loss) for language, loss in losses.items()},
        "loss_mean": mean_loss(losses),
        "mean_cosines": summary["mean_cosines"],
        "region_rule": summary["region_rule"],
        "warnings": summary["warnings"],
        "timings": scan.timings,
        "signature": summary["signature"],
    }


def ablation_record(ablation: "Ablation") -> dict[str, Any]:
    """What switching regions off costs, in the few numbers that a series follows."""
    content = ablation.summary()
    overall = content["selectivity"]["overall"] or {}
    cells = {language: region["cells"] for language, region in content["region"].items()}
    others = {
        language: [cell["increase_pct"] for code, cell in row.items() if code != language]
        for language, row in cells.items()
    }
    return {
        "selectivity": {name: overall.get(name) for name in ("value", "low", "high", "p")},
        "own_increase_pct": {language: row[language]["increase_pct"] for language, row in cells.items()},
        "others_increase_pct": {code: sum(row) / len(row) for code, row in others.items() if row},
    }


def evaluation_record(evaluation: "Evaluation") -> list[dict[str, Any]]:
    """Accuracy of every task with nothing deactivated."""
    content = evaluation.summary()
    languages = {task["task"]: task["language"] for task in content["tasks"]}
    plain = next(condition for condition in content["conditions"] if condition["kind"] == "none")
    return [
        {
            "task": result["task"],
            "language": languages[result["task"]],
            **{name: result[name] for name in ("accuracy", "low", "high", "chance", "n")},
        }
        for result in plain["results"]
    ]


def probing_record(probing: "Probing") -> dict[str, Any]:
    """What probes found at one checkpoint, in the few numbers that a series follows."""
    content = probing.summary()
    k = str(content["k"])
    cells = [
        {name: cell[name] for name in ("language", "attribute", "layer", "values", "n")}
        | {name: cell[name].get(k) for name in ("nmi", "accuracy")}
        | {"majority": cell["majority"], "control_nmi": (cell["control"] or {}).get("nmi", {}).get(k)}
        for cell in content["cells"]
    ]
    seen = [cell["nmi"]["value"] for cell in cells if cell["language"] not in content["unseen"]]
    overlap = content["overlap"]
    return {
        "k": content["k"],
        "unseen": content["unseen"],
        "site": content["site"],
        "neurons": content["neurons"],
        "incomparable": probing.problems.not_comparable,
        "cells": cells,
        "nmi": sum(seen) / len(seen) if seen else None,
        "overlap": [
            {"layer": group["layer"], **{name: level[name] for name in ("k", "expected", "macro")}}
            for group in (overlap or {"groups": []})["groups"]
            for level in group["by_k"]
        ],
    }


def transfer_record(transfer: "Transfer") -> dict[str, Any]:
    """What a checkpoint's training in one language is worth in others: of each method, its layer chosen on dev."""
    content = transfer.summary()
    return {
        "task": content["task"]["name"],
        "source": content["source"],
        "metric": content["metric"],
        "seeds": content["seeds"],
        "headline": content["headline"],
        "results": [
            {name: result[name] for name in ("method", "layer", "metric", "mean", "gap")}
            | {
                "languages": {
                    code: {name: cell[name] for name in ("value", "low", "high", "majority", "gap")}
                    for code, cell in result["languages"].items()
                }
            }
            for result in content["results"]
            if content["chosen"][result["method"]] == result["layer"]
        ],
    }
