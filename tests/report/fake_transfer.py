"""A transfer that never ran: what transfer.json would hold, from planted scores by language."""

from collections.abc import Sequence
from typing import Any

from report.fake_series import STEPS, fake_track
from report.fake_summary import LANGUAGES

PLANTED = {"en": 0.9, "es": 0.78, "fr": 0.76, "pt": 0.74, "id": 0.6, "ar": 0.55, "hi": 0.47, "vi": 0.45, "zh": 0.33}
"""Accuracy by language, the source's highest."""
MAJORITY = 0.22


def around(value: float, half: float) -> dict[str, float]:
    return {"value": value, "low": max(0.0, value - half), "high": min(1.0, value + half)}


def fake_transfer(
    codes: Sequence[str] = tuple(LANGUAGES), *, source: str = "en", methods: Sequence[str] = ("lora", "linear"),
    layers: Sequence[int] = (0, 3, 4, 6), seeds: int = 3, learned: float = 1.0,
    metrics: Sequence[str] = ("accuracy", "macro_f1"),
) -> dict[str, Any]:  # fmt: skip
    """What a transfer would store.

    Args:
        codes: Languages, the source among them.
        source: Trained on.
        methods: Ways to learn; `linear` has a result per layer.
        layers: Of the linear probe.
        seeds: Of each fine-tuning.
        learned: How much of the planted scores beyond the majority is reached.
        metrics: Of the scores.
    """
    results = [
        _result(codes, source, method, layer, metric, 1 if method == "linear" else seeds, learned * strength)
        for method in methods
        for layer, strength in _reached(method, layers)
        for metric in metrics
    ]
    chosen = {
        method: max((r for r in results if r["method"] == method), key=lambda r: r["dev"])["layer"]
        for method in methods
    }
    return {
        "model": "tiny/bloom", "step": "3500", "site": "hidden", "languages": list(codes), "source": source,
        "language_info": {code: {"name": LANGUAGES.get(code, ("Language " + code,))[0]} for code in codes},
        "task": {"name": "pos", "kind": "tokens", "labels": ["ADJ", "ADP", "NOUN", "VERB"], "data": "PUD",
                 "hash": "0123456789abcdef", "examples": {"train": 700, "dev": 100,
                                                          "test": {code: 200 for code in codes}},
                 "report": {"unlabelled": {"fr": 28}}},
        "methods": list(methods), "seeds": seeds, "metrics": list(metrics), "metric": metrics[0],
        "chosen": chosen,
        "headline": {"method": methods[0], "layer": chosen[methods[0]]},
        "results": results,
        "runs": [{"method": method, "layer": "all", "seed": seed, "dev": 0.88,
                  "details": {"epochs": 10, "steps": 220, "learning_rate": 2e-3, "trainable": 147_000,
                              "best_step": 198}}
                 for method in methods if method != "linear" for seed in range(seeds)],
        "verdict": ["Trained on English alone, the model tags words in 8 of 8 other languages beyond the majority.",
                    "<b>second</b>"],
        "warnings": [{"kind": "few seeds", "message": "1 seed of fine-tuning"}] if seeds < 3 else [],
        "options": {"seeds": seeds},
        "signature": {"short": "model:tiny|task:pos", "long": "model:tiny|task:pos|seed:0", "fields": {"seed": "0"}},
        "command": "babelscope transfer tiny --task pos", "versions": {"babelscope": "0.1.0"},
        "timings": {"lora": 112.5},
    }  # fmt: skip


def _reached(method: str, layers: Sequence[int]) -> list[tuple[str, float]]:
    if method != "linear":
        return [("all", 1.0)]
    top = max([1, *layers])
    return [(str(layer), 0.45 + 0.4 * (1 - (2 * layer / top - 1.2) ** 2)) for layer in layers]


def _result(
    codes: Sequence[str], source: str, method: str, layer: str, metric: str, seeds: int, strength: float
) -> dict[str, Any]:
    floor = MAJORITY if metric == "accuracy" else 0.04
    scores = {code: floor + strength * (PLANTED.get(code, 0.5) - MAJORITY) for code in codes}
    found = {
        code: {
            **around(score, 0.03), "n": 4100 + 10 * place, "labels": 4, "majority": floor,
            "seeds": [{"seed": seed, **around(score + 0.01 * (seed - seeds // 2), 0.02)} for seed in range(seeds)],
            "gap": None if code == source else around(scores[source] - score, 0.025),
            "ratio": None if code == source else around(score / scores[source], 0.03),
        }
        for place, (code, score) in enumerate(scores.items())
    }  # fmt: skip
    others = [score for code, score in scores.items() if code != source]
    mean = sum(others) / len(others) if others else scores[source]
    return {
        "method": method, "layer": layer, "metric": metric, "seeds": list(range(seeds)), "dev": scores[source] - 0.01,
        "languages": found, "mean": {**around(mean, 0.015), "majority": floor},
        "gap": around(scores[source] - mean, 0.015),
        "ratio": around(mean / scores[source], 0.02),
    }  # fmt: skip


def fake_record(content: dict[str, Any]) -> dict[str, Any]:
    """What a series keeps of a transfer."""
    return {
        "task": content["task"]["name"],
        **{name: content[name] for name in ("source", "metric", "seeds", "headline")},
        "results": [
            {name: result[name] for name in ("method", "layer", "metric", "mean", "gap", "languages")}
            for result in content["results"]
            if content["chosen"][result["method"]] == result["layer"]
        ],
    }


def fake_transfer_track(steps: Sequence[int] = STEPS, *, flagged: Sequence[int] = (), **more: Any) -> dict[str, Any]:
    """A series whose points were fine-tuned, the later the better.

    Args:
        steps: Of training; the untrained model has learned little.
        flagged: Steps whose point is a broken upload.
        more: For `fake_transfer`.
    """
    content = fake_track(steps, flagged=flagged)
    for place, point in enumerate(content["points"]):
        if point["status"] == "done":
            learned = 0.1 if point["flags"] else 0.2 + 0.8 * place / max(1, len(steps) - 1)
            found = fake_transfer(learned=learned, **more)
            point["transfer"] = fake_record(found)
    return content
